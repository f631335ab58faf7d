extension SchemaDocument {
  /// The schema in the human-readable syntax.
  ///
  /// Refuses what that syntax cannot say: a type of attributes that is not a record, and names that would mean something else.
  package func text() throws(SchemaError) -> String {
    var printer = SchemaPrinter(document: self)
    return try printer.text()
  }
}

/// Writes the human-readable syntax, two spaces a level.
struct SchemaPrinter {
  private let document: SchemaDocument
  private var lines: [String] = []
  private var indentation = ""
  private var namespace = SchemaNamespace()

  init(document: SchemaDocument) { self.document = document }

  mutating func text() throws(SchemaError) -> String {
    for namespace in document.namespaces {
      self.namespace = namespace
      write(namespace.annotations)
      if let name = namespace.name {
        lines.append("namespace \(name) {")
        indentation = "  "
      }
      for declaration in namespace.commonTypes { try write(declaration) }
      for declaration in namespace.entityTypes { try write(declaration) }
      for declaration in namespace.actions { try write(declaration) }
      indentation = ""
      if namespace.name != nil { lines.append("}") }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  static func fieldName(_ name: Text) -> String {
    Identifier.hasShape(name.string) && !Identifier.isReservedWord(name.string) ? name.string : StringLiteral.quoted(name.string)
  }

  private static func annotation(_ annotation: Annotation) -> String {
    "@\(annotation.name)" + (annotation.value.map { "(\(StringLiteral.quoted($0.string)))" } ?? "")
  }

  private mutating func write(_ annotations: [Annotation]) {
    for annotation in annotations { lines.append(indentation + Self.annotation(annotation)) }
  }

  private mutating func write(_ declaration: CommonTypeDeclaration) throws(SchemaError) {
    write(declaration.annotations)
    lines.append("\(indentation)type \(declaration.name) = \(try type(declaration.type));")
  }

  private mutating func write(_ declaration: EntityTypeDeclaration) throws(SchemaError) {
    if namespace.commonTypes.contains(where: { $0.name == declaration.name }) {
      throw document.error(
        "\(declaration.name) is both an entity type and a common type, which the text could not tell apart; expected different names",
        at: declaration.place)
    }
    write(declaration.annotations)
    var line = "\(indentation)entity \(declaration.name)"
    switch declaration.kind {
    case .enumerated(let ids): line += " enum [" + ids.map { StringLiteral.quoted($0.string) }.joined(separator: ", ") + "]"
    case .standard(let parents, let shape, let tags):
      if !parents.isEmpty { line += " in " + list(parents) }
      guard case .record(let fields) = shape else {
        throw document.error("The attributes of \(declaration.name) are no record; expected one written out", at: declaration.place)
      }
      if !fields.isEmpty { line += " = \(try type(shape))" }
      if let tags { line += " tags \(try type(tags))" }
    }
    lines.append(line + ";")
  }

  private mutating func write(_ declaration: ActionDeclaration) throws(SchemaError) {
    write(declaration.annotations)
    var line = "\(indentation)action \(Self.fieldName(declaration.name))"
    if !declaration.parents.isEmpty {
      let parents = declaration.parents.map { ($0.type.map { "\($0.text)::" } ?? "") + StringLiteral.quoted($0.id.string) }
      line += " in [" + parents.joined(separator: ", ") + "]"
    }
    // One that applies to no type at all cannot be written otherwise.
    if let appliesTo = declaration.appliesTo, !appliesTo.principals.isEmpty, !appliesTo.resources.isEmpty {
      line += " appliesTo {\n\(indentation)  principal: \(list(appliesTo.principals)),\n"
      line += "\(indentation)  resource: \(list(appliesTo.resources))"
      if appliesTo.context != .emptyRecord { line += ",\n\(indentation)  context: \(try context(appliesTo.context, of: declaration))" }
      line += "\n\(indentation)}"
    }
    lines.append(line + ";")
  }

  private func context(_ type: TypeExpression, of action: ActionDeclaration) throws(SchemaError) -> String {
    switch type {
    case .record, .common, .named: try self.type(type)
    case .builtin, .entity, .set: throw document.error("The context of \(action.name) is no record; expected one", at: action.place)
    }
  }

  private func list(_ names: [SchemaName]) -> String { "[" + names.map(\.text.string).joined(separator: ", ") + "]" }

  private func type(_ type: TypeExpression) throws(SchemaError) -> String {
    switch type {
    case .named(let name), .entity(let name): return name.text.string
    case .common(let name):
      // Here an entity type of the namespace would be found first.
      let isHidden = namespace.entityTypes.contains { $0.name == name.text }
      return isHidden && BuiltinType(rawValue: name.text.string) != nil ? "__cedar::\(name.text)" : name.text.string
    case .builtin(let type): return "__cedar::\(type.rawValue)"
    case .set(let element): return "Set<\(try self.type(element))>"
    case .record(let fields):
      if fields.isEmpty { return "{}" }
      var parts: [String] = []
      for field in fields {
        let annotations = field.annotations.map { Self.annotation($0) + " " }.joined()
        parts.append("\(annotations)\(Self.fieldName(field.name))\(field.isRequired ? "" : "?"): \(try self.type(field.type))")
      }
      return "{ " + parts.joined(separator: ", ") + " }"
    }
  }
}
