/// A token and the comments that belong to it.
struct CommentedToken {
  var token: Token
  var text: String
  /// Comments on lines of their own before the token, or where nothing else could take them.
  var leading: [String]
  /// The comment on the token's own line, after it.
  var trailing: String?

  var kind: TokenKind { token.kind }
}

/// Tokens with their comments, read one after another.
struct CommentedTokens {
  private var tokens: [CommentedToken] = []
  private var index = 0

  /// The last token is the end of the text; comments before it lead it.
  init(_ source: SourceText) throws(SyntaxError) {
    var leading: [String] = []
    for token in try Lexer.tokens(of: source, keepingComments: true) {
      guard token.kind == .comment else {
        tokens.append(CommentedToken(token: token, text: Self.text(of: token, in: source), leading: leading))
        leading = []
        continue
      }
      let text = Self.trimmed(source.string(token.range))
      if leading.isEmpty, let last = tokens.indices.last, tokens[last].trailing == nil, Self.isSameLine(source, tokens[last].token, token) {
        tokens[last].trailing = text
      } else {
        leading.append(text)
      }
    }
  }

  /// As it is written, but for zeros at the start of a number.
  private static func text(of token: Token, in source: SourceText) -> String {
    let bytes = source.slice(token.range)
    guard token.kind == .number, let first = bytes.firstIndex(where: { $0 != UInt8(ascii: "0") }) ?? bytes.indices.last else {
      return source.string(token.range)
    }
    return String(decoding: bytes[first...], as: UTF8.self)
  }

  private static func isSameLine(_ source: SourceText, _ token: Token, _ comment: Token) -> Bool {
    !source.bytes[Int(token.range.end)..<Int(comment.range.start)].contains { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
  }

  /// Without spaces at its end.
  private static func trimmed(_ comment: String) -> String {
    var scalars = comment.unicodeScalars[...]
    while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    return String(scalars)
  }

  var current: TokenKind { tokens[index].kind }

  func peek(_ distance: Int = 1) -> TokenKind { tokens[min(index + distance, tokens.count - 1)].kind }

  func isAt(word: String) -> Bool { tokens[index].kind == .identifier && tokens[index].text.utf8.elementsEqual(word.utf8) }

  mutating func next() -> CommentedToken {
    defer { index = min(index + 1, tokens.count - 1) }
    return tokens[index]
  }

  /// Takes the leading comments away from the next token.
  mutating func takeLeading() -> [String] {
    defer { tokens[index].leading = [] }
    return tokens[index].leading
  }

  /// Drops the next token; its comments lead the one after it.
  mutating func drop() {
    let dropped = next()
    tokens[index].leading = dropped.leading + [dropped.trailing].compactMap(\.self) + tokens[index].leading
  }
}
