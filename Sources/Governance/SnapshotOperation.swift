/// What a snapshot does to the rows of its parent (table spec, "Snapshots", `operation`).
package enum SnapshotOperation: String, Sendable, CaseIterable {
  /// No row is lost or changed.
  case append
  /// The same rows in other files. It cannot be proved, only refuted.
  case replace
  /// Rows are changed, or lost and gained.
  case overwrite
  /// Rows are lost and none gained.
  case delete
}
