/// Turns tokens into a layout, policy by policy. The tokens are known to be policies that parse.
struct PolicyLayouter {
  var tokens: CommentedTokens
  let indent: Int

  // MARK: Tokens

  /// Comments on lines of their own.
  static func leading(_ comments: [String]) -> Layout {
    comments.isEmpty ? .empty : .sequence([.newline] + comments.flatMap { [Layout.text($0), .newline] })
  }

  /// The next token with its comments, and `following` unless a comment has ended the line.
  mutating func token(then following: Layout = .empty) -> Layout {
    let token = tokens.next()
    var parts = [Self.leading(token.leading), .text(token.text)]
    if let comment = token.trailing { parts += [.space, .text(comment), .newline] } else { parts.append(following) }
    return .sequence(parts)
  }

  // MARK: Policies

  /// Annotations, effect, scope and conditions, up to the semicolon.
  mutating func policy() -> Layout {
    var parts: [Layout] = []
    while tokens.current == .at { parts.append(annotation()) }
    parts.append(Self.leading(tokens.takeLeading()))
    parts.append(.group(.sequence([token(), .line, token()])))
    parts.append(scope())
    let hasConditions = tokens.peek() != .semicolon
    parts.append(token(then: hasConditions ? .newline : .empty))
    while tokens.current != .semicolon {
      parts.append(condition())
      if tokens.current != .semicolon { parts.append(.newline) }
    }
    parts.append(token())
    return .sequence(parts)
  }

  private mutating func annotation() -> Layout {
    var parts = [token(), token()]
    guard tokens.current == .leftParenthesis else { return .sequence(parts + [.newline]) }
    parts += [token(), token(), token(then: .newline)]
    return .sequence(parts)
  }

  /// What stands between the parentheses: on one line if it asks for nothing, otherwise each variable on its own.
  private mutating func scope() -> Layout {
    var isPlain = true
    var variables: [Layout] = []
    var commas: [CommentedToken] = []
    while true {
      let (layout, isAny) = variable()
      variables.append(layout)
      isPlain = isPlain && isAny
      guard tokens.current == .comma else { break }
      if tokens.peek() == .rightParenthesis {
        tokens.drop()
        break
      }
      commas.append(tokens.next())
    }
    var parts: [Layout] = []
    for (position, variable) in variables.enumerated() {
      parts.append(variable)
      guard position < commas.count else { break }
      parts += [Self.leading(commas[position].leading), .text(",")]
      if let comment = commas[position].trailing {
        parts += [.space, .text(comment), .newline]
      } else {
        parts.append(isPlain ? .space : .newline)
      }
    }
    if isPlain { return .group(.nested(indent, .sequence(parts))) }
    return .sequence([.nested(indent, .sequence([.newline] + parts)), .newline])
  }

  private mutating func variable() -> (Layout, isAny: Bool) {
    let before = Self.leading(tokens.takeLeading())
    var parts = [token()]
    guard tokens.current != .comma, tokens.current != .rightParenthesis else { return (.sequence([before] + parts), true) }
    if tokens.isAt(word: "is") {
      let word = Layout.group(.sequence([.line, token()]))
      parts.append(.group(.nested(indent, .sequence([word, .line, name()]))))
    }
    guard tokens.current != .comma, tokens.current != .rightParenthesis else { return (.sequence([before] + parts), false) }
    parts += [.line, token()]
    let operand = expression()
    return (.sequence([before, .group(.sequence([.group(.sequence(parts)), .nested(indent, .sequence([.line, operand]))]))]), false)
  }

  private mutating func condition() -> Layout {
    let before = Self.leading(tokens.takeLeading())
    let word = token(then: .line)
    let beforeBrace = Self.leading(tokens.takeLeading())
    let open = tokens.next()
    var inner: [Layout] = open.trailing.map { [.space, .text($0), .newline] } ?? [.line]
    inner.append(Self.leading(tokens.takeLeading()))
    inner.append(.group(expression()))
    let body = Layout.sequence([.text("{"), .nested(indent, .sequence(inner)), .line, token()])
    return .sequence([before, .group(.sequence([word, beforeBrace, .group(body)]))])
  }
}
