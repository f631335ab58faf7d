/// A place among a text's tokens, with what every parser asks for there.
package struct TokenCursor {
  package let source: SourceText
  private let tokens: [Token]
  private var index = 0
  package private(set) var texts = TextTable()

  package init(_ text: String) throws(SyntaxError) {
    source = try SourceText(text)
    tokens = try Lexer.tokens(of: source)
  }

  /// The token to be read next; at the end, again and again the end.
  package var current: Token { tokens[index] }

  /// The token `distance` places ahead, or the end.
  package func peek(_ distance: Int = 1) -> Token { tokens[min(index + distance, tokens.count - 1)] }

  /// The token read last.
  package var previous: Token { tokens[max(index - 1, 0)] }

  @discardableResult
  package mutating func advance() -> Token {
    let token = tokens[index]
    if index < tokens.count - 1 { index += 1 }
    return token
  }

  /// Passes over the token if it is of this kind.
  package mutating func skip(_ kind: TokenKind) -> Bool {
    guard current.kind == kind else { return false }
    advance()
    return true
  }

  /// Passes over the word if it is the next token.
  package mutating func skip(word: StaticString) -> Bool {
    guard isAt(word: word) else { return false }
    advance()
    return true
  }

  package func isAt(_ kind: TokenKind) -> Bool { current.kind == kind }

  package func isAt(word: StaticString) -> Bool { says(current, word) }

  package func says(_ token: Token, _ word: StaticString) -> Bool {
    token.kind == .identifier
      && source.slice(token.range).elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }

  @discardableResult
  package mutating func expect(_ kind: TokenKind, _ context: String = "") throws(SyntaxError) -> Token {
    guard current.kind == kind else { throw expected(kind.name + context) }
    return advance()
  }

  package mutating func expect(word: StaticString) throws(SyntaxError) {
    guard skip(word: word) else { throw expected("'\(word)'") }
  }

  /// The token's text, interned.
  package mutating func text(_ token: Token) -> Text { texts.intern(source.string(token.range)) }

  package mutating func intern(_ string: String) -> Text { texts.intern(string) }

  /// What a string token says, escapes resolved, interned.
  package mutating func stringValue(_ token: Token) throws(SyntaxError) -> Text {
    texts.intern(try StringLiteral.text(of: token.range, in: source))
  }

  /// An error at the next token.
  package func expected(_ what: String) -> SyntaxError {
    let found = current.kind == .end ? current.kind.name : "'\(shortened(source.string(current.range)))'"
    return source.error("Expected \(what), found \(found)", at: current.range)
  }

  package func error(_ message: String, at range: SourceRange) -> SyntaxError { source.error(message, at: range) }

  private func shortened(_ text: String) -> String { text.unicodeScalars.count <= 40 ? text : String(text.unicodeScalars.prefix(40)) + "…" }
}
