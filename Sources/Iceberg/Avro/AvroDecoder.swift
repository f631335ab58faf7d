/// Reads Avro's binary encoding (Avro 1.12, "Binary Encoding") from part of `bytes`, never past `end`.
struct AvroDecoder {
  let bytes: [UInt8]
  private(set) var position: Int
  let end: Int

  init(_ bytes: [UInt8], in range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  var isAtEnd: Bool { position == end }
  var remaining: Int { end - position }

  private func cutOff(_ what: String) -> AvroError { .malformed("The data ends inside \(what)", offset: position) }

  /// A zigzag number of up to ten bytes; `int` and `long` are written alike.
  mutating func long() throws(AvroError) -> Int64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    var cursor = position
    while cursor < end {
      let byte = bytes[cursor]
      cursor += 1
      // The tenth byte has one bit left to give.
      if shift == 63, byte > 1 { throw .malformed("A number has more than 64 bits", offset: position) }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 {
        position = cursor
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
      }
      shift += 7
    }
    throw cutOff("a number")
  }

  mutating func skipNumber() throws(AvroError) {
    var cursor = position
    let last = min(end, position + 10)
    while cursor < last {
      cursor += 1
      if bytes[cursor - 1] < 0x80 {
        position = cursor
        return
      }
    }
    throw last == end ? cutOff("a number") : .malformed("A number has more than 64 bits", offset: position)
  }

  mutating func bool() throws(AvroError) -> Bool {
    guard position < end else { throw cutOff("a boolean") }
    defer { position += 1 }
    switch bytes[position] {
    case 0: return false
    case 1: return true
    default: throw .malformed("A boolean is neither 0 nor 1", offset: position)
    }
  }

  mutating func skip(_ count: Int) throws(AvroError) {
    guard count <= remaining else { throw cutOff("a value of \(count) bytes") }
    position += count
  }

  /// Where the content of a `string` or of `bytes` lies.
  mutating func prefixed() throws(AvroError) -> Range<Int> {
    let start = position
    let length = try long()
    guard length >= 0 else { throw .malformed("A text has a negative length, \(length)", offset: start) }
    guard length <= remaining else { throw .malformed("A text of \(length) bytes is longer than what is left", offset: start) }
    let range = position..<position + Int(length)
    position = range.upperBound
    return range
  }

  mutating func text() throws(AvroError) -> String {
    let range = try prefixed()
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw .malformed("A text is not UTF-8", offset: range.lowerBound)
    }
    return text
  }

  /// The head of a block of an array or a map: how many items follow, 0 at the end, and in how many bytes if it says so.
  ///
  /// A count says no more than what is left can hold, given that an item has at least `leastItemSize` bytes.
  mutating func blockHead(leastItemSize: Int) throws(AvroError) -> (count: Int, sizeBytes: Int?) {
    let start = position
    var count = try long()
    var size: Int?
    if count < 0 {
      guard count != .min else { throw .malformed("An array has a block of \(count) items", offset: start) }
      count = -count
      let written = try long()
      guard written >= 0, written <= remaining else { throw .malformed("An array has a block of \(written) bytes", offset: start) }
      size = Int(written)
    }
    guard leastItemSize == 0 || count <= remaining / leastItemSize else {
      throw .malformed("An array has a block of \(count) items, more than what is left can hold", offset: start)
    }
    return (Int(count), size)
  }
}
