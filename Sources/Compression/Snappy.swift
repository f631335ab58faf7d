/// Snappy's raw block format (google/snappy, format_description.txt). Only reading: nobody here writes it.
package enum Snappy {
  package static func decompress(_ bytes: ArraySlice<UInt8>, maximumSizeBytes: Int) throws(CompressionError) -> [UInt8] {
    var reader = Reader(bytes: bytes)
    let size = try reader.varint()
    guard size <= maximumSizeBytes else { throw .tooLarge(maximumSizeBytes: maximumSizeBytes) }
    // The size is a claim. Three bytes give 64 at most, so nothing is reserved for one that cannot be true.
    guard size / 22 <= bytes.count else { throw damaged }
    var output = Output(size: size)
    while !reader.isAtEnd {
      let tag = Int(try reader.byte())
      switch tag & 3 {
      case 0:
        let length = tag >> 2 < 60 ? tag >> 2 : try reader.integer(bytes: tag >> 2 - 59)
        try output.append(try reader.take(length + 1))
      case 1: try output.copy(length: (tag >> 2 & 7) + 4, offset: (tag >> 5) << 8 | Int(try reader.byte()))
      case 2: try output.copy(length: tag >> 2 + 1, offset: try reader.integer(bytes: 2))
      default: try output.copy(length: tag >> 2 + 1, offset: try reader.integer(bytes: 4))
      }
    }
    guard output.isFull else { throw damaged }
    return output.bytes
  }

  private static var damaged: CompressionError { .corrupt("the Snappy data is damaged or cut off") }

  /// Its bytes are there from the start and written in place: to append a slice of an array to itself would copy the array each time.
  private struct Output {
    private(set) var bytes: [UInt8]
    private var count = 0

    init(size: Int) { bytes = [UInt8](repeating: 0, count: size) }

    var isFull: Bool { count == bytes.count }

    mutating func append(_ literal: ArraySlice<UInt8>) throws(CompressionError) {
      guard literal.count <= bytes.count - count else { throw Snappy.damaged }
      var target = count
      for byte in literal {
        bytes[target] = byte
        target += 1
      }
      count = target
    }

    /// Byte by byte, since source and target may overlap: that is how runs are written.
    mutating func copy(length: Int, offset: Int) throws(CompressionError) {
      guard offset > 0, offset <= count, length <= bytes.count - count else { throw Snappy.damaged }
      for target in count..<count + length { bytes[target] = bytes[target - offset] }
      count += length
    }
  }

  private struct Reader {
    let bytes: ArraySlice<UInt8>
    var position: Int

    init(bytes: ArraySlice<UInt8>) {
      self.bytes = bytes
      position = bytes.startIndex
    }

    var isAtEnd: Bool { position == bytes.endIndex }

    mutating func byte() throws(CompressionError) -> UInt8 {
      guard position < bytes.endIndex else { throw Snappy.damaged }
      defer { position += 1 }
      return bytes[position]
    }

    mutating func take(_ count: Int) throws(CompressionError) -> ArraySlice<UInt8> {
      guard count <= bytes.endIndex - position else { throw Snappy.damaged }
      defer { position += count }
      return bytes[position..<position + count]
    }

    /// Little-endian.
    mutating func integer(bytes count: Int) throws(CompressionError) -> Int {
      var value = 0
      for (index, byte) in try take(count).enumerated() { value |= Int(byte) << (8 * index) }
      return value
    }

    mutating func varint() throws(CompressionError) -> Int {
      var value = 0
      for shift in stride(from: 0, to: 35, by: 7) {
        let next = try byte()
        value |= Int(next & 0x7F) << shift
        if next < 0x80 { return value }
      }
      throw Snappy.damaged
    }
  }
}
