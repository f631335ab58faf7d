package import JSON

/// What a reader must leave out and mask, since the catalog gave it the table under this condition (REST specification,
/// `ReadRestrictions`).
package struct ReadRestrictions: Hashable, Sendable, JSONEncodable {
  /// An action on a column's values; columns without one are shown as they are.
  package struct Projection: Hashable, Sendable, JSONEncodable {
    package let fieldID: Int32
    package let action: MaskAction

    package func write(to writer: inout JSONWriter) {
      writer.object {
        $0.field("field-id", fieldID)
        $0.field("action", action.rawValue)
      }
    }
  }

  /// Rows of which it is true are shown, judged by their unmasked values; `.constant(true)`: all.
  package let rowFilter: Predicate
  /// By field id. No two of them lie in one another, and none is a map's key.
  package let projections: [Projection]

  /// Nothing is left out or masked; the answer need not mention it.
  package var isEmpty: Bool { rowFilter == .constant(true) && projections.isEmpty }
  /// Whether no row is shown.
  package var showsNothing: Bool { rowFilter == .constant(false) }

  package func write(to writer: inout JSONWriter) {
    writer.object {
      if !projections.isEmpty { $0.field("required-column-projections", projections) }
      if rowFilter != .constant(true) { $0.field("required-row-filter", rowFilter) }
    }
  }
}
