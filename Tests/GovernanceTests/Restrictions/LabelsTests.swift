import Governance
import Iceberg
import JSON
import Testing

@Suite struct LabelsTests {
  private static let schema = Schema(id: 0, fields: [NestedField(id: 3, name: "email", isRequired: false, type: .primitive(.string))])

  @Test func labelsTellOwnerZoneAndTags() {
    let labels = Labels(
      owner: "team:lending", zone: Zone(name: "loans", kind: .curated), tags: ["classification": "financial", "owner": "somebody else"],
      columnTags: [
        ColumnTag(fieldID: 3, key: "classification", value: "pii"), ColumnTag(fieldID: 3, key: "alias", value: "mail"),
        ColumnTag(fieldID: 9, key: "classification", value: "of a column that is gone"),
      ], schema: Self.schema)
    #expect(
      String(decoding: labels.jsonText, as: UTF8.self)
        == #"{"object-labels":{"classification":"financial","owner":"team:lending","zone":"loans","zone-kind":"curated"},"#
        + #""fields":[{"field-id":3,"labels":{"alias":"mail","classification":"pii"}}]}"#)
  }

  @Test func nothingIsSaidOfWhatNobodyTagged() {
    let labels = Labels(owner: nil, zone: .initial, tags: [:], columnTags: [], schema: Self.schema)
    #expect(String(decoding: labels.jsonText, as: UTF8.self) == #"{"object-labels":{"zone":"default","zone-kind":"sandbox"}}"#)
  }
}
