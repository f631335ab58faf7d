/// Big-endian numbers of a font file. Reading beyond its end is an error, never a trap.
struct FontBytes: Sendable {
  let bytes: [UInt8]

  func u8(_ offset: Int) throws(ReportError) -> Int {
    guard offset >= 0, offset < bytes.count else { throw .invalidFont("it ends too early") }
    return Int(bytes[offset])
  }

  func u16(_ offset: Int) throws(ReportError) -> Int {
    guard offset >= 0, offset <= bytes.count - 2 else { throw .invalidFont("it ends too early") }
    return Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
  }

  func i16(_ offset: Int) throws(ReportError) -> Int { Int(Int16(truncatingIfNeeded: try u16(offset))) }

  func u32(_ offset: Int) throws(ReportError) -> Int { try u16(offset) << 16 | (try u16(offset + 2)) }

  func slice(_ range: Range<Int>) throws(ReportError) -> ArraySlice<UInt8> {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else { throw .invalidFont("it ends too early") }
    return bytes[range]
  }
}

extension [UInt8] {
  mutating func appendU16(_ value: Int) {
    append(UInt8(truncatingIfNeeded: value >> 8))
    append(UInt8(truncatingIfNeeded: value))
  }

  mutating func appendU32(_ value: Int) {
    appendU16(value >> 16)
    appendU16(value)
  }

  mutating func putU16(_ value: Int, at offset: Int) {
    self[offset] = UInt8(truncatingIfNeeded: value >> 8)
    self[offset + 1] = UInt8(truncatingIfNeeded: value)
  }

  mutating func putU32(_ value: Int, at offset: Int) {
    putU16(value >> 16, at: offset)
    putU16(value, at: offset + 2)
  }
}
