import Iceberg
import JSON
import Testing

@Suite struct TableMetadataTests {
  @Test(arguments: [
    "TableMetadataV1Valid.json", "TableMetadataV2Valid.json", "TableMetadataV2ValidMinimal.json", "TableMetadataV3ValidMinimal.json",
    "TableMetadataStatisticsFiles.json", "TableMetadataPartitionStatisticsFiles.json",
  ])
  func readsWhatItWrites(_ name: String) throws {
    let metadata = try MetadataFixture.metadata(name)
    let text = metadata.documentText()
    #expect(try TableMetadata(jsonText: text) == metadata)
    #expect(try TableMetadata(jsonText: text).documentText() == text)
    let stored = try TableMetadata(head: metadata.headText(), snapshots: metadata.snapshots, snapshotLog: metadata.snapshotLog)
    #expect(stored == metadata)
  }

  @Test(arguments: [
    ("TableMetadataUnsupportedVersion.json", "Cannot read unsupported version 42"),
    ("TableMetadataV1MissingSchemaType.json", "Missing required field \"type\""),
    ("TableMetadataV2CurrentSchemaNotFound.json", "Cannot find schema with current-schema-id=2 from schemas"),
    ("TableMetadataV2MissingLastPartitionId.json", "last-partition-id must exist in format v2"),
    ("TableMetadataV2MissingPartitionSpecs.json", "partition-specs must exist in format v2"),
    ("TableMetadataV2MissingSchemas.json", "schemas must exist in format v2"),
    ("TableMetadataV2MissingSortOrder.json", "sort-orders must exist in format v2"),
  ])
  func refuses(_ name: String, _ message: String) throws {
    let bytes = try MetadataFixture.bytes(name)
    let error = #expect(throws: JSONError.self) { try TableMetadata(jsonText: bytes) }
    #expect(error?.message == message)
  }

  @Test func readsTheFieldsOfV2() throws {
    let metadata = try MetadataFixture.metadata("TableMetadataV2Valid.json")
    #expect(metadata.formatVersion == 2)
    #expect(metadata.uuid == "9c12d441-03fe-4693-9a96-a0705ddf69c1")
    #expect(metadata.lastSequenceNumber == 34)
    #expect(metadata.snapshots.map(\.id) == [3_051_729_675_574_597_004, 3_055_729_675_574_597_004])
    #expect(metadata.currentSnapshotID == 3_055_729_675_574_597_004)
    #expect(metadata.refs["main"]?.snapshotID == 3_055_729_675_574_597_004)
    #expect(metadata.currentSnapshot?.operation == "append")
    #expect(metadata.currentSnapshot?.parentID == 3_051_729_675_574_597_004)
    #expect(metadata.snapshotLog.count == 2)
  }

  @Test func v1WritesTheSingularFieldsToo() throws {
    let metadata = try MetadataFixture.metadata("TableMetadataV1Valid.json")
    let root = try JSONDocument(parsing: metadata.documentText()).root.object()
    #expect(root["schema"] != nil && root["schemas"] != nil && root["partition-spec"] != nil && root["partition-specs"] != nil)
    #expect(root["last-sequence-number"] == nil && root["next-row-id"] == nil)
    #expect(try root.required("current-snapshot-id").int64() == -1)
  }

  @Test func noCurrentSnapshotIsNullInV3() throws {
    let root = try JSONDocument(parsing: MetadataFixture.table(formatVersion: 3).documentText()).root.object()
    #expect(root["current-snapshot-id"]?.isNull == true)
    #expect(try root.required("next-row-id").int64() == 0)
    let v2 = try JSONDocument(parsing: MetadataFixture.table().documentText()).root.object()
    #expect(try v2.required("current-snapshot-id").int64() == -1)
    #expect(v2["next-row-id"] == nil)
  }

