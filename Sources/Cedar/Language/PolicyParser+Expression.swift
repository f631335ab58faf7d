/// An operand that may yet turn out to be a name: before a call, in a record, or after `is`.
enum Operand {
  case expression(Expression)
  case variable(Variable, SourceRange)
  case name([Token], SourceRange)
  case string(Token)
}

/// Expressions, from the loosest binding to the tightest.
extension PolicyParser {
  mutating func expression() throws(SyntaxError) -> Expression { try value(try operand()) }

  private mutating func operand() throws(SyntaxError) -> Operand {
    guard cursor.isAt(word: "if") else { return try or() }
    let start = cursor.advance().range
    try enter()
    let test = try expression()
    try cursor.expect(word: "then")
    let then = try expression()
    try cursor.expect(word: "else")
    let otherwise = try expression()
    nesting -= 1
    return .expression(try node(.conditional(if: test, then: then, else: otherwise), from: start))
  }

  /// A node that reaches from `start` to the last token read, unless it would be too deep.
  func node(_ kind: Expression.Kind, from start: SourceRange) throws(SyntaxError) -> Expression {
    let expression = Expression(kind, range: start.joined(to: cursor.previous.range))
    guard expression.depth <= Self.maximumDepth else {
      throw cursor.error("The expression is too deep; expected at most \(Self.maximumDepth) levels", at: start)
    }
    return expression
  }

  mutating func value(_ operand: Operand) throws(SyntaxError) -> Expression {
    switch operand {
    case .expression(let expression): return expression
    case .variable(let variable, let range): return Expression(.variable(variable), range: range)
    case .string(let token): return Expression(.literal(.string(try cursor.stringValue(token))), range: token.range)
    case .name(let words, let range):
      let name = words.map { cursor.source.string($0.range) }.joined(separator: "::")
      throw cursor.error(
        "'\(name)' is no variable; expected principal, action, resource, context, an entity such as \(name)::\"id\" or a literal", at: range
      )
    }
  }

  // MARK: Operators

  private mutating func or() throws(SyntaxError) -> Operand {
    let start = cursor.current.range
    let first = try and()
    guard cursor.isAt(.or) else { return first }
    var operands = [try value(first)]
    while cursor.skip(.or) { operands.append(try value(try and())) }
    return .expression(try node(.or(operands), from: start))
  }

  private mutating func and() throws(SyntaxError) -> Operand {
    let start = cursor.current.range
    let first = try relation()
    guard cursor.isAt(.and) else { return first }
    var operands = [try value(first)]
    while cursor.skip(.and) { operands.append(try value(try relation())) }
    return .expression(try node(.and(operands), from: start))
  }

  private mutating func relation() throws(SyntaxError) -> Operand {
    let start = cursor.current.range
    let first = try sum()
    let result: Expression
    if cursor.skip(word: "has") {
      let target = try value(first)
      result = try node(.has(target, path: try hasPath()), from: start)
    } else if cursor.skip(word: "like") {
      let target = try value(first)
      guard cursor.isAt(.string) else { throw cursor.expected("a pattern in quotes after 'like'") }
      let pattern = try StringLiteral.pattern(of: cursor.advance().range, in: cursor.source)
      result = try node(.like(target, pattern), from: start)
    } else if cursor.skip(word: "is") {
      let target = try value(first)
      let type = try typeName()
      let ancestor: Expression? = cursor.skip(word: "in") ? try value(try sum()) : nil
      result = try node(.isType(target, type, in: ancestor), from: start)
    } else if let symbol = try relationOperator() {
      let left = try value(first)
      let right = try value(try sum())
      result = try node(.binary(symbol, left, right), from: start)
    } else {
      return first
    }
    if isAtRelation {
      throw cursor.expected("'&&', '||' or the end of the expression; comparisons do not chain without parentheses")
    }
    return .expression(result)
  }

  private var isAtRelation: Bool {
    switch cursor.current.kind {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .assign: true
    default: cursor.isAt(word: "in") || cursor.isAt(word: "has") || cursor.isAt(word: "like") || cursor.isAt(word: "is")
    }
  }

  private mutating func relationOperator() throws(SyntaxError) -> BinaryOperator? {
    let symbol: BinaryOperator
    switch cursor.current.kind {
    case .equal: symbol = .equal
    case .notEqual: symbol = .notEqual
    case .less: symbol = .less
    case .lessOrEqual: symbol = .lessOrEqual
    case .greater: symbol = .greater
    case .greaterOrEqual: symbol = .greaterOrEqual
    case .assign: throw cursor.expected("'=='")
    default:
      guard cursor.isAt(word: "in") else { return nil }
      symbol = .in
    }
    cursor.advance()
    return symbol
  }

