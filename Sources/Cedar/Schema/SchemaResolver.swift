/// Turns a document into what it means.
struct SchemaResolver {
  let document: SchemaDocument
  let names: SchemaNames
  var types: TypeResolver

  init(_ document: SchemaDocument) throws(SchemaError) {
    self.document = document
    names = try SchemaNames(document)
    types = try TypeResolver(document, names: names)
  }

  mutating func schema() throws(SchemaError) -> Schema {
    var entityTypes: [EntityTypeName: EntityTypeDefinition] = [:]
    var actions: [EntityUID: ActionDefinition] = [:]
    let entityParents = try parentsOfEntityTypes()
    let actionParents = try parentsOfActions()
    for namespace in document.namespaces {
      for declaration in namespace.entityTypes {
        let name = EntityTypeName(unchecked: namespace.qualified(declaration.name))
        guard !declaration.name.says("Action") else {
          throw document.error(
            "An entity type is called Action, which is the type of actions; expected another name", at: declaration.place)
        }
        let kind = try kind(of: declaration, in: namespace)
        entityTypes[name] = EntityTypeDefinition(name: name, kind: kind, ancestors: closure(of: name, entityParents))
      }
      for declaration in namespace.actions {
        let action = try action(declaration, in: namespace, parents: actionParents)
        actions[action.uid] = action
      }
    }
    return Schema(entityTypes: entityTypes, actions: actions)
  }

  // MARK: Hierarchies

  private func parentsOfEntityTypes() throws(SchemaError) -> [EntityTypeName: [EntityTypeName]] {
    var parents: [EntityTypeName: [EntityTypeName]] = [:]
    for namespace in document.namespaces {
      for declaration in namespace.entityTypes {
        guard case .standard(let named, _, _) = declaration.kind else { continue }
        parents[EntityTypeName(unchecked: namespace.qualified(declaration.name))] = try entityTypes(named, in: namespace)
      }
    }
    return parents
  }

  private func parentsOfActions() throws(SchemaError) -> [EntityUID: [EntityUID]] {
    var parents: [EntityUID: [EntityUID]] = [:]
    for namespace in document.namespaces {
      for declaration in namespace.actions {
        var groups: [EntityUID] = []
        for reference in declaration.parents {
          guard let group = names.action(reference, in: namespace) else {
            throw document.error(
              "No action \(StringLiteral.quoted(reference.id.string)) is declared; expected an action of this schema", at: reference.place)
          }
          groups.append(group)
        }
        parents[uid(of: declaration, in: namespace)] = groups
      }
    }
    return parents
  }

  private func uid(of action: ActionDeclaration, in namespace: SchemaNamespace) -> EntityUID {
    EntityUID(type: EntityTypeName(unchecked: namespace.qualified("Action")), id: action.name)
  }

  /// Everything reached through one parent or more, `start` itself if it is among them.
  private func closure<Node: Hashable>(of start: Node, _ parents: [Node: [Node]]) -> Set<Node> {
    var reached: Set<Node> = []
    var open = parents[start] ?? []
    while let node = open.popLast() {
      if reached.insert(node).inserted { open += parents[node] ?? [] }
    }
    return reached
  }

  /// Entity types by the names written for them; types of actions and undeclared ones are refused.
  private func entityTypes(_ written: [SchemaName], in namespace: SchemaNamespace) throws(SchemaError) -> [EntityTypeName] {
    var types: [EntityTypeName] = []
    for name in written {
      guard case .entity(let full) = names.meaning(of: name, in: namespace, as: .entity), names.entityTypes.contains(full) else {
        throw document.error("No entity type \(name.text) is declared; expected an entity type of this schema", at: name.place)
      }
      types.append(EntityTypeName(unchecked: full))
    }
    return types
  }

  // MARK: Declarations

  private mutating func kind(
    of declaration: EntityTypeDeclaration, in namespace: SchemaNamespace
  ) throws(SchemaError) -> EntityTypeDefinition.Kind {
    switch declaration.kind {
    case .enumerated(let ids): return .enumerated(Set(ids))
    case .standard(_, let shape, let tags):
      let attributes = try record(shape, in: namespace, what: "attributes of \(declaration.name)", at: declaration.place)
      guard let tags else { return .standard(attributes: attributes, tags: nil) }
      return .standard(attributes: attributes, tags: try types.resolve(tags, in: namespace))
    }
  }

  private mutating func action(
    _ declaration: ActionDeclaration, in namespace: SchemaNamespace, parents: [EntityUID: [EntityUID]]
  ) throws(SchemaError) -> ActionDefinition {
    let uid = uid(of: declaration, in: namespace)
    let ancestors = closure(of: uid, parents)
    guard !ancestors.contains(uid) else {
      throw document.error("The action \(uid) is in itself; expected groups without cycles", at: declaration.place)
    }
    let appliesTo = declaration.appliesTo
    let context = try record(appliesTo?.context ?? .emptyRecord, in: namespace, what: "context of \(uid)", at: declaration.place)
    return ActionDefinition(
      uid: uid, parents: parents[uid] ?? [], ancestors: ancestors,
      principals: try entityTypes(appliesTo?.principals ?? [], in: namespace).uniqued(),
      resources: try entityTypes(appliesTo?.resources ?? [], in: namespace).uniqued(), context: context)
  }

  private mutating func record(
    _ type: TypeExpression, in namespace: SchemaNamespace, what: String, at place: SchemaPlace
  ) throws(SchemaError) -> RecordType {
    let resolved = try types.resolve(type, in: namespace)
    guard case .record(let record) = resolved else {
      throw document.error("The \(what) are \(resolved); expected a record", at: place)
    }
    return record
  }
}

extension Array where Element: Hashable {
  /// Each element once, in the order first met.
  fileprivate func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
