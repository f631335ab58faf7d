/// One completed action that wrote data (Hudi, "Timeline").
package struct HudiInstant: Hashable, Sendable {
  package enum Action: String, Sendable {
    case commit
    case deltacommit
    case replacecommit
  }

  /// When it was asked for: digits, `yyyyMMddHHmmss` and, since 0.11, milliseconds.
  package let requested: String
  /// When it was completed; tables of Hudi 0.x do not say.
  package let completed: String?
  package let action: Action
  /// Its file in the timeline's folder.
  package let fileName: String

  /// - Returns: `nil` for what is requested or under way, for actions that write no data, and for anything else.
  init?(_ fileName: String) {
    let parts = fileName.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let action = Action(rawValue: String(parts[1])) else { return nil }
    let times = parts[0].split(separator: "_", omittingEmptySubsequences: false).map(String.init)
    guard times.count <= 2, times.allSatisfy(Self.isTime) else { return nil }
    requested = times[0]
    completed = times.count == 2 ? times[1] : nil
    self.action = action
    self.fileName = fileName
  }

  private static func isTime(_ text: String) -> Bool {
    (14...17).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// What instants are ordered by: those of 1.x by their completion.
  var order: String { completed ?? requested }

  /// Milliseconds since 1970 of the completion, or else of the request, read as if it were UTC.
  package var timestampMs: Int64? {
    let digits = order.utf8.map { Int64($0) - 0x30 }
    func number(_ range: Range<Int>) -> Int64 { digits[range].reduce(0) { $0 * 10 + $1 } }
    let (year, month, day) = (number(0..<4), number(4..<6), number(6..<8))
    let (hour, minute, second) = (number(8..<10), number(10..<12), number(12..<14))
    guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60 else { return nil }
    let ms = digits.count == 17 ? number(14..<17) : 0
    return (((Self.days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1_000 + ms
  }

  /// Days since 1970 of a date of the Gregorian calendar. Years are counted from March, so that the leap day comes last.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month > 2 ? year : year - 1
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let (era, yearOfEra) = (shifted / 400, shifted % 400)
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

/// The completed instants of a table's active timeline that wrote data, oldest first.
package struct HudiTimeline: Sendable {
  package let instants: [HudiInstant]

  /// - Parameter names: of the files directly in the timeline's folder, in any order, without a path.
  package init(listing names: some Sequence<String>) {
    instants = names.compactMap { HudiInstant($0) }.sorted { ($0.order, $0.fileName) < ($1.order, $1.fileName) }
  }
}
