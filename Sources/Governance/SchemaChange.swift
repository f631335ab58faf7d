package import Iceberg

/// A step from one schema to the next, fields matched by id (table spec, "Schema Evolution"). Columns are named in full.
package enum SchemaChange: Hashable, Sendable {
  // What old readers, old files and old queries live with.

  /// Optional, required with a default, or inside a structure that is itself new.
  case columnAdded(String)
  case madeOptional(String)
  case typePromoted(String, from: String, to: String)
  case docChanged(String)
  /// The value for rows written from now on.
  case writeDefaultChanged(String)
  case columnsReordered

  // What breaks them.

  case columnDropped(String)
  case columnRenamed(from: String, to: String)
  case madeRequired(String)
  /// Required and without a default, where rows may be already.
  case requiredColumnAdded(String)
  case typeChanged(String, from: String, to: String)
  /// The id is another column's, whose values would be read.
  case columnMoved(from: String, to: String)
  /// What rows already there are read as.
  case initialDefaultChanged(String)
  case identifierFieldsChanged

  package var isAdditive: Bool {
    switch self {
    case .columnAdded, .madeOptional, .typePromoted, .docChanged, .writeDefaultChanged, .columnsReordered: true
    case .columnDropped, .columnRenamed, .madeRequired, .requiredColumnAdded, .typeChanged, .columnMoved, .initialDefaultChanged,
      .identifierFieldsChanged:
      false
    }
  }

  /// The steps from one schema to another: fields of the new one in its order, then what is gone.
  package static func changes(from old: Schema, to new: Schema, formatVersion: Int) -> [SchemaChange] {
    let before = Dictionary(old.allFields.map { ($0.field.id, $0) }) { first, _ in first }
    let after = Dictionary(new.allFields.map { ($0.field.id, $0) }) { first, _ in first }
    var changes: [SchemaChange] = []
    for located in new.allFields {
      guard let earlier = before[located.field.id] else {
        // Inside of what is new itself there are no old rows.
        guard located.parents.allSatisfy({ before[$0] != nil }) else { continue }
        let isSafe = !located.field.isRequired || located.field.initialDefault != nil
        changes.append(isSafe ? .columnAdded(located.name) : .requiredColumnAdded(located.name))
        continue
      }
      changes += steps(from: earlier, to: located, formatVersion: formatVersion)
    }
    for located in old.allFields where after[located.field.id] == nil {
      if located.parents.allSatisfy({ after[$0] != nil }) { changes.append(.columnDropped(located.name)) }
    }
    if Set(old.identifierFieldIDs) != Set(new.identifierFieldIDs) { changes.append(.identifierFieldsChanged) }
    if isReordered(old, new, before: before, after: after) { changes.append(.columnsReordered) }
    return changes
  }

  private static func steps(from old: Schema.Located, to new: Schema.Located, formatVersion: Int) -> [SchemaChange] {
    guard old.parents == new.parents else { return [.columnMoved(from: old.name, to: new.name)] }
    var steps: [SchemaChange] = []
    // Of a column in a renamed one, only its own name counts.
    if old.field.name != new.field.name { steps.append(.columnRenamed(from: old.name, to: new.name)) }
    if old.field.isRequired, !new.field.isRequired { steps.append(.madeOptional(new.name)) }
    if !old.field.isRequired, new.field.isRequired { steps.append(.madeRequired(new.name)) }
    if let step = typeStep(from: old.field.type, to: new.field.type, of: new.name, formatVersion) { steps.append(step) }
    if old.field.doc != new.field.doc { steps.append(.docChanged(new.name)) }
    if old.field.initialDefault != new.field.initialDefault { steps.append(.initialDefaultChanged(new.name)) }
    if old.field.writeDefault != new.field.writeDefault { steps.append(.writeDefaultChanged(new.name)) }
    return steps
  }

  /// Parts of a type are fields of their own; whether they are still the same ones shows in the ids.
  private static func typeStep(from old: IcebergType, to new: IcebergType, of name: String, _ formatVersion: Int) -> SchemaChange? {
    let isKept: Bool
    switch (old, new) {
    case (.primitive(let before), .primitive(let after)):
      if before == after { return nil }
      if before.isPromotable(to: after, formatVersion: formatVersion) {
        return .typePromoted(name, from: before.description, to: after.description)
      }
      isKept = false
    case (.primitive(.unknown), _):
      return formatVersion >= 3
        ? .typePromoted(name, from: "unknown", to: new.description) : .typeChanged(name, from: "unknown", to: new.description)
    case (.structure, .structure): isKept = true
    case (.list(let before), .list(let after)): isKept = before.elementID == after.elementID
    case (.map(let before), .map(let after)): isKept = before.keyID == after.keyID && before.valueID == after.valueID
    default: isKept = false
    }
    return isKept ? nil : .typeChanged(name, from: old.description, to: new.description)
  }

  /// Whether the fields that both have stand in another order.
  private static func isReordered(
    _ old: Schema, _ new: Schema, before: [Int32: Schema.Located], after: [Int32: Schema.Located]
  ) -> Bool {
    let oldOrder = old.allFields.map(\.field.id).filter { after[$0] != nil }
    let newOrder = new.allFields.map(\.field.id).filter { before[$0] != nil }
    return oldOrder != newOrder
  }
}

extension SchemaChange: CustomStringConvertible {
  package var description: String {
    switch self {
    case .columnAdded(let name): "adds column \(name)"
    case .madeOptional(let name): "makes column \(name) optional"
    case .typePromoted(let name, let old, let new): "promotes column \(name) from \(old) to \(new)"
    case .docChanged(let name): "describes column \(name)"
    case .writeDefaultChanged(let name): "sets what column \(name) is written as by default"
    case .columnsReordered: "reorders columns"
    case .columnDropped(let name): "drops column \(name)"
    case .columnRenamed(let old, let new): "renames column \(old) to \(new)"
    case .madeRequired(let name): "makes column \(name) required"
    case .requiredColumnAdded(let name): "adds required column \(name) without a default"
    case .typeChanged(let name, let old, let new): "changes column \(name) from \(old) to \(new)"
    case .columnMoved(let old, let new): "moves column \(old) to \(new)"
    case .initialDefaultChanged(let name): "changes what old rows of column \(name) read as"
    case .identifierFieldsChanged: "changes the identifier fields"
    }
  }
}
