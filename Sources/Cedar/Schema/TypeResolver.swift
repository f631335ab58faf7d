/// Finds out what type expressions mean; every common type is resolved once, after those it names.
struct TypeResolver {
  /// How deep a resolved type may be, and of how many parts it may consist: common types that name others can grow without bound.
  static let maximumDepth = 200
  static let maximumParts = 100_000

  private struct Resolved {
    var type: CedarType
    var depth = 1
    var parts = 1
  }

  private struct Definition {
    let type: TypeExpression
    let namespace: SchemaNamespace
    let place: SchemaPlace
  }

  private let document: SchemaDocument
  private let names: SchemaNames
  private var definitions: [Text: Definition] = [:]
  private var resolved: [Text: Resolved] = [:]

  init(_ document: SchemaDocument, names: SchemaNames) throws(SchemaError) {
    self.document = document
    self.names = names
    for namespace in document.namespaces {
      // Only the name matters for resolving.
      let bare = SchemaNamespace(name: namespace.name)
      for declaration in namespace.commonTypes {
        definitions[namespace.qualified(declaration.name)] = Definition(type: declaration.type, namespace: bare, place: declaration.place)
      }
    }
    for namespace in document.namespaces {
      for declaration in namespace.commonTypes { try resolveCommonType(namespace.qualified(declaration.name)) }
    }
  }

  func resolve(_ type: TypeExpression, in namespace: SchemaNamespace) throws(SchemaError) -> CedarType {
    try resolution(of: type, in: namespace).type
  }

  // MARK: Common types

  /// Resolves a common type and all it needs, without recursion, so that a chain of them may be long.
  private mutating func resolveCommonType(_ start: Text) throws(SchemaError) {
    var open: Set<Text> = []
    var stack = [start]
    while let name = stack.last {
      guard let definition = definitions[name], resolved[name] == nil else {
        stack.removeLast()
        continue
      }
      if open.insert(name).inserted {
        for needed in commonTypes(in: definition.type, definition.namespace) where resolved[needed] == nil {
          guard !open.contains(needed) else {
            throw document.error("The type \(needed) is made of itself; expected types without cycles", at: definition.place)
          }
          stack.append(needed)
        }
      } else {
        resolved[name] = try resolution(of: definition.type, in: definition.namespace)
        stack.removeLast()
      }
    }
  }

  private func commonTypes(in type: TypeExpression, _ namespace: SchemaNamespace) -> [Text] {
    switch type {
    case .named(let name):
      if case .common(let full) = names.meaning(of: name, in: namespace, as: .any) { [full] } else { [] }
    case .common(let name):
      if case .common(let full) = names.meaning(of: name, in: namespace, as: .common) { [full] } else { [] }
    case .entity, .builtin: []
    case .set(let element): commonTypes(in: element, namespace)
    case .record(let fields): fields.flatMap { commonTypes(in: $0.type, namespace) }
    }
  }

  // MARK: Types

  private func resolution(of type: TypeExpression, in namespace: SchemaNamespace) throws(SchemaError) -> Resolved {
    switch type {
    case .named(let name): return try resolution(of: name, in: namespace, as: .any)
    case .common(let name): return try resolution(of: name, in: namespace, as: .common)
    case .entity(let name): return try resolution(of: name, in: namespace, as: .entity)
    case .builtin(let builtin): return Resolved(type: builtin.type)
    case .set(let expression):
      let element = try resolution(of: expression, in: namespace)
      return try bounded(Resolved(type: .set(element.type), depth: element.depth + 1, parts: element.parts + 1))
    case .record(let fields):
      var whole = Resolved(type: .long)
      var attributes: [AttributeType] = []
      for field in fields {
        let part = try resolution(of: field.type, in: namespace)
        whole.depth = max(whole.depth, part.depth + 1)
        whole.parts += part.parts
        attributes.append(AttributeType(name: field.name, type: part.type, isRequired: field.isRequired))
      }
      whole.type = .record(RecordType(attributes))
      return try bounded(whole)
    }
  }

  private func bounded(_ type: Resolved) throws(SchemaError) -> Resolved {
    guard type.depth <= Self.maximumDepth, type.parts <= Self.maximumParts else {
      throw SchemaError(
        "A type is too large; expected at most \(Self.maximumDepth) levels and \(Self.maximumParts) parts, common types unfolded")
    }
    return type
  }

  private func resolution(
    of name: SchemaName, in namespace: SchemaNamespace, as reference: SchemaNames.Reference
  ) throws(SchemaError) -> Resolved {
    switch names.meaning(of: name, in: namespace, as: reference) {
    case .builtin(let builtin): return Resolved(type: builtin.type)
    case .entity(let full): return Resolved(type: .entity(EntityTypeName(unchecked: full)))
    case .common(let full):
      // Common types are resolved in order, so the ones named are there.
      if let type = resolved[full] { return type }
      throw document.error("The type \(full) is made of itself; expected types without cycles", at: name.place)
    case nil:
      let expected =
        switch reference {
        case .any: "a common type, an entity type or a built-in type"
        case .common: "a common type or a built-in type"
        case .entity: "an entity type"
        }
      throw document.error("No type \(name.text) is declared; expected \(expected)", at: name.place)
    }
  }
}
