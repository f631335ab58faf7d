import ArgumentParser
import FoundationEssentials

/// A time in the past that a question is about.
struct PastOptions: ParsableArguments {
  @Option(
    name: .customLong("as-of"),
    help: ArgumentHelp(
      "As things stood then: 2026-05-03, which means the end of that day in UTC, or 2026-05-03T12:00:00Z.", valueName: "date"),
    transform: Self.milliseconds)
  var asOf: Int64?

  @Sendable
  static func milliseconds(_ text: String) throws -> Int64 {
    let isDay = text.utf8.count == 10
    guard let date = try? Date(isDay ? text + "T23:59:59Z" : text, strategy: .iso8601) else {
      throw ValidationError("\"\(text)\" is no date; write it as 2026-05-03 or 2026-05-03T12:00:00Z.")
    }
    return Int64((date.timeIntervalSince1970 * 1000).rounded(.down)) + (isDay ? 999 : 0)
  }
}
