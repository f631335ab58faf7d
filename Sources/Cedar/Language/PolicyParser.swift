/// Reads policies and templates (Cedar documentation, "Grammar").
package struct PolicyParser {
  var cursor: TokenCursor
  /// Constructs now open around the cursor, each of which costs call stack.
  var nesting = 0

  /// How deep parentheses, brackets, braces and conditionals may nest.
  package static let maximumNesting = 200
  /// How deep an expression may be, long chains of operators and accesses included.
  package static let maximumDepth = 1_000

  private init(_ text: String) throws(SyntaxError) { cursor = try TokenCursor(text) }

  /// All policies and templates of a text, in order, called `policy0`, `policy1` and so on.
  package static func policies(_ text: String) throws(SyntaxError) -> [Policy] {
    var parser = try PolicyParser(text)
    var policies: [Policy] = []
    while !parser.cursor.isAt(.end) { policies.append(try parser.policy(id: Text("policy\(policies.count)"))) }
    return policies
  }

  /// A text that is one policy or template and nothing else.
  package static func policy(_ text: String, id: Text) throws(SyntaxError) -> Policy {
    var parser = try PolicyParser(text)
    let policy = try parser.policy(id: id)
    guard parser.cursor.isAt(.end) else { throw parser.cursor.expected("the end after one policy") }
    return policy
  }

  /// A text that is one expression and nothing else.
  package static func expression(_ text: String) throws(SyntaxError) -> Expression {
    var parser = try PolicyParser(text)
    let expression = try parser.expression()
    guard parser.cursor.isAt(.end) else { throw parser.cursor.expected("an operator or the end of the expression") }
    return expression
  }

  /// A text that is one entity, such as `User::"alice"`.
  package static func entity(_ text: String) throws(SyntaxError) -> EntityUID {
    var parser = try PolicyParser(text)
    let operand = try parser.primary()
    guard case .expression(let expression) = operand, case .literal(.entity(let entity)) = expression.kind, parser.cursor.isAt(.end)
    else { throw parser.cursor.error("Expected one entity, such as User::\"alice\"", at: .none) }
    return entity
  }

  // MARK: Policies

  private mutating func policy(id: Text) throws(SyntaxError) -> Policy {
    let start = cursor.current.range
    let annotations = try annotations()
    let effect: Effect
    if cursor.skip(word: "permit") {
      effect = .permit
    } else if cursor.skip(word: "forbid") {
      effect = .forbid
    } else {
      throw cursor.expected("'permit' or 'forbid'")
    }
    try cursor.expect(.leftParenthesis)
    let principal = try scope(.principal)
    try cursor.expect(.comma)
    let action = try actionScope()
    try cursor.expect(.comma)
    let resource = try scope(.resource)
    _ = cursor.skip(.comma)
    try cursor.expect(.rightParenthesis, ": a scope has a principal, an action and a resource")
    var conditions: [Condition] = []
    while !cursor.isAt(.semicolon) { conditions.append(try condition()) }
    cursor.advance()
    return Policy(
      id: id, annotations: annotations, effect: effect, principal: principal, action: action, resource: resource,
      conditions: conditions, range: start.joined(to: cursor.previous.range))
  }

  private mutating func annotations() throws(SyntaxError) -> [Annotation] {
    var annotations: [Annotation] = []
    while cursor.skip(.at) {
      let token = try cursor.expect(.identifier, " after '@'")
      let name = cursor.text(token)
      guard !annotations.contains(where: { $0.name == name }) else {
        throw cursor.error("The annotation @\(name) occurs twice; expected it once", at: token.range)
      }
      var value: Text?
      if cursor.skip(.leftParenthesis) {
        value = try cursor.stringValue(try cursor.expect(.string, " as the annotation's value"))
        try cursor.expect(.rightParenthesis)
      }
      annotations.append(Annotation(name: name, value: value))
    }
    return annotations
  }

  private mutating func condition() throws(SyntaxError) -> Condition {
    let kind: Condition.Kind
    if cursor.skip(word: "when") {
      kind = .when
    } else if cursor.skip(word: "unless") {
      kind = .unless
    } else {
      throw cursor.expected("'when', 'unless' or ';'")
    }
    try cursor.expect(.leftBrace)
    let start = cursor.current.range
    guard !cursor.isAt(.rightBrace) else { throw cursor.error("A condition is empty; expected an expression", at: start) }
    let body = try expression()
    try cursor.expect(.rightBrace, " or an operator")
    return Condition(kind: kind, body: body)
  }

  // MARK: Scopes

  private mutating func scope(_ slot: Slot) throws(SyntaxError) -> ScopeConstraint {
    try cursor.expect(word: slot == .principal ? "principal" : "resource")
    if cursor.isAt(.colon) { throw cursor.expected("'is' and a type; a type after ':' is not supported") }
    if cursor.skip(.equal) { return .equal(try reference(slot)) }
    if cursor.skip(word: "in") { return .in(try reference(slot)) }
    guard cursor.skip(word: "is") else {
      guard cursor.isAt(.comma) || cursor.isAt(.rightParenthesis) else { throw cursor.expected("'==', 'in', 'is' or ','") }
      return .any
    }
    let type = try typeName()
    guard cursor.skip(word: "in") else { return .isType(type) }
    return .isTypeIn(type, try reference(slot))
  }

  private mutating func actionScope() throws(SyntaxError) -> ActionConstraint {
    try cursor.expect(word: "action")
    if cursor.skip(.equal) { return .equal(try action()) }
    guard cursor.skip(word: "in") else {
      guard cursor.isAt(.comma) || cursor.isAt(.rightParenthesis) else { throw cursor.expected("'==', 'in' or ','") }
      return .any
    }
    return try actions()
  }

  /// One action, or a list of them; either may stand in parentheses.
  private mutating func actions() throws(SyntaxError) -> ActionConstraint {
    if cursor.isAt(.leftParenthesis) { return try inParentheses { parser throws(SyntaxError) in try parser.actions() } }
    guard cursor.skip(.leftBracket) else { return .in(try action()) }
    var actions: [EntityUID] = []
    while !cursor.isAt(.rightBracket) {
      actions.append(try action())
      guard cursor.skip(.comma) else { break }
    }
    try cursor.expect(.rightBracket, " or ','")
    return .inAny(actions)
  }

  private mutating func action() throws(SyntaxError) -> EntityUID {
    let start = cursor.current.range
    let action = try entity()
    guard action.type.isAction else {
      throw cursor.error("\(action) is not an action; expected an entity whose type is Action or ends in ::Action", at: start)
    }
    return action
  }

  private mutating func entity() throws(SyntaxError) -> EntityUID {
    if cursor.isAt(.leftParenthesis) { return try inParentheses { parser throws(SyntaxError) in try parser.entity() } }
    guard cursor.isAt(.identifier) else { throw cursor.expected("an entity, such as User::\"alice\"") }
    let (name, range) = try path()
    guard cursor.skip(.pathSeparator), cursor.isAt(.string) else { throw cursor.expected("'::' and the entity's id in quotes") }
    return try entity(name, range)
  }

  private mutating func reference(_ slot: Slot) throws(SyntaxError) -> EntityReference {
    if cursor.isAt(.leftParenthesis) { return try inParentheses { parser throws(SyntaxError) in try parser.reference(slot) } }
    guard cursor.isAt(.slot) else { return .entity(try entity()) }
    guard cursor.source.string(cursor.current.range) == slot.name else { throw cursor.expected("an entity or the slot \(slot.name)") }
    cursor.advance()
    return .slot
  }

  private mutating func inParentheses<T>(_ body: (inout PolicyParser) throws(SyntaxError) -> T) throws(SyntaxError) -> T {
    try enter()
    cursor.advance()
    let result = try body(&self)
    try cursor.expect(.rightParenthesis)
    nesting -= 1
    return result
  }

  /// Counts one level of nesting; the caller counts it down again.
  mutating func enter() throws(SyntaxError) {
    nesting += 1
    guard nesting <= Self.maximumNesting else {
      throw cursor.error("Expressions are nested too deeply; expected at most \(Self.maximumNesting) levels", at: cursor.current.range)
    }
  }

  // MARK: Names

  mutating func typeName() throws(SyntaxError) -> EntityTypeName {
    guard cursor.isAt(.identifier) else { throw cursor.expected("the name of an entity type") }
    return try entityType(try path())
  }

  /// Words with `::` between them, as far as they go; before `::` and a string or brace it stops.
  mutating func path() throws(SyntaxError) -> (words: [Token], range: SourceRange) {
    var words = [try cursor.expect(.identifier)]
    while cursor.isAt(.pathSeparator), cursor.peek().kind == .identifier {
      cursor.advance()
      words.append(cursor.advance())
    }
    return (words, words[0].range.joined(to: words[words.count - 1].range))
  }

  mutating func entityType(_ path: (words: [Token], range: SourceRange)) throws(SyntaxError) -> EntityTypeName {
    let parts = path.words.map { cursor.source.string($0.range) }
    for (token, part) in zip(path.words, parts) where !Identifier.isNamePart(part) {
      throw cursor.error("'\(part)' is reserved; expected another identifier", at: token.range)
    }
    return EntityTypeName(unchecked: cursor.intern(parts.joined(separator: "::")))
  }

  /// The entity whose type was read; the cursor is at its id.
  mutating func entity(_ words: [Token], _ range: SourceRange) throws(SyntaxError) -> EntityUID {
    let type = try entityType((words, range))
    return EntityUID(type: type, id: try cursor.stringValue(try cursor.expect(.string)))
  }
}
