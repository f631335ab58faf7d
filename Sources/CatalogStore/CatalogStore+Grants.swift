import Iceberg
import Postgres
import TransparencyLog

extension CatalogStore {
  private static let grantColumns: SQL = """
    g.id, g.privilege, p.kind, p.name, g.object_kind, g.object_id, g.object_name, g.granted_by, g.granted_at, g.revoked_by, g.revoked_at,
    \(AccessObject.columns)
    """
  private static let grantTables: SQL = "FROM grants g JOIN principals p ON p.id = g.principal_id \(AccessObject.tables)"

  private static func grant(_ row: PostgresRow) throws -> StoredGrant {
    let privilege: String = try row[1]
    guard let privilege = Privilege(rawValue: privilege) else {
      throw CatalogError.unavailable("A grant of \(privilege) needs a newer server")
    }
    let kind: String = try row[4]
    return StoredGrant(
      id: try row[0], grantee: GranteeName(kind: try row[2], name: try row[3]), privilege: privilege,
      object: try AccessObject(kind: kind, row, at: 11), objectID: try row[5], objectKind: kind, objectName: try row[6], zone: try row[12],
      grantedBy: try row[7], grantedAt: try row[8], revokedBy: try row[9], revokedAt: try row[10])
  }

  /// Grants in the order they were made.
  ///
  /// - Throws: what ``locate`` throws for an object that is not there; ``CatalogError/unprocessable(_:)`` for nobody.
  package func grants(_ filter: GrantFilter, _ page: PageRequest, _: Authorization) async throws -> Page<StoredGrant> {
    let after = try page.after.map { text in
      guard let id = PostgresUUID(text) else {
        throw PageRequest.foreignToken
      }
      return id
    }
    let rows = try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
      var condition: SQL = "\(filter.timeCondition)"
      if let after { condition += " AND g.id > \(after)" }
      if let privilege = filter.privilege { condition += " AND g.privilege = \(privilege.rawValue)" }
      if let grantee = filter.grantee { condition += " AND g.principal_id = \(try Self.principal(grantee, on: connection).id)" }
      if let object = filter.object {
        condition += " AND g.object_kind = \(object.storedKind)"
        if let id = try Self.locate(object, on: connection, locking: false) { condition += " AND g.object_id = \(id)" }
      }
      return try Self.grants(condition, limit: page.size + 1, on: connection)
    }
    return Page(rows, size: page.size, key: \.id.description, element: { $0 })
  }

  static func grants(_ condition: SQL, limit: Int, on connection: PostgresConnection) throws -> [StoredGrant] {
    try connection.query(
      "SELECT \(grantColumns) \(grantTables) WHERE \(condition) ORDER BY g.id LIMIT \(Int64(limit))", grant)
  }

  /// A grant that holds, before it is known who asks: for the question whether the caller may take it back.
  ///
  /// - Throws: ``CatalogError/noSuchGrant(_:)``
  package func livingGrant(_ id: GrantID) async throws -> StoredGrant {
    let found = try await pool.run { connection in
      try Self.grants("g.id = \(id) AND g.revoked_at IS NULL", limit: 1, on: connection)
    }
    guard let grant = found.first else { throw CatalogError.noSuchGrant("No such grant holds: \(id)") }
    return grant
  }

  /// Somebody by name.
  ///
  /// - Throws: ``CatalogError/unprocessable(_:)`` for nobody, and for a bare name that several have.
  static func principal(_ grantee: GranteeName, on connection: PostgresConnection) throws -> (id: PostgresUUID, name: GranteeName) {
    let found = try connection.query(
      "SELECT id, kind, name FROM principals WHERE name = \(grantee.name) AND (kind = \(grantee.kind) OR \(grantee.kind)::text IS NULL) ORDER BY kind"
    ) { row in (id: try row[0] as PostgresUUID, name: GranteeName(kind: try row[1], name: try row[2])) }
    guard let first = found.first else {
      throw CatalogError.unprocessable("There is no \(grantee.kind ?? "user, service, role or team") named \(grantee.name)")
    }
    guard found.count == 1 else {
      let names = found.map(\.name.description).joined(separator: " or ")
      throw CatalogError.unprocessable("\(grantee.name) may be \(names); say which")
    }
    return first
  }

  /// Grants a privilege; one that holds already stays as it is.
  ///
  /// - Returns: the grant, and whether it is new.
  /// - Throws: what ``locate`` throws; ``CatalogError/unprocessable(_:)`` for nobody.
  package func grant(
    _ privilege: Privilege, to grantee: GranteeName, on object: AccessObject, _ authorization: Authorization,
    answer: @escaping @Sendable (StoredGrant) -> [UInt8]
  ) async throws -> (grant: StoredGrant, isNew: Bool) {
    let principal = try await pool.run { connection in try Self.principal(grantee, on: connection) }
    let context = authorization.context
    let new = StoredGrant(
      id: .new(), grantee: principal.name, privilege: privilege, object: object, objectID: nil, objectKind: object.storedKind,
      objectName: object.title, zone: nil, grantedBy: context.principal, grantedAt: context.time, revokedBy: nil, revokedAt: nil)
    let event = AuditEvent(authorization, after: new.auditFacts)
    do {
      try await commit(Change(authorization, event: event, answer: .json(answer(new)))) { connection in
        // The object, then the revision, then grants: whoever locks several of them does so in this order.
        let objectID = try Self.locate(object, on: connection, locking: true)
        try Self.changeAccess(on: connection)
        let inserted = try connection.execute(
          """
          INSERT INTO grants (id, principal_id, privilege, object_kind, object_id, object_name, granted_by, granted_at)
          VALUES (\(new.id), \(principal.id), \(privilege.rawValue), \(object.storedKind), \(objectID), \(object.title),
            \(new.grantedBy), \(new.grantedAt))
          ON CONFLICT DO NOTHING
          """)
        if inserted == 0 {
          let same: SQL = """
            g.principal_id = \(principal.id) AND g.privilege = \(privilege.rawValue) AND g.object_kind = \(object.storedKind)
            AND g.object_id IS NOT DISTINCT FROM \(objectID) AND g.revoked_at IS NULL
            """
          guard let holding = try Self.grants(same, limit: 1, on: connection).first else { throw VersionMoved() }
          throw HeldAlready(grant: holding)
        }
      }
    } catch let held as HeldAlready {
      return (held.grant, false)
    }
    return (new, true)
  }

  /// Takes a grant back; it stays in the history.
  ///
  /// - Returns: the grant as it is afterwards.
  /// - Throws: ``CatalogError/noSuchGrant(_:)`` for one that does not hold.
  package func revoke(_ id: GrantID, _ authorization: Authorization) async throws {
    let grant = try await livingGrant(id)
    let event = AuditEvent(authorization, before: grant.auditFacts)
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      guard try Self.revokeGrants("id = \(id)", authorization.context, on: connection) > 0 else {
        throw CatalogError.noSuchGrant("No such grant holds: \(id)")
      }
    }
  }

  /// Takes back what was granted on objects that go for good. The event of their going tells of it.
  ///
  /// - Parameter objects: their rows' ids.
  static func revokeGrants(onGone objects: [PostgresUUID], _ context: OperationContext, on connection: PostgresConnection) throws {
    _ = try revokeGrants("object_id = ANY(\(objects))", context, on: connection)
  }

  /// - Returns: how many were taken back; decisions are made anew only if there were any.
  private static func revokeGrants(_ condition: SQL, _ context: OperationContext, on connection: PostgresConnection) throws -> Int {
    let living: SQL = "\(condition) AND revoked_at IS NULL"
    guard try connection.first("SELECT true FROM grants WHERE \(living) LIMIT 1", { row in try row[0] as Bool }) != nil else { return 0 }
    try changeAccess(on: connection)
    return try connection.execute(
      "UPDATE grants SET revoked_by = \(context.principal), revoked_at = greatest(\(context.time), granted_at) WHERE \(living)")
  }
}

/// The privilege was granted before, and still is.
private struct HeldAlready: Error {
  let grant: StoredGrant
}

extension StoredGrant {
  fileprivate var auditFacts: [String: CanonicalValue] {
    [
      "grant": .string(id.description), "grantee": .string(grantee.description), "privilege": .string(privilege.rawValue),
      "object-kind": .string(objectKind), "object-name": .string(objectName),
    ]
  }
}