  /// What follows `has`: one attribute in quotes, or attributes with dots between them.
  private mutating func hasPath() throws(SyntaxError) -> [Text] {
    if cursor.isAt(.string) { return [try cursor.stringValue(cursor.advance())] }
    var path = [try attributeName()]
    while cursor.skip(.dot) { path.append(try attributeName()) }
    return path
  }

  private mutating func attributeName() throws(SyntaxError) -> Text {
    guard cursor.isAt(.identifier) else { throw cursor.expected("the name of an attribute") }
    guard Identifier.isNamePart(cursor.source.string(cursor.current.range)) else {
      throw cursor.expected("the name of an attribute; reserved words stand in quotes, as in [\"if\"]")
    }
    return cursor.text(cursor.advance())
  }

  private mutating func sum() throws(SyntaxError) -> Operand {
    let start = cursor.current.range
    let first = try product()
    guard cursor.isAt(.plus) || cursor.isAt(.minus) else { return first }
    var result = try value(first)
    while cursor.isAt(.plus) || cursor.isAt(.minus) {
      let symbol: BinaryOperator = cursor.advance().kind == .plus ? .add : .subtract
      let right = try value(try product())
      result = try node(.binary(symbol, result, right), from: start)
    }
    return .expression(result)
  }

  private mutating func product() throws(SyntaxError) -> Operand {
    let start = cursor.current.range
    let first = try unary()
    var result: Expression?
    while true {
      if cursor.isAt(.divide) || cursor.isAt(.remainder) {
        throw cursor.expected("another operator; Cedar neither divides nor takes remainders")
      }
      guard cursor.skip(.times) else { break }
      let left = if let result { result } else { try value(first) }
      let right = try value(try unary())
      result = try node(.binary(.multiply, left, right), from: start)
    }
    return result.map { .expression($0) } ?? first
  }

  /// Up to four of `!`, or up to four of `-`; the `-` next to a number belongs to the number.
  private mutating func unary() throws(SyntaxError) -> Operand {
    let start = cursor.current.range
    let kind = cursor.current.kind
    guard kind == .not || kind == .minus else { return try member() }
    var count = 0
    while cursor.skip(kind) { count += 1 }
    guard count <= 4 else { throw cursor.error("\(count) times \(kind.name) in a row; expected at most four", at: start) }
    var operand: Expression
    if kind == .minus, cursor.isAt(.number), !isAccess(cursor.peek().kind) {
      operand = try number(isNegative: true, from: cursor.previous.range)
      count -= 1
    } else {
      operand = try value(try member())
    }
    for _ in 0..<count { operand = try node(kind == .not ? .not(operand) : .negate(operand), from: start) }
    return .expression(operand)
  }

  private func isAccess(_ kind: TokenKind) -> Bool { kind == .dot || kind == .leftParenthesis || kind == .leftBracket }

  private mutating func number(isNegative: Bool, from start: SourceRange) throws(SyntaxError) -> Expression {
    let token = cursor.advance()
    let digits = cursor.source.string(token.range)
    guard let value = Int64(isNegative ? "-" + digits : digits) else {
      throw cursor.error("The number \(digits) is too large; expected at most 9223372036854775807", at: token.range)
    }
    return Expression(.literal(.long(value)), range: start.joined(to: token.range))
  }

  // MARK: Accesses and calls

  private mutating func member() throws(SyntaxError) -> Operand {
    let start = cursor.current.range
    let first = try primary()
    guard isAccess(cursor.current.kind) else { return first }
    var result: Expression
    if case .name(let words, let range) = first {
      guard cursor.isAt(.leftParenthesis) else { return .expression(try value(first)) }
      let name = words.map { cursor.source.string($0.range) }.joined(separator: "::")
      guard let function = ExtensionFunction(rawValue: name), function.isConstructor else {
        let hint = isMethod(name) ? "'\(name)' is a method; expected it after a value, as in value.\(name)()" : nil
        throw cursor.error(hint ?? "There is no function '\(name)'; expected decimal, ip, datetime or duration", at: range)
      }
      result = try node(.call(function, try arguments()), from: start)
    } else {
      result = try value(first)
    }
    while isAccess(cursor.current.kind) { result = try access(result, from: start) }
    return .expression(result)
  }

  private func isMethod(_ name: String) -> Bool {
    if let function = ExtensionFunction(rawValue: name) { return !function.isConstructor }
    return name == "isEmpty" || BinaryOperator.allCases.contains { $0.isMethod && $0.symbol == name }
  }

