/// A length of time in milliseconds, forwards or backwards (Cedar documentation, "Operators": duration).
package struct CedarDuration: Hashable, Sendable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  private static let units: [(suffix: String, milliseconds: Int64)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
  ]

  /// Reads `-?` and numbers with the units `d h m s ms`, in this order, each at most once, at least one.
  package init(_ text: String) throws(ExtensionError) {
    var reader = DigitReader(text)
    let isNegative = reader.skip("-")
    var total: Int64 = 0
    var next = 0
    repeat {
      guard let digits = reader.digits(), let unit = Self.unit(&reader), unit >= next else {
        throw .malformed(type: "duration", text: text, expected: "numbers with the units d, h, m, s, ms in this order, as in \"1d2h30m\"")
      }
      guard let sum = total.adding(digits: digits, times: Self.units[unit].milliseconds, negative: isNegative) else {
        throw .overflow(type: "duration", expected: "milliseconds that fit 64 bits")
      }
      total = sum
      next = unit + 1
    } while !reader.isAtEnd
    milliseconds = total
  }

  /// The index of the unit that comes next.
  private static func unit(_ reader: inout DigitReader) -> Int? {
    if reader.skip("d") { return 0 }
    if reader.skip("h") { return 1 }
    if reader.skip("m") { return reader.skip("s") ? 4 : 2 }
    return reader.skip("s") ? 3 : nil
  }

  // Whole units, the rest cut off towards zero.

  package var toMilliseconds: Int64 { milliseconds }
  package var toSeconds: Int64 { milliseconds / 1000 }
  package var toMinutes: Int64 { milliseconds / 60_000 }
  package var toHours: Int64 { milliseconds / 3_600_000 }
  package var toDays: Int64 { milliseconds / 86_400_000 }
}

extension CedarDuration: Comparable {
  package static func < (left: CedarDuration, right: CedarDuration) -> Bool { left.milliseconds < right.milliseconds }
}

extension CedarDuration: CustomStringConvertible {
  package var description: String { "\(milliseconds)ms" }

  /// Cedar text that comes to this value.
  package var cedarText: String { "duration(\"\(self)\")" }
}
