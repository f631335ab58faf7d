import Governance
import Postgres
import TransparencyLog

extension CatalogStore {
  private static let warehouseColumns = "id, name, location, storage, created_at"

  private static func warehouse(_ row: PostgresRow) throws -> Warehouse {
    Warehouse(
      id: try row[0], name: try row[1], location: try row[2], storage: try storedProperties(row[3] as PostgresText), createdAt: try row[4])
  }

  /// - Throws: ``CatalogError/noSuchWarehouse(_:)``
  package func warehouse(named name: String, _: Authorization) async throws -> Warehouse {
    let found = try await pool.run { connection in
      try connection.first("SELECT \(raw: Self.warehouseColumns) FROM warehouses WHERE name = \(name)", Self.warehouse)
    }
    guard let found else { throw CatalogError.noSuchWarehouse("Warehouse does not exist: \(name)") }
    return found
  }

  package func warehouse(_ id: WarehouseID, _: Authorization) async throws -> Warehouse {
    let found = try await pool.run { connection in
      try connection.first("SELECT \(raw: Self.warehouseColumns) FROM warehouses WHERE id = \(id)", Self.warehouse)
    }
    guard let found else { throw CatalogError.noSuchWarehouse("The warehouse was dropped") }
    return found
  }

  /// Warehouses by name.
  package func warehouses(_ page: PageRequest, _: Authorization) async throws -> Page<Warehouse> {
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT \(raw: Self.warehouseColumns) FROM warehouses
        WHERE name > \(page.after ?? "") ORDER BY name LIMIT \(Int64(page.size + 1))
        """, Self.warehouse)
    }
    return Page(rows, size: page.size, key: \.name, element: { $0 })
  }

  /// Adds a warehouse with its default zone, named `default` and of kind `sandbox` until somebody says otherwise.
  ///
  /// - Throws: ``CatalogError/warehouseAlreadyExists(_:)``
  package func createWarehouse(_ warehouse: Warehouse, _ authorization: Authorization, answer: [UInt8]) async throws {
    let event = AuditEvent(authorization, after: ["location": .string(warehouse.location)])
    do {
      try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
        try connection.execute(
          """
          INSERT INTO warehouses (id, name, location, storage, created_at)
          VALUES (\(warehouse.id), \(warehouse.name), \(warehouse.location), \(storedText(warehouse.storage)), \(warehouse.createdAt))
          """)
        try connection.execute(
          """
          INSERT INTO zones (id, warehouse_id, name, kind, is_default)
          VALUES (\(ZoneID.new()), \(warehouse.id), \(Zone.initial.name), \(Zone.initial.kind.rawValue), true)
          """)
        try Self.changeAccess(on: connection)
      }
    } catch let error as PostgresError where error.isUniqueViolation && error.constraint == "warehouses_name_key" {
      throw CatalogError.warehouseAlreadyExists("Warehouse already exists: \(warehouse.name)")
    }
  }

  /// - Throws: ``CatalogError/noSuchWarehouse(_:)``, ``CatalogError/warehouseNotEmpty(_:)``
  package func dropWarehouse(named name: String, _ authorization: Authorization) async throws {
    do {
      try await commit(Change(authorization, event: AuditEvent(authorization), answer: .noContent)) { connection in
        let going = try connection.query(
          """
          SELECT id FROM warehouses WHERE name = \(name)
          UNION ALL SELECT z.id FROM zones z JOIN warehouses w ON w.id = z.warehouse_id WHERE w.name = \(name)
          UNION ALL SELECT d.id FROM datasets d JOIN warehouses w ON w.id = d.warehouse_id WHERE w.name = \(name)
          """
        ) { row in try row[0] as PostgresUUID }
        // A sweep, an index or a refresh has nothing to look after any more.
        try connection.execute(
          """
          DELETE FROM jobs USING datasets d, warehouses w
          WHERE jobs.kind IN ('sweep', 'index', 'refresh') AND d.id = jobs.dataset_id AND d.dropped_at IS NOT NULL AND w.id = d.warehouse_id AND w.name = \(name)
          """)
        // What was dropped goes with it, unless its files are still being deleted or something else holds on to it.
        try connection.execute(
          """
          DELETE FROM datasets WHERE dropped_at IS NOT NULL AND warehouse_id = (SELECT id FROM warehouses WHERE name = \(name))
            AND NOT EXISTS (SELECT 1 FROM jobs WHERE kind = 'purge' AND dataset_id = datasets.id AND finished_at IS NULL)
          """)
        guard try connection.execute("DELETE FROM warehouses WHERE name = \(name)") > 0 else {
          throw CatalogError.noSuchWarehouse("Warehouse does not exist: \(name)")
        }
        try Self.changeAccess(on: connection)
        try Self.revokeGrants(onGone: going, authorization.context, on: connection)
      }
    } catch let error as PostgresError where error.isForeignKeyViolation {
      throw CatalogError.warehouseNotEmpty("Warehouse \(name) is not empty: drop its namespaces first")
    }
  }
}
