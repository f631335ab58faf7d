/// A day of the years 0000 to 9999 in the Gregorian calendar, also before it was introduced.
struct CalendarDate: Hashable {
  let year: Int
  let month: Int
  let day: Int

  /// `nil` for a day that does not exist.
  init?(year: Int, month: Int, day: Int) {
    guard (0...9999).contains(year), (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year) else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static let daysPerEra = 146_097
  /// From March 1 of the year 0 to January 1, 1970.
  private static let daysBeforeEpoch = 719_468

  /// Days since January 1, 1970, negative before it.
  ///
  /// Years are taken to begin in March, so that the leap day comes last, and counted in eras of 400 years.
  var daysSinceEpoch: Int {
    let marchYear = month > 2 ? year : year - 1
    let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return era * Self.daysPerEra + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - Self.daysBeforeEpoch
  }

  /// `nil` outside the years 0000 to 9999.
  init?(daysSinceEpoch: Int) {
    guard (-719_528...2_932_896).contains(daysSinceEpoch) else { return nil }
    let days = daysSinceEpoch + Self.daysBeforeEpoch
    let era = (days >= 0 ? days : days - Self.daysPerEra + 1) / Self.daysPerEra
    let dayOfEra = days - era * Self.daysPerEra
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }
}
