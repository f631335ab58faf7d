/// A moment as producers of OpenLineage write it (RFC 3339, with the liberties that they take), in microseconds since 1970.
///
/// Accepted beside RFC 3339: no offset, which means UTC; no seconds; a fraction of any length, cut at microseconds; a space for the `T`; an
/// offset without colon; a zone in brackets behind the offset, as Java writes it; a date alone, which is its midnight.
package enum EventTime {
  /// `nil` for a text that is no such time, or none between the years 1 and 9999.
  package static func microseconds(_ text: String) -> Int64? {
    var reader = Reader(rest: Array(text.utf8)[...])
    guard let year = reader.number(4), year > 0, reader.take(UInt8(ascii: "-")), let month = reader.number(2), (1...12).contains(month),
      reader.take(UInt8(ascii: "-")), let day = reader.number(2), (1...daysIn(month, of: year)).contains(day)
    else { return nil }
    let midnight = days(year, month, day) * 86_400
    if reader.rest.isEmpty { return midnight * 1_000_000 }
    guard reader.take(UInt8(ascii: "T")) || reader.take(UInt8(ascii: "t")) || reader.take(UInt8(ascii: " ")),
      let hour = reader.number(2), hour < 24, reader.take(UInt8(ascii: ":")), let minute = reader.number(2), minute < 60
    else { return nil }
    var second: Int64 = 0
    var fraction: Int64 = 0
    if reader.take(UInt8(ascii: ":")) {
      // 60 is a leap second; it counts as the first of the next minute.
      guard let number = reader.number(2), number <= 60 else { return nil }
      second = number
      if reader.take(UInt8(ascii: ".")) || reader.take(UInt8(ascii: ",")) {
        guard let digits = reader.fraction() else { return nil }
        fraction = digits
      }
    }
    guard let offset = reader.offset() else { return nil }
    return (midnight + hour * 3_600 + minute * 60 + second - offset) * 1_000_000 + fraction
  }

  private struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func take(_ byte: UInt8) -> Bool {
      guard rest.first == byte else { return false }
      rest.removeFirst()
      return true
    }

    mutating func number(_ digits: Int) -> Int64? {
      guard rest.count >= digits, rest.prefix(digits).allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      defer { rest = rest.dropFirst(digits) }
      return rest.prefix(digits).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// In microseconds.
    mutating func fraction() -> Int64? {
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty else { return nil }
      rest = rest[digits.endIndex...]
      var value: Int64 = 0
      for index in 0..<6 { value = value * 10 + (index < digits.count ? Int64(digits[digits.startIndex + index] - 0x30) : 0) }
      return value
    }

    /// Seconds east of Greenwich, with nothing behind them.
    mutating func offset() -> Int64? {
      if let bracket = rest.firstIndex(of: UInt8(ascii: "[")) {
        guard rest.last == UInt8(ascii: "]") else { return nil }
        rest = rest[..<bracket]
      }
      if rest.isEmpty { return 0 }
      if take(UInt8(ascii: "Z")) || take(UInt8(ascii: "z")) { return rest.isEmpty ? 0 : nil }
      let sign: Int64 = take(UInt8(ascii: "+")) ? 1 : take(UInt8(ascii: "-")) ? -1 : 0
      guard sign != 0, let hours = number(2), hours < 24 else { return nil }
      if rest.isEmpty { return sign * hours * 3_600 }
      _ = take(UInt8(ascii: ":"))
      guard let minutes = number(2), minutes < 60, rest.isEmpty else { return nil }
      return sign * (hours * 3_600 + minutes * 60)
    }
  }

  private static func daysIn(_ month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970 in the Gregorian calendar, counted in years that begin in March.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
  }
}
