import Iceberg
import JSON
import Testing

@Suite struct TableRequirementTests {
  private static func table() throws -> TableMetadata {
    try MetadataFixture.table().applying([
      .addSnapshot(MetadataFixture.snapshot(1)), MetadataFixture.main(1),
      .setSnapshotRef(name: "t", SnapshotReference(snapshotID: 1, kind: .tag)),
    ])
  }

  @Test(arguments: [
    #"{"type":"assert-table-uuid","uuid":"9C12D441-03fe-4693-9a96-a0705ddf69c1"}"#,
    #"{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":1}"#,
    #"{"type":"assert-ref-snapshot-id","ref":"b","snapshot-id":null}"#, #"{"type":"assert-ref-snapshot-id","ref":"b"}"#,
    #"{"type":"assert-last-assigned-field-id","last-assigned-field-id":2}"#,
    #"{"type":"assert-current-schema-id","current-schema-id":0}"#,
    #"{"type":"assert-last-assigned-partition-id","last-assigned-partition-id":1000}"#,
    #"{"type":"assert-default-spec-id","default-spec-id":0}"#, #"{"type":"assert-default-sort-order-id","default-sort-order-id":0}"#,
  ])
  func holds(_ text: String) throws {
    let requirement = try TableRequirement(jsonText: Array(text.utf8))
    try requirement.check(Self.table())
    #expect(try TableRequirement(jsonText: requirement.jsonText) == requirement)
  }

  @Test(arguments: [
    (#"{"type":"assert-create"}"#, "table already exists"),
    (
      #"{"type":"assert-table-uuid","uuid":"00000000-0000-0000-0000-000000000000"}"#,
      "UUID does not match: expected 9c12d441-03fe-4693-9a96-a0705ddf69c1 != 00000000-0000-0000-0000-000000000000"
    ),
    (#"{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":2}"#, "branch main has changed: expected id 2 != 1"),
    (#"{"type":"assert-ref-snapshot-id","ref":"t","snapshot-id":2}"#, "tag t has changed: expected id 2 != 1"),
    (#"{"type":"assert-ref-snapshot-id","ref":"main"}"#, "branch main was created concurrently"),
    (#"{"type":"assert-ref-snapshot-id","ref":"b","snapshot-id":2}"#, "branch or tag b is missing, expected 2"),
    (#"{"type":"assert-last-assigned-field-id","last-assigned-field-id":3}"#, "last assigned field id changed: expected id 3 != 2"),
    (#"{"type":"assert-current-schema-id","current-schema-id":1}"#, "current schema changed: expected id 1 != 0"),
    (
      #"{"type":"assert-last-assigned-partition-id","last-assigned-partition-id":1001}"#,
      "last assigned partition id changed: expected id 1001 != 1000"
    ),
    (#"{"type":"assert-default-spec-id","default-spec-id":1}"#, "default partition spec changed: expected id 1 != 0"),
    (#"{"type":"assert-default-sort-order-id","default-sort-order-id":1}"#, "default sort order changed: expected id 1 != 0"),
  ])
  func fails(_ text: String, _ message: String) throws {
    let requirement = try TableRequirement(jsonText: Array(text.utf8))
    let table = try Self.table()
    #expect(throws: ModelError.requirementFailed("Requirement failed: " + message)) { try requirement.check(table) }
  }

  @Test func ofATableThatIsNot() throws {
    try TableRequirement.assertCreate.check(nil)
    try TableRequirement.assertRefSnapshotID(ref: "main", snapshotID: nil).check(nil)
    try TableRequirement.assertLastAssignedFieldID(0).check(nil)
    #expect(throws: ModelError.self) { try TableRequirement.assertDefaultSpecID(0).check(nil) }
    let table = try Self.table()
    #expect(throws: ModelError.invalid("Cannot validate AssertViewUUID against a table")) {
      try TableRequirement.assertViewUUID("x").check(table)
    }
  }

  @Test func namesWhatItKnows() {
    let error = #expect(throws: JSONError.self) { try TableRequirement(jsonText: Array(#"{"type":"assert-moon"}"#.utf8)) }
    #expect(error?.message.contains("\"assert-moon\"") == true && error?.message.contains("assert-default-spec-id") == true)
  }
}
