import Compression
import Testing

@testable import Iceberg

@Suite struct AvroContainerTests {
  private static let schema = #"{"type":"record","name":"r","fields":[{"name":"n","type":"long","field-id":1}]}"#

  private func blocks(_ bytes: [UInt8], limits: AvroLimits = .standard) throws(AvroError) -> [[UInt8]] {
    var container = try AvroContainer(bytes, limits: limits)
    var result: [[UInt8]] = []
    while let block = try container.next() { result.append(Array(block.bytes[block.content])) }
    return result
  }

  @Test func readsBlocksOfEachCodec() throws {
    let content = [UInt8](repeating: 2, count: 1_000)
    let snappy: [UInt8] = [0xE8, 0x07, 0xF4, 0xE7, 0x03] + content
    let checksum = CRC32.of(content)
    let tail = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: checksum >> $0) }
    let encoded: [(String?, [UInt8])] = [
      (nil, content), ("null", content), ("deflate", try Deflate.compress(content)), ("zstandard", try Zstandard.compress(content)),
      ("snappy", snappy + tail),
    ]
    for (codec, bytes) in encoded {
      let file =
        AvroWriter.header(schema: Self.schema, codec: codec) + AvroWriter.block(count: 1_000, bytes) + AvroWriter.block(count: 0, bytes)
      #expect(try blocks(file) == [content, content], "\(codec ?? "none")")
      // One byte less is allowed than the block has.
      let error = #expect(throws: AvroError.self) { _ = try blocks(file, limits: AvroLimits(maximumBlockSizeBytes: 999)) }
      #expect(error?.reason == .tooLarge)
    }
  }

  @Test func headersInBlocksWithASize() throws {
    let pair = AvroWriter.bytes {
      $0.text("avro.schema")
      $0.text(Self.schema)
    }
    let file =
      AvroContainer.magic
      + AvroWriter.bytes {
        $0.long(-1)
        $0.long(Int64(pair.count))
      } + pair + [0] + AvroWriter.sync
    #expect(try blocks(file).isEmpty)
  }

  @Test func badHeaders() {
    func message(_ bytes: [UInt8], limits: AvroLimits = .standard) -> String? {
      let error = #expect(throws: AvroError.self) { _ = try blocks(bytes, limits: limits) }
      return error?.description
    }
    let notAvro = "The file is not an Avro container: it does not begin with \"Obj\" and 1"
    #expect(message([]) == notAvro)
    #expect(message(Array("Obj".utf8)) == notAvro)
    #expect(message(Array("Obj\u{2}".utf8)) == notAvro)
    #expect(message(AvroContainer.magic) == "The data ends inside a number at byte 4")
    #expect(message(AvroContainer.magic + [0] + AvroWriter.sync) == "The header has no avro.schema")
    #expect(message(AvroContainer.magic + [0, 1]) == "The data ends inside a value of 16 bytes at byte 5")
    #expect(
      message(AvroWriter.header(schema: Self.schema, codec: "bzip2"))
        == "The Avro codec \"bzip2\" is not one of null, deflate, snappy and zstandard")
    #expect(
      message(AvroWriter.header(schema: Self.schema, more: [("avro.schema", "\"int\"")]))?.hasPrefix("The header has \"avro.schema\" twice")
        == true)
    #expect(
      message(AvroWriter.header(schema: Self.schema), limits: AvroLimits(maximumHeaderSizeBytes: 40))?
        .hasPrefix("The header is damaged or longer than 40 bytes") == true)
  }

  @Test func badBlocks() {
    let header = AvroWriter.header(schema: Self.schema)
    func message(_ block: [UInt8], codec: String? = nil) -> String? {
      let header = AvroWriter.header(schema: Self.schema, codec: codec)
      let error = #expect(throws: AvroError.self) { _ = try blocks(header + block) }
      return error?.description
    }
    func numbers(_ values: Int64...) -> [UInt8] { AvroWriter.bytes { for value in values { $0.long(value) } } }
    let at = "at byte \(header.count)"
    #expect(message(numbers(1, 100)) == "A block of 1 records in 100 bytes is damaged or cut off \(at)")
    #expect(message(numbers(-1, 0) + AvroWriter.sync) == "A block of -1 records in 0 bytes is damaged or cut off \(at)")
    #expect(message(numbers(.max, .max)) == "A block of \(Int64.max) records in \(Int64.max) bytes is damaged or cut off \(at)")
    #expect(message(numbers(.min, .min)) == "A block of \(Int64.min) records in \(Int64.min) bytes is damaged or cut off \(at)")
    #expect(message(AvroWriter.block(count: .max, [2])) == "\(Int64.max) records are said to be in 1 bytes in the block \(at)")
    #expect(
      message(numbers(1, 1) + [2] + [UInt8](repeating: 9, count: 16))
        == "A block does not end with the file's sync marker at byte \(header.count + 3)")
    #expect(
      message(AvroWriter.block(count: 1, [9, 9, 9]), codec: "snappy")?.hasPrefix("snappy: the data is shorter than its checksum") == true)
    #expect(
      message(AvroWriter.block(count: 1, [1, 0, 0x61, 0, 0, 0, 0]), codec: "snappy")?.hasPrefix("snappy: the checksum does not match")
        == true)
    #expect(message(AvroWriter.block(count: 1, [0xFF, 9, 9]), codec: "deflate")?.hasPrefix("deflate: ") == true)
    #expect(message(AvroWriter.block(count: 1, [0xFF, 9, 9]), codec: "zstandard")?.hasPrefix("zstandard: ") == true)
  }

  /// A block of a few kilobytes that stands for a gigabyte.
  @Test(arguments: ["deflate", "zstandard"])
  func bombsStopAtTheLimit(codec: String) throws {
    let zeros = [UInt8](repeating: 0, count: 64 << 20)
    let packed = codec == "deflate" ? try Deflate.compress(zeros) : try Zstandard.compress(zeros)
    let file = AvroWriter.container(schema: Self.schema, codec: codec, count: 1, packed)
    let error = #expect(throws: AvroError.self) { _ = try blocks(file, limits: AvroLimits(maximumBlockSizeBytes: 1 << 20)) }
    #expect(error?.reason == .tooLarge)
  }
}
