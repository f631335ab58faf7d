import Postgres

/// A dataset's pieces as they are stored, enough to assemble its metadata document.
package struct StoredDataset: Sendable {
  package let version: DatasetVersion
  package let metadataLocation: String
  /// The metadata document without snapshots and snapshot log. A view's whole document.
  package let head: [UInt8]
  /// The snapshots' documents, joined by commas.
  package let snapshots: [UInt8]
  /// The snapshot log's entries, joined by commas.
  package let snapshotLog: [UInt8]
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
      SELECT d.id, d.warehouse_id, d.kind = 'view', d.version, d.metadata_location, d.head,
        coalesce((SELECT string_agg(document, ',' ORDER BY added_in, place) FROM snapshots WHERE dataset_id = d.id), ''),
        coalesce((SELECT string_agg('{"timestamp-ms":' || timestamp_ms || ',"snapshot-id":' || snapshot_id || '}', ',' ORDER BY added_in, place)
          FROM snapshot_log WHERE dataset_id = d.id), '')
      FROM datasets d WHERE \(condition)
      """
    ) { row in
      let isView: Bool = try row[2]
      return StoredDataset(
        version: DatasetVersion(id: try row[0], warehouse: try row[1], kind: isView ? .view : .table, version: try row[3]),
        metadataLocation: try row[4], head: try row.bytes(5), snapshots: try row.bytes(6), snapshotLog: try row.bytes(7))
    }
  }

  /// Names of the datasets of one kind in a namespace, in order.
  ///
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``
  package func datasetNames(_ kind: DatasetKind, in path: NamespacePath, _ page: PageRequest, _: Authorization) async throws -> Page<String>
  {
    let rows = try await pool.run { connection in
      let found = try Self.namespace(path, on: connection)
      return try connection.query(
        """
        SELECT name FROM datasets WHERE namespace_id = \(found.id) AND kind = \(kind.rawValue) AND dropped_at IS NULL
          AND name > \(page.after ?? "") ORDER BY name LIMIT \(Int64(page.size + 1))
        """
      ) { row in try row[0] as String }
    }
    return Page(rows, size: page.size, key: { $0 }, element: { $0 })
  }
}
