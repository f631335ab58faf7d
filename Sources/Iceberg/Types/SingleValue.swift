/// One value of a primitive type, read from its binary form (table spec, appendix D, "Binary single-value serialization").
package enum SingleValue: Hashable, Sendable {
  case bool(Bool)
  /// Also days of a date, and microseconds or nanoseconds of a time or timestamp.
  case integer(Int64)
  case floating(Double)
  case text(String)
  /// Of a UUID, fixed or binary value; of a decimal, the unscaled number in big-endian two's complement.
  case bytes([UInt8])

  /// - Returns: `nil` for bytes that are no value of the type. A value written before its column was promoted is read as what it became.
  package init?(_ bytes: [UInt8], of type: PrimitiveType) {
    switch type {
    case .boolean:
      guard bytes.count == 1 else { return nil }
      self = .bool(bytes[0] != 0)
    case .int, .date:
      guard let value = Self.int32(bytes) else { return nil }
      self = .integer(value)
    case .long:
      guard let value = Self.int64(bytes) ?? Self.int32(bytes) else { return nil }
      self = .integer(value)
    case .time:
      guard let value = Self.int64(bytes) else { return nil }
      self = .integer(value)
    case .timestamp, .timestamptz:
      guard let value = Self.int64(bytes) ?? Self.days(bytes, in: 86_400_000_000) else { return nil }
      self = .integer(value)
    case .timestampNs, .timestamptzNs:
      guard let value = Self.int64(bytes) ?? Self.days(bytes, in: 86_400_000_000_000) else { return nil }
      self = .integer(value)
    case .float:
      guard bytes.count == 4, let bits = Self.int32(bytes) else { return nil }
      self = .floating(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
    case .double:
      if let bits = Self.int64(bytes) {
        self = .floating(Double(bitPattern: UInt64(bitPattern: bits)))
      } else if let bits = Self.int32(bytes) {
        self = .floating(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
      } else {
        return nil
      }
    case .string:
      guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
      self = .text(text)
    case .uuid:
      guard bytes.count == 16 else { return nil }
      self = .bytes(bytes)
    case .binary, .fixed, .decimal: self = .bytes(bytes)
    case .unknown, .variant, .geometry, .geography: return nil
    }
  }

  private static func int32(_ bytes: [UInt8]) -> Int64? {
    guard bytes.count == 4 else { return nil }
    let bits = bytes.reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    return Int64(Int32(bitPattern: bits))
  }

  private static func int64(_ bytes: [UInt8]) -> Int64? {
    guard bytes.count == 8 else { return nil }
    return Int64(bitPattern: bytes.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) })
  }

  /// A date that a timestamp was promoted from.
  private static func days(_ bytes: [UInt8], in unit: Int64) -> Int64? {
    guard let days = int32(bytes) else { return nil }
    let (value, overflow) = days.multipliedReportingOverflow(by: unit)
    return overflow ? nil : value
  }
}
