import Iceberg
import JSON

/// A permit's terms on one table for one reader.
struct BoundPermit: Sendable {
  /// The parts of its filter, of which one must be true of a row.
  let alternatives: Set<Predicate>
  private let masks: [Int32: MaskAction]
  private let columns: TableColumns

  init(rows: Predicate, masks: [ReadRestrictions.Projection], columns: TableColumns) {
    alternatives = Set(rows.alternatives)
    self.masks = Dictionary(uniqueKeysWithValues: masks.map { ($0.fieldID, $0.action) })
    self.columns = columns
  }

  var showsAllRows: Bool { alternatives.contains(.constant(true)) }
  var showsNoRow: Bool { alternatives == [.constant(false)] }
  var maskedFields: Dictionary<Int32, MaskAction>.Keys { masks.keys }

  /// Whether it shows every row of which `part` is true, as far as can be seen without a prover.
  func covers(_ part: Predicate) -> Bool { showsAllRows || alternatives.contains(part) }

  /// What it does to a field; empty when it shows it as it is. Inside of what is masked all is hidden.
  func actions(on fieldID: Int32) -> Set<MaskAction> {
    let parents = columns.column(fieldID)?.parents ?? []
    if parents.contains(where: { masks[$0] != nil }) { return [.replaceWithNull, .maskToFixedValue] }
    return masks[fieldID].map { [$0] } ?? []
  }
}

/// Several permits of one reader taken together.
///
/// Rows: all that any of them shows. Columns: a value is shown as it is only if, for every part of those rows, some permit that covers the
/// part shows the column; otherwise it is masked by the least revealing of the masks concerned. So a cell is never shown more plainly than
/// by a permit that shows its row. One set of masks holds for all rows: who may see German rows in full and all rows masked sees all rows
/// masked, as the protocol cannot say otherwise and the other way out would give away the rest.
struct PermitCombination {
  /// Rows of which one of these is true are shown: `true` alone, or filters in the order of their texts. Empty: no row.
  let rowSets: [Predicate]
  let masks: [Int32: Set<MaskAction>]

  init(permits: [BoundPermit], columns: TableColumns) {
    let shown = permits.filter { !$0.showsNoRow }
    let parts = shown.reduce(into: Set<Predicate>()) { $0.formUnion($1.alternatives) }
    rowSets =
      parts.contains(.constant(true))
      ? [.constant(true)]
      : parts.map { ($0, $0.jsonText) }.sorted { $0.1.lexicographicallyPrecedes($1.1) }.map(\.0)
    // Where no row is shown, masks show nobody anything.
    let coverings = rowSets.map { part in shown.filter { $0.covers(part) } }
    let touched = Set(shown.flatMap(\.maskedFields))
    masks = Self.masks(columns: columns, touched: touched, coverings: coverings)
  }

  private static func masks(columns: TableColumns, touched: Set<Int32>, coverings: [[BoundPermit]]) -> [Int32: Set<MaskAction>] {
    // Fields that are masked, or lie in such, or have such in them: the others are shown by all.
    var result: [Int32: Set<MaskAction>] = [:]
    var isConcerned: Set<Int32> = []
    for column in columns.all where touched.contains(column.field.id) || column.parents.contains(where: touched.contains) {
      isConcerned.insert(column.field.id)
      isConcerned.formUnion(column.parents)
    }
    // Parents come first; what lies in a masked field is masked with it.
    for column in columns.all where isConcerned.contains(column.field.id) && !column.parents.contains(where: { result[$0] != nil }) {
      var actions: Set<MaskAction> = []
      for permits in coverings {
        let each = permits.map { $0.actions(on: column.field.id) }
        guard !each.contains([]) else { continue }
        for one in each { actions.formUnion(one) }
      }
      if !actions.isEmpty { result[column.field.id] = actions }
    }
    return result
  }
}
