extension Schema {
  /// What keeps files and readers of a schema from working with its successor (table spec, "Schema Evolution").
  package enum Incompatibility: Hashable, Sendable, CustomStringConvertible {
    /// Values of the old type cannot be read as the new one.
    case typeChanged(name: String, from: IcebergType, to: IcebergType)
    /// Rows that are there have no value for it, and it has no default.
    case requiredAdded(name: String)
    case madeRequired(name: String)
    /// The id was that of a field elsewhere, whose values would be read.
    case idReused(id: Int32, from: String, to: String)

    package var description: String {
      switch self {
      case .typeChanged(let name, let old, let new): "Cannot change column type: \(name): \(old) -> \(new)"
      case .requiredAdded(let name): "Incompatible change: cannot add required column without a default value: \(name)"
      case .madeRequired(let name): "Cannot change column nullability: \(name): optional -> required"
      case .idReused(let id, let old, let new): "Cannot reuse field id \(id): it was that of \(old), not of \(new)"
      }
    }
  }

  /// What changing to `new` breaks, in the order of its fields; empty when all data stay readable. Fields are matched by id.
  package func incompatibilities(with new: Schema, formatVersion: Int = 3) -> [Incompatibility] {
    let before = Dictionary(allFields.map { ($0.field.id, $0) }) { first, _ in first }
    let added = Set(new.allFields.map(\.field.id)).subtracting(before.keys)
    var found: [Incompatibility] = []
    for located in new.allFields {
      let field = located.field
      guard let old = before[field.id] else {
        // Inside a structure that is new itself there are no old rows.
        let isFirstOfItsKind = located.parents.allSatisfy { !added.contains($0) }
        if field.isRequired, field.initialDefault == nil, isFirstOfItsKind { found.append(.requiredAdded(name: located.name)) }
        continue
      }
      guard old.parents == located.parents else {
        found.append(.idReused(id: field.id, from: old.name, to: located.name))
        continue
      }
      if !old.field.type.isReadable(as: field.type, formatVersion: formatVersion) {
        found.append(.typeChanged(name: located.name, from: old.field.type, to: field.type))
      }
      if field.isRequired, !old.field.isRequired { found.append(.madeRequired(name: located.name)) }
    }
    return found
  }
}

extension IcebergType {
  /// Whether values can be read as another type; parts are fields of their own and not looked at.
  fileprivate func isReadable(as other: IcebergType, formatVersion: Int) -> Bool {
    switch (self, other) {
    case (.primitive(let old), .primitive(let new)): old.isPromotable(to: new, formatVersion: formatVersion)
    case (.primitive(.unknown), _): formatVersion >= 3
    case (.structure, .structure): true
    case (.list(let old), .list(let new)): old.elementID == new.elementID
    case (.map(let old), .map(let new)): old.keyID == new.keyID && old.valueID == new.valueID
    default: false
    }
  }
}
