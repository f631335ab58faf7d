package import Governance
import Postgres

extension CatalogStore {
  /// The pins of a table's snapshots, the oldest first.
  package func pins(of dataset: DatasetID, _: Authorization) async throws -> [SnapshotPin] {
    try await pool.run { connection in try Self.pins(of: dataset, on: connection) }
  }

  static func pins(of dataset: DatasetID, on connection: PostgresConnection) throws -> [SnapshotPin] {
    try pins("p.dataset_id = \(dataset) AND p.snapshot_id IS NOT NULL", limit: .max, on: connection).compactMap { pin in
      guard case .snapshot(let id) = pin.state else { return nil }
      return SnapshotPin(snapshotID: id, keepUntilMs: pin.keepUntil?.milliseconds, modelVersion: pin.modelVersion, reason: pin.reason)
    }
  }
}
