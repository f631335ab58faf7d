/// What a manifest lists.
package enum ManifestContent: Int32, Sendable {
  case data = 0
  case deletes = 1
}

/// A manifest as the manifest list of a snapshot names it (table spec, "Manifest Lists").
package struct ManifestFile: Hashable, Sendable {
  package var path: String
  /// Bytes.
  package var length: Int64
  package var partitionSpecID: Int32
  /// v1 lists have none: data.
  package var content: ManifestContent
  /// When the manifest was added to the table; 0 in v1 lists, which have none.
  package var sequenceNumber: Int64
  /// The least of its live files; 0 in v1 lists.
  package var minSequenceNumber: Int64
  package var addedSnapshotID: Int64
  /// Files by status, and rows in them. v1 lists may leave them out; they are the writer's word, not counted here.
  package var addedFilesCount: Int32?
  package var existingFilesCount: Int32?
  package var deletedFilesCount: Int32?
  package var addedRowsCount: Int64?
  package var existingRowsCount: Int64?
  package var deletedRowsCount: Int64?
  package var keyMetadata: [UInt8]?
  /// The row id that its files without one of their own begin at (v3).
  package var firstRowID: Int64?
}
