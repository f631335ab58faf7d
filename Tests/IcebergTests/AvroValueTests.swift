import JSON
import Testing

@testable import Iceberg

/// Records that are read whole, with names.
@Suite struct AvroValueTests {
  private static func records(_ bytes: [UInt8], keeping kept: Set<String>? = nil, maximumValues: Int = 10_000) throws -> [AvroValue] {
    var reader = try AvroValueReader(bytes, keeping: kept, maximumValues: maximumValues)
    var records: [AvroValue] = []
    while let record = try reader.next() { records.append(record) }
    return records
  }

  @Test(arguments: AvroFixture.manifests) func sameAsAnotherReader(_ name: String) throws {
    let expected = try AvroFixture.expected(name)
    let records = try Self.records(AvroFixture.bytes(name))
    #expect(records.count == expected.count && !records.isEmpty)
    var manifest = try ManifestReader(AvroFixture.bytes(name), inheriting: nil)
    for record in records {
      let entry = try #require(try manifest.next())
      #expect(record["status"].int == Int64(entry.status.rawValue))
      #expect(record["snapshot_id"].int == entry.snapshotID)
      #expect(record["data_file"]["file_path"].text == entry.file.path)
      #expect(record["data_file"]["record_count"].int == entry.file.recordCount)
      #expect(record["absent"] == .null)
    }
  }

  private static let schema = #"""
    {"type":"record","name":"a","fields":[{"name":"m","type":{"type":"map","values":["null","string"]}},{"name":"f","type":"float"},
    {"name":"d","type":"double"},{"name":"x","type":{"type":"fixed","name":"f2","size":2}},{"name":"b","type":"boolean"},
    {"name":"l","type":{"type":"array","items":"bytes"}},{"name":"n","type":"null"}]}
    """#

  private static let content = AvroWriter.bytes { writer in
    writer.long(2)
    writer.text("k")
    writer.long(0)
    writer.text("k2")
    writer.long(1)
    writer.text("v")
    writer.long(0)
    writer.bytes += [0x00, 0x00, 0x80, 0x3F]
    writer.bytes += [0, 0, 0, 0, 0, 0, 0xF8, 0x3F]
    writer.bytes += [7, 8, 1]
    writer.long(1)
    writer.text("z")
    writer.long(0)
  }

  @Test func everyType() throws {
    let bytes = AvroWriter.container(schema: Self.schema, count: 1, Self.content)
    let record = try #require(try Self.records(bytes).first)
    #expect(record["m"] == .map(["k": .null, "k2": .text("v")]))
    #expect(record["m"].members.count == 2)
    #expect(record["f"] == .double(1))
    #expect(record["d"] == .double(1.5))
    #expect(record["x"] == .bytes([7, 8]))
    #expect(record["b"] == .bool(true))
    #expect(record["l"].items == [.bytes(Array("z".utf8))])
    #expect(record["n"] == .null)
    #expect(try Self.records(bytes, keeping: ["m", "b"]).first == .record(["m": record["m"], "b": .bool(true)]))
  }

  @Test func valuesThatTakeNoRoomAreCounted() throws {
    let schema = #"{"type":"record","name":"a","fields":[{"name":"l","type":{"type":"array","items":"null"}}]}"#
    let content = AvroWriter.bytes { writer in
      writer.long(1 << 60)
      writer.long(0)
    }
    let error = #expect(throws: AvroError.self) { try Self.records(AvroWriter.container(schema: schema, count: 1, content)) }
    #expect(error?.reason == .tooLarge)
  }

  @Test func damaged() throws {
    for length in 0..<Self.content.count {
      var reader = try AvroValueReader(AvroWriter.container(schema: Self.schema, count: 1, Array(Self.content[..<length])))
      #expect(throws: AvroError.self) { try reader.next() }
      #expect(try reader.next() == nil)
    }
  }
}
