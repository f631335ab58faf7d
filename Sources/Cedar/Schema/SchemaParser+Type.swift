extension SchemaParser {
  mutating func type() throws(SyntaxError) -> TypeExpression {
    guard nesting < Self.maximumNesting else {
      throw cursor.error("Types nest too deep; expected at most \(Self.maximumNesting) levels", at: cursor.current.range)
    }
    if cursor.isAt(.leftBrace) { return try record() }
    guard cursor.isAt(word: "Set"), cursor.peek().kind == .less else { return .named(try path()) }
    cursor.advance()
    cursor.advance()
    nesting += 1
    defer { nesting -= 1 }
    let element = try type()
    try cursor.expect(.greater)
    return .set(element)
  }

  mutating func record() throws(SyntaxError) -> TypeExpression {
    try cursor.expect(.leftBrace)
    nesting += 1
    defer { nesting -= 1 }
    var fields: [RecordField] = []
    while !cursor.skip(.rightBrace) {
      let annotations = try annotations()
      let name = try name()
      let isOptional = cursor.skip(.question)
      try cursor.expect(.colon)
      fields.append(RecordField(name: name, type: try type(), isRequired: !isOptional, annotations: annotations))
      guard cursor.skip(.comma) || cursor.isAt(.rightBrace) else { throw cursor.expected("',' or '}'") }
    }
    return .record(Self.lastOfEach(fields))
  }

  /// Of the fields with one name the last one counts, as the language has it.
  private static func lastOfEach(_ fields: [RecordField]) -> [RecordField] {
    var seen: Set<Text> = []
    return fields.reversed().filter { seen.insert($0.name).inserted }.reversed()
  }

  /// One name, or any number of them between brackets.
  mutating func typeNames() throws(SyntaxError) -> [SchemaName] {
    guard cursor.skip(.leftBracket) else { return [try path()] }
    if cursor.skip(.rightBracket) { return [] }
    let names = try list { parser throws(SyntaxError) in try parser.path() }
    try cursor.expect(.rightBracket)
    return names
  }

  // MARK: Names

  mutating func path() throws(SyntaxError) -> SchemaName {
    let start = cursor.current.range
    var parts = [try identifier()]
    while cursor.skip(.pathSeparator) { parts.append(try identifier()) }
    let text = parts.count == 1 ? parts[0] : cursor.intern(parts.map(\.string).joined(separator: "::"))
    return SchemaName(text, place: .text(start.joined(to: cursor.previous.range)))
  }

  /// A word that is not reserved; `__cedar` is one.
  mutating func identifier() throws(SyntaxError) -> Text {
    guard cursor.isAt(.identifier) else { throw cursor.expected("an identifier") }
    let token = cursor.current
    let text = cursor.text(token)
    if Identifier.isReservedWord(text.string) { throw reserved(text, at: token.range) }
    cursor.advance()
    return text
  }

  /// The name of something declared, which cannot be `__cedar`.
  mutating func declaredName() throws(SyntaxError) -> Text {
    let range = cursor.current.range
    let name = try identifier()
    if name.says("__cedar") { throw reserved(name, at: range) }
    return name
  }

  /// An identifier or any text between quotes.
  mutating func name() throws(SyntaxError) -> Text { cursor.isAt(.string) ? try string() : try identifier() }

  mutating func string() throws(SyntaxError) -> Text { try cursor.stringValue(cursor.expect(.string)) }

  /// One or more with commas between them.
  mutating func list<Element>(
    _ element: (inout SchemaParser) throws(SyntaxError) -> Element
  ) throws(SyntaxError) -> [Element] {
    var elements = [try element(&self)]
    while cursor.skip(.comma) { elements.append(try element(&self)) }
    return elements
  }

  mutating func annotations() throws(SyntaxError) -> [Annotation] {
    var annotations: [Annotation] = []
    while cursor.skip(.at) {
      let token = try cursor.expect(.identifier)
      let name = cursor.text(token)
      guard !annotations.contains(where: { $0.name == name }) else {
        throw cursor.error("The annotation @\(name) is given twice; expected it once", at: token.range)
      }
      var value: Text?
      if cursor.skip(.leftParenthesis) {
        value = try string()
        try cursor.expect(.rightParenthesis)
      }
      annotations.append(Annotation(name: name, value: value))
    }
    return annotations
  }
}
