/// Snappy's raw block format (google/snappy, format_description.txt). Only reading: nobody here writes it.
package enum Snappy {
  package static func decompress(_ bytes: ArraySlice<UInt8>, maximumSizeBytes: Int) throws(CompressionError) -> [UInt8] {
    var reader = Reader(bytes: bytes)
    let size = try reader.varint()
    guard size <= maximumSizeBytes else { throw .tooLarge(maximumSizeBytes: maximumSizeBytes) }
    var output: [UInt8] = []
    // The size is a claim: reserve no more than a fair guess of what the input can hold.
    output.reserveCapacity(min(size, bytes.count * 8 + 64))
    while !reader.isAtEnd {
      let tag = Int(try reader.byte())
      switch tag & 3 {
      case 0:
        let length = tag >> 2 < 60 ? tag >> 2 : try reader.integer(bytes: tag >> 2 - 59)
        let literal = try reader.take(length + 1)
        guard output.count + literal.count <= size else { throw damaged }
        output.append(contentsOf: literal)
      case 1: try copy(length: tag >> 2 & 7 + 4, offset: (tag >> 5) << 8 | Int(try reader.byte()), in: &output, limit: size)
      case 2: try copy(length: tag >> 2 + 1, offset: try reader.integer(bytes: 2), in: &output, limit: size)
      default: try copy(length: tag >> 2 + 1, offset: try reader.integer(bytes: 4), in: &output, limit: size)
      }
    }
    guard output.count == size else { throw damaged }
    return output
  }

  private static var damaged: CompressionError { .corrupt("the Snappy data is damaged") }

  /// Byte by byte where source and target overlap: that is how runs are written.
  private static func copy(length: Int, offset: Int, in output: inout [UInt8], limit: Int) throws(CompressionError) {
    guard offset > 0, offset <= output.count, output.count + length <= limit else { throw damaged }
    let start = output.count - offset
    if offset >= length {
      output.append(contentsOf: output[start..<start + length])
    } else {
      for index in start..<start + length { output.append(output[index]) }
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
