import FoundationEssentials

/// The few XML answers of S3: elements found by name, without attributes or nesting of the same name.
struct S3Answer {
  private let document: Substring

  init(_ bytes: [UInt8]) { document = Substring(String(decoding: bytes, as: UTF8.self)) }

  private init(_ document: Substring) { self.document = document }

  /// Every element of that name.
  func elements(_ name: String) -> [S3Answer] {
    var found: [S3Answer] = []
    var rest = document
    while let open = rest.firstRange(of: "<\(name)>"), let close = rest[open.upperBound...].firstRange(of: "</\(name)>") {
      found.append(S3Answer(rest[open.upperBound..<close.lowerBound]))
      rest = rest[close.upperBound...]
    }
    return found
  }

  /// The text of the first element of that name; empty when there is none.
  func text(_ name: String) -> String {
    guard let element = elements(name).first else { return "" }
    var text = String(element.document)
    for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")] {
      text = text.replacing(entity, with: character)
    }
    return text
  }

  /// What an error answer is called.
  var code: String { text("Code") }

  static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }

  /// `2026-05-03T10:15:00.000Z` in milliseconds since 1970.
  static func milliseconds(_ text: String) -> Int64? {
    let seconds = text.split(separator: ".").first.map { $0.hasSuffix("Z") ? String($0) : $0 + "Z" } ?? text
    guard let date = try? Date(seconds, strategy: .iso8601) else { return nil }
    return Int64(date.timeIntervalSince1970 * 1_000)
  }

  /// `20260503T101500Z`
  static func amzDate(_ date: Date) -> String {
    date.formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted))
  }
}
