import Iceberg
import JSON
import Testing

/// Documents under `Fixtures/metadata`, and small ones made on the spot.
enum MetadataFixture {
  static func bytes(_ name: String) throws -> [UInt8] { try Fixture.bytes("metadata/\(name)") }

  static func metadata(_ name: String) throws -> TableMetadata { try TableMetadata(jsonText: bytes(name)) }

  /// An empty table of two columns, partitioned by the second.
  static func table(formatVersion: Int = 2, properties: [String: String] = [:]) throws -> TableMetadata {
    try TableMetadata.creating(
      uuid: "9c12d441-03fe-4693-9a96-a0705ddf69c1", location: "s3://bucket/table/",
      schema: schema(#"{"id":7,"name":"x","required":true,"type":"long"},{"id":9,"name":"y","required":false,"type":"string"}"#),
      spec: spec(#"{"source-id":9,"transform":"identity","name":"y"}"#), sortOrder: nil,
      properties: properties.merging(["format-version": String(formatVersion)]) { $1 }, nowMs: 1_000)
  }

  static func schema(_ fields: String) throws -> Schema {
    try Schema(jsonText: Array(#"{"type":"struct","schema-id":0,"fields":[\#(fields)]}"#.utf8))
  }

  static func spec(_ fields: String) throws -> UnboundPartitionSpec {
    try UnboundPartitionSpec(jsonText: Array(#"{"fields":[\#(fields)]}"#.utf8))
  }

  static func order(_ id: Int, _ fields: String) throws -> SortOrder {
    try SortOrder(jsonText: Array(#"{"order-id":\#(id),"fields":[\#(fields)]}"#.utf8))
  }

  static func snapshot(
    _ id: Int64, parent: Int64? = nil, sequence: Int64 = 1, at timestampMs: Int64 = 2_000, more: String = ""
  ) throws -> Snapshot {
    let parentText = parent.map { #","parent-snapshot-id":\#($0)"# } ?? ""
    let text =
      #"{"sequence-number":\#(sequence),"snapshot-id":\#(id)\#(parentText),"timestamp-ms":\#(timestampMs),"#
      + #""summary":{"operation":"append"},"manifest-list":"s3://bucket/m\#(id).avro","schema-id":0\#(more)}"#
    return try Snapshot(jsonText: Array(text.utf8))
  }

  static func main(_ id: Int64) -> TableUpdate { .setSnapshotRef(name: "main", SnapshotReference(snapshotID: id, kind: .branch)) }

  static func update(_ text: String) throws -> TableUpdate { try TableUpdate(jsonText: Array(text.utf8)) }
}

extension TableMetadata {
  /// The result of updates; the present metadata when nothing changed.
  func applying(_ updates: [TableUpdate], nowMs: Int64 = 5_000) throws -> TableMetadata {
    try commit(updates, nowMs: nowMs)?.metadata ?? self
  }

  func commit(_ updates: [TableUpdate], nowMs: Int64 = 5_000, previous: String? = nil) throws -> TableCommit? {
    var builder = TableMetadataBuilder(base: self, nowMs: nowMs)
    for update in updates { try builder.apply(update) }
    return try builder.build(previousMetadataLocation: previous)
  }

  /// What refuses the updates.
  func refusal(_ updates: [TableUpdate]) -> ModelError? {
    do { _ = try commit(updates) } catch { return error as? ModelError }
    return nil
  }
}