  private mutating func access(_ target: Expression, from start: SourceRange) throws(SyntaxError) -> Expression {
    if cursor.isAt(.leftParenthesis) { throw cursor.expected("an operator; only functions and methods are called") }
    if cursor.skip(.leftBracket) {
      guard cursor.isAt(.string) else { throw cursor.expected("the attribute's name in quotes") }
      let name = try cursor.stringValue(cursor.advance())
      try cursor.expect(.rightBracket)
      return try node(.attribute(target, name), from: start)
    }
    try cursor.expect(.dot)
    let token = cursor.current
    let name = try attributeName()
    guard cursor.isAt(.leftParenthesis) else { return try node(.attribute(target, name), from: start) }
    let arguments = try arguments()
    if name.says("isEmpty") {
      try expectCount(0, arguments, name, token)
      return try node(.isEmpty(target), from: start)
    }
    if let method = BinaryOperator.allCases.first(where: { $0.isMethod && $0.symbol == name.string }) {
      try expectCount(1, arguments, name, token)
      return try node(.binary(method, target, arguments[0]), from: start)
    }
    guard let function = ExtensionFunction(rawValue: name.string) else {
      throw cursor.error("There is no method '\(name)'", at: token.range)
    }
    guard !function.isConstructor else {
      throw cursor.error("'\(name)' is a function; expected \(name)(…), not a method", at: token.range)
    }
    return try node(.call(function, [target] + arguments), from: start)
  }

  private func expectCount(_ count: Int, _ arguments: [Expression], _ name: Text, _ token: Token) throws(SyntaxError) {
    guard arguments.count != count else { return }
    throw cursor.error("\(name) has \(arguments.count) arguments; expected \(count)", at: token.range)
  }

  private mutating func arguments() throws(SyntaxError) -> [Expression] {
    try cursor.expect(.leftParenthesis)
    return try list(until: .rightParenthesis)
  }

  /// Expressions with commas between them, a last comma allowed, and the closing token.
  private mutating func list(until close: TokenKind) throws(SyntaxError) -> [Expression] {
    try enter()
    var elements: [Expression] = []
    while !cursor.isAt(close) {
      elements.append(try expression())
      guard cursor.skip(.comma) else { break }
    }
    try cursor.expect(close, " or ','")
    nesting -= 1
    return elements
  }

  // MARK: Primaries

  mutating func primary() throws(SyntaxError) -> Operand {
    let token = cursor.current
    switch token.kind {
    case .number: return .expression(try number(isNegative: false, from: token.range))
    case .string: return .string(cursor.advance())
    case .identifier: return try wordOrEntity()
    case .slot:
      throw cursor.expected("an expression; slots stand in the scope only")
    case .leftParenthesis:
      cursor.advance()
      try enter()
      let inner = try expression()
      try cursor.expect(.rightParenthesis, " or an operator")
      nesting -= 1
      return .expression(Expression(inner.kind, range: token.range.joined(to: cursor.previous.range)))
    case .leftBracket:
      cursor.advance()
      return .expression(try node(.set(try list(until: .rightBracket)), from: token.range))
    case .leftBrace: return .expression(try record())
    default: throw cursor.expected("an expression")
    }
  }

  private mutating func wordOrEntity() throws(SyntaxError) -> Operand {
    let token = cursor.current
    if cursor.peek().kind != .pathSeparator {
      if cursor.skip(word: "true") { return .expression(Expression(.literal(.bool(true)), range: token.range)) }
      if cursor.skip(word: "false") { return .expression(Expression(.literal(.bool(false)), range: token.range)) }
      for variable in Variable.allCases where cursor.source.string(token.range) == variable.name {
        cursor.advance()
        return .variable(variable, token.range)
      }
      guard Identifier.isNamePart(cursor.source.string(token.range)) else { throw cursor.expected("an expression") }
      cursor.advance()
      return .name([token], token.range)
    }
    let (words, range) = try path()
    guard cursor.skip(.pathSeparator) else {
      _ = try entityType((words, range))
      return .name(words, range)
    }
    guard cursor.isAt(.string) else { throw cursor.expected("the entity's id in quotes") }
    let entity = try entity(words, range)
    return .expression(Expression(.literal(.entity(entity)), range: range.joined(to: cursor.previous.range)))
  }

  private mutating func record() throws(SyntaxError) -> Expression {
    let start = cursor.advance().range
    try enter()
    var entries: [RecordEntry] = []
    var keys: Set<Text> = []
    while !cursor.isAt(.rightBrace) {
      let token = cursor.current
      let key = cursor.isAt(.string) ? try cursor.stringValue(cursor.advance()) : try attributeName()
      guard keys.insert(key).inserted else {
        throw cursor.error("The key \(StringLiteral.quoted(key.string)) occurs twice in one record", at: token.range)
      }
      try cursor.expect(.colon)
      entries.append(RecordEntry(key: key, value: try expression()))
      guard cursor.skip(.comma) else { break }
    }
    try cursor.expect(.rightBrace, " or ','")
    nesting -= 1
    return try node(.record(entries), from: start)
  }
}
