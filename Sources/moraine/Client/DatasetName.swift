import ArgumentParser

/// A namespace as it is written on the command line: `level.level`, a level that holds dots in double quotes.
struct NamespaceName: Hashable, Sendable, CustomStringConvertible {
  let levels: [String]

  var description: String { LevelPath.text(levels) }

  /// As a path of the API writes it: levels joined by U+001F.
  var pathText: String { levels.joined(separator: "\u{1F}") }

  init(levels: [String]) { self.levels = levels }

  /// - Throws: a `ValidationError` that says how names are written.
  init(parsing text: String) throws { levels = try LevelPath.parse(text) }
}

/// A table or view as it is written on the command line: `level.level.name`.
struct DatasetName: Hashable, Sendable, CustomStringConvertible {
  let namespace: NamespaceName
  let name: String

  var description: String { LevelPath.text(namespace.levels + [name]) }

  init(namespace: NamespaceName, name: String) {
    self.namespace = namespace
    self.name = name
  }

  /// - Throws: a `ValidationError` that says how names are written.
  init(parsing text: String) throws {
    let levels = try LevelPath.parse(text)
    guard levels.count > 1, let name = levels.last else {
      throw ValidationError("\"\(text)\" names no namespace. \(LevelPath.rule)")
    }
    self.init(namespace: NamespaceName(levels: levels.dropLast()), name: name)
  }
}

/// Levels with dots between them; a quoted level may hold dots, and double quotes written twice.
private enum LevelPath {
  static let rule =
    "Names are written as level.level.name; put a level that holds dots in double quotes, and the whole in single ones for the shell: '\"a.b\".c'."

  static func parse(_ text: String) throws -> [String] {
    var levels: [String] = []
    var rest = text[...]
    func fail(_ what: String) -> ValidationError { ValidationError("\(what) in \"\(text)\". \(rule)") }
    while true {
      let level: String
      if rest.first == "\"" {
        guard let quoted = takeQuoted(&rest) else { throw fail("The double quote that opens level \(levels.count + 1) is not closed") }
        guard rest.isEmpty || rest.first == "." else { throw fail("Level \(levels.count + 1) goes on after its closing double quote") }
        level = quoted
      } else {
        level = String(rest.prefix { $0 != "." })
        rest = rest.dropFirst(level.count)
        if level.contains("\"") { throw fail("Level \(levels.count + 1) holds a double quote but does not begin with one") }
      }
      guard !level.isEmpty else { throw fail("Level \(levels.count + 1) is empty") }
      levels.append(level)
      if rest.isEmpty { return levels }
      rest = rest.dropFirst()
    }
  }

  /// Takes a quoted level off the front; `nil` when it is not closed.
  private static func takeQuoted(_ rest: inout Substring) -> String? {
    var level = ""
    rest = rest.dropFirst()
    while let end = rest.firstIndex(of: "\"") {
      level += rest[..<end]
      rest = rest[rest.index(after: end)...]
      guard rest.first == "\"" else { return level }
      level.append("\"")
      rest = rest.dropFirst()
    }
    return nil
  }

  /// Undoes `parse`.
  static func text(_ levels: [String]) -> String {
    levels.map { level in
      guard level.contains(".") || level.contains("\"") || level.isEmpty else { return level }
      return "\"" + level.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }.joined(separator: ".")
  }
}
