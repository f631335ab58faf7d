package import Governance
import Postgres

extension CatalogStore {
  /// The pins of a table's snapshots, the oldest first.
  package func pins(of dataset: DatasetID, _: Authorization) async throws -> [SnapshotPin] {
    try await pool.run { connection in try Self.pins(of: dataset, on: connection) }
  }

  static func pins(of dataset: DatasetID, on connection: PostgresConnection) throws -> [SnapshotPin] {
    try connection.query(
      """
      SELECT p.snapshot_id, p.keep_until, m.name || '@' || v.name, p.reason
      FROM pins p LEFT JOIN model_versions v ON v.id = p.model_version_id LEFT JOIN models m ON m.id = v.model_id
      WHERE p.dataset_id = \(dataset) AND p.snapshot_id IS NOT NULL ORDER BY p.set_at, p.id
      """
    ) { row in
      let until: PostgresTimestamp? = try row[1]
      return SnapshotPin(snapshotID: try row[0], keepUntilMs: until?.milliseconds, modelVersion: try row[2], reason: try row[3])
    }
  }
}
