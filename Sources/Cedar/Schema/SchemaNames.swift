/// All names a schema declares, and what a name written in it means (Cedar documentation, "Schema": name resolution).
struct SchemaNames {
  enum Meaning {
    /// A common type, by its full name.
    case common(Text)
    case builtin(BuiltinType)
    /// An entity type, or the type of actions, by its full name.
    case entity(Text)
  }

  enum Reference { case any, common, entity }

  private(set) var entityTypes: Set<Text> = []
  private(set) var commonTypes: Set<Text> = []
  private(set) var actions: Set<EntityUID> = []
  private var actionTypes: Set<Text> = []

  init(_ document: SchemaDocument) throws(SchemaError) {
    for namespace in document.namespaces {
      for declaration in namespace.entityTypes { entityTypes.insert(namespace.qualified(declaration.name)) }
      for declaration in namespace.commonTypes { commonTypes.insert(namespace.qualified(declaration.name)) }
      let actionType = namespace.qualified("Action")
      for declaration in namespace.actions {
        actionTypes.insert(actionType)
        actions.insert(EntityUID(type: EntityTypeName(unchecked: actionType), id: declaration.name))
      }
    }
    try refuseShadowing(document)
  }

  /// A name declared outside any namespace must not be declared in one too, nor an action's id.
  private func refuseShadowing(_ document: SchemaDocument) throws(SchemaError) {
    let global = document.namespaces.filter { $0.name == nil }
    let types = Set(global.flatMap { $0.entityTypes.map(\.name) + $0.commonTypes.map(\.name) })
    let actions = Set(global.flatMap { $0.actions.map(\.name) })
    for namespace in document.namespaces where namespace.name != nil {
      let declared = namespace.entityTypes.map { ($0.name, $0.place) } + namespace.commonTypes.map { ($0.name, $0.place) }
      for (name, place) in declared where types.contains(name) {
        throw document.error(
          "\(namespace.qualified(name)) hides \(name), which is declared outside any namespace; expected another name", at: place)
      }
      for action in namespace.actions where actions.contains(action.name) {
        throw document.error(
          "The action \(StringLiteral.quoted(action.name.string)) is declared outside any namespace too; expected another id",
          at: action.place)
      }
    }
  }

  /// The full names a written name can stand for, the nearest first.
  private func candidates(_ name: SchemaName, in namespace: SchemaNamespace) -> [Text] {
    name.isQualified || namespace.name == nil ? [name.text] : [namespace.qualified(name.text), name.text]
  }

  /// What a name means; `nil` if nothing of that kind is declared.
  func meaning(of name: SchemaName, in namespace: SchemaNamespace, as reference: Reference) -> Meaning? {
    for candidate in candidates(name, in: namespace) {
      if reference != .entity {
        if commonTypes.contains(candidate) { return .common(candidate) }
        // A declared entity type hides the built-in type of its name.
        if !entityTypes.contains(candidate), let builtin = BuiltinType.named(candidate) { return .builtin(builtin) }
      }
      if reference != .common, entityTypes.contains(candidate) || actionTypes.contains(candidate) { return .entity(candidate) }
    }
    return nil
  }

  /// The declared action a reference means.
  func action(_ reference: ActionReference, in namespace: SchemaNamespace) -> EntityUID? {
    let type = reference.type ?? SchemaName("Action")
    for candidate in candidates(type, in: namespace) {
      let uid = EntityUID(type: EntityTypeName(unchecked: candidate), id: reference.id)
      if actions.contains(uid) { return uid }
    }
    return nil
  }
}
