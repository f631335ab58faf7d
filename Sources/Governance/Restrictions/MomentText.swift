import Iceberg

/// Dates, times and timestamps as people write them, made into the one text that Iceberg has for each.
enum MomentText {
  /// `nil` when the text is no value of `type`: a day that does not exist, an offset too many or too few, too fine a fraction.
  static func canonical(_ text: String, type: PrimitiveType) -> String? {
    let bytes = Array(text.utf8)
    switch type {
    case .date: return days(bytes[...]).map(date)
    case .time: return clock(bytes[...], fractionDigits: 6).map { time($0, fractionDigits: 6) }
    case .timestamp: return timestamp(bytes, fractionDigits: 6, hasOffset: false)
    case .timestamptz: return timestamp(bytes, fractionDigits: 6, hasOffset: true)
    case .timestampNs: return timestamp(bytes, fractionDigits: 9, hasOffset: false)
    case .timestamptzNs: return timestamp(bytes, fractionDigits: 9, hasOffset: true)
    default: return nil
    }
  }

  private static func timestamp(_ text: [UInt8], fractionDigits: Int, hasOffset: Bool) -> String? {
    guard text.count > 11, text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: " "), let day = days(text[..<10]) else { return nil }
    var rest = text[11...]
    var offsetSeconds = 0
    if hasOffset {
      if rest.last == UInt8(ascii: "Z") {
        rest = rest.dropLast()
      } else {
        let offset = rest.suffix(6)
        guard offset.count == 6, let sign = offset.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
          let magnitude = clock(offset.dropFirst(), fractionDigits: 0), offset.count == 6, magnitude.seconds <= 18 * 3_600
        else { return nil }
        offsetSeconds = sign == UInt8(ascii: "-") ? -magnitude.seconds : magnitude.seconds
        rest = rest.dropLast(6)
      }
    }
    guard let clock = clock(rest, fractionDigits: fractionDigits) else { return nil }
    let seconds = day * 86_400 + clock.seconds - offsetSeconds
    let utcDay = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
    guard (firstDay...lastDay).contains(utcDay) else { return nil }
    let utc = Clock(seconds: seconds - utcDay * 86_400, fraction: clock.fraction)
    return date(utcDay) + "T" + time(utc, fractionDigits: fractionDigits) + (hasOffset ? "+00:00" : "")
  }

  // MARK: Days, counted from 1970-01-01 in the proleptic Gregorian calendar

  /// 0001-01-01 and 9999-12-31.
  private static let firstDay = -719_162
  private static let lastDay = 2_932_896

  private static func days(_ text: ArraySlice<UInt8>) -> Int? {
    let parts = text.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.map(\.count) == [4, 2, 2], let year = number(parts[0]), let month = number(parts[1]), let day = number(parts[2]),
      year >= 1, (1...12).contains(month), day >= 1
    else { return nil }
    let result = count(year, month, day)
    // The 30th of February would be a day of March.
    return civil(result) == (year, month, day) ? result : nil
  }

  /// Years begin in March here, so that the leap day comes last.
  private static func count(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month > 2 ? year : year - 1
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
  }

  private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    return (yearOfEra + era * 400 + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9, day)
  }

  static func date(_ days: Int) -> String {
    let (year, month, day) = civil(days)
    return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
  }

  // MARK: Times of day

  private struct Clock {
    let seconds: Int
    /// Digits behind the point, as many as the type has.
    let fraction: String
  }

  /// `HH:MM`, `HH:MM:SS` or `HH:MM:SS.f…`.
  private static func clock(_ text: ArraySlice<UInt8>, fractionDigits: Int) -> Clock? {
    let halves = text.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let parts = halves[0].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), parts.allSatisfy({ $0.count == 2 }), let hour = number(parts[0]), let minute = number(parts[1]),
      let second = parts.count == 3 ? number(parts[2]) : 0, hour < 24, minute < 60, second < 60
    else { return nil }
    var fraction = ""
    if halves.count == 2 {
      guard parts.count == 3, (1...max(fractionDigits, 1)).contains(halves[1].count), fractionDigits > 0, number(halves[1]) != nil else {
        return nil
      }
      fraction = String(decoding: halves[1], as: UTF8.self)
    }
    return Clock(
      seconds: hour * 3_600 + minute * 60 + second, fraction: fraction + String(repeating: "0", count: fractionDigits - fraction.count))
  }

  private static func time(_ clock: Clock, fractionDigits: Int) -> String {
    let whole = padded(clock.seconds / 3_600, 2) + ":" + padded(clock.seconds / 60 % 60, 2) + ":" + padded(clock.seconds % 60, 2)
    return fractionDigits > 0 ? whole + "." + clock.fraction : whole
  }

  private static func number(_ digits: some Collection<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.count <= 9, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let text = "\(number)"
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
