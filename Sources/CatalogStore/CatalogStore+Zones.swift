import Governance
import Iceberg
import JSON
import Postgres
import TransparencyLog

extension CatalogStore {
  private static let zoneColumns: SQL =
    "z.id, w.name, z.name, z.kind, z.description, z.is_default, z.version, z.created_at, z.rules, z.owner"

  private static func zone(_ row: PostgresRow) throws -> StoredZone {
    let kind: String = try row[3]
    guard let kind = Zone.Kind(rawValue: kind) else { throw CatalogError.unavailable("A zone of kind \(kind) needs a newer server") }
    let rules: PostgresText? = try row[8]
    return StoredZone(
      id: try row[0], warehouse: try row[1], zone: Zone(name: try row[2], kind: kind), description: try row[4],
      ownRules: try rules.map { try ZoneRules.stored($0, for: kind) }, owner: try row[9], isDefault: try row[5], version: try row[6],
      createdAt: try row[7])
  }

  /// Zones of a warehouse by name.
  ///
  /// - Throws: ``CatalogError/noSuchWarehouse(_:)``
  package func zones(of warehouse: String, _ page: PageRequest, _: Authorization) async throws -> Page<StoredZone> {
    let rows = try await pool.run { connection in
      _ = try Self.warehouseID(warehouse, on: connection)
      return try connection.query(
        """
        SELECT \(Self.zoneColumns) FROM zones z JOIN warehouses w ON w.id = z.warehouse_id
        WHERE w.name = \(warehouse) AND z.name > \(page.after ?? "") ORDER BY z.name LIMIT \(Int64(page.size + 1))
        """, Self.zone)
    }
    return Page(rows, size: page.size, key: \.zone.name, element: { $0 })
  }

  /// - Throws: ``CatalogError/noSuchZone(_:)``, ``CatalogError/noSuchWarehouse(_:)``
  package func zone(_ name: String, of warehouse: String, _: Authorization) async throws -> StoredZone {
    try await pool.run { connection in try Self.zone(name, of: warehouse, on: connection) }
  }

  private static func zone(
    _ name: String, of warehouse: String, on connection: PostgresConnection, locking: String = ""
  ) throws -> StoredZone {
    let found = try connection.first(
      """
      SELECT \(zoneColumns) FROM zones z JOIN warehouses w ON w.id = z.warehouse_id
      WHERE w.name = \(warehouse) AND z.name = \(name) \(raw: locking)
      """, zone)
    if let found { return found }
    _ = try warehouseID(warehouse, on: connection)
    throw CatalogError.noSuchZone("Zone does not exist: \(name)")
  }

  static func warehouseID(_ name: String, on connection: PostgresConnection) throws -> WarehouseID {
    let found = try connection.first("SELECT id FROM warehouses WHERE name = \(name)") { row in try row[0] as WarehouseID }
    guard let found else { throw CatalogError.noSuchWarehouse("Warehouse does not exist: \(name)") }
    return found
  }

