import Testing

@testable import TableFormats

/// Encodings by hand, mostly as nobody honest writes them.
@Suite struct ParquetDecoderTests {
  private static func numbers(_ bytes: [UInt8], bitWidth: Int, count: Int) throws -> [Int] {
    var decoder = try HybridDecoder(bytes, in: 0..<bytes.count, bitWidth: bitWidth)
    return try (0..<count).map { _ in try decoder.next() }
  }

  @Test func runsAndGroups() throws {
    // Four times 4, then the numbers 0 to 7 in three bits each (Encodings.md has these bytes).
    let bytes: [UInt8] = [0x08, 0x04, 0x03, 0x88, 0xC6, 0xFA]
    #expect(try Self.numbers(bytes, bitWidth: 3, count: 12) == [4, 4, 4, 4, 0, 1, 2, 3, 4, 5, 6, 7])
    #expect(throws: TableFormatError.self) { try Self.numbers(bytes, bitWidth: 3, count: 13) }
    #expect(try Self.numbers([0x06], bitWidth: 0, count: 3) == [0, 0, 0])
    #expect(try Self.numbers([0x02, 0xFF, 0xFF, 0xFF, 0xFF], bitWidth: 32, count: 1) == [Int(UInt32.max)])
  }

  @Test func aRunTakesNoRoom() throws {
    // 2^62 times 1.
    let bytes: [UInt8] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0x01]
    #expect(try Self.numbers(bytes, bitWidth: 1, count: 3) == [1, 1, 1])
  }

  @Test(arguments: [
    [], [0x08], [0xFF], [UInt8](repeating: 0xFF, count: 12), [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
    [0x00, 0x01, 0x00, 0x01],
  ])
  func damagedRuns(_ bytes: [UInt8]) {
    #expect(throws: TableFormatError.self) { try Self.numbers(bytes, bitWidth: 8, count: 300) }
  }

  @Test func widthsBeyondAll() {
    #expect(throws: TableFormatError.self) { try HybridDecoder([0], in: 0..<1, bitWidth: 33) }
  }

  @Test func differences() throws {
    // 1 to 5: blocks of 8 in 1 part, 5 values from 1; the least difference 1, in no bits.
    let bytes: [UInt8] = [0x08, 0x01, 0x05, 0x02, 0x02, 0x00]
    var decoder = try DeltaIntegers(bytes, in: 0..<bytes.count)
    #expect(try (0..<5).map { _ in try decoder.next() } == [1, 2, 3, 4, 5])
    #expect(throws: TableFormatError.self) { try decoder.next() }
    // Blocks of none, in no parts, of 1 in 2.
    for head: [UInt8] in [[0x00, 0x01], [0x08, 0x00], [0x01, 0x02], [0x08, 0x03]] {
      #expect(throws: TableFormatError.self) { try DeltaIntegers(head + [0x05, 0x02, 0x02, 0x00], in: 0..<6) }
    }
  }

  @Test func aFewBytesStandForMany() throws {
    // Texts of which each begins with all of the one before and adds a byte: 100,000 of them would be 5 GB.
    let count: [UInt8] = [0xA0, 0x8D, 0x06]
    var bytes: [UInt8] = [0x08, 0x01] + count + [0x00]
    for _ in 0..<12_500 { bytes += [0x02, 0x00] }
    bytes += [0x08, 0x01] + count + [0x02]
    for _ in 0..<12_500 { bytes += [0x00, 0x00] }
    bytes += [UInt8](repeating: 0x61, count: 100_000)
    var texts = try DeltaBytes(bytes, in: 0..<bytes.count, hasPrefixes: true, limits: ParquetLimits(maximumPageSizeBytes: 1 << 20))
    let error = #expect(throws: TableFormatError.self) { while true { _ = try texts.next() } }
    #expect(error?.reason == .tooLarge)
  }

  @Test func structuresWithoutEnd() {
    // Field 1 is a structure whose field 1 is a structure …
    let deep = [UInt8](repeating: 0x1C, count: 100_000)
    // … and field 1 a list of lists of lists.
    let lists = [0x19] + [UInt8](repeating: 0x19, count: 100_000)
    for bytes in [deep, lists] {
      var decoder = ThriftDecoder(bytes, in: 0..<bytes.count)
      #expect(throws: TableFormatError.self) { try decoder.structure { _, _ in false } }
    }
    // A list of 2^40 truth values.
    let many: [UInt8] = [0x19, 0xF1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]
    var decoder = ThriftDecoder(many, in: 0..<many.count)
    #expect(throws: TableFormatError.self) { try decoder.structure { _, _ in false } }
  }
}
