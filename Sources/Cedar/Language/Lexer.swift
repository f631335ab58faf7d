/// Splits a text into tokens; policies and schemas share them (Cedar documentation, "Grammar").
package struct Lexer {
  private let source: SourceText
  private let keepsComments: Bool
  private var position = 0

  /// All tokens of `source`, the last one ``TokenKind/end``. Spaces are dropped, and comments too unless they are asked for.
  package static func tokens(of source: SourceText, keepingComments: Bool = false) throws(SyntaxError) -> [Token] {
    var lexer = Lexer(source: source, keepsComments: keepingComments)
    var tokens: [Token] = []
    tokens.reserveCapacity(source.bytes.count / 4 + 1)
    while true {
      let token = try lexer.next()
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  private init(source: SourceText, keepsComments: Bool) {
    self.source = source
    self.keepsComments = keepsComments
  }

  private func byte(_ offset: Int = 0) -> UInt8 { position + offset < source.bytes.count ? source.bytes[position + offset] : 0 }

  private mutating func next() throws(SyntaxError) -> Token {
    while true {
      skipSpace()
      guard byte() == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "/") else { break }
      let start = position
      while position < source.bytes.count, byte() != UInt8(ascii: "\n"), byte() != UInt8(ascii: "\r") { position += 1 }
      if keepsComments { return token(.comment, from: start) }
    }
    let start = position
    guard position < source.bytes.count else { return token(.end, from: start) }
    let first = byte()
    if Identifier.isStart(first) {
      skipWord()
      return token(.identifier, from: start)
    }
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      while byte() >= UInt8(ascii: "0"), byte() <= UInt8(ascii: "9") { position += 1 }
      return token(.number, from: start)
    case UInt8(ascii: "\""):
      try skipString()
      return token(.string, from: start)
    case UInt8(ascii: "?"):
      position += 1
      guard Identifier.isStart(byte()) else { return token(.question, from: start) }
      skipWord()
      return token(.slot, from: start)
    default: return try symbol(first)
    }
  }

  private func token(_ kind: TokenKind, from start: Int) -> Token {
    Token(kind: kind, range: SourceRange(start: UInt32(start), end: UInt32(position)))
  }

  private mutating func skipWord() {
    while Identifier.isContinuation(byte()) { position += 1 }
  }

  /// Unicode's White_Space, as the real lexer skips it.
  private mutating func skipSpace() {
    while position < source.bytes.count {
      let first = byte()
      if first == 0x20 || (first >= 0x09 && first <= 0x0D) {
        position += 1
      } else if first == 0xC2, byte(1) == 0x85 || byte(1) == 0xA0 {
        position += 2
      } else if isWideSpace(first, byte(1), byte(2)) {
        position += 3
      } else {
        return
      }
    }
  }

  /// U+1680, U+2000–U+200A, U+2028, U+2029, U+202F, U+205F, U+3000.
  private func isWideSpace(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
    switch (first, second) {
    case (0xE1, 0x9A): third == 0x80
    case (0xE2, 0x80): (0x80...0x8A).contains(third) || third == 0xA8 || third == 0xA9 || third == 0xAF
    case (0xE2, 0x81): third == 0x9F
    case (0xE3, 0x80): third == 0x80
    default: false
    }
  }

  private mutating func skipString() throws(SyntaxError) {
    let start = position
    position += 1
    while position < source.bytes.count {
      switch byte() {
      case UInt8(ascii: "\""):
        position += 1
        return
      case UInt8(ascii: "\\"): position += 2
      default: position += 1
      }
    }
    position = source.bytes.count
    throw source.error("A string is not closed; expected '\"'", at: SourceRange(start: UInt32(start), end: UInt32(position)))
  }

  private mutating func symbol(_ first: UInt8) throws(SyntaxError) -> Token {
    let start = position
    let second = byte(1)
    let equals = UInt8(ascii: "=")
    let (kind, length): (TokenKind, Int)
    switch first {
    case UInt8(ascii: "@"): (kind, length) = (.at, 1)
    case UInt8(ascii: "."): (kind, length) = (.dot, 1)
    case UInt8(ascii: ","): (kind, length) = (.comma, 1)
    case UInt8(ascii: ";"): (kind, length) = (.semicolon, 1)
    case UInt8(ascii: ":"): (kind, length) = second == UInt8(ascii: ":") ? (.pathSeparator, 2) : (.colon, 1)
    case UInt8(ascii: "("): (kind, length) = (.leftParenthesis, 1)
    case UInt8(ascii: ")"): (kind, length) = (.rightParenthesis, 1)
    case UInt8(ascii: "{"): (kind, length) = (.leftBrace, 1)
    case UInt8(ascii: "}"): (kind, length) = (.rightBrace, 1)
    case UInt8(ascii: "["): (kind, length) = (.leftBracket, 1)
    case UInt8(ascii: "]"): (kind, length) = (.rightBracket, 1)
    case UInt8(ascii: "="): (kind, length) = second == equals ? (.equal, 2) : (.assign, 1)
    case UInt8(ascii: "!"): (kind, length) = second == equals ? (.notEqual, 2) : (.not, 1)
    case UInt8(ascii: "<"): (kind, length) = second == equals ? (.lessOrEqual, 2) : (.less, 1)
    case UInt8(ascii: ">"): (kind, length) = second == equals ? (.greaterOrEqual, 2) : (.greater, 1)
    case UInt8(ascii: "|") where second == first: (kind, length) = (.or, 2)
    case UInt8(ascii: "&") where second == first: (kind, length) = (.and, 2)
    case UInt8(ascii: "+"): (kind, length) = (.plus, 1)
    case UInt8(ascii: "-"): (kind, length) = (.minus, 1)
    case UInt8(ascii: "*"): (kind, length) = (.times, 1)
    case UInt8(ascii: "/"): (kind, length) = (.divide, 1)
    case UInt8(ascii: "%"): (kind, length) = (.remainder, 1)
    default:
      let rest = String(decoding: source.bytes[start..<min(start + 4, source.bytes.count)], as: UTF8.self)
      let found = rest.unicodeScalars.first.map { String($0) } ?? ""
      throw source.error("Unexpected character '\(found)'", at: SourceRange(start: UInt32(start), end: UInt32(start + 1)))
    }
    position += length
    return token(kind, from: start)
  }
}
