import SeededRandom
import Testing

@testable import Iceberg

@Suite struct SingleValueTests {
  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  @Test func readsWhatTheSpecificationWrites() {
    #expect(SingleValue([1], of: .boolean) == .bool(true))
    #expect(SingleValue([0], of: .boolean) == .bool(false))
    #expect(SingleValue([0xD2, 0x04, 0, 0], of: .int) == .integer(1234))
    #expect(SingleValue([0xFF, 0xFF, 0xFF, 0xFF], of: .date) == .integer(-1))
    #expect(SingleValue([3, 0, 0, 0, 0, 0, 0, 0], of: .long) == .integer(3))
    #expect(SingleValue(Self.littleEndian(1.5.bitPattern), of: .double) == .floating(1.5))
    #expect(SingleValue(Self.littleEndian(Float(-2.25).bitPattern), of: .float) == .floating(-2.25))
    #expect(SingleValue(Array("é".utf8), of: .string) == .text("é"))
    #expect(SingleValue([0x30, 0x39], of: .decimal(precision: 9, scale: 2)) == .bytes([0x30, 0x39]))
    #expect(SingleValue([1, 2], of: .fixed(length: 2)) == .bytes([1, 2]))
  }

  @Test func numbersOfEveryWidthComeBack() {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<2_000 {
      let long = Int64.random(in: .min ... .max, using: &random)
      for type in [PrimitiveType.long, .time, .timestamp, .timestamptz, .timestampNs, .timestamptzNs] {
        #expect(SingleValue(Self.littleEndian(long), of: type) == .integer(long))
      }
      let int = Int32.random(in: .min ... .max, using: &random)
      for type in [PrimitiveType.int, .date, .long] { #expect(SingleValue(Self.littleEndian(int), of: type) == .integer(Int64(int))) }
    }
  }

  @Test func valuesFromBeforeAPromotionAreWhatTheyBecame() {
    let day = Self.littleEndian(Int32(2))
    #expect(SingleValue(day, of: .timestamp) == .integer(2 * 86_400_000_000))
    #expect(SingleValue(day, of: .timestampNs) == .integer(2 * 86_400_000_000_000))
    #expect(SingleValue(Self.littleEndian(Int32.max), of: .timestampNs) == nil)
    #expect(SingleValue(Self.littleEndian(Float(0.5).bitPattern), of: .double) == .floating(0.5))
  }

  @Test(arguments: [
    PrimitiveType.boolean, .int, .long, .float, .double, .date, .time, .timestamp, .timestamptz, .timestampNs, .uuid, .unknown, .variant,
  ])
  func otherBytesAreNoValue(type: PrimitiveType) {
    #expect(SingleValue([], of: type) == nil)
    #expect(SingleValue([1, 2, 3], of: type) == nil)
  }

  @Test func textMustBeUTF8() { #expect(SingleValue([0xFF], of: .string) == nil) }
}
