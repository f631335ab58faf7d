import FoundationEssentials

/// An element of the small XML documents that S3 answers with.
///
/// Strict: one root, balanced tags, known entities. Attributes are passed over. Document types, comments and sections are refused.
struct S3Answer {
  let name: String
  /// The character data directly inside, entities resolved.
  let text: String
  let children: [S3Answer]

  /// - Parameter root: the root element's name.
  /// - Returns: `nil` for bytes that are no such document.
  init?(_ bytes: [UInt8], root: String) {
    var scanner = S3AnswerScanner(bytes)
    guard let answer = scanner.document(), answer.name == root else { return nil }
    self = answer
  }

  init(name: String, text: String, children: [S3Answer]) {
    self.name = name
    self.text = text
    self.children = children
  }

  /// Every child of that name.
  func elements(_ name: String) -> [S3Answer] { children.filter { $0.name == name } }

  /// The text of the first child of that name; empty when there is none.
  func text(_ name: String) -> String { children.first { $0.name == name }?.text ?? "" }

  /// What an error answer is called, such as `NoSuchBucket`; empty when it has no name.
  static func errorCode(_ bytes: [UInt8]) -> String {
    let code = S3Answer(bytes, root: "Error")?.text("Code") ?? ""
    return code.utf8.count <= 100 ? code : ""
  }

  static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }

  /// `2026-05-03T10:15:00.000Z` in milliseconds since 1970.
  static func milliseconds(_ text: String) -> Int64? {
    let parts = text.split(separator: ".", maxSplits: 1)
    guard let first = parts.first else { return nil }
    let seconds = first.hasSuffix("Z") ? String(first) : first + "Z"
    guard let date = try? Date(seconds, strategy: .iso8601) else { return nil }
    let fraction = parts.count == 2 ? parts[1].prefix { $0.isASCII && $0.isNumber }.prefix(3) : ""
    let padded = fraction + String(repeating: "0", count: 3 - fraction.count)
    return Int64(date.timeIntervalSince1970.rounded()) * 1_000 + (Int64(padded) ?? 0)
  }

  /// `20260503T101500Z`
  static func amzDate(_ date: Date) -> String {
    date.formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted))
  }
}
