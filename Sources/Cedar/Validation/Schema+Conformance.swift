/// Checks of requests and entities (Cedar documentation, "Request validation" and "Entity validation").
extension Schema {
  /// Refuses a request whose action, types or context the schema does not allow.
  package func check(_ request: Request) throws(ConformanceError) {
    try checkParty(request.principal)
    try checkParty(request.resource)
    guard let action = actions[request.action] else { throw .unknownAction(request.action) }
    guard action.principals.contains(request.principal.type) else {
      throw .inapplicable(action: action.uid, variable: .principal, request.principal.type)
    }
    guard action.resources.contains(request.resource.type) else {
      throw .inapplicable(action: action.uid, variable: .resource, request.resource.type)
    }
    try check(request.context, action.context) { "context" }
  }

  private func checkParty(_ uid: EntityUID) throws(ConformanceError) {
    guard entityTypes[uid.type] != nil else { throw .unknownType(uid) }
    guard allows(uid) else { throw .unknownEnumeratedEntity(uid) }
  }

  /// Refuses entities of which one does not fit. Actions must be as the schema has them; they need not be there.
  package func check(_ entities: EntityStore) throws(ConformanceError) {
    for entity in entities.all { try check(entity) }
  }

  /// Refuses an entity whose attributes, tags or ancestors the schema does not allow.
  package func check(_ entity: Entity) throws(ConformanceError) {
    let uid = entity.uid
    if uid.type.isAction { return try checkAction(entity) }
    guard let definition = entityTypes[uid.type] else { throw .unknownType(uid) }
    guard allows(uid) else { throw .unknownEnumeratedEntity(uid) }
    try check(entity.attributes, definition.attributes) { "\(uid)" }
    for parent in Set(entity.ancestors).union(entity.parents) {
      guard definition.ancestors.contains(parent.type) else { throw .unexpectedParent(uid, parent: parent) }
      guard allows(parent) else { throw .unknownEnumeratedEntity(parent) }
    }
    for tag in entity.tags.fields {
      guard let type = definition.tags else { throw .unexpectedTag(uid, tag.name) }
      try check(tag.value, type) { "\(uid).tags[\(StringLiteral.quoted(tag.name.string))]" }
    }
  }

  private func checkAction(_ entity: Entity) throws(ConformanceError) {
    guard let action = actions[entity.uid] else { throw .unknownAction(entity.uid) }
    guard entity.attributes.isEmpty, entity.tags.isEmpty, Set(entity.ancestors).union(entity.parents) == action.ancestors else {
      throw .actionMismatch(entity.uid)
    }
  }

  /// The schema's actions with their groups, which an authorizer needs to see.
  package var actionEntities: [Entity] {
    actions.values.sorted { $0.uid < $1.uid }.map { Entity(uid: $0.uid, parents: $0.ancestors.sorted()) }
  }

  // MARK: Values

  private func check(_ record: Record, _ type: RecordType, _ place: () -> String) throws(ConformanceError) {
    for attribute in type.attributes where attribute.isRequired && record[attribute.name] == nil {
      throw .missingAttribute(place: "\(place()).\(SchemaPrinter.fieldName(attribute.name))")
    }
    for field in record.fields {
      func here() -> String { "\(place()).\(SchemaPrinter.fieldName(field.name))" }
      guard let attribute = type[field.name] else { throw .unexpectedAttribute(place: here()) }
      try check(field.value, attribute.type, here)
    }
  }

  private func check(_ value: Value, _ type: CedarType, _ place: () -> String) throws(ConformanceError) {
    switch (value, type) {
    case (.bool, .bool), (.long, .long), (.string, .string): return
    case (.entity(let uid), .entity(let name)) where uid.type == name:
      if uid.type.isAction {
        guard actions[uid] != nil else { throw .unknownAction(uid) }
      } else if !allows(uid) {
        throw .unknownEnumeratedEntity(uid)
      }
    case (.set(let set), .set(let element)): for part in set.elements { try check(part, element, place) }
    case (.record(let record), .record(let attributes)): try check(record, attributes, place)
    case (.extension(let value), .extension(let type)) where value.typeName == type.rawValue: return
    default: throw .mismatch(place: place(), expected: "\(type)", found: value.typeName)
    }
  }
}
