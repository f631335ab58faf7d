/// Reads runs and bit-packed groups (Encodings.md, "RLE/Bit-Packing Hybrid"), one number at a time.
///
/// A run says how long it is in a few bytes; nothing is laid out in memory for it.
struct HybridDecoder {
  private let bytes: [UInt8]
  private var position: Int
  private let end: Int
  private let bitWidth: Int
  /// Numbers left of the run.
  private var left: UInt64 = 0
  /// The number of a run of equal ones; `nil` inside bit-packed groups.
  private var repeated: UInt32?
  private var bits: BitReader

  /// - Parameter bitWidth: 0 to 32.
  init(_ bytes: [UInt8], in range: Range<Int>, bitWidth: Int) throws(TableFormatError) {
    guard (0...32).contains(bitWidth) else { throw .malformed("A Parquet page has numbers of \(bitWidth) bits") }
    self.bytes = bytes
    self.bitWidth = bitWidth
    position = range.lowerBound
    end = range.upperBound
    bits = BitReader(bytes, in: range.lowerBound..<range.lowerBound)
  }

  mutating func next() throws(TableFormatError) -> Int {
    while left == 0 { try startRun() }
    left -= 1
    if let repeated { return Int(repeated) }
    return Int(try bits.next(bitWidth))
  }

  private mutating func startRun() throws(TableFormatError) {
    let head = try unsignedVarint(bytes, &position, end)
    let count = head >> 1
    if head & 1 == 0 {
      let size = (bitWidth + 7) / 8
      guard size <= end - position else { throw cutOffPage }
      var value: UInt32 = 0
      for index in 0..<size { value |= UInt32(bytes[position + index]) << UInt32(8 * index) }
      position += size
      repeated = value
      left = count
    } else {
      // Groups of eight. Some writers cut the last one off where its values end.
      let (size, overflow) = Int(truncatingIfNeeded: count).multipliedReportingOverflow(by: bitWidth)
      guard count <= UInt64(Int32.max), !overflow else { throw .malformed("A Parquet page has \(count) groups in a run") }
      let last = position + min(size, end - position)
      bits = BitReader(bytes, in: position..<last)
      position = last
      repeated = nil
      left = count * 8
    }
  }
}

/// Numbers of some bits each, the lowest bits of each byte first.
struct BitReader {
  private let bytes: [UInt8]
  private var position: Int
  private let end: Int
  private var buffer: UInt64 = 0
  private var available = 0

  init(_ bytes: [UInt8], in range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// - Parameter width: 0 to 64.
  mutating func next(_ width: Int) throws(TableFormatError) -> UInt64 {
    if width > 32 {
      let low = try next(32)
      return try next(width - 32) << 32 | low
    }
    while available < width {
      guard position < end else { throw cutOffPage }
      buffer |= UInt64(bytes[position]) << UInt64(available)
      position += 1
      available += 8
    }
    defer {
      buffer >>= UInt64(width)
      available -= width
    }
    return buffer & (1 << UInt64(width) - 1)
  }
}

var cutOffPage: TableFormatError { .malformed("A Parquet page ends inside its values") }

/// A number of at most 64 bits, seven in each byte.
func unsignedVarint(_ bytes: [UInt8], _ position: inout Int, _ end: Int) throws(TableFormatError) -> UInt64 {
  var value: UInt64 = 0
  for shift in stride(from: UInt64(0), to: 70, by: 7) {
    guard position < end else { throw cutOffPage }
    let byte = bytes[position]
    position += 1
    if shift == 63, byte > 1 { break }
    value |= UInt64(byte & 0x7F) << shift
    if byte < 0x80 { return value }
  }
  throw .malformed("A Parquet page has a number of more than 64 bits")
}
