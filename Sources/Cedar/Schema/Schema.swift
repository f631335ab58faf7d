package import JSON

/// The entity types and actions that exist, all names resolved (Cedar documentation, "Schema").
package struct Schema: Sendable {
  package let entityTypes: [EntityTypeName: EntityTypeDefinition]
  package let actions: [EntityUID: ActionDefinition]
  /// The types of all actions, such as `Action` and `Acme::Action`.
  package let actionTypes: Set<EntityTypeName>

  init(entityTypes: [EntityTypeName: EntityTypeDefinition], actions: [EntityUID: ActionDefinition]) {
    self.entityTypes = entityTypes
    self.actions = actions
    actionTypes = Set(actions.keys.map(\.type))
  }

  /// What a document means.
  package init(_ document: SchemaDocument) throws(SchemaError) {
    var resolver = try SchemaResolver(document)
    self = try resolver.schema()
  }

  /// Reads a schema in the human-readable syntax.
  package init(text: String) throws(SchemaError) { try self.init(SchemaDocument(text: text)) }

  /// Reads a schema in the JSON format.
  package init(json: JSONValue) throws(SchemaError) { try self.init(SchemaDocument(json: json)) }

  /// Whether an entity of this identity may exist: its type is declared and, where the ids are enumerated, so is its id.
  package func allows(_ uid: EntityUID) -> Bool {
    if actions[uid] != nil { return true }
    switch entityTypes[uid.type]?.kind {
    case .standard: return true
    case .enumerated(let ids): return ids.contains(uid.id)
    case nil: return false
    }
  }

  package func isDeclared(_ type: EntityTypeName) -> Bool { entityTypes[type] != nil || actionTypes.contains(type) }

  /// Whether an entity of the first type can be in one of the second.
  func canBe(_ type: EntityTypeName, in ancestor: EntityTypeName) -> Bool {
    if type == ancestor { return true }
    if let definition = entityTypes[type] { return definition.ancestors.contains(ancestor) }
    return actions.contains { $0.key.type == type && $0.value.ancestors.contains { $0.type == ancestor } }
  }

  /// Whether the schema puts the first action into the second, or they are the same.
  func isAction(_ action: EntityUID, in ancestor: EntityUID) -> Bool {
    action == ancestor || actions[action]?.ancestors.contains(ancestor) ?? false
  }
}

package struct EntityTypeDefinition: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case standard(attributes: RecordType, tags: CedarType?)
    case enumerated(Set<Text>)
  }

  package let name: EntityTypeName
  package let kind: Kind
  /// All types an entity of this one can be in, directly or not.
  package let ancestors: Set<EntityTypeName>

  package var attributes: RecordType {
    if case .standard(let attributes, _) = kind { attributes } else { .empty }
  }

  /// The type of the tags' values; `nil` where no tags are allowed.
  package var tags: CedarType? {
    if case .standard(_, let tags) = kind { tags } else { nil }
  }
}

package struct ActionDefinition: Hashable, Sendable {
  package let uid: EntityUID
  /// The groups named in its declaration.
  package let parents: [EntityUID]
  /// All groups it is in, directly or not.
  package let ancestors: Set<EntityUID>
  package let principals: [EntityTypeName]
  package let resources: [EntityTypeName]
  package let context: RecordType
}
