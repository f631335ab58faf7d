/// What a permit that lets someone read says of the rows and columns it shows: its annotations `@row_filter` and `@column_mask`.
package struct PermitTerms: Hashable, Sendable {
  /// `nil`: all rows.
  package let rowFilter: RowFilter?
  /// `nil`: no masks.
  package let columnMasks: ColumnMasks?

  /// A permit without annotations, which restricts nothing.
  package static let unrestricted = PermitTerms(rowFilter: nil, columnMasks: nil)
  /// For a permit whose annotations cannot be read: it shows nothing.
  package static let nothing = PermitTerms(rowFilter: RowFilter(.condition(.constant(false))), columnMasks: nil)

  package init(rowFilter: RowFilter?, columnMasks: ColumnMasks?) {
    self.rowFilter = rowFilter
    self.columnMasks = columnMasks
  }

  /// Reads a permit's annotations.
  ///
  /// - Throws: for texts that no table could make sense of; a policy set with such is refused when it is applied.
  package init(rowFilter: String?, columnMask: String?) throws(AnnotationError) {
    self.rowFilter = if let rowFilter { try RowFilter(parsing: rowFilter) } else { nil }
    self.columnMasks = if let columnMask { try ColumnMasks(parsing: columnMask) } else { nil }
  }

  package var isUnrestricted: Bool { rowFilter == nil && columnMasks == nil }
}
