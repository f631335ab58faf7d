import Lineage

/// A moment as XML Schema's `dateTime` has it, in UTC: `2026-05-03T09:15:20.125Z`.
enum TimeText {
  static func text(millisecondsSince1970 milliseconds: Int64) -> String {
    // `2026-05-03 09:15 UTC`, and what that leaves out.
    let minute = MinuteText.text(millisecondsSince1970: milliseconds).split(separator: " ")
    let rest = ((milliseconds % 60_000) + 60_000) % 60_000
    func digits(_ value: Int64, _ count: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
    return "\(minute[0])T\(minute[1]):\(digits(rest / 1_000, 2)).\(digits(rest % 1_000, 3))Z"
  }
}
