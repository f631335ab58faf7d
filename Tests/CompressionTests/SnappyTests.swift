import Compression
import Testing

@Suite struct SnappyTests {
  private func decompress(_ bytes: [UInt8], limit: Int = 1 << 20) throws(CompressionError) -> [UInt8] {
    try Snappy.decompress(bytes[...], maximumSizeBytes: limit)
  }

  /// By hand from the description of the format: literals whose length takes 0 to 4 bytes more, copies with offsets of 1, 2 and 4.
  @Test(
    arguments: [
      ([0], ""),
      ([3, 0x08, 0x61, 0x62, 0x63], "abc"),
      ([3, 0xF0, 2, 0x61, 0x62, 0x63], "abc"),
      ([3, 0xF4, 2, 0, 0x61, 0x62, 0x63], "abc"),
      ([3, 0xF8, 2, 0, 0, 0x61, 0x62, 0x63], "abc"),
      ([3, 0xFC, 2, 0, 0, 0, 0x61, 0x62, 0x63], "abc"),
      ([8, 0x04, 0x61, 0x62, 0x09, 0x02], "abababab"),
      ([6, 0x04, 0x61, 0x62, 0x0E, 0x02, 0x00], "ababab"),
      ([6, 0x04, 0x61, 0x62, 0x0F, 0x02, 0x00, 0x00, 0x00], "ababab"),
      ([6, 0x00, 0x61, 0x12, 0x01, 0x00], "aaaaaa"),
    ] as [([UInt8], String)])
  func everyElement(bytes: [UInt8], expected: String) throws {
    #expect(try String(decoding: decompress(bytes), as: UTF8.self) == expected)
  }

  @Test(
    arguments: [
      [], [0x80], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [3], [3, 0x08, 0x61, 0x62], [2, 0x08, 0x61, 0x62, 0x63], [4, 0x08, 0x61, 0x62, 0x63],
      [6, 0x04, 0x61, 0x62, 0x0E, 0x03, 0x00], [6, 0x04, 0x61, 0x62, 0x0E, 0x00, 0x00], [5, 0x04, 0x61, 0x62, 0x0E, 0x02, 0x00],
      [6, 0x04, 0x61, 0x62, 0x0E, 0x02], [6, 0x0E, 0x01, 0x00], [3, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x61],
      [6, 0x04, 0x61, 0x62, 0x0F, 0xFF, 0xFF, 0xFF, 0xFF],
    ] as [[UInt8]])
  func damaged(bytes: [UInt8]) {
    #expect(throws: CompressionError.corrupt("the Snappy data is damaged or cut off")) { _ = try decompress(bytes) }
  }

  /// A claim of 4 GiB in five bytes reserves nothing, whatever the limit.
  @Test func sizesThatCannotBe() {
    let claim: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x00, 0x61]
    #expect(throws: CompressionError.tooLarge(maximumSizeBytes: 1 << 20)) { _ = try decompress(claim) }
    #expect(throws: CompressionError.corrupt("the Snappy data is damaged or cut off")) { _ = try decompress(claim, limit: .max) }
  }

  /// The densest there is: 64 bytes from each three.
  @Test func runsAreReadAtOnce() throws {
    let copies = 1 << 13
    let size = 1 + copies * 64
    var bytes = [UInt8(size & 0x7F | 0x80), UInt8(size >> 7 & 0x7F | 0x80), UInt8(size >> 14 & 0x7F | 0x80), UInt8(size >> 21)]
    bytes += [0x00, 0x61]
    for _ in 0..<copies { bytes += [0xFE, 0x01, 0x00] }
    #expect(try decompress(bytes, limit: size) == [UInt8](repeating: 0x61, count: size))
  }
}
