import SeededRandom
import Testing

@testable import Iceberg

@Suite struct AvroDecoderTests {
  private func decoder(_ bytes: [UInt8]) -> AvroDecoder { AvroDecoder(bytes, in: 0..<bytes.count) }

  @Test(
    arguments: [
      (0, [0x00]), (-1, [0x01]), (1, [0x02]), (-64, [0x7F]), (64, [0x80, 0x01]),
      (.max, [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
      (.min, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
    ] as [(Int64, [UInt8])])
  func numbersOfTheSpecification(value: Int64, bytes: [UInt8]) throws {
    var decoder = decoder(bytes)
    #expect(try decoder.long() == value)
    #expect(decoder.isAtEnd)
    #expect(AvroWriter.bytes { $0.long(value) } == bytes)
  }

  @Test func numbersComeBack() throws {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<2_000 {
      let value = Int64(bitPattern: generator.next()) >> Int64.random(in: 0..<64, using: &generator)
      let bytes = AvroWriter.bytes { $0.long(value) }
      var reading = decoder(bytes)
      #expect(try reading.long() == value)
      var skipping = decoder(bytes)
      try skipping.skipNumber()
      #expect(reading.isAtEnd && skipping.isAtEnd)
    }
  }

  @Test(
    arguments: [
      ([], "The data ends inside a number at byte 0"),
      ([0x80], "The data ends inside a number at byte 0"),
      ([UInt8](repeating: 0xFF, count: 9) + [2], "A number has more than 64 bits at byte 0"),
      ([UInt8](repeating: 0xFF, count: 40), "A number has more than 64 bits at byte 0"),
    ] as [([UInt8], String)])
  func damagedNumbers(bytes: [UInt8], message: String) {
    let error = #expect(throws: AvroError.self) {
      var decoder = decoder(bytes)
      _ = try decoder.long()
    }
    #expect(error?.description == message)
    #expect(error?.reason == .malformed)
  }

  @Test(
    arguments: [
      (-1, "A text has a negative length, -1 at byte 0"), (.min, "A text has a negative length, -9223372036854775808 at byte 0"),
      (.max, "A text of 9223372036854775807 bytes is longer than what is left at byte 0"),
      (3, "A text of 3 bytes is longer than what is left at byte 0"),
    ] as [(Int64, String)])
  func damagedTexts(length: Int64, message: String) {
    var decoder = decoder(AvroWriter.bytes { $0.long(length) } + [0x61, 0x62])
    let error = #expect(throws: AvroError.self) { _ = try decoder.text() }
    #expect(error?.description == message)
  }

  @Test func textMustBeUTF8() {
    var decoder = decoder([4, 0xC3, 0x28])
    #expect(throws: AvroError.malformed("A text is not UTF-8", offset: 1)) { _ = try decoder.text() }
  }

  @Test func booleans() throws {
    var decoder = decoder([0, 1, 2])
    #expect(try !decoder.bool())
    #expect(try decoder.bool())
    #expect(throws: AvroError.malformed("A boolean is neither 0 nor 1", offset: 2)) { _ = try decoder.bool() }
  }

  @Test func neverReadsPastItsRange() {
    var decoder = AvroDecoder([0x80, 0x80, 0x01], in: 0..<2)
    #expect(throws: AvroError.self) { _ = try decoder.long() }
    #expect(throws: AvroError.self) { try decoder.skip(3) }
    #expect(throws: AvroError.self) { try decoder.skipNumber() }
  }

  @Test func blocksWithASize() throws {
    var decoder = decoder(
      AvroWriter.bytes {
        $0.long(-2)
        $0.long(3)
      } + [1, 2, 3])
    let head = try decoder.blockHead(leastItemSize: 1)
    #expect(head.count == 2 && head.sizeBytes == 3)
  }

  @Test(arguments: [Int64.min, -.max, .max, 4])
  func blocksThatCannotBe(count: Int64) {
    var decoder = decoder(AvroWriter.bytes { $0.long(count) } + [1, 2, 3])
    #expect(throws: AvroError.self) { _ = try decoder.blockHead(leastItemSize: 1) }
  }
}
