/// Finds for masks that are demanded the actions that may be sent.
struct MaskSettlement {
  private let columns: TableColumns
  private var demands: [Int32: Set<MaskAction>] = [:]
  /// Columns that nothing can mask.
  private(set) var unmaskable: [String] = []

  init(columns: TableColumns) { self.columns = columns }

  /// Demands several actions of a field at once; where none is possible, what it lies in must go. A field that the table lacks has
  /// nothing to mask.
  mutating func demand(_ actions: Set<MaskAction>, of fieldID: Int32) {
    guard let column = columns.column(fieldID) else { return }
    let all = demands[fieldID, default: []].union(actions)
    if MaskAction.leastRevealing(of: all, for: column) != nil {
      demands[fieldID] = all
    } else if let parent = column.parents.last {
      demand([.replaceWithNull, .maskToFixedValue], of: parent)
    } else {
      unmaskable.append(column.name)
      unmaskable.sort()
    }
  }

  /// By field id; none lies in another, which the specification forbids: the outer one hides it anyway.
  var projections: [ReadRestrictions.Projection] {
    demands.keys.sorted().compactMap { fieldID in
      guard let column = columns.column(fieldID), !column.parents.contains(where: { demands[$0] != nil }) else { return nil }
      let action = demands[fieldID].flatMap { MaskAction.leastRevealing(of: $0, for: column) }
      return action.map { ReadRestrictions.Projection(fieldID: fieldID, action: $0) }
    }
  }
}
