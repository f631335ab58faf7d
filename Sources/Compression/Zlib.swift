import CZlib

/// The framings of the deflate format that zlib knows.
private enum Framing: Int32 {
  case raw = -15
  case zlib = 15
  case gzip = 31
}

/// The zlib format (RFC 1950), as PDF's `FlateDecode` has it.
package enum Zlib {
  /// - Parameter level: 1 (fast) to 9 (small).
  package static func compress(_ bytes: [UInt8], level: Int32 = 6) throws(CompressionError) -> [UInt8] {
    try deflated(bytes, level: level, framing: .zlib)
  }

  package static func decompress(_ bytes: [UInt8], maximumSizeBytes: Int) throws(CompressionError) -> [UInt8] {
    try inflated(bytes[...], framing: .zlib, maximumSizeBytes: maximumSizeBytes)
  }
}

/// gzip (RFC 1952). Several members after one another count as one.
package enum Gzip {
  /// - Parameter level: 1 (fast) to 9 (small).
  package static func compress(_ bytes: [UInt8], level: Int32 = 6) throws(CompressionError) -> [UInt8] {
    try deflated(bytes, level: level, framing: .gzip)
  }

  package static func decompress(_ bytes: [UInt8], maximumSizeBytes: Int) throws(CompressionError) -> [UInt8] {
    try inflated(bytes[...], framing: .gzip, maximumSizeBytes: maximumSizeBytes)
  }
}

/// Deflate without any framing (RFC 1951), as Avro has it.
package enum Deflate {
  package static func compress(_ bytes: [UInt8], level: Int32 = 6) throws(CompressionError) -> [UInt8] {
    try deflated(bytes, level: level, framing: .raw)
  }

  package static func decompress(_ bytes: ArraySlice<UInt8>, maximumSizeBytes: Int) throws(CompressionError) -> [UInt8] {
    try inflated(bytes, framing: .raw, maximumSizeBytes: maximumSizeBytes)
  }
}

package enum CRC32 {
  package static func of(_ bytes: some Collection<UInt8>) -> UInt32 {
    let contiguous = Array(bytes)
    return UInt32(truncatingIfNeeded: crc32_z(0, contiguous, contiguous.count))
  }
}

private func deflated(_ bytes: [UInt8], level: Int32, framing: Framing) throws(CompressionError) -> [UInt8] {
  var stream = z_stream()
  let size = Int32(MemoryLayout<z_stream>.size)
  guard deflateInit2_(&stream, level, Z_DEFLATED, framing.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK else {
    throw .outOfMemory
  }
  defer { deflateEnd(&stream) }
  // The bound holds for one call that is given everything, so one call finishes.
  let bound = Int(deflateBound(&stream, UInt(bytes.count)))
  // zlib counts in 32 bits.
  guard bound <= Int(UInt32.max) else { throw .tooLarge(maximumSizeBytes: Int(UInt32.max)) }
  let output = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
    bytes.withUnsafeBufferPointer { input in
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      stream.avail_in = UInt32(input.count)
      stream.next_out = buffer.baseAddress
      stream.avail_out = UInt32(buffer.count)
      let status = deflate(&stream, Z_FINISH)
      count = status == Z_STREAM_END ? buffer.count - Int(stream.avail_out) : 0
    }
  }
  guard !output.isEmpty else { throw .outOfMemory }
  return output
}

private func inflated(_ bytes: ArraySlice<UInt8>, framing: Framing, maximumSizeBytes: Int) throws(CompressionError) -> [UInt8] {
  guard bytes.count <= Int(UInt32.max) else { throw .tooLarge(maximumSizeBytes: Int(UInt32.max)) }
  var stream = z_stream()
  guard inflateInit2_(&stream, framing.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { throw .outOfMemory }
  defer { inflateEnd(&stream) }
  var output: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  let failure: CompressionError? = bytes.withUnsafeBufferPointer { input in
    stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    stream.avail_in = UInt32(input.count)
    while true {
      let status = chunk.withUnsafeMutableBufferPointer { buffer in
        stream.next_out = buffer.baseAddress
        stream.avail_out = UInt32(buffer.count)
        return inflate(&stream, Z_NO_FLUSH)
      }
      let produced = chunk.count - Int(stream.avail_out)
      guard output.count + produced <= maximumSizeBytes else { return .tooLarge(maximumSizeBytes: maximumSizeBytes) }
      output.append(contentsOf: chunk[..<produced])
      switch status {
      case Z_OK where produced > 0 || stream.avail_in > 0: continue
      case Z_STREAM_END:
        guard framing == .gzip, stream.avail_in > 0 else { return nil }
        inflateReset(&stream)
      case Z_MEM_ERROR: return .outOfMemory
      default: return .corrupt("the compressed data is damaged or cut off")
      }
    }
  }
  if let failure { throw failure }
  return output
}
