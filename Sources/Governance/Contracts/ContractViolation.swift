/// A clause that is broken: what was promised, what is done instead, and how to mend it.
package struct ContractViolation: Error, Hashable, Sendable, CustomStringConvertible {
  /// The clause's place in the contract: `rows.minimum`, `columns.loan_id.no-nulls`.
  package let clause: String
  package let promised: String
  package let found: String
  package let remedy: String
  /// The snapshot that breaks it; `nil` for what the table itself does.
  package let snapshotID: Int64?

  package init(clause: String, promised: String, found: String, remedy: String, snapshotID: Int64? = nil) {
    self.clause = clause
    self.promised = promised
    self.found = found
    self.remedy = remedy
    self.snapshotID = snapshotID
  }

  package var description: String {
    let place = snapshotID.map { "snapshot \($0): " } ?? ""
    return "\(clause): promised \(promised); \(place)\(found); \(remedy)"
  }
}
