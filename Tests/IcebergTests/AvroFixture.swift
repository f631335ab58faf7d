import Compression
import JSON
import Testing

@testable import Iceberg

/// Files under `Fixtures/avro`, made by its `make.py`.
enum AvroFixture {
  static let manifests =
    ["null", "deflate", "zstandard", "snappy"].flatMap { codec in ["v1-manifest-\(codec).avro", "v2-manifest-\(codec).avro"] }
    + ["v3-data-deflate.avro", "v3-deletes-zstandard.avro"]
  static let lists =
    ["null", "deflate", "zstandard", "snappy"].flatMap { codec in ["v1-list-\(codec).avro", "v2-list-\(codec).avro"] }
    + ["v3-list-snappy.avro"]

  static func bytes(_ name: String) throws -> [UInt8] { try Fixture.bytes("avro/\(name)") }

  /// What another reader found in a fixture, record by record.
  static func expected(_ name: String) throws -> [JSONObject] {
    let object = try JSONDocument(parsing: bytes("expected.json")).root.object()
    let member = try #require(object.first { $0.key == name })
    return try member.value.array().map { try $0.object() }
  }
}

/// Writes Avro by hand, wrong where a test wants it wrong.
struct AvroWriter {
  var bytes: [UInt8] = []

  static let sync = [UInt8](0..<16)

  mutating func long(_ value: Int64) {
    var rest = UInt64(bitPattern: value << 1 ^ value >> 63)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func text(_ text: String) {
    long(Int64(text.utf8.count))
    bytes += Array(text.utf8)
  }

  static func bytes(_ body: (inout AvroWriter) -> Void) -> [UInt8] {
    var writer = AvroWriter()
    body(&writer)
    return writer.bytes
  }

  static func header(schema: String, codec: String? = nil, more: [(String, String)] = []) -> [UInt8] {
    AvroContainer.magic
      + bytes { writer in
        var entries = [("avro.schema", schema)] + more
        if let codec { entries.append(("avro.codec", codec)) }
        writer.long(Int64(entries.count))
        for (key, value) in entries {
          writer.text(key)
          writer.text(value)
        }
        writer.long(0)
      } + sync
  }

  static func block(count: Int64, _ content: [UInt8]) -> [UInt8] {
    bytes { writer in
      writer.long(count)
      writer.long(Int64(content.count))
    } + content + sync
  }

  static func container(schema: String, codec: String? = nil, count: Int64, _ content: [UInt8]) -> [UInt8] {
    header(schema: schema, codec: codec) + block(count: count, content)
  }
}