  /// - Throws: ``CatalogError/zoneAlreadyExists(_:)``, ``CatalogError/noSuchWarehouse(_:)``
  package func createZone(_ zone: StoredZone, _ authorization: Authorization, answer: [UInt8]) async throws {
    let event = AuditEvent(authorization, after: zone.auditFacts)
    do {
      try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
        let warehouse = try Self.warehouseID(zone.warehouse, on: connection)
        if zone.isDefault { try Self.clearDefault(of: warehouse, on: connection) }
        try connection.execute(
          """
          INSERT INTO zones (id, warehouse_id, name, kind, description, is_default, version, created_at, rules, owner)
          VALUES (\(zone.id), \(warehouse), \(zone.zone.name), \(zone.zone.kind.rawValue), \(zone.description), \(zone.isDefault),
            \(zone.version), \(zone.createdAt), \(zone.ownRules.map { PostgresText($0.jsonText) }), \(zone.owner))
          """)
        try Self.changeAccess(on: connection)
      }
    } catch let error as PostgresError where error.isUniqueViolation && error.constraint == "zones_warehouse_id_name_key" {
      throw CatalogError.zoneAlreadyExists("Zone already exists: \(zone.zone.name)")
    }
  }

  /// - Returns: the zone as it is afterwards.
  /// - Throws: ``CatalogError/noSuchZone(_:)``, ``CatalogError/noSuchWarehouse(_:)``
  package func updateZone(
    _ name: String, of warehouse: String, _ change: ZoneChange, _ authorization: Authorization,
    answer: @escaping @Sendable (StoredZone) -> [UInt8]
  ) async throws -> StoredZone {
    try await untilUnmoved("The zone \(name)") {
      let base = try await zone(name, of: warehouse, authorization)
      let new = try base.changed(change)
      let event = AuditEvent(authorization, before: base.auditFacts, after: new.auditFacts)
      try await commit(Change(authorization, event: event, answer: .json(answer(new)))) { connection in
        if new.isDefault, !base.isDefault { try Self.clearDefault(of: Self.warehouseID(warehouse, on: connection), on: connection) }
        let swapped = try connection.execute(
          """
          UPDATE zones SET kind = \(new.zone.kind.rawValue), description = \(new.description), is_default = \(new.isDefault),
            version = \(new.version), rules = \(new.ownRules.map { PostgresText($0.jsonText) })
          WHERE id = \(base.id) AND version = \(base.version)
          """)
        if swapped == 0 { throw VersionMoved() }
        try Self.changeAccess(on: connection)
      }
      return new
    }
  }

  /// Takes the default from the zone that has it; two who do so at once take turns.
  private static func clearDefault(of warehouse: WarehouseID, on connection: PostgresConnection) throws {
    try connection.execute("SELECT FROM warehouses WHERE id = \(warehouse) FOR UPDATE")
    try connection.execute(
      "UPDATE zones SET is_default = false, version = version + 1 WHERE warehouse_id = \(warehouse) AND is_default")
  }

  /// The zone of a new namespace: what its `zone` property names, else its parent's, else one named like its first level, else the default.
  ///
  /// - Throws: ``CatalogError/badRequest(_:)`` for a zone that does not exist or is not the parent's.
  static func zone(
    ofNew namespace: Namespace, asking wanted: String?, parent: NamespaceID?, in warehouse: WarehouseID, on connection: PostgresConnection
  ) throws -> ZoneID {
    let candidates = try connection.query(
      """
      SELECT z.id, z.name, z.is_default, z.id = (SELECT zone_id FROM namespaces WHERE id = \(parent))
      FROM zones z WHERE z.warehouse_id = \(warehouse) FOR KEY SHARE OF z
      """
    ) { row in
      (id: try row[0] as ZoneID, name: try row[1] as String, isDefault: try row[2] as Bool, isParents: try row[3] as Bool? ?? false)
    }
    func named(_ name: String) -> ZoneID? { candidates.first { PostgresText($0.name) == PostgresText(name) }?.id }
    if parent != nil {
      guard let inherited = candidates.first(where: \.isParents) else { throw VersionMoved() }
      guard let wanted, named(wanted) != inherited.id else { return inherited.id }
      throw CatalogError.badRequest(
        "The namespace \(namespace) cannot be in the zone \(wanted): it lies in a namespace of the zone \(inherited.name), and inherits it")
    }
    if let wanted {
      guard let zone = named(wanted) else {
        throw CatalogError.badRequest(
          "The zone \(wanted) does not exist; there are \(candidates.map(\.name).sorted().joined(separator: ", "))")
      }
      return zone
    }
    guard let zone = named(namespace.levels[0]) ?? candidates.first(where: \.isDefault)?.id else {
      throw CatalogError.unavailable("The warehouse has no default zone")
    }
    return zone
  }
}

extension StoredZone {
  fileprivate func changed(_ change: ZoneChange) throws -> StoredZone {
    let zone = Zone(name: zone.name, kind: change.kind ?? zone.kind)
    var ownRules = ownRules
    if let text = change.rules {
      let json = try JSONDocument(parsing: text).root
      ownRules = json.isNull ? nil : try (ownRules ?? .standard(for: zone.kind)).changed(by: json)
    }
    return StoredZone(
      id: id, warehouse: warehouse, zone: zone, description: change.description ?? description, ownRules: ownRules, owner: owner,
      isDefault: isDefault || change.becomesDefault, version: version + 1, createdAt: createdAt)
  }

  fileprivate var auditFacts: [String: CanonicalValue] {
    [
      "rules": ownRules.map { .string(String(decoding: $0.jsonText, as: UTF8.self)) } ?? .null, "owner": owner.map { .string($0) } ?? .null,
      "kind": .string(zone.kind.rawValue), "description": .string(description), "default": .bool(isDefault), "version": .int64(version),
    ]
  }
}
