extension SchemaDocument {
  /// Reads a schema in the human-readable syntax (Cedar documentation, "Human-readable schema grammar").
  package init(text: String) throws(SchemaError) {
    do throws(SyntaxError) {
      var parser = try SchemaParser(text)
      self = try parser.document()
    } catch {
      throw SchemaError(error)
    }
  }
}

/// Reads the declarations of a schema.
struct SchemaParser {
  var cursor: TokenCursor
  /// Records and sets now open around the cursor.
  var nesting = 0

  /// How deep records and sets may nest.
  static let maximumNesting = 100

  init(_ text: String) throws(SyntaxError) { cursor = try TokenCursor(text) }

  mutating func document() throws(SyntaxError) -> SchemaDocument {
    var global = SchemaNamespace()
    var globalNames = DeclaredNames()
    var namespaces: [SchemaNamespace] = []
    var names: Set<Text> = []
    while !cursor.isAt(.end) {
      let annotations = try annotations()
      guard cursor.isAt(word: "namespace") else {
        try declaration(annotations, into: &global, names: &globalNames)
        continue
      }
      let start = cursor.current.range
      let namespace = try namespace(annotations)
      if let name = namespace.name, !names.insert(name).inserted {
        throw cursor.error("The namespace \(name) is declared twice; expected it once", at: start)
      }
      namespaces.append(namespace)
    }
    let isGlobalEmpty = global.entityTypes.isEmpty && global.commonTypes.isEmpty && global.actions.isEmpty
    return SchemaDocument(namespaces: (isGlobalEmpty ? [] : [global]) + namespaces, source: SchemaSource(text: cursor.source))
  }

  private mutating func namespace(_ annotations: [Annotation]) throws(SyntaxError) -> SchemaNamespace {
    cursor.advance()
    let start = cursor.current.range
    let name = try path()
    if name.text.string.utf8Split(by: "::").contains("__cedar") { throw reserved(name.text, at: start) }
    var namespace = SchemaNamespace(name: name.text, annotations: annotations)
    var names = DeclaredNames()
    try cursor.expect(.leftBrace)
    while !cursor.skip(.rightBrace) {
      let annotations = try self.annotations()
      try declaration(annotations, into: &namespace, names: &names)
    }
    return namespace
  }

  private mutating func declaration(
    _ annotations: [Annotation], into namespace: inout SchemaNamespace, names: inout DeclaredNames
  ) throws(SyntaxError) {
    let start = cursor.current.range
    if cursor.skip(word: "entity") {
      for declaration in try entityTypes(annotations, start: start) {
        guard names.entityTypes.insert(declaration.name).inserted else { throw twice("entity type", declaration.name, at: start) }
        namespace.entityTypes.append(declaration)
      }
    } else if cursor.skip(word: "type") {
      let declaration = try commonType(annotations, start: start)
      guard names.commonTypes.insert(declaration.name).inserted else { throw twice("type", declaration.name, at: start) }
      namespace.commonTypes.append(declaration)
    } else if cursor.skip(word: "action") {
      for declaration in try actions(annotations, start: start) {
        guard names.actions.insert(declaration.name).inserted else { throw twice("action", declaration.name, at: start) }
        namespace.actions.append(declaration)
      }
    } else {
      throw cursor.expected("'namespace', 'entity', 'type' or 'action'")
    }
  }

  // MARK: Entity types and common types

  private mutating func entityTypes(_ annotations: [Annotation], start: SourceRange) throws(SyntaxError) -> [EntityTypeDeclaration] {
    let names = try list { parser throws(SyntaxError) in try parser.declaredName() }
    let kind: EntityTypeDeclaration.Kind
    if cursor.skip(word: "enum") {
      try cursor.expect(.leftBracket)
      kind = .enumerated(try list { parser throws(SyntaxError) in try parser.string() })
      try cursor.expect(.rightBracket)
    } else {
      let parents = cursor.skip(word: "in") ? try typeNames() : []
      var shape = TypeExpression.emptyRecord
      if cursor.skip(.assign) || cursor.isAt(.leftBrace) { shape = try record() }
      kind = .standard(parents: parents, shape: shape, tags: cursor.skip(word: "tags") ? try type() : nil)
    }
    let place = try end(start)
    return names.map { EntityTypeDeclaration(name: $0, kind: kind, annotations: annotations, place: place) }
  }

  private static let keywords = ["Bool", "Boolean", "Entity", "Extension", "Long", "Record", "Set", "String"]

