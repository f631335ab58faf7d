import SeededRandom
import Testing

@testable import TableFormats

/// Damaged files are refused or read: they never trap, and never give more rows than is allowed.
@Suite struct ParquetFuzzTests {
  private static let limits = ParquetLimits(
    maximumFooterSizeBytes: 1 << 16, maximumPageSizeBytes: 1 << 18, maximumSchemaElements: 1_000, maximumDepth: 16, maximumRows: 2_000,
    maximumRowValues: 2_000, maximumValues: 20_000)

  private static func read(_ bytes: [UInt8]) -> Int {
    var count = 0
    do {
      var reader = try ParquetReader(bytes, limits: limits)
      while try reader.next() != nil { count += 1 }
    } catch {
      // Refused with a message, whatever it is.
      #expect(!error.description.isEmpty)
    }
    return count
  }

  static let files = ParquetReaderTests.variants.map { "parquet/few-\($0).parquet" }

  @Test(arguments: files) func everyByteChanged(_ name: String) throws {
    let original = try FormatFixture.bytes(name)
    var bytes = original
    for index in bytes.indices {
      let changes: [UInt8] = [0x01, 0x80, 0xFF, 0x10]
      bytes[index] ^= changes[index % 4]
      #expect(Self.read(bytes) <= 2_000)
      bytes[index] = original[index]
    }
  }

  @Test(arguments: files) func truncations(_ name: String) throws {
    let bytes = try FormatFixture.bytes(name)
    for length in stride(from: 0, to: bytes.count, by: 7) {
      #expect(Self.read(Array(bytes[..<length])) == 0)
      // Cut out of the middle, the footer as it was.
      #expect(Self.read(Array(bytes[..<min(length, 1_000)]) + bytes[max(length, 1_000)...]) <= 2_000)
    }
  }

  @Test(arguments: files) func manyChanges(_ name: String) throws {
    let original = try FormatFixture.bytes(name)
    var generator = SeededGenerator(seed: 20_261_121)
    let edges: [[UInt8]] = [
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], [0xFE, 0xFF, 0xFF, 0xFF, 0x0F], [0xFF, 0xFF, 0xFF, 0x7F], [0x00],
      [0x15, 0xFE, 0xFF, 0xFF, 0xFF, 0x0F], [0x1C], [0x19, 0xFC], [],
    ]
    for _ in 0..<400 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let start = Int.random(in: 0..<bytes.count, using: &generator)
        let edge = edges.randomElement(using: &generator) ?? []
        // Mostly in place, so that what follows is still where it is said to be.
        let length = Bool.random(using: &generator) ? edge.count : Int.random(in: 0...10, using: &generator)
        bytes.replaceSubrange(start..<min(bytes.count, start + length), with: edge)
        if bytes.isEmpty { break }
      }
      #expect(Self.read(bytes) <= 2_000)
    }
  }
}
