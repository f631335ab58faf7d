import FoundationEssentials

/// A point in time in milliseconds since 1970, as metadata holds it.
struct Instant: Hashable, Sendable, CustomStringConvertible {
  let milliseconds: Int64

  static var now: Instant { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

  /// UTC to the second: `2026-05-03T10:20:30Z`.
  var description: String { Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(.iso8601) }
}
