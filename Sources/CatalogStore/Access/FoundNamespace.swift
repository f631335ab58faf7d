import Iceberg
import Postgres

/// A namespace that was found by name, with what decisions ask of it.
package struct FoundNamespace: Sendable {
  package let id: NamespaceID
  package let path: NamespacePath
  package let properties: [String: String]
  package let version: Int64
  let zone: ZoneID
  /// Its own, or that of the nearest namespace above that has one.
  let owner: String?
  let revision: Int64
}

extension CatalogStore {
  /// The namespace of that name.
  ///
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/noSuchWarehouse(_:)``
  package func found(_ path: NamespacePath) async throws -> FoundNamespace {
    let found = try await pool.run { connection in
      try Self.found(
        "SELECT n.id FROM namespaces n JOIN warehouses w ON w.id = n.warehouse_id WHERE w.name = \(path.warehouse) AND n.path = \(path.namespace.pathText)",
        on: connection)
    }
    if let found { return found }
    let isWarehouse = try await pool.run { connection in
      try connection.first("SELECT true FROM warehouses WHERE name = \(path.warehouse)") { row in try row[0] as Bool }
    }
    guard isWarehouse != nil else { throw CatalogError.noSuchWarehouse("Warehouse does not exist: \(path.warehouse)") }
    throw CatalogError.missing(path.namespace)
  }

  func found(_ id: NamespaceID) async throws -> FoundNamespace? {
    try await pool.run { connection in try Self.found("SELECT \(id)::uuid", on: connection) }
  }

  /// Those of the namespaces that are there, in no order.
  func found(_ ids: [NamespaceID]) async throws -> [FoundNamespace] {
    try await pool.run { connection in try Self.found(all: "SELECT unnest(\(ids.map(\.uuid)))", on: connection) }
  }

  private static func found(_ id: SQL, on connection: PostgresConnection) throws -> FoundNamespace? {
    try found(all: id, on: connection).first
  }

  private static func found(all ids: SQL, on connection: PostgresConnection) throws -> [FoundNamespace] {
    let rows = try connection.query(
      """
      WITH RECURSIVE up AS (
        SELECT n.*, n.id AS bottom, 0 AS height FROM namespaces n WHERE n.id IN (\(ids))
        UNION ALL SELECT n.*, bottom, height + 1 FROM namespaces n JOIN up ON n.id = up.parent_id)
      SELECT up.id, w.name, up.path, up.properties, up.version, up.zone_id, up.owner, (SELECT revision FROM access_revision WHERE is_the_one), up.bottom
      FROM up JOIN warehouses w ON w.id = up.warehouse_id ORDER BY bottom, height
      """
    ) { row in
      (
        bottom: try row[8] as NamespaceID,
        FoundNamespace(
          id: try row[0], path: NamespacePath(warehouse: try row[1], namespace: Namespace(pathText: try row[2])),
          properties: try storedProperties(row[3] as PostgresText), version: try row[4], zone: try row[5], owner: try row[6],
          revision: try row[7])
      )
    }
    return Dictionary(grouping: rows, by: \.bottom).values.compactMap { rows in
      guard let first = rows.first?.1 else { return nil }
      return FoundNamespace(
        id: first.id, path: first.path, properties: first.properties, version: first.version, zone: first.zone,
        owner: rows.lazy.compactMap(\.1.owner).first, revision: first.revision)
    }
  }
}
