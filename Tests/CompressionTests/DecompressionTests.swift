import Compression
import SeededRandom
import Testing

/// What holds for every format that is read.
@Suite struct DecompressionTests {
  enum Format: String, CaseIterable {
    case gzip = "text.gz"
    case deflate = "text.deflate"
    case zstandard = "text.zst"
    case zstandardStream = "frames.zst"
    case snappy = "text.snappy"

    func decompress(_ bytes: [UInt8], maximumSizeBytes: Int) throws(CompressionError) -> [UInt8] {
      switch self {
      case .gzip: try Gzip.decompress(bytes, maximumSizeBytes: maximumSizeBytes)
      case .deflate: try Deflate.decompress(bytes[...], maximumSizeBytes: maximumSizeBytes)
      case .zstandard, .zstandardStream: try Zstandard.decompress(bytes[...], maximumSizeBytes: maximumSizeBytes)
      case .snappy: try Snappy.decompress(bytes[...], maximumSizeBytes: maximumSizeBytes)
      }
    }
  }

  /// Each golden file was made by another implementation; the limit is met exactly, then missed by one.
  @Test(arguments: Format.allCases)
  func golden(format: Format) throws {
    let text = try CompressionFixture.bytes("text.bin")
    let packed = try CompressionFixture.bytes(format.rawValue)
    #expect(try format.decompress(packed, maximumSizeBytes: text.count) == text)
    #expect(throws: CompressionError.tooLarge(maximumSizeBytes: text.count - 1)) {
      _ = try format.decompress(packed, maximumSizeBytes: text.count - 1)
    }
  }

  @Test(arguments: Format.allCases)
  func truncationsAreCorrupt(format: Format) throws {
    let packed = try CompressionFixture.bytes(format.rawValue)
    let text = try CompressionFixture.bytes("text.bin")
    for length in stride(from: 0, to: packed.count, by: 61) {
      do {
        let short = try format.decompress(Array(packed[..<length]), maximumSizeBytes: 1 << 20)
        // Only a file of several parts may end early and whole.
        #expect(format == .gzip || format == .zstandardStream, "\(length) of \(packed.count) bytes were enough")
        #expect(text.starts(with: short) && short.count < text.count)
      } catch {
        guard case .corrupt = error else {
          Issue.record("\(error)")
          return
        }
      }
    }
  }

  @Test(arguments: Format.allCases)
  func damageNeverTraps(format: Format) throws {
    let original = try CompressionFixture.bytes(format.rawValue)
    var generator = SeededGenerator(seed: 3)
    for round in 0..<400 {
      var bytes = original
      // The head of each file as often as the rest: that is where sizes are.
      let range = round % 2 == 0 ? 0..<64 : bytes.indices
      for _ in 0..<3 { bytes[Int.random(in: range, using: &generator)] = UInt8.random(in: 0...255, using: &generator) }
      guard let result = try? format.decompress(bytes, maximumSizeBytes: 100_000) else { continue }
      #expect(result.count <= 100_000)
    }
  }

  @Test(arguments: Format.allCases)
  func noiseNeverTraps(format: Format) {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<500 {
      let bytes = (0..<Int.random(in: 0...80, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
      _ = try? format.decompress(bytes, maximumSizeBytes: 1 << 20)
    }
  }
}
