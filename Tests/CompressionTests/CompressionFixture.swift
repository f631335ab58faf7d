import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Files under `Fixtures`, made by its `make.py`.
enum CompressionFixture {
  static func bytes(_ name: String, file: String = #filePath) throws -> [UInt8] {
    let path = file.prefix(through: try #require(file.lastIndex(of: "/"))) + "Fixtures/\(name)"
    let stream = try #require(fopen(String(path), "r"), "no fixture at \(path)")
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { bytes += chunk[..<count] }
    return bytes
  }
}

/// A seeded generator (SplitMix64): a failure can be had again.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
