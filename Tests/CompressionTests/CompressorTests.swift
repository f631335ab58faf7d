import Compression
import SeededRandom
import Testing

@Suite struct CompressorTests {
  @Test func comesBack() throws {
    var generator = SeededGenerator(seed: 5)
    for size in [0, 1, 100, 65_535, 65_536, 65_537, 300_000] {
      let noise = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
      for bytes in [noise, [UInt8](repeating: 7, count: size)] {
        #expect(try Gzip.decompress(Gzip.compress(bytes), maximumSizeBytes: size) == bytes)
        #expect(try Zlib.decompress(Zlib.compress(bytes), maximumSizeBytes: size) == bytes)
        #expect(try Deflate.decompress(Deflate.compress(bytes)[...], maximumSizeBytes: size) == bytes)
        #expect(try Zstandard.decompress(Zstandard.compress(bytes)[...], maximumSizeBytes: size) == bytes)
      }
    }
  }

  @Test func levelsTradeTimeForSize() throws {
    let text = try CompressionFixture.bytes("text.bin")
    #expect(try Gzip.compress(text, level: 9).count < Gzip.compress(text, level: 1).count)
  }

  @Test func bombsStopAtTheLimit() throws {
    let zeros = [UInt8](repeating: 0, count: 32 << 20)
    #expect(throws: CompressionError.tooLarge(maximumSizeBytes: 1 << 20)) {
      _ = try Gzip.decompress(Gzip.compress(zeros), maximumSizeBytes: 1 << 20)
    }
    #expect(throws: CompressionError.tooLarge(maximumSizeBytes: 1 << 20)) {
      _ = try Zstandard.decompress(Zstandard.compress(zeros)[...], maximumSizeBytes: 1 << 20)
    }
  }

  @Test func gzipEndsWhereItEnds() throws {
    let packed = try Gzip.compress(Array("text".utf8))
    #expect(throws: CompressionError.self) { _ = try Gzip.decompress(packed + [1, 2, 3], maximumSizeBytes: 100) }
    var damaged = packed
    damaged[damaged.count - 8] ^= 1
    #expect(throws: CompressionError.corrupt("the compressed data is damaged or cut off")) {
      _ = try Gzip.decompress(damaged, maximumSizeBytes: 100)
    }
  }

  /// The check value of the CRC catalogue.
  @Test func checksum() {
    #expect(CRC32.of(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(CRC32.of([UInt8]()) == 0)
  }
}
