import JSON

extension ReadRestrictions {
  /// Who reads, as far as restrictions ask.
  package struct Reader: Sendable {
    /// What `principal.name` stands for; `nil` for anonymous readers.
    let name: String?
    /// Classifications whose data the reader may see.
    let cleared: Set<String>

    package init(name: String?, cleared: Set<String> = []) {
      self.name = name
      self.cleared = cleared
    }
  }

  /// Restrictions, and what went wrong on the way: for logs and for who asks why.
  package struct Resolution: Sendable {
    package let restrictions: ReadRestrictions
    package let problems: [String]
  }

  /// The permits that let the reader in, bound to the table and taken together, with the masks that tags demand on top.
  ///
  /// Whatever cannot be done as it was written shows less, never more: without permits, or when a permit's filter cannot be bound to the
  /// table, or names a column that the table lacks, that permit shows no rows; an action that does not suit a column hides it; a column
  /// that must be masked and cannot be hides what it lies in, and the table if there is nothing around it.
  package static func resolved(
    permits: [PermitTerms], columns: TableColumns, tags: [ColumnTag] = [], tagMasks: [TagMask] = TagMask.standard, reader: Reader
  ) -> Resolution {
    var problems: [String] = []
    let bound = permits.map { bind($0, columns, reader, &problems) }
    let combination = PermitCombination(permits: bound, columns: columns)
    var masks = combination.masks
    for tag in tags where tag.fieldID > 0 {
      for mask in tagMasks where mask.covers(tag) && !reader.cleared.contains(where: { $0.lowercased() == mask.value.lowercased() }) {
        masks[tag.fieldID, default: []].formUnion(mask.actions)
      }
    }
    var settlement = MaskSettlement(columns: columns)
    for (fieldID, actions) in masks { settlement.demand(actions, of: fieldID) }
    problems += settlement.unmaskable.map { "No action can mask the column '\($0)'; no row is shown" }
    let rows: Predicate = settlement.unmaskable.isEmpty ? .any(combination.rowSets) : .constant(false)
    guard rows.jsonText.count <= maximumFilterBytes else {
      problems.append("The row filters together have more than the \(maximumFilterBytes) bytes allowed; no row is shown")
      return Resolution(
        restrictions: ReadRestrictions(rowFilter: .constant(false), projections: settlement.projections), problems: problems)
    }
    return Resolution(restrictions: ReadRestrictions(rowFilter: rows, projections: settlement.projections), problems: problems)
  }

  /// Of the JSON that every answer carries.
  static let maximumFilterBytes = 262_144

  private static func bind(_ permit: PermitTerms, _ columns: TableColumns, _ reader: Reader, _ problems: inout [String]) -> BoundPermit {
    var rows = rows(permit.rowFilter, columns, reader, &problems)
    var settlement = MaskSettlement(columns: columns)
    if let masks = permit.columnMasks {
      for (fieldID, actions) in masks.bound(to: columns) { settlement.demand(actions, of: fieldID) }
      problems += masks.problems(for: columns).map { "\($0); the column is hidden" }
    }
    if !settlement.unmaskable.isEmpty {
      problems += settlement.unmaskable.map { "No action can mask the column '\($0)'; a permit that masks it shows no row" }
      rows = .constant(false)
    }
    return BoundPermit(rows: rows, masks: settlement.projections, columns: columns)
  }

  private static func rows(_ filter: RowFilter?, _ columns: TableColumns, _ reader: Reader, _ problems: inout [String]) -> Predicate {
    guard let filter else { return .constant(true) }
    do throws(AnnotationError) {
      let bound = try filter.bound(to: columns, principalName: reader.name)
      if !bound.missingColumns.isEmpty {
        problems.append("The table lacks \(bound.missingColumns.joined(separator: ", ")), which a row filter names; it shows no row")
      }
      return bound.predicate
    } catch {
      problems.append("A row filter does not suit the table and shows no row: \(error)")
      return .constant(false)
    }
  }
}
