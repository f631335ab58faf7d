/// Why a request or an entity does not fit a schema.
package enum ConformanceError: Error, Hashable, Sendable, CustomStringConvertible {
  case unknownAction(EntityUID)
  /// The type of a request's principal or resource, or of an entity, is not declared.
  case unknownType(EntityUID)
  /// The type's ids are enumerated, and this one is not among them.
  case unknownEnumeratedEntity(EntityUID)
  case inapplicable(action: EntityUID, variable: Variable, EntityTypeName)
  /// `place` leads to the value, such as `context.address` or `User::"alice".tags["a"]`.
  case mismatch(place: String, expected: String, found: String)
  case missingAttribute(place: String)
  case unexpectedAttribute(place: String)
  case unexpectedTag(EntityUID, Text)
  case unexpectedParent(EntityUID, parent: EntityUID)
  /// An action is given with attributes, tags or groups other than the schema's.
  case actionMismatch(EntityUID)

  package var description: String {
    switch self {
    case .unknownAction(let uid): "The schema has no action \(uid)"
    case .unknownType(let uid): "The schema has no entity type \(uid.type), the type of \(uid)"
    case .unknownEnumeratedEntity(let uid): "\(uid) is not one of the entities its type enumerates"
    case .inapplicable(let action, let variable, let type): "\(action) does not apply to a \(variable.name) of type \(type)"
    case .mismatch(let place, let expected, let found): "\(place): expected \(expected), found \(found)"
    case .missingAttribute(let place): "\(place) is missing; the schema requires it"
    case .unexpectedAttribute(let place): "\(place) is not in the schema"
    case .unexpectedTag(let uid, let tag): "\(uid) has the tag \(StringLiteral.quoted(tag.string)); the schema has no tags for \(uid.type)"
    case .unexpectedParent(let uid, let parent): "\(uid) is in \(parent); the schema does not put \(uid.type) into \(parent.type)"
    case .actionMismatch(let uid): "\(uid) is not as the schema declares it; expected its groups, no attributes and no tags"
    }
  }
}
