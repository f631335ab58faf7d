import Postgres
import TransparencyLog

extension CatalogStore {
  /// Who answers for an object.
  ///
  /// - Throws: what ``locate`` throws.
  package func ownership(of object: GovernedObject, named name: AccessObject, _: Authorization) async throws -> Ownership {
    try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
      try Self.ownership(of: name, inheriting: object.owner, on: connection)
    }
  }

  /// - Parameter inherited: who owns it as far as decisions know.
  private static func ownership(
    of object: AccessObject, inheriting inherited: String?, on connection: PostgresConnection
  ) throws -> Ownership {
    let id = try located(object, on: connection, locking: false)
    let own = try owner(of: object, id, on: connection)
    let responsible = try connection.query(
      """
      SELECT r.role, p.kind || ':' || p.name FROM responsibilities r JOIN principals p ON p.id = r.principal_id
      WHERE r.object_id = \(id) AND r.ended_at IS NULL ORDER BY r.id
      """
    ) { row in (role: Responsibility(rawValue: try row[0]) ?? .steward, name: try row[1] as String) }
    return Ownership(
      object: object, ownOwner: own, owner: own ?? inherited,
      responsible: Dictionary(grouping: responsible, by: \.role).mapValues { $0.map(\.name) },
      transfer: try transfers("g.object_id = \(id) AND g.answer IS NULL", limit: 1, on: connection).first)
  }

  /// Sets who answers for an object. An offer of it that waits is withdrawn when its owner changes.
  ///
  /// - Returns: who does so afterwards.
  /// - Throws: what ``locate`` throws; ``CatalogError/unprocessable(_:)`` for nobody, and for a role.
  package func changeOwnership(
    of object: GovernedObject, named name: AccessObject, _ change: OwnershipChange, _ authorization: Authorization,
    answer: @escaping @Sendable (Ownership) -> [UInt8]
  ) async throws -> Ownership {
    try await untilUnmoved("The owner of \(name.title)") {
      let base = try await ownership(of: object, named: name, authorization)
      let (new, change) = try await pool.run { connection in try Self.changed(base, change, inheriting: object.owner, on: connection) }
      let event = AuditEvent(authorization, before: base.auditFacts, after: new.auditFacts)
      try await commit(Change(authorization, event: event, answer: .json(answer(new)))) { connection in
        let id = try Self.located(name, on: connection, locking: true)
        try Self.keepPrincipals(changing: name, on: connection)
        if new.ownOwner != base.ownOwner {
          try Self.requireOwner(new.ownOwner, on: connection)
          try Self.setOwner(of: name, id, from: base.ownOwner, to: new.ownOwner, on: connection)
          try Self.closeTransfer(of: id, .withdrawn, authorization.context, reason: "It was given another owner.", on: connection)
        }
        for (role, names) in change.ended {
          for name in names { try Self.end(role, of: name, for: id, authorization.context, on: connection) }
        }
        for (role, names) in change.added {
          for person in names { try Self.give(role, to: person, for: name, id, authorization.context, on: connection) }
        }
      }
      return new
    }
  }

  /// What a change makes of an ownership, with everybody's name in full.
  private static func changed(
    _ base: Ownership, _ change: OwnershipChange, inheriting inherited: String?, on connection: PostgresConnection
  ) throws -> (Ownership, OwnershipChange) {
    var change = change
    var own = base.ownOwner
    switch change.owner {
    case .same: break
    case .inherited: own = nil
    case .given(let name): own = try answerable(name, on: connection).description
    }
    var responsible = base.responsible
    for (role, names) in change.ended {
      let names = try names.map { try answerable($0, on: connection) }
      change.ended[role] = names
      responsible[role]?.removeAll { names.map(\.description).contains($0) }
    }
    for (role, names) in change.added {
      let names = try names.map { try answerable($0, on: connection) }
      change.added[role] = names
      for name in names.map(\.description) where responsible[role]?.contains(name) != true { responsible[role, default: []].append(name) }
    }
    let keepsOwner = own == base.ownOwner
    let owner = keepsOwner ? base.owner : own ?? (base.ownOwner == nil ? inherited : nil)
    return (
      Ownership(
        object: base.object, ownOwner: own, owner: owner, responsible: responsible.filter { !$0.value.isEmpty },
        transfer: keepsOwner ? base.transfer : nil),
      change
    )
  }

  /// Somebody who can answer for something.
  ///
  /// - Throws: ``CatalogError/unprocessable(_:)`` for nobody, and for a role.
  static func answerable(_ name: GranteeName, on connection: PostgresConnection) throws -> GranteeName {
    let found = try principal(name, on: connection).name
    guard found.kind != StoredPrincipal.Kind.role.rawValue else {
      throw CatalogError.unprocessable("The role \(found.name) answers for nothing; name a team, a user or a service")
    }
    return found
  }

  /// The same in a transaction of its own.
  package func answerable(_ name: GranteeName, _: Authorization) async throws -> GranteeName {
    try await pool.run { connection in try Self.answerable(name, on: connection) }
  }

  // MARK: Parts of a transaction

  /// The row of an object that may have an owner.
  static func located(_ object: AccessObject, on connection: PostgresConnection, locking: Bool) throws -> PostgresUUID {
    switch object {
    case .zone, .namespace, .dataset, .model:
      guard let id = try locate(object, on: connection, locking: locking) else { throw VersionMoved() }
      return id
    case .catalog, .warehouse:
      throw CatalogError.badRequest("The \(object.kindName) has no owner; zones, namespaces, datasets and models have")
    }
  }

  private static func owner(of object: AccessObject, _ id: PostgresUUID, on connection: PostgresConnection) throws -> String? {
    try connection.first("SELECT owner FROM \(raw: object.relation) WHERE id = \(id)") { row in try row[0] as String? } ?? nil
  }

  /// An owner is somebody whom the catalog knows, and keeps.
  private static func requireOwner(_ owner: String?, on connection: PostgresConnection) throws {
    guard let owner else { return }
    let found = try connection.first("SELECT true FROM principals WHERE kind || ':' || name = \(owner)") { row in try row[0] as Bool }
    guard found != nil else { throw VersionMoved() }
  }

  static func setOwner(
    of object: AccessObject, _ id: PostgresUUID, from old: String?, to new: String?, on connection: PostgresConnection
  ) throws {
    var changes: SQL = "owner = \(new), version = version + 1"
    var condition: SQL = "id = \(id) AND owner IS NOT DISTINCT FROM \(old)"
    if case .dataset = object {
      changes += ", changed_at = now()"
      condition += " AND dropped_at IS NULL"
    }
    if case .model = object { changes += ", changed_at = now()" }
    let count = try connection.execute("UPDATE \(raw: object.relation) SET \(changes) WHERE \(condition)")
    guard count == 1 else { throw VersionMoved() }
  }

  /// Sees to it that nobody goes until the transaction ends: whoever removes a principal changes the revision. So does a change of who
  /// owns a zone or namespace: what lies in it may belong to its owner, and decisions remember that.
  static func keepPrincipals(changing object: AccessObject, on connection: PostgresConnection) throws {
    switch object {
    case .dataset, .model: try connection.execute("SELECT FROM access_revision FOR SHARE")
    default: try changeAccess(on: connection)
    }
  }

  private static func give(
    _ role: Responsibility, to name: GranteeName, for object: AccessObject, _ id: PostgresUUID, _ context: OperationContext,
    on connection: PostgresConnection
  ) throws {
    try connection.execute(
      """
      INSERT INTO responsibilities (id, object_kind, object_id, role, principal_id, given_by, given_at)
      VALUES (\(PostgresUUID.timeOrdered()), \(object.storedKind), \(id), \(role.rawValue), \(try principal(name, on: connection).id),
        \(context.principal), \(context.time))
      ON CONFLICT DO NOTHING
      """)
  }

  private static func end(
    _ role: Responsibility, of name: GranteeName, for id: PostgresUUID, _ context: OperationContext, on connection: PostgresConnection
  ) throws {
    try connection.execute(
      """
      UPDATE responsibilities SET ended_by = \(context.principal), ended_at = greatest(\(context.time), given_at)
      WHERE object_id = \(id) AND role = \(role.rawValue) AND principal_id = \(try principal(name, on: connection).id) AND ended_at IS NULL
      """)
  }
}

extension AccessObject {
  /// The table that has its row, for those that have an owner.
  fileprivate var relation: String {
    switch self {
    case .zone: "zones"
    case .namespace: "namespaces"
    case .model: "models"
    default: "datasets"
    }
  }
}

extension Ownership {
  var auditFacts: [String: CanonicalValue] {
    var facts: [String: CanonicalValue] = ["owner": ownOwner.map { .string($0) } ?? .null]
    for (role, names) in responsible { facts[role.rawValue] = .array(names.map { .string($0) }) }
    return facts
  }
}
