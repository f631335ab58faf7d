import JSON

/// Durations as people write them: a whole number and a unit, `90s`, `15m`, `36h`, `2d`, `1w`.
package enum DurationText {
  private static let units: [(letter: Character, seconds: Int64)] = [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)]
  /// A thousand years.
  private static let maximumSeconds: Int64 = 31_557_600_000

  /// - Returns: `nil` for a text that is none, and for what is longer than a thousand years.
  package static func parse(_ text: String) -> Duration? {
    guard let unit = units.first(where: { $0.letter == text.last }) else { return nil }
    let digits = text.dropLast()
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(digits) else { return nil }
    let (seconds, overflow) = number.multipliedReportingOverflow(by: unit.seconds)
    return overflow || seconds > maximumSeconds ? nil : .seconds(seconds)
  }

  /// In the largest unit that it is a whole number of; parts of a second are left out.
  package static func text(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    guard seconds > 0, let unit = units.first(where: { seconds % $0.seconds == 0 }) else { return "\(seconds)s" }
    return "\(seconds / unit.seconds)\(unit.letter)"
  }

  static func read(_ json: JSONValue) throws(JSONError) -> Duration {
    guard let duration = parse(try json.string()), duration > .zero else {
      throw json.invalid("Expected a duration such as 90s, 15m, 36h, 2d or 1w")
    }
    return duration
  }
}

extension Duration {
  /// Whole ones, rounded down.
  var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
    return overflow ? .max : milliseconds + attoseconds / 1_000_000_000_000_000
  }
}
