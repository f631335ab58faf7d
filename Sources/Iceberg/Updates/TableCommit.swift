/// A change of a table, applied: the new metadata, and what differs in the rows beside the head.
package struct TableCommit: Sendable {
  package let metadata: TableMetadata
  package let addedSnapshots: [Snapshot]
  package let removedSnapshotIDs: [Int64]
  /// So many of the base's oldest snapshot log entries are gone.
  package let removedLogEntryCount: Int
  package let addedLogEntries: [SnapshotLogEntry]
}
