/// A file that is part of a table at one version.
package struct LiveFile: Hashable, Sendable {
  /// Relative to the table's location, or a whole location; without percent-escapes.
  package let path: String
  /// `nil` where nobody says, or where the file may have grown since.
  package let sizeBytes: Int64?
  /// Rows less those that are marked as deleted; `nil` when it is not said.
  package let rowCount: Int64?
  /// Whether another file, or the log itself, marks some of its rows as deleted.
  package let hasDeletionVector: Bool

  package init(path: String, sizeBytes: Int64?, rowCount: Int64?, hasDeletionVector: Bool = false) {
    self.path = path
    self.sizeBytes = sizeBytes
    self.rowCount = rowCount
    self.hasDeletionVector = hasDeletionVector
  }
}
