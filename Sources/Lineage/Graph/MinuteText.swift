/// A moment as people write it, to the minute: `2026-05-03 09:15 UTC`.
package enum MinuteText {
  /// Any number of milliseconds has a text; the years are those of the Gregorian calendar without end on both sides.
  package static func text(millisecondsSince1970 milliseconds: Int64) -> String {
    let minutes = floor(milliseconds, 60_000)
    let days = floor(minutes, 1_440)
    let minute = minutes - days * 1_440
    // Counted from 1 March of year 0, so that a leap day ends its year; 400 years are an era.
    let shifted = days + 719_468
    let era = floor(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2)) \(digits(minute / 60, 2)):\(digits(minute % 60, 2)) UTC"
  }

  private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
    value / divisor - (value % divisor < 0 ? 1 : 0)
  }

  private static func digits(_ value: Int64, _ count: Int) -> String {
    let text = String(value.magnitude)
    return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, count - text.utf8.count)) + text
  }
}
