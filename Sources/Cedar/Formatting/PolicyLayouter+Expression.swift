/// Expressions, from the loosest binding to the tightest.
extension PolicyLayouter {
  mutating func expression() -> Layout {
    guard tokens.isAt(word: "if"), tokens.peek() != .pathSeparator else { return chain(.or) }
    var parts: [Layout] = []
    for position in 0..<3 {
      if position > 0 { parts.append(.line) }
      let word = token()
      parts += [word, .nested(indent, .sequence([.line, expression()]))]
    }
    return .group(.sequence(parts))
  }

  /// Operands of `||` or `&&`, each on its own line where not all fit on one. They break with what is around them.
  private mutating func chain(_ operation: TokenKind) -> Layout {
    var parts = [operation == .or ? chain(.and) : relation()]
    while tokens.current == operation {
      parts += [.space, token(then: .line)]
      parts.append(operation == .or ? chain(.and) : relation())
    }
    return .sequence(parts)
  }

  private mutating func relation() -> Layout {
    let left = sum()
    switch tokens.current {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: return .sequence([left, .space, token(), .space, sum()])
    default: break
    }
    if tokens.isAt(word: "in") { return .sequence([left, .space, token(), .space, sum()]) }
    if tokens.isAt(word: "has") || tokens.isAt(word: "like") {
      let word = token()
      return .group(.sequence([left, .line, word, .line, .nested(indent, sum())]))
    }
    guard tokens.isAt(word: "is") else { return left }
    var parts = [left, .space, token(), .space, .nested(indent, sum())]
    if tokens.isAt(word: "in") { parts += [.line, token(), .space, .nested(indent, sum())] }
    return .group(.sequence(parts))
  }

  private mutating func sum() -> Layout {
    var parts = [product()]
    while tokens.current == .plus || tokens.current == .minus { parts += [.space, token(), .line, product()] }
    return .group(.sequence(parts))
  }

  private mutating func product() -> Layout {
    var parts = [unary()]
    while tokens.current == .times { parts += [.space, token(), .line, unary()] }
    return .group(.sequence(parts))
  }

  private mutating func unary() -> Layout {
    var parts: [Layout] = []
    while tokens.current == .not || tokens.current == .minus { parts.append(token()) }
    return .sequence(parts + [member()])
  }

  private mutating func member() -> Layout {
    let item = primary()
    var accesses: [Layout] = []
    while let access = access() { accesses += accesses.isEmpty ? [access] : [.softLine, access] }
    return accesses.isEmpty ? .group(item) : .group(.sequence([item, .nested(indent, .sequence(accesses))]))
  }

  private mutating func access() -> Layout? {
    switch tokens.current {
    case .dot: return .sequence([token(), token()])
    case .leftBracket: return .sequence([token(), token(), token()])
    case .leftParenthesis:
      let open = token()
      let arguments = list(until: .rightParenthesis)
      let inner = arguments.map { Layout.sequence([.nested(indent, .sequence([.softLine, $0])), .softLine]) }
      return .sequence([open, inner ?? .empty, token()])
    default: return nil
    }
  }

  /// Expressions with commas between them, a last comma left out; `nil` if there are none.
  private mutating func list(until close: TokenKind) -> Layout? {
    guard tokens.current != close else { return nil }
    var parts: [Layout] = []
    while true {
      parts.append(close == .rightBrace ? entry() : expression())
      guard tokens.current == .comma else { break }
      if tokens.peek() == close {
        tokens.drop()
        break
      }
      parts += [token(), .line]
    }
    return .sequence(parts)
  }

  private mutating func entry() -> Layout { .sequence([token(), token(), .space, expression()]) }

  private mutating func primary() -> Layout {
    switch tokens.current {
    case .leftParenthesis: return .group(.sequence([token(), .nested(1, expression()), token()]))
    case .leftBracket:
      let open = token()
      let elements = list(until: .rightBracket) ?? .empty
      return .sequence([open, .nested(1, elements), token()])
    case .leftBrace:
      let open = token()
      let entries = list(until: .rightBrace).map { Layout.group(.sequence([.line, $0, .line])) } ?? .empty
      return .sequence([open, .nested(indent, entries), token()])
    default: return name()
    }
  }

  /// One token, or words with `::` between them and perhaps a string at the end.
  mutating func name() -> Layout {
    var parts = [token()]
    while tokens.current == .pathSeparator { parts += [token(), token()] }
    return .sequence(parts)
  }
}