  @Test func unknownMembersStay() throws {
    var text = try MetadataFixture.table().applying([.addSnapshot(MetadataFixture.snapshot(1, more: #","shade":{"a":[1]}"#))])
      .documentText()
    text.insert(contentsOf: Array(#""colour":{"b":1.50},"#.utf8), at: 1)
    let metadata = try TableMetadata(jsonText: text)
    let root = try JSONDocument(parsing: metadata.documentText()).root.object()
    #expect(root["colour"]?.rawText == #"{"b":1.50}"#)
    #expect(String(decoding: metadata.documentText(), as: UTF8.self).contains(#""shade":{"a":[1]}"#))
  }

  @Test func snapshotTextIsCompact() throws {
    let pretty =
      "{ \"snapshot-id\" : 5 ,\n \"parent-snapshot-id\": -1, \"timestamp-ms\": 1, \"schema-id\": null, \"manifest-list\": \"a \\\" b\" }"
    let snapshot = try Snapshot(jsonText: Array(pretty.utf8))
    #expect(String(decoding: snapshot.text, as: UTF8.self) == #"{"snapshot-id":5,"timestamp-ms":1,"manifest-list":"a \" b"}"#)
    #expect(snapshot.parentID == nil && snapshot.schemaID == nil)
    let python = #"{"snapshot-id":5, "timestamp-ms":1, "manifest-list":"a"}"#
    #expect(String(decoding: try Snapshot(jsonText: Array(python.utf8)).text, as: UTF8.self).contains(" ") == false)
  }

  @Test func onlyReferencedSnapshots() throws {
    let metadata = try MetadataFixture.metadata("TableMetadataV2Valid.json")
    let some = try TableMetadata(jsonText: metadata.referencedSnapshotsText())
    #expect(some.snapshots.map(\.id) == [3_055_729_675_574_597_004])
    #expect(some.headText() == metadata.headText() && some.snapshotLog == metadata.snapshotLog)
  }

  @Test func piecesJoinToTheSameDocument() throws {
    let metadata = try MetadataFixture.metadata("TableMetadataV2Valid.json")
    let comma = [UInt8(ascii: ",")]
    let joined = TableMetadata.documentText(
      head: metadata.headText(), joinedSnapshots: Array(metadata.snapshots.map { Array($0.text) }.joined(separator: comma)),
      joinedLog: Array(metadata.snapshotLog.map(\.jsonText).joined(separator: comma)))
    #expect(joined == metadata.documentText())
  }

  @Test func mainIsMadeFromTheCurrentSnapshot() throws {
    let table = try MetadataFixture.table().applying([.addSnapshot(MetadataFixture.snapshot(1)), MetadataFixture.main(1)])
    let text = String(decoding: table.documentText(), as: UTF8.self)
      .replacing(#""refs":{"main":{"snapshot-id":1,"type":"branch"}}"#, with: #""refs":{}"#)
    #expect(try TableMetadata(jsonText: Array(text.utf8)) == table)
  }

  @Test(arguments: [
    (#""current-snapshot-id":1"#, #""current-snapshot-id":2"#, "Invalid table metadata: Cannot find current version"),
    (#""current-snapshot-id":1"#, #""current-snapshot-id":-1"#, "Current snapshot is not set, but main branch exists: 1"),
    (
      #""last-sequence-number":1"#, #""last-sequence-number":0"#,
      "Invalid snapshot with sequence number 1 greater than last sequence number 0"
    ),
    (#""default-spec-id":0"#, #""default-spec-id":5"#, "Cannot find partition spec with default-spec-id=5 from partition-specs"),
    (#""default-sort-order-id":0"#, #""default-sort-order-id":5"#, "Cannot find sort order with default-sort-order-id=5 from sort-orders"),
    (#""last-updated-ms":5000"#, #""last-updated-ms":-58001"#, "Invalid update timestamp -58001: before last snapshot log entry at 2000"),
    (#""table-uuid":"9c12d441-03fe-4693-9a96-a0705ddf69c1","#, "", "UUID is required in format v2"),
  ])
  func refusesWhatDoesNotHangTogether(_ good: String, _ bad: String, _ message: String) throws {
    let table = try MetadataFixture.table().applying([.addSnapshot(MetadataFixture.snapshot(1)), MetadataFixture.main(1)])
    let text = String(decoding: table.documentText(), as: UTF8.self)
    #expect(text.contains(good))
    let error = #expect(throws: JSONError.self) { try TableMetadata(jsonText: Array(text.replacing(good, with: bad).utf8)) }
    #expect(error?.message == message)
  }
}

@Suite struct TableCreationTests {
  @Test func givesIDsAnew() throws {
    let table = try MetadataFixture.table(properties: ["owner": "a", "snapshot-count": "3"])
    #expect(table.schemas[0].fields.map(\.id) == [1, 2])
    #expect(table.lastColumnID == 2 && table.lastPartitionID == 1_000)
    #expect(table.partitionSpecs[0].fields[0].sourceIDs == [2])
    #expect(table.sortOrders == [.unsorted])
    #expect(table.properties == ["owner": "a", "write.parquet.compression-codec": "zstd"])
    #expect(table.location == "s3://bucket/table")
  }

  @Test(arguments: [
    (["format-version": "4"], "Unsupported format version: v4 (supported: v3)"),
    (["format-version": "x"], "The property format-version is \"x\"; it must be a number"),
    (["commit.retry.num-retries": "-1"], "Table property commit.retry.num-retries must have non negative integer value"),
    (
      ["write.metadata.metrics.column.z": "full"],
      "Invalid metrics config, could not find column z from table prop write.metadata.metrics.column.z in the schema"
    ),
    (["encryption.key-id": "k"], "Invalid properties for v2: [\"encryption.key-id\"]"),
  ])
  func refusesProperties(_ properties: [String: String], _ message: String) throws {
    let schema = try MetadataFixture.schema(#"{"id":1,"name":"x","required":true,"type":"long"}"#)
    let error = #expect(throws: ModelError.self) {
      try TableMetadata.creating(uuid: "u", location: "l", schema: schema, spec: nil, sortOrder: nil, properties: properties, nowMs: 0)
    }
    #expect(error?.message == message)
  }

  /// As DuckDB does it: the spec before the current schema is set, an empty set of properties.
  @Test func aCommitMakesAStagedTable() throws {
    let schema = try MetadataFixture.schema(#"{"id":1,"name":"x","required":true,"type":"long"}"#)
    let updates: [TableUpdate] = [
      .assignUUID("11111111-2222-3333-4444-555555555555"), .upgradeFormatVersion(2), .addSchema(schema, lastColumnID: 1),
      .addSpec(.unpartitioned), .setDefaultSpec(-1), .setCurrentSchema(-1), .addSortOrder(.unsorted), .setDefaultSortOrder(-1),
      .setLocation("s3://b/t"), .setProperties([:]), try .addSnapshot(MetadataFixture.snapshot(1)), MetadataFixture.main(1),
    ]
    var builder = try TableMetadataBuilder(
      creatingWith: updates, uuid: "22222222-2222-3333-4444-555555555555", location: "s3://b/other", nowMs: 3_000)
    for update in updates { try builder.apply(update) }
    let commit = try #require(try builder.build(previousMetadataLocation: nil))
    #expect(commit.metadata.uuid == "11111111-2222-3333-4444-555555555555")
    #expect(commit.metadata.location == "s3://b/t")
    #expect(commit.addedSnapshots.map(\.id) == [1] && commit.addedLogEntries.map(\.snapshotID) == [1])
    #expect(try TableMetadata(jsonText: commit.metadata.documentText()) == commit.metadata)
  }

  @Test func aStagedTableIsGivenWhatIsMissing() throws {
    let updates: [TableUpdate] = [
      .upgradeFormatVersion(1),
      .addSchema(try MetadataFixture.schema(#"{"id":1,"name":"x","required":true,"type":"long"}"#), lastColumnID: nil),
    ]
    var builder = try TableMetadataBuilder(creatingWith: updates, uuid: "u", location: "s3://b/t/", nowMs: 3_000)
    for update in updates { try builder.apply(update) }
    let metadata = try #require(try builder.build(previousMetadataLocation: nil)).metadata
    #expect(metadata.formatVersion == 1 && metadata.uuid == "u" && metadata.location == "s3://b/t")
    #expect(metadata.currentSchemaID == 0 && metadata.defaultSpecID == 0 && metadata.defaultSortOrderID == 0)
    #expect(try TableMetadata(jsonText: metadata.documentText()) == metadata)
  }
}
