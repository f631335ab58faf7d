import Iceberg

/// What an annotation `@column_mask` says of a table's columns, before it is bound to a table: `ssn: sha-256-global, name: show-first-4`.
///
/// It is written for many tables. A column that a table lacks is passed over. Names are taken in any case, as every name that the column
/// ever had, and without `element` and `value` for what is inside lists and maps.
package struct ColumnMasks: Hashable, Sendable, CustomStringConvertible {
  static let maximumCount = 1_000

  struct Mask: Hashable, Sendable {
    let name: ColumnName
    let action: MaskAction
  }

  let masks: [Mask]

  /// Reads the text of an annotation; errors tell where.
  package init(parsing text: String) throws(AnnotationError) {
    var scanner = try AnnotationScanner(text)
    var masks: [Mask] = []
    repeat {
      guard masks.count < Self.maximumCount else { throw scanner.error("There may be \(Self.maximumCount) masks at most") }
      let name = try scanner.name("a column and its mask, such as 'ssn: replace-with-null'")
      guard scanner.take(":") else { throw scanner.expected("':' and an action") }
      let position = scanner.position
      let word = scanner.hyphenated()
      guard let action = MaskAction(rawValue: word) else {
        let all = MaskAction.allCases.map(\.rawValue).joined(separator: ", ")
        throw scanner.error("There is no action '\(word)'; there are \(all)", at: position)
      }
      let folded = name.joined.lowercased()
      guard !masks.contains(where: { $0.name.joined.lowercased() == folded }) else {
        throw scanner.error("The column '\(name.joined)' is masked twice", at: name.position)
      }
      masks.append(Mask(name: name, action: action))
    } while scanner.take(",")
    guard scanner.isAtEnd else { throw scanner.expected("',' or the end") }
    self.masks = masks
  }

  /// As it can be read again.
  package var description: String { masks.map { "\($0.name): \($0.action.rawValue)" }.joined(separator: ", ") }

  /// The masks by field id, also those that do not suit their column: such a column will be hidden.
  func bound(to columns: TableColumns) -> [Int32: Set<MaskAction>] {
    var bound: [Int32: Set<MaskAction>] = [:]
    for mask in masks {
      for column in columns.named(mask.name) { bound[column.field.id, default: []].insert(mask.action) }
    }
    return bound
  }

  /// The masks that do not suit their columns: for who writes the annotation, since a reader finds such a column hidden.
  package func problems(for columns: TableColumns) -> [AnnotationError] {
    masks.flatMap { mask in
      columns.named(mask.name).filter { !mask.action.suits($0) }.map { column in
        let suiting = MaskAction.suiting(column).map(\.rawValue).joined(separator: ", ")
        let remedy =
          column.isInKey ? "it is a map's key; mask the map" : suiting.isEmpty ? "no action suits it" : "these suit it: \(suiting)"
        let type = "\(column.field.isRequired ? "required" : "optional") \(column.field.type)"
        return AnnotationError(
          message: "\(mask.action.rawValue) does not suit the column '\(column.name)', which is \(type); \(remedy)",
          position: mask.name.position)
      }
    }
  }
}
