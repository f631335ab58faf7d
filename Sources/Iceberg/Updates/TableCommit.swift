/// Changes of a table, applied: the new metadata, and what differs in the rows beside the head.
///
/// The rows of the base, with those removed and then those added, are the rows of ``metadata``.
package struct TableCommit: Sendable {
  package let metadata: TableMetadata
  /// In the order of the document, behind all that stay.
  package let addedSnapshots: [Snapshot]
  /// Of the base's snapshots, in their order. An id that the commit removes and adds again is in both lists.
  package let removedSnapshotIDs: [Int64]
  /// So many of the base's oldest snapshot log entries are gone.
  package let removedLogEntryCount: Int
  package let addedLogEntries: [SnapshotLogEntry]
  /// The updates that changed something, in the order they were applied.
  package let changes: [TableUpdate]
}

extension TableCommit {
  /// What makes a table out of nothing.
  package init(creating metadata: TableMetadata) {
    self.init(
      metadata: metadata, addedSnapshots: metadata.snapshots, removedSnapshotIDs: [], removedLogEntryCount: 0,
      addedLogEntries: metadata.snapshotLog, changes: [])
  }
}
