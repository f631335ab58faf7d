import CZstd

/// Zstandard (RFC 8878).
package enum Zstandard {
  package static func compress(_ bytes: [UInt8], level: Int32 = 3) throws(CompressionError) -> [UInt8] {
    let output = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, count in
      let size = ZSTD_compress(buffer.baseAddress, buffer.count, bytes, bytes.count, level)
      count = ZSTD_isError(size) == 0 ? size : 0
    }
    guard !output.isEmpty else { throw .outOfMemory }
    return output
  }

  /// Reads a stream, so that frames that do not say their size are read too.
  package static func decompress(_ bytes: ArraySlice<UInt8>, maximumSizeBytes: Int) throws(CompressionError) -> [UInt8] {
    guard let stream = ZSTD_createDStream() else { throw .outOfMemory }
    defer { ZSTD_freeDStream(stream) }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: ZSTD_DStreamOutSize())
    let failure: CompressionError? = bytes.withUnsafeBytes { source in
      var input = ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
      while true {
        let before = input.pos
        var produced = 0
        let status = chunk.withUnsafeMutableBytes { buffer in
          var target = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
          let status = ZSTD_decompressStream(stream, &target, &input)
          produced = target.pos
          return status
        }
        guard ZSTD_isError(status) == 0 else { return .corrupt("the Zstandard data is damaged") }
        guard output.count + produced <= maximumSizeBytes else { return .tooLarge(maximumSizeBytes: maximumSizeBytes) }
        output.append(contentsOf: chunk[..<produced])
        if status == 0, input.pos == input.size { return nil }
        guard produced > 0 || input.pos > before else { return .corrupt("the Zstandard data is cut off") }
      }
    }
    if let failure { throw failure }
    return output
  }
}
