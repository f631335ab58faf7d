package import Governance
import Postgres

extension CatalogStore {
  /// The holds on a dataset that nobody has released: on itself, on whatever it lies in, and on tags that it or a column of it carries.
  package func holds(on dataset: DatasetID, _: Authorization) async throws -> [HoldInForce] {
    try await pool.run { connection in try Self.holds(on: dataset, on: connection) }
  }

  static func holds(on dataset: DatasetID, on connection: PostgresConnection) throws -> [HoldInForce] {
    try connection.query(
      """
      SELECT h.name, h.reason, o.object_kind || ' ' || o.object_name
      FROM datasets d, holds h JOIN hold_objects o ON o.hold_id = h.id
      WHERE d.id = \(dataset) AND h.released_at IS NULL
        AND lies_within(d.id, d.warehouse_id, d.namespace_id, d.tags, o.object_kind, o.object_id, o.tag_key, o.tag_value)
      ORDER BY h.name, o.id
      """
    ) { row in HoldInForce(name: try row[0], reason: try row[1], scope: try row[2]) }
  }
}
