/// What stands in documents beside plain words, each told from words by a sign that no word holds.
package enum Lexeme {
  /// A word of the name.
  package static func name(_ word: String) -> String { "=" + word }

  /// A word of a name that has so many pieces, 1 to 3: names that say little else come first.
  package static func name(_ word: String, ofPieces count: Int) -> String { "\(count)=\(word)" }

  package static let maximumCountedPieces = 3

  static func names(_ words: Set<String>, pieces count: Int) -> [String] {
    words.sorted().flatMap { count <= maximumCountedPieces ? [name($0), name($0, ofPieces: count)] : [name($0)] }
  }

  package static func kind(_ kind: String) -> String { filter("k", kind) }
  package static func warehouse(_ name: String) -> String { filter("w", name) }
  package static func zone(_ name: String) -> String { filter("z", name) }
  /// What lies in the namespace or below it.
  package static func namespace(warehouse: String, _ levels: some Sequence<String>) -> String {
    filter("n", ([warehouse] + levels).joined(separator: "\u{1F}"))
  }
  package static func owner(_ owner: String) -> String { filter("o", owner) }
  /// A word of a column's name.
  package static func column(_ word: String) -> String { "c:" + word }
  package static func tag(_ key: String) -> String { filter("t", key) }
  package static func tag(_ key: String, _ value: String) -> String { filter("t", key + "=" + value) }

  /// In lower case, and cut where a lexeme would be too long.
  private static func filter(_ sign: String, _ value: String) -> String {
    let lower = value.lowercased()
    return sign + ":" + (lower.utf8.count <= 1_000 ? lower : String(decoding: lower.utf8.prefix(1_000), as: UTF8.self))
  }

  /// As `tsvector` and `tsquery` read it.
  package static func quoted(_ lexeme: String) -> String {
    guard lexeme.utf8.contains(where: { $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "\\") }) else { return "'\(lexeme)'" }
    return "'" + lexeme.replacing("\\", with: "\\\\").replacing("'", with: "''") + "'"
  }
}
