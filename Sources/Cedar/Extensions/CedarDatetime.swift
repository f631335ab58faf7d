/// An instant, in milliseconds since 1970 in UTC (Cedar documentation, "Operators": datetime).
///
/// A text names instants of the years 0000 to 9999; ``offset(by:)`` reaches beyond them.
package struct CedarDatetime: Hashable, Sendable {
  package let millisecondsSinceEpoch: Int64

  package init(millisecondsSinceEpoch: Int64) { self.millisecondsSinceEpoch = millisecondsSinceEpoch }

  static let millisecondsPerDay: Int64 = 86_400_000

  /// Reads `YYYY-MM-DD`, or that with `Thh:mm:ss`, perhaps `.SSS`, and either `Z` or an offset `+hhmm` or `-hhmm`.
  ///
  /// Only days and times that exist: no February 30, no leap second, no offset of 24 hours or of 60 minutes.
  package init(_ text: String) throws(ExtensionError) {
    guard let milliseconds = Self.parse(text) else {
      throw .malformed(
        type: "datetime", text: text, expected: "a date YYYY-MM-DD, alone or with Thh:mm:ss, perhaps .SSS, and Z or an offset such as +0100"
      )
    }
    millisecondsSinceEpoch = milliseconds
  }

  private static func parse(_ text: String) -> Int64? {
    var reader = DigitReader(text)
    guard let year = reader.number(digits: 4), reader.skip("-"), let month = reader.number(digits: 2), reader.skip("-"),
      let day = reader.number(digits: 2), let date = CalendarDate(year: year, month: month, day: day)
    else { return nil }
    let midnight = Int64(date.daysSinceEpoch) * millisecondsPerDay
    if reader.isAtEnd { return midnight }
    guard reader.skip("T"), let hour = reader.number(digits: 2), reader.skip(":"), let minute = reader.number(digits: 2), reader.skip(":"),
      let second = reader.number(digits: 2), hour < 24, minute < 60, second < 60
    else { return nil }
    var fraction = 0
    if reader.skip(".") {
      guard let milliseconds = reader.number(digits: 3) else { return nil }
      fraction = milliseconds
    }
    guard let offset = offsetMinutes(&reader), reader.isAtEnd else { return nil }
    return midnight + Int64(((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction)
  }

  private static func offsetMinutes(_ reader: inout DigitReader) -> Int? {
    if reader.skip("Z") { return 0 }
    let isNegative = reader.skip("-")
    guard isNegative || reader.skip("+"), let hours = reader.number(digits: 2), let minutes = reader.number(digits: 2), hours < 24,
      minutes < 60
    else { return nil }
    return (isNegative ? -1 : 1) * (hours * 60 + minutes)
  }

  private static let overflow = ExtensionError.overflow(type: "datetime", expected: "milliseconds since 1970 that fit 64 bits")

  package func offset(by duration: CedarDuration) throws(ExtensionError) -> CedarDatetime {
    let (sum, overflows) = millisecondsSinceEpoch.addingReportingOverflow(duration.milliseconds)
    if overflows { throw Self.overflow }
    return CedarDatetime(millisecondsSinceEpoch: sum)
  }

  /// The time from `other` to this instant.
  package func durationSince(_ other: CedarDatetime) throws(ExtensionError) -> CedarDuration {
    let (difference, overflows) = millisecondsSinceEpoch.subtractingReportingOverflow(other.millisecondsSinceEpoch)
    if overflows { throw .overflow(type: "duration", expected: "milliseconds that fit 64 bits") }
    return CedarDuration(milliseconds: difference)
  }

  /// The last midnight, in UTC, at or before this instant.
  package func toDate() throws(ExtensionError) -> CedarDatetime {
    let (midnight, overflows) = millisecondsSinceEpoch.subtractingReportingOverflow(toTime.milliseconds)
    if overflows { throw Self.overflow }
    return CedarDatetime(millisecondsSinceEpoch: midnight)
  }

  /// The time since the last midnight, never negative.
  package var toTime: CedarDuration {
    let remainder = millisecondsSinceEpoch % Self.millisecondsPerDay
    return CedarDuration(milliseconds: remainder < 0 ? remainder + Self.millisecondsPerDay : remainder)
  }
}

extension CedarDatetime: Comparable {
  package static func < (left: CedarDatetime, right: CedarDatetime) -> Bool {
    left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
  }
}

extension CedarDatetime: CustomStringConvertible {
  /// `YYYY-MM-DDThh:mm:ss.SSSZ` in UTC; `nil` outside the years 0000 to 9999, of which no text exists.
  package var text: String? {
    let time = toTime.milliseconds
    // Division of the rest, because subtracting first could overflow.
    let days = millisecondsSinceEpoch / Self.millisecondsPerDay - (millisecondsSinceEpoch % Self.millisecondsPerDay < 0 ? 1 : 0)
    guard let date = CalendarDate(daysSinceEpoch: Int(days)) else { return nil }
    func padded(_ number: Int, _ count: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: count - digits.utf8.count) + digits
    }
    let milliseconds = Int(time)
    return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(padded(milliseconds / 3_600_000, 2)):"
      + "\(padded(milliseconds / 60_000 % 60, 2)):\(padded(milliseconds / 1000 % 60, 2)).\(padded(milliseconds % 1000, 3))Z"
  }

  /// The text, or where there is none the milliseconds since 1970.
  package var description: String { text ?? "1970-01-01 + \(millisecondsSinceEpoch)ms" }

  /// Cedar text that comes to this value.
  package var cedarText: String {
    text.map { "datetime(\"\($0)\")" }
      ?? "datetime(\"1970-01-01\").offset(\(CedarDuration(milliseconds: millisecondsSinceEpoch).cedarText))"
  }
}
