/// The parameters of one statement in the shape libpq takes; reused, so that a statement costs no allocation here.
struct ParameterBuffer {
  private var bytes: [UInt8] = []
  private var offsets: [Int] = []
  private var values: [UnsafePointer<CChar>?] = []
  private var lengths: [Int32] = []
  private var formats: [Int32] = []

  /// A buffer that one huge parameter has grown is not kept.
  private static let keptBytes = 1 << 20

  mutating func withEncoded<R>(
    _ parameters: [any PostgresEncodable],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> R
  ) -> R {
    guard !parameters.isEmpty else { return body(nil, nil, nil) }
    bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptBytes)
    offsets.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    formats.removeAll(keepingCapacity: true)
    for parameter in parameters { append(parameter) }
    return bytes.withUnsafeBytes { bytes in
      for offset in offsets {
        values.append(offset < 0 ? nil : bytes.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) })
      }
      return body(values, lengths, formats)
    }
  }

  private mutating func append(_ parameter: any PostgresEncodable) {
    guard !parameter.isPostgresNull else {
      offsets.append(-1)
      lengths.append(0)
      formats.append(1)
      return
    }
    let start = bytes.count
    parameter.encode(into: &bytes)
    offsets.append(start)
    lengths.append(Int32(bytes.count - start))
    // Text ends at its first zero byte for libpq. One that holds a zero is sent as binary instead, which the server refuses:
    // cut short silently is the one thing it must not be.
    let isText = type(of: parameter).postgresType.isText && !bytes[start...].contains(0)
    formats.append(isText ? 0 : 1)
    bytes.append(0)
  }
}
