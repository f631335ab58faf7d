import Postgres
import TransparencyLog

// `changeAccess` comes first in each transaction: whoever changes principals, memberships or credentials takes turns.

extension CatalogStore {
  static let principalColumns: SQL = "p.id, p.kind, p.name, p.description, p.cleared, p.is_enabled, p.version, p.created_at"

  static func principal(_ row: PostgresRow) throws -> StoredPrincipal {
    let kind: String = try row[1]
    guard let kind = StoredPrincipal.Kind(rawValue: kind) else {
      throw CatalogError.unavailable("A principal of kind \(kind) needs a newer server")
    }
    return StoredPrincipal(
      id: try row[0], reference: PrincipalReference(kind, try row[2]), description: try row[3], cleared: try row[4], isEnabled: try row[5],
      version: try row[6], createdAt: try row[7])
  }

  /// Principals by kind and name.
  package func principals(
    of kind: StoredPrincipal.Kind?, _ page: PageRequest, _: Authorization
  ) async throws -> Page<StoredPrincipal> {
    let after = page.principalAfter
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.principalColumns) FROM principals p
        WHERE (p.kind = \(kind?.rawValue) OR \(kind?.rawValue)::text IS NULL)
          AND (p.kind COLLATE "C", p.name) > (\(after.kind) COLLATE "C", \(after.name) COLLATE "C")
        ORDER BY p.kind COLLATE "C", p.name LIMIT \(Int64(page.size + 1))
        """, Self.principal)
    }
    return Page(rows, size: page.size, key: \.reference.pageKey, element: { $0 })
  }

  /// - Throws: ``CatalogError/noSuchPrincipal(_:)``
  package func principal(_ reference: PrincipalReference, _: Authorization) async throws -> StoredPrincipal {
    try await pool.run { connection in try Self.principal(reference, on: connection) }
  }

  static func principal(_ reference: PrincipalReference, on connection: PostgresConnection) throws -> StoredPrincipal {
    let found = try connection.first(
      "SELECT \(principalColumns) FROM principals p WHERE p.kind = \(reference.kind.rawValue) AND p.name = \(reference.name)", principal)
    guard let found else { throw reference.missing }
    return found
  }

  static func insert(_ principal: StoredPrincipal, on connection: PostgresConnection) throws {
    try connection.execute(
      """
      INSERT INTO principals (id, kind, name, description, cleared, is_enabled, version, created_at)
      VALUES (\(principal.id), \(principal.reference.kind.rawValue), \(principal.reference.name), \(principal.description),
        \(principal.cleared), \(principal.isEnabled), \(principal.version), \(principal.createdAt))
      """)
  }

  /// - Throws: ``CatalogError/alreadyExists(_:)``
  package func createPrincipal(_ principal: StoredPrincipal, _ authorization: Authorization, answer: [UInt8]) async throws {
    let event = AuditEvent(authorization, after: principal.auditFacts)
    do {
      try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
        try Self.changeAccess(on: connection)
        try Self.insert(principal, on: connection)
      }
    } catch let error as PostgresError where error.isUniqueViolation && error.constraint == "principals_by_name" {
      let rest = principal.reference.kind.isCaller ? "; users and services share their names" : ""
      throw CatalogError.alreadyExists("The name \(principal.reference.name) is taken\(rest)")
    }
  }

  /// - Returns: the principal as it is afterwards.
  /// - Throws: ``CatalogError/noSuchPrincipal(_:)``
  package func updatePrincipal(
    _ reference: PrincipalReference, _ change: PrincipalChange, _ authorization: Authorization,
    answer: @escaping @Sendable (StoredPrincipal) -> [UInt8]
  ) async throws -> StoredPrincipal {
    try await untilUnmoved("The \(reference.kind.rawValue) \(reference.name)") {
      let base = try await principal(reference, authorization)
      let new = base.changed(change)
      let event = AuditEvent(authorization, before: base.auditFacts, after: new.auditFacts)
      try await commit(Change(authorization, event: event, answer: .json(answer(new)))) { connection in
        try Self.changeAccess(on: connection)
        let swapped = try connection.execute(
          """
          UPDATE principals SET description = \(new.description), cleared = \(new.cleared), is_enabled = \(new.isEnabled),
            version = \(new.version)
          WHERE id = \(base.id) AND version = \(base.version)
          """)
        if swapped == 0 { throw VersionMoved() }
      }
      return new
    }
  }

  /// Removes a principal that nothing speaks of; its credentials go with it. One with a history can be disabled.
  ///
  /// - Throws: ``CatalogError/noSuchPrincipal(_:)``, ``CatalogError/principalInUse(_:)``
  package func dropPrincipal(_ reference: PrincipalReference, _ authorization: Authorization) async throws {
    let base = try await principal(reference, authorization)
    let event = AuditEvent(authorization, before: base.auditFacts)
    do {
      try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
        try Self.changeAccess(on: connection)
        if let use = try Self.use(of: reference, on: connection) {
          throw CatalogError.principalInUse("The \(reference.kind.rawValue) \(reference.name) cannot be removed: \(use)")
        }
        try Self.revokeCredentials(of: base.id, on: connection)
        let gone = try connection.execute("DELETE FROM principals WHERE id = \(base.id)")
        if gone == 0 { throw reference.missing }
      }
    } catch let error as PostgresError where error.isForeignKeyViolation {
      // Its past memberships and grants stay on record for auditors, and they name it.
      throw CatalogError.principalInUse(
        "The \(reference.kind.rawValue) \(reference.name) has had memberships or grants, which stay on record; disable it instead")
    }
  }

  /// What still rests on a principal, in words; `nil` for nothing.
  private static func use(of reference: PrincipalReference, on connection: PostgresConnection) throws -> String? {
    let owner = reference.description
    let owned = try connection.query(
      """
      SELECT 'table or view ' || replace(substr(identifier, strpos(identifier, E'\\x1F') + 1), E'\\x1F', '.') FROM datasets
      WHERE owner = \(owner) AND dropped_at IS NULL
      UNION ALL SELECT 'namespace ' || replace(path, E'\\x1F', '.') FROM namespaces WHERE owner = \(owner)
      UNION ALL SELECT 'zone ' || name FROM zones WHERE owner = \(owner)
      UNION ALL SELECT 'model ' || name FROM models WHERE owner = \(owner) LIMIT 6
      """
    ) { row in try row[0] as String }
    if !owned.isEmpty {
      let shown = owned.prefix(5).joined(separator: ", ") + (owned.count > 5 ? " and more" : "")
      return "it owns the \(shown); give that to somebody else first: moraine owner reassign \(owner) team:NAME"
    }
    let responsibilities = try connection.first(
      """
      SELECT count(*) FROM responsibilities r JOIN principals p ON p.id = r.principal_id
      WHERE r.ended_at IS NULL AND p.kind = \(reference.kind.rawValue) AND p.name = \(reference.name)
      """
    ) { row in try row[0] as Int64 }
    if let responsibilities, responsibilities > 0 {
      return "it is steward or technical contact of \(responsibilities) objects; name others first: moraine owner list \(owner)"
    }
    let counts = try connection.first(
      """
      SELECT (SELECT count(*) FROM memberships m JOIN principals p ON p.id IN (m.member_id, m.group_id)
          WHERE m.until IS NULL AND p.kind = \(reference.kind.rawValue) AND p.name = \(reference.name)),
        (SELECT count(*) FROM grants g JOIN principals p ON p.id = g.principal_id
          WHERE g.revoked_at IS NULL AND p.kind = \(reference.kind.rawValue) AND p.name = \(reference.name))
      """
    ) { row in (memberships: try row[0] as Int64, grants: try row[1] as Int64) }
    if let counts, counts.memberships > 0 { return "it has \(counts.memberships) memberships; end them first" }
    if let counts, counts.grants > 0 { return "\(counts.grants) grants were made to it; revoke them first" }
    return nil
  }
}

extension StoredPrincipal {
  fileprivate func changed(_ change: PrincipalChange) -> StoredPrincipal {
    StoredPrincipal(
      id: id, reference: reference, description: change.description ?? description, cleared: change.cleared ?? cleared,
      isEnabled: change.isEnabled ?? isEnabled, version: version + 1, createdAt: createdAt)
  }

  var auditFacts: [String: CanonicalValue] {
    [
      "description": .string(description), "cleared": .array(cleared.map { .string($0) }), "enabled": .bool(isEnabled),
      "version": .int64(version),
    ]
  }
}
