/// A decimal number with four digits after the point (Cedar documentation, "Operators": decimal).
///
/// From -922337203685477.5808 to 922337203685477.5807; `1.0` and `1.0000` are the same number.
package struct CedarDecimal: Hashable, Sendable {
  /// The number times 10,000.
  package let tenThousandths: Int64

  package init(tenThousandths: Int64) { self.tenThousandths = tenThousandths }

  /// Reads `-?[0-9]+.[0-9]+` with at most four digits after the point; leading zeros are fine.
  package init(_ text: String) throws(ExtensionError) {
    var reader = DigitReader(text)
    let isNegative = reader.skip("-")
    guard let whole = reader.digits(), reader.skip("."), let fraction = reader.digits(), reader.isAtEnd, fraction.count <= 4 else {
      throw .malformed(type: "decimal", text: text, expected: "digits, a point and one to four digits, as in \"12.34\"")
    }
    let unit: Int64 = [1000, 100, 10, 1][fraction.count - 1]
    guard let left = Int64(0).adding(digits: whole, times: 10_000, negative: isNegative),
      let value = left.adding(digits: fraction, times: unit, negative: isNegative)
    else {
      throw .overflow(type: "decimal", expected: "a number from -922337203685477.5808 to 922337203685477.5807")
    }
    tenThousandths = value
  }
}

extension CedarDecimal: Comparable {
  package static func < (left: CedarDecimal, right: CedarDecimal) -> Bool { left.tenThousandths < right.tenThousandths }
}

extension CedarDecimal: CustomStringConvertible {
  /// Always with four digits after the point.
  package var description: String {
    let magnitude = tenThousandths.magnitude
    let fraction = String(magnitude % 10_000)
    let zeros = String(repeating: "0", count: 4 - fraction.utf8.count)
    return "\(tenThousandths < 0 ? "-" : "")\(magnitude / 10_000).\(zeros)\(fraction)"
  }

  /// Cedar text that comes to this value.
  package var cedarText: String { "decimal(\"\(self)\")" }
}