  private mutating func commonType(_ annotations: [Annotation], start: SourceRange) throws(SyntaxError) -> CommonTypeDeclaration {
    let nameRange = cursor.current.range
    let name = try declaredName()
    guard !Self.keywords.contains(name.string) else { throw reserved(name, at: nameRange) }
    try cursor.expect(.assign)
    let type = try type()
    return CommonTypeDeclaration(name: name, type: type, annotations: annotations, place: try end(start))
  }

  static func isReservedCommonTypeName(_ name: Text) -> Bool { keywords.contains(name.string) }

  // MARK: Actions

  private mutating func actions(_ annotations: [Annotation], start: SourceRange) throws(SyntaxError) -> [ActionDeclaration] {
    let names = try list { parser throws(SyntaxError) in try parser.name() }
    var parents: [ActionReference] = []
    if cursor.skip(word: "in") {
      if cursor.skip(.leftBracket) {
        parents = try list { parser throws(SyntaxError) in try parser.actionReference() }
        try cursor.expect(.rightBracket)
      } else {
        parents = [try actionReference()]
      }
    }
    let appliesTo = cursor.skip(word: "appliesTo") ? try appliesTo() : nil
    if cursor.skip(word: "attributes") {
      try cursor.expect(.leftBrace)
      try cursor.expect(.rightBrace)
    }
    let place = try end(start)
    return names.map { ActionDeclaration(name: $0, parents: parents, appliesTo: appliesTo, annotations: annotations, place: place) }
  }

  private mutating func actionReference() throws(SyntaxError) -> ActionReference {
    let start = cursor.current.range
    if cursor.isAt(.string) || cursor.peek().kind != .pathSeparator {
      return ActionReference(type: nil, id: try name(), place: .text(start))
    }
    var parts = [try identifier()]
    while true {
      try cursor.expect(.pathSeparator, " and the id of an action")
      if cursor.isAt(.string) { break }
      parts.append(try identifier())
    }
    let type = cursor.intern(parts.map(\.string).joined(separator: "::"))
    return ActionReference(type: SchemaName(type, place: .text(start)), id: try string(), place: .text(start))
  }

  private mutating func appliesTo() throws(SyntaxError) -> ActionDeclaration.AppliesTo {
    let start = cursor.current.range
    try cursor.expect(.leftBrace)
    var principals: [SchemaName]?
    var resources: [SchemaName]?
    var context: TypeExpression?
    repeat {
      let word = cursor.current.range
      if cursor.skip(word: "principal") {
        try cursor.expect(.colon)
        guard principals == nil else { throw twice("list", "principal", at: word) }
        principals = try appliedTypes()
      } else if cursor.skip(word: "resource") {
        try cursor.expect(.colon)
        guard resources == nil else { throw twice("list", "resource", at: word) }
        resources = try appliedTypes()
      } else if cursor.skip(word: "context") {
        try cursor.expect(.colon)
        guard context == nil else { throw twice("record", "context", at: word) }
        context = cursor.isAt(.leftBrace) ? try record() : .common(try path())
      } else {
        throw cursor.expected("'principal', 'resource' or 'context'")
      }
    } while cursor.skip(.comma) && !cursor.isAt(.rightBrace)
    try cursor.expect(.rightBrace)
    guard let principals else { throw cursor.error("An action's appliesTo names no principal; expected one", at: start) }
    guard let resources else { throw cursor.error("An action's appliesTo names no resource; expected one", at: start) }
    return ActionDeclaration.AppliesTo(principals: principals, resources: resources, context: context ?? .emptyRecord)
  }

  private mutating func appliedTypes() throws(SyntaxError) -> [SchemaName] {
    let start = cursor.current.range
    let names = try typeNames()
    guard !names.isEmpty else { throw cursor.error("An action applies to no type; expected at least one entity type", at: start) }
    return names
  }

  // MARK: Errors

  private mutating func end(_ start: SourceRange) throws(SyntaxError) -> SchemaPlace {
    .text(start.joined(to: try cursor.expect(.semicolon).range))
  }

  private func twice(_ what: String, _ name: Text, at range: SourceRange) -> SyntaxError {
    cursor.error("The \(what) \(name) is declared twice; expected it once", at: range)
  }

  func reserved(_ name: Text, at range: SourceRange) -> SyntaxError {
    cursor.error("The name \(name) is reserved; expected another name", at: range)
  }
}

/// What a namespace has declared so far.
private struct DeclaredNames {
  var entityTypes: Set<Text> = []
  var commonTypes: Set<Text> = []
  var actions: Set<Text> = []
}
