/// A row filter bound to a table's columns and one reader.
package struct BoundRowFilter: Sendable {
  /// Constantly false if a column is missing: what cannot be checked is not shown.
  package let predicate: Predicate
  /// Columns that the filter names and the table lacks.
  package let missingColumns: [String]

  init(_ predicate: Predicate, missing: [String]) {
    self.predicate = missing.isEmpty ? predicate : .constant(false)
    missingColumns = missing
  }
}

extension RowFilter {
  /// Replaces names by field ids and reads literals by the columns' types.
  ///
  /// - Parameter principalName: the reader's; without one nothing compares with `principal.name`, as if it were null.
  /// - Throws: when a literal or a test does not suit its column, or a name may mean several columns.
  package func bound(to columns: TableColumns, principalName: String?) throws(AnnotationError) -> BoundRowFilter {
    var binder = RowFilterBinder(columns: columns, principalName: principalName)
    let predicate =
      switch content {
      case .condition(let condition): try binder.bind(condition, isNegated: false)
      case .document(let bytes): try binder.bind(document: bytes)
      }
    return BoundRowFilter(predicate, missing: binder.missing)
  }
}
