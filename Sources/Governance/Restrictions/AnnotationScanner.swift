/// A walk through the text of an annotation: what row filters and column masks are read with.
struct AnnotationScanner {
  static let maximumBytes = 16_384
  private static let maximumNameParts = 32

  private let scalars: [Unicode.Scalar]
  private var index = 0

  init(_ text: String) throws(AnnotationError) {
    guard text.utf8.count <= Self.maximumBytes else {
      throw AnnotationError(message: "The text has more than the \(Self.maximumBytes) bytes allowed", position: 1)
    }
    scalars = Array(text.unicodeScalars)
    skipSpace()
  }

  /// Of the next character, the first being 1.
  var position: Int { index + 1 }
  var isAtEnd: Bool { index == scalars.count }
  var next: Unicode.Scalar? { isAtEnd ? nil : scalars[index] }

  func error(_ message: String, at position: Int? = nil) -> AnnotationError {
    AnnotationError(message: message, position: position ?? self.position)
  }

  /// An error that says what stands here instead.
  func expected(_ what: String) -> AnnotationError {
    let found = isAtEnd ? "the end" : "'" + text(scalars[index...].prefix { $0 != " " }.prefix(20)) + "'"
    return error("Expected \(what), found \(found)")
  }

  private mutating func skipSpace() {
    while !isAtEnd, scalars[index].properties.isWhitespace { index += 1 }
  }

  private func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }

  private mutating func word(while isPart: (Unicode.Scalar) -> Bool) -> String {
    let part = scalars[index...].prefix(while: isPart)
    index += part.count
    return text(part)
  }

  // MARK: Tokens; each passes over the space behind it

  mutating func take(_ symbol: StaticString) -> Bool {
    let wanted = Array(symbol.description.unicodeScalars)
    guard scalars[index...].starts(with: wanted) else { return false }
    index += wanted.count
    skipSpace()
    return true
  }

  /// Whether this word stands here, in whatever case.
  mutating func take(word: StaticString) -> Bool {
    let before = index
    let found = self.word(while: Self.isNamePart)
    guard found.lowercased() == word.description, next != "." else {
      index = before
      return false
    }
    skipSpace()
    return true
  }

  /// Words of small letters, digits and hyphens, as those of actions.
  mutating func hyphenated() -> String {
    let found = word { $0 == "-" || ($0.isASCII && Self.isNamePart($0)) }
    skipSpace()
    return found
  }

  /// A column's name: parts joined by dots, any of them in double quotes.
  mutating func name(_ what: String) throws(AnnotationError) -> ColumnName {
    let start = position
    var parts: [String] = []
    repeat {
      guard parts.count < Self.maximumNameParts else { throw error("The name has more than \(Self.maximumNameParts) parts", at: start) }
      if next == "\"" {
        parts.append(try quoted("\"", "name"))
        continue
      }
      guard let next, Self.isNameStart(next) else { throw expected(what) }
      parts.append(word(while: Self.isNamePart))
      guard parts.count > 1 || !ColumnName.reserved.contains(parts[0].lowercased()) else {
        throw error("Expected \(what), found the word '\(parts[0])'; put it in double quotes if it is a name", at: start)
      }
    } while takeDot()
    skipSpace()
    return ColumnName(parts: parts, position: start)
  }

  private mutating func takeDot() -> Bool {
    guard next == "." else { return false }
    index += 1
    return true
  }

  /// Text in single quotes.
  mutating func string() throws(AnnotationError) -> String {
    let found = try quoted("'", "text")
    skipSpace()
    return found
  }

  /// What stands between two quotes; a quote in it is doubled.
  private mutating func quoted(_ quote: Unicode.Scalar, _ what: String) throws(AnnotationError) -> String {
    let start = position
    var content = String.UnicodeScalarView()
    index += 1
    while true {
      guard !isAtEnd else { throw error("The \(what) that begins here has no closing \(quote)", at: start) }
      if next == quote {
        index += 1
        guard next == quote else { break }
      }
      content.append(scalars[index])
      index += 1
    }
    guard !content.isEmpty || quote == "'" else { throw error("A name cannot be empty", at: start) }
    return String(content)
  }

  /// A number's lexeme, as JSON has them.
  mutating func number() throws(AnnotationError) -> String {
    let start = index
    if next == "-" { index += 1 }
    try digits()
    if next == "." {
      index += 1
      try digits()
    }
    if next == "e" || next == "E" {
      index += 1
      if next == "+" || next == "-" { index += 1 }
      try digits()
    }
    if let next, Self.isNamePart(next) { throw expected("the end of the number") }
    let lexeme = text(scalars[start..<index])
    skipSpace()
    return lexeme
  }

  private mutating func digits() throws(AnnotationError) {
    guard !word(while: Self.isDigit).isEmpty else { throw expected("a digit") }
  }

  static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
  static func isNameStart(_ scalar: Unicode.Scalar) -> Bool { scalar == "_" || scalar.properties.isAlphabetic }
  static func isNamePart(_ scalar: Unicode.Scalar) -> Bool { isNameStart(scalar) || isDigit(scalar) }
}
