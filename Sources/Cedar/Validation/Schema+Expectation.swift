/// What the schema tells those who read entities and contexts from JSON.
extension Schema {
  /// What to expect of entities of a type; `nil` for a type that is not declared.
  package func expectation(of type: EntityTypeName) -> EntityExpectation? {
    guard let definition = entityTypes[type] else { return nil }
    let attributes = definition.attributes.attributes.map { ($0.name, $0.type.expected) }
    return EntityExpectation(attributes: Dictionary(attributes) { $1 }, tags: definition.tags?.expected)
  }

  /// What to expect of the context of a request for an action; `nil` for an action that is not declared.
  package func expectedContext(of action: EntityUID) -> ExpectedType? { actions[action].map { CedarType.record($0.context).expected } }
}

extension CedarType {
  fileprivate var expected: ExpectedType {
    switch self {
    case .bool: .bool
    case .long: .long
    case .string: .string
    case .entity: .entity
    case .extension(.decimal): .decimal
    case .extension(.ipaddr): .ip
    case .extension(.datetime): .datetime
    case .extension(.duration): .duration
    case .set(let element): .set(element.expected)
    case .record(let record):
      .record(
        Dictionary(record.attributes.map { ($0.name, ExpectedType.Member(type: $0.type.expected, isRequired: $0.isRequired)) }) { $1 },
        isOpen: false)
    }
  }
}
