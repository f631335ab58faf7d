/// Reads the ASCII texts of the extension types, byte by byte.
struct DigitReader {
  private let bytes: [UInt8]
  private(set) var position = 0

  init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

  var isAtEnd: Bool { position == bytes.count }

  /// Passes over the byte if it comes next.
  mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: scalar) else { return false }
    position += 1
    return true
  }

  /// All decimal digits from here on, at least one.
  mutating func digits() -> ArraySlice<UInt8>? {
    let start = position
    while position < bytes.count, Self.isDigit(bytes[position]) { position += 1 }
    return position > start ? bytes[start..<position] : nil
  }

  /// A number of exactly `count` digits.
  mutating func number(digits count: Int) -> Int? {
    guard position + count <= bytes.count, bytes[position..<position + count].allSatisfy(Self.isDigit) else { return nil }
    defer { position += count }
    return bytes[position..<position + count].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}

extension Int64 {
  /// The digits as a number times `unit`, added away from zero to this one; `nil` where that overflows.
  func adding(digits: ArraySlice<UInt8>, times unit: Int64, negative: Bool) -> Int64? {
    var value: Int64 = 0
    for byte in digits {
      // Downwards, because the least number has no positive counterpart.
      let (product, tooMuch) = value.multipliedReportingOverflow(by: 10)
      let (difference, tooLittle) = product.subtractingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
      if tooMuch || tooLittle { return nil }
      value = difference
    }
    let (scaled, overflows) = value.multipliedReportingOverflow(by: unit)
    if overflows { return nil }
    let (sum, exceeds) = negative ? addingReportingOverflow(scaled) : subtractingReportingOverflow(scaled)
    return exceeds ? nil : sum
  }
}
