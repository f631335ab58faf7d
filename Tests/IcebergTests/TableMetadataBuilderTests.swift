import Iceberg
import JSON
import Testing

@Suite struct TableMetadataBuilderTests {
  typealias F = MetadataFixture

  // MARK: Nothing, identity, format

  @Test func whatChangesNothingIsNoCommit() throws {
    let table = try F.table(properties: ["a": "b"]).applying([.addSnapshot(F.snapshot(1)), F.main(1)])
    let updates: [TableUpdate] = [
      .assignUUID("9C12D441-03fe-4693-9a96-a0705ddf69c1"), .upgradeFormatVersion(2), .addSchema(table.schemas[0], lastColumnID: 2),
      .setCurrentSchema(-1), .setCurrentSchema(0), .addSpec(try F.spec(#"{"source-id":2,"transform":"identity","name":"y"}"#)),
      .setDefaultSpec(-1), .addSortOrder(.unsorted), .setDefaultSortOrder(-1), F.main(1), .removeSnapshots([9]),
      .removeSnapshotRef(name: "z"), .setLocation("s3://bucket/table/"), .setProperties(["a": "b"]), .setProperties([:]),
      .removeProperties(["z"]), .removeStatistics(snapshotID: 1), .removePartitionStatistics(snapshotID: 1), .removePartitionSpecs([7]),
      .removeSchemas([7]), .removeEncryptionKey(keyID: "k"),
    ]
    #expect(try table.commit(updates, previous: "m") == nil)
  }

  @Test func uuid() throws {
    #expect(try F.table().refusal([.assignUUID("00000000-0000-0000-0000-000000000000")])?.message.hasPrefix("Cannot reassign uuid") == true)
  }

  @Test func format() throws {
    let v3 = try F.table().applying([.upgradeFormatVersion(3)])
    #expect(v3.formatVersion == 3)
    #expect(v3.refusal([.upgradeFormatVersion(2)]) == .invalid("Cannot downgrade v3 table to v2"))
    #expect(
      v3.refusal([.upgradeFormatVersion(4)]) == .invalid("Cannot upgrade table to unsupported format version: v4 (supported: v3)"))
    #expect(try F.table().applying([.setProperties(["format-version": "3", "uuid": "x"])]) == v3)
  }

  // MARK: Structure

  private static let wider = #"{"id":1,"name":"x","required":true,"type":"long"},{"id":2,"name":"y","required":false,"type":"string"},"#

  @Test func schemas() throws {
    let schema = try F.schema(Self.wider + #"{"id":3,"name":"z","required":false,"type":"int"}"#)
    let table = try F.table().applying([.addSchema(schema, lastColumnID: nil), .setCurrentSchema(-1)])
    #expect(table.schemas.map(\.id) == [0, 1] && table.currentSchemaID == 1 && table.lastColumnID == 3)
    let back = try table.applying([.setCurrentSchema(0)])
    #expect(back.lastColumnID == 3)
    #expect(try back.applying([.removeSchemas([1])]).schemas.map(\.id) == [0])
    #expect(try back.applying([.removeSchemas([1])]).lastColumnID == 3)
    #expect(back.refusal([.removeSchemas([0])]) == .invalid("Cannot remove the current schema"))
    #expect(table.refusal([.setCurrentSchema(-1)]) == .invalid("Cannot set last added schema: no schema has been added"))
    #expect(table.refusal([.setCurrentSchema(9)]) == .invalid("Cannot set current schema to unknown schema: 9"))
  }

  @Test func aSchemaMustFitTheDefaultSpec() throws {
    let schema = try F.schema(#"{"id":1,"name":"x","required":true,"type":"long"}"#)
    let refusal = try F.table().refusal([.addSchema(schema, lastColumnID: nil), .setCurrentSchema(-1)])
    #expect(refusal?.message.hasPrefix("Cannot find source column for partition field") == true)
    #expect(
      try F.table().refusal([.addSchema(F.schema(#"{"id":1,"name":"x","required":true,"type":"timestamp_ns"}"#), lastColumnID: nil)])?
        .message
        .hasPrefix("Invalid schema for v2") == true)
  }

  @Test func specs() throws {
    let spec = try F.spec(#"{"source-id":1,"transform":"bucket[4]","name":"x_b"},{"source-id":2,"transform":"identity","name":"y"}"#)
    let table = try F.table().applying([.addSpec(spec), .setDefaultSpec(-1)])
    #expect(table.defaultSpecID == 1 && table.lastPartitionID == 1_001)
    // A field that an earlier spec has keeps its id.
    #expect(table.defaultSpec?.fields.map(\.fieldID) == [1_001, 1_000])
    #expect(table.refusal([.removePartitionSpecs([1])]) == .invalid("Cannot remove the default partition spec"))
    #expect(try table.applying([.removePartitionSpecs([0])]).partitionSpecs.map(\.id) == [1])
    #expect(table.refusal([.setDefaultSpec(-1)]) == .invalid("Cannot set last added spec: no spec has been added"))
    #expect(table.refusal([.setDefaultSpec(7)]) == .invalid("Cannot set default partition spec to unknown spec: 7"))
    let v1 = try F.table(formatVersion: 1)
    let gap = try F.spec(#"{"source-id":1,"field-id":1005,"transform":"bucket[4]","name":"x_b"}"#)
    #expect(v1.refusal([.addSpec(gap)])?.message.hasPrefix("Spec does not use sequential IDs that are required in v1") == true)
  }

  @Test func idsThatRunOut() throws {
    let last = try F.spec(#"{"source-id":1,"field-id":2147483647,"transform":"bucket[4]","name":"x_b"}"#)
    let table = try F.table().applying([.addSpec(last)])
    let next = try F.spec(#"{"source-id":1,"transform":"bucket[5]","name":"x_c"}"#)
    #expect(table.refusal([.addSpec(next)]) == .invalid("Cannot add a partition spec: partition field ids run out"))
    let text = String(decoding: table.documentText(), as: UTF8.self).replacing(#""schema-id":0"#, with: #""schema-id":2147483647"#)
      .replacing(#""current-schema-id":0"#, with: #""current-schema-id":2147483647"#)
    let edge = try TableMetadata(jsonText: Array(text.utf8))
    let schema = try F.schema(#"{"id":2,"name":"y","required":false,"type":"string"}"#)
    #expect(edge.refusal([.addSchema(schema, lastColumnID: nil)]) == .invalid("Cannot add a schema: its ids run out"))
  }

  @Test func sortOrders() throws {
    let order = try F.order(9, #"{"transform":"identity","source-id":1,"direction":"asc","null-order":"nulls-first"}"#)
    let table = try F.table().applying([.addSortOrder(order), .setDefaultSortOrder(-1)])
    #expect(table.sortOrders.map(\.id) == [0, 1] && table.defaultSortOrderID == 1)
    #expect(try table.applying([.setDefaultSortOrder(0)]).defaultSortOrderID == 0)
    #expect(table.refusal([.setDefaultSortOrder(-1)]) == .invalid("Cannot set last added sort order: no sort order has been added"))
    #expect(table.refusal([.setDefaultSortOrder(7)]) == .invalid("Cannot set default sort order to unknown sort order: 7"))
  }

  // MARK: Snapshots and references

  @Test func appends() throws {
    let one = try #require(try F.table().commit([.addSnapshot(F.snapshot(1)), F.main(1)], previous: "m0"))
    #expect(one.metadata.currentSnapshotID == 1 && one.metadata.lastSequenceNumber == 1 && one.metadata.lastUpdatedMs == 5_000)
    #expect(one.addedLogEntries == [SnapshotLogEntry(timestampMs: 2_000, snapshotID: 1)])
    #expect(one.metadata.metadataLog == [MetadataLogEntry(timestampMs: 1_000, metadataFile: "m0")])
    #expect(one.changes.map(\.action) == ["add-snapshot", "set-snapshot-ref"])
    let two = try #require(try one.metadata.commit([.addSnapshot(F.snapshot(2, parent: 1, sequence: 2)), F.main(2)]))
    #expect(two.addedSnapshots.map(\.id) == [2] && two.removedSnapshotIDs.isEmpty && two.removedLogEntryCount == 0)
    // Going back is an event of its own.
    let back = try #require(try two.metadata.commit([F.main(1)], nowMs: 9_000))
    #expect(back.addedLogEntries == [SnapshotLogEntry(timestampMs: 9_000, snapshotID: 1)])
  }

  @Test func refusesSnapshots() throws {
    let table = try F.table().applying([.addSnapshot(F.snapshot(1, sequence: 3)), F.main(1)])
    #expect(table.refusal([.addSnapshot(try F.snapshot(1, sequence: 4))]) == .invalid("Snapshot already exists for id: 1"))
    #expect(
      table.refusal([.addSnapshot(try F.snapshot(2, parent: 1, sequence: 3))])
        == .conflict("Cannot add snapshot with sequence number 3 older than last sequence number 3"))
    #expect(try table.applying([.addSnapshot(F.snapshot(2, sequence: 1))]).lastSequenceNumber == 3)
    #expect(table.refusal([F.main(5)]) == .invalid("Cannot set main to unknown snapshot: 5"))
    let tag = SnapshotReference(snapshotID: 1, kind: .tag)
    #expect(table.refusal([.setSnapshotRef(name: "main", tag)]) == .invalid("Cannot set main to a tag, it must be a branch"))
    #expect(
      try F.table(formatVersion: 1).refusal([.addSnapshot(F.snapshot(1))]) == .invalid("Sequence number must be 0 in v1: 1"))
  }

  @Test func rowIDs() throws {
    let v3 = try F.table(formatVersion: 3)
    #expect(v3.refusal([.addSnapshot(try F.snapshot(1))]) == .invalid("Cannot add a snapshot: first-row-id is null"))
    let table = try v3.applying([.addSnapshot(F.snapshot(1, more: #","first-row-id":0,"added-rows":10"#))])
    #expect(table.nextRowID == 10)
    let stale = try F.snapshot(2, parent: 1, sequence: 2, more: #","first-row-id":9,"added-rows":1"#)
    #expect(
      table.refusal([.addSnapshot(stale)])
        == .conflict("Cannot add a snapshot, first-row-id is behind table next-row-id: 9 < 10"))
    let huge = try F.snapshot(2, parent: 1, sequence: 2, more: #","first-row-id":10,"added-rows":9223372036854775807"#)
    #expect(table.refusal([.addSnapshot(huge)])?.message.contains("row ids run out") == true)
  }

  @Test func passingSnapshotsLeaveNoEntry() throws {
    let updates: [TableUpdate] = [
      .addSnapshot(try F.snapshot(1)), F.main(1), .addSnapshot(try F.snapshot(2, parent: 1, sequence: 2)), F.main(2),
    ]
    let commit = try #require(try F.table().commit(updates))
    #expect(commit.addedLogEntries.map(\.snapshotID) == [2] && commit.addedSnapshots.map(\.id) == [1, 2])
  }

  @Test func removalTakesAlongWhatPointsThere() throws {
    let statistics = #"{"snapshot-id":1,"statistics-path":"p","file-size-in-bytes":1,"file-footer-size-in-bytes":1,"blob-metadata":[]}"#
    var table = try F.table().applying([.addSnapshot(F.snapshot(1)), F.main(1)])
    table = try table.applying([.addSnapshot(F.snapshot(2, parent: 1, sequence: 2)), F.main(2)])
    table = try table.applying([.addSnapshot(F.snapshot(3, parent: 2, sequence: 3)), F.main(3)])
    table = try table.applying([
      .setStatistics(StatisticsFile(jsonText: Array(statistics.utf8))),
      .setPartitionStatistics(PartitionStatisticsFile(jsonText: Array(statistics.utf8))),
      .setSnapshotRef(name: "t", SnapshotReference(snapshotID: 1, kind: .tag)),
    ])
    #expect(table.statistics.count == 1 && table.partitionStatistics.count == 1)
    // The entry of 1 stays in the base only: with 2 gone, what was before it would lie.
    let commit = try #require(try table.commit([.removeSnapshots([1, 2])]))
    #expect(commit.removedSnapshotIDs == [1, 2] && commit.removedLogEntryCount == 2 && commit.addedLogEntries.isEmpty)
    #expect(commit.metadata.snapshotLog.map(\.snapshotID) == [3] && commit.metadata.refs.keys.sorted() == ["main"])
    #expect(commit.metadata.statistics.isEmpty && commit.metadata.partitionStatistics.isEmpty)
    let none = try table.applying([.removeSnapshots([1, 2, 3])])
    #expect(none.currentSnapshotID == nil && none.refs.isEmpty && none.snapshotLog.isEmpty && none.lastSequenceNumber == 3)
    #expect(try TableMetadata(jsonText: none.documentText()) == none)
  }

  @Test func aRemovedIDMayComeBack() throws {
    let table = try F.table().applying([.addSnapshot(F.snapshot(1)), F.main(1)])
    let commit = try #require(
      try table.commit([.removeSnapshots([1]), .addSnapshot(F.snapshot(1, sequence: 2)), F.main(1)]))
    #expect(commit.removedSnapshotIDs == [1] && commit.addedSnapshots.map(\.id) == [1])
  }

  @Test func removalWithoutALog() throws {
    var table = try F.table().applying([.addSnapshot(F.snapshot(1)), F.main(1), .addSnapshot(F.snapshot(2, sequence: 2)), F.main(2)])
    table.snapshotLog = []
    #expect(try table.applying([.removeSnapshots([1])]).snapshots.map(\.id) == [2])
  }

  @Test func clocksThatDiffer() throws {
    let ahead = try F.table().applying([.addSnapshot(F.snapshot(1, at: 900_000)), F.main(1)])
    #expect(ahead.lastUpdatedMs == 900_000)
    let behind = try ahead.applying([.addSnapshot(F.snapshot(2, parent: 1, sequence: 2, at: 10)), F.main(2)], nowMs: 20)
    #expect(behind.snapshotLog.map(\.timestampMs) == [900_000, 900_000])
    #expect(try TableMetadata(jsonText: behind.documentText()) == behind)
  }

  @Test func metadataLogIsCapped() throws {
    var table = try F.table(properties: ["write.metadata.previous-versions-max": "2"])
    for index in 0..<5 {
      table = try #require(try table.commit([.setProperties(["n": "\(index)"])], previous: "m\(index)")).metadata
    }
    #expect(table.metadataLog.map(\.metadataFile) == ["m3", "m4"])
    let one = try #require(try table.commit([.setProperties(["write.metadata.previous-versions-max": "0"])], previous: "m5")).metadata
    #expect(one.metadataLog.map(\.metadataFile) == ["m5"])
  }

  @Test func keysAndProperties() throws {
    let key = try EncryptedKey(jsonText: Array(#"{"key-id":"k","encrypted-key-metadata":"bQ=="}"#.utf8))
    let table = try F.table(formatVersion: 3).applying([.addEncryptionKey(key), .setProperties(["a": "b"]), .setLocation("s3://c/d//")])
    #expect(table.encryptionKeys == [key] && table.properties["a"] == "b" && table.location == "s3://c/d")
    #expect(try TableMetadata(jsonText: table.documentText()) == table)
    let less = try table.applying([.removeEncryptionKey(keyID: "k"), .removeProperties(["a"])])
    #expect(less.encryptionKeys.isEmpty && less.properties["a"] == nil)
    #expect(table.refusal([.setLocation("")]) == .invalid("Cannot set the location: it is empty"))
  }
}
