import Postgres

extension CatalogStore {
  /// All that somebody answers for, in no order that means anything.
  ///
  /// - Throws: ``CatalogError/unprocessable(_:)`` for nobody.
  package func owned(by name: GranteeName, _ page: PageRequest, _: Authorization) async throws -> Page<OwnedObject> {
    try await objects(page) { connection in
      let (id, name) = try Self.principal(name, on: connection)
      let owner = name.description
      return """
        SELECT 'dataset' AS object_kind, id AS object_id, 'owner' AS role, owner FROM datasets WHERE owner = \(owner) AND dropped_at IS NULL
        UNION ALL SELECT 'namespace', id, 'owner', owner FROM namespaces WHERE owner = \(owner)
        UNION ALL SELECT 'zone', id, 'owner', owner FROM zones WHERE owner = \(owner)
        UNION ALL SELECT 'model', id, 'owner', owner FROM models WHERE owner = \(owner)
        UNION ALL SELECT object_kind, object_id, role, NULL FROM responsibilities WHERE principal_id = \(id) AND ended_at IS NULL
        """
    }
  }

  /// What nobody answers for: what has no owner and lies in nothing that has one, and what belongs to somebody who is gone or disabled.
  /// Whom another issuer vouches for (`issuer/subject`) need not be known here to be there.
  package func orphans(_ page: PageRequest, _: Authorization) async throws -> Page<OwnedObject> {
    try await objects(page) { _ in
      """
      SELECT * FROM (
        WITH RECURSIVE places AS (
          SELECT n.id, n.owner AS own, coalesce(n.owner, z.owner) AS owner FROM namespaces n JOIN zones z ON z.id = n.zone_id
          WHERE n.parent_id IS NULL
          UNION ALL SELECT n.id, n.owner, coalesce(n.owner, p.owner) FROM namespaces n JOIN places p ON n.parent_id = p.id),
        owned AS (
          SELECT 'dataset' AS object_kind, d.id AS object_id, d.owner AS own, coalesce(d.owner, p.owner) AS owner
          FROM datasets d JOIN places p ON p.id = d.namespace_id WHERE d.dropped_at IS NULL
          UNION ALL SELECT 'namespace', id, own, owner FROM places
          UNION ALL SELECT 'zone', id, owner, owner FROM zones
          UNION ALL SELECT 'model', id, owner, owner FROM models)
        SELECT object_kind, object_id, 'owner' AS role, owner FROM owned
        WHERE owner IS NULL
          OR own NOT LIKE '%/%' AND NOT EXISTS (SELECT FROM principals p WHERE p.kind || ':' || p.name = owned.own AND p.is_enabled)
      ) orphans
      """
    }
  }

  /// A page of the objects that `rows` names: kind, id, role, owner.
  private func objects(
    _ page: PageRequest, _ rows: @escaping @Sendable (PostgresConnection) throws -> SQL
  ) async throws -> Page<OwnedObject> {
    let parts = (page.after ?? "").split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let after = parts.count == 2 ? PostgresUUID(parts[0]).map { (id: $0, role: parts[1]) } : nil
    guard page.after == nil || after != nil else {
      throw PageRequest.foreignToken
    }
    let found = try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
      var condition: SQL = "coalesce(d.id, n.id, z.id, mo.id) IS NOT NULL"
      if let after { condition += " AND (g.object_id, g.role) > (\(after.id), \(after.role))" }
      return try connection.query(
        """
        SELECT g.object_kind, g.object_id, g.role, g.owner, \(AccessObject.columns) FROM (\(rows(connection))) g \(AccessObject.tables)
        WHERE \(condition) ORDER BY g.object_id, g.role LIMIT \(Int64(page.size + 1))
        """
      ) { row -> OwnedObject? in
        guard let object = try AccessObject(kind: try row[0], row, at: 4) else { return nil }
        let id: PostgresUUID = try row[1]
        let role: String = try row[2]
        return OwnedObject(object: object, role: role, owner: try row[3], key: "\(id) \(role)")
      }
    }
    return Page(found.compactMap { $0 }, size: page.size, key: \.key, element: { $0 })
  }
}
