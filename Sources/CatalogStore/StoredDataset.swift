import Postgres

/// A dataset's pieces as they are stored, enough to assemble its metadata document.
package struct StoredDataset: Sendable {
  package let found: FoundDataset
  package let metadataLocation: String
  /// The metadata document without snapshots and snapshot log. A view's whole document.
  package let head: [UInt8]
  /// The snapshots' documents, joined by commas.
  package let snapshots: [UInt8]
  /// The snapshot log's entries, joined by commas.
  package let snapshotLog: [UInt8]

  package var version: DatasetVersion { found.version }
}

extension CatalogStore {
  /// Reads everything of the living dataset of that name in one statement, so that its pieces agree.
  package func dataset(_ path: DatasetPath, _: Authorization) async throws -> StoredDataset? {
    try await pool.run { connection in try Self.dataset("d.identifier = \(path.text) AND d.dropped_at IS NULL", on: connection) }
  }

  /// The same for a dataset that may have been dropped.
  package func dataset(_ id: DatasetID, _: Authorization) async throws -> StoredDataset? {
    try await pool.run { connection in try Self.dataset("d.id = \(id)", on: connection) }
  }

  /// The same for one that has not been dropped.
  package func livingDataset(_ id: DatasetID, _: Authorization) async throws -> StoredDataset? {
    try await pool.run { connection in try Self.dataset("d.id = \(id) AND d.dropped_at IS NULL", on: connection) }
  }

  private static func dataset(_ condition: SQL, on connection: PostgresConnection) throws -> StoredDataset? {
    try connection.first(
      """
      SELECT d.metadata_location, d.head,
        coalesce((SELECT string_agg(document, ',' ORDER BY added_in, place) FROM snapshots WHERE dataset_id = d.id), ''),
        coalesce((SELECT string_agg('{"timestamp-ms":' || timestamp_ms || ',"snapshot-id":' || snapshot_id || '}', ',' ORDER BY added_in, place)
          FROM snapshot_log WHERE dataset_id = d.id), ''), \(FoundDataset.columns)
      FROM datasets d WHERE \(condition)
      """
    ) { row in
      StoredDataset(
        found: try FoundDataset(row, from: 4), metadataLocation: try row[0], head: try row.bytes(1), snapshots: try row.bytes(2),
        snapshotLog: try row.bytes(3))
    }
  }
}
