package import Postgres
import TransparencyLog

package enum HoldEntity {}
package typealias HoldID = EntityID<HoldEntity>

/// A legal case that keeps what it names until somebody releases it.
package struct Hold: Sendable {
  package let id: HoldID
  package let name: String
  package let reason: String
  /// Who asks for it: a court, a regulator.
  package let authority: String
  package let placedBy: String
  package let placedAt: PostgresTimestamp
  package let release: (by: String, at: PostgresTimestamp, reason: String)?
  package let objects: [HeldObject]
}

/// What a hold keeps.
package enum HeldObject: Hashable, Sendable {
  case object(AccessObject)
  /// Whatever carries the tag, later too; with any value where none is named.
  case tag(String, value: String?)
  /// Its name when the hold was placed, for something that is gone.
  case gone(kind: String, name: String)
}

extension CatalogStore {
  private static let holdColumns: SQL =
    "h.id, h.name, h.reason, h.authority, h.placed_by, h.placed_at, h.released_by, h.released_at, h.release_reason"

  private static func holds(_ condition: SQL, on connection: PostgresConnection) throws -> [Hold] {
    let rows = try connection.query("SELECT \(holdColumns) FROM holds h WHERE \(condition)") { row in
      let (by, at, reason): (String?, PostgresTimestamp?, String?) = (try row[6], try row[7], try row[8])
      return Hold(
        id: try row[0], name: try row[1], reason: try row[2], authority: try row[3], placedBy: try row[4], placedAt: try row[5],
        release: by.flatMap { by in at.map { (by, $0, reason ?? "") } }, objects: [])
    }
    let objects = try connection.query(
      """
      SELECT g.hold_id, g.object_kind, g.tag_key, g.tag_value, g.object_name, \(AccessObject.columns)
      FROM hold_objects g \(AccessObject.tables) WHERE g.hold_id = ANY(\(rows.map(\.id.uuid))) ORDER BY g.id
      """
    ) { row in
      let kind: String = try row[1]
      let object: HeldObject
      if let key = try row[2] as String? {
        object = .tag(key, value: try row[3])
      } else {
        object = try AccessObject(kind: kind, row, at: 5).map { .object($0) } ?? .gone(kind: kind, name: row[4])
      }
      return (hold: try row[0] as HoldID, object)
    }
    let byHold = Dictionary(grouping: objects, by: \.hold).mapValues { $0.map(\.1) }
    return rows.map { hold in
      Hold(
        id: hold.id, name: hold.name, reason: hold.reason, authority: hold.authority, placedBy: hold.placedBy, placedAt: hold.placedAt,
        release: hold.release, objects: byHold[hold.id] ?? [])
    }
  }

  /// Holds in order of their names.
  ///
  /// - Parameter released: also those that somebody released.
  package func holds(released: Bool, _ page: PageRequest, _: Authorization) async throws -> Page<Hold> {
    let rows = try await pool.run { connection in
      try Self.holds(
        """
        h.name > \(page.after ?? "") AND (\(released) OR h.released_at IS NULL) ORDER BY h.name LIMIT \(Int64(page.size + 1))
        """, on: connection)
    }
    return Page(rows, size: page.size, key: \.name, element: { $0 })
  }

  /// - Throws: ``CatalogError/noSuchHold(_:)``
  package func hold(_ name: String, _: Authorization) async throws -> Hold {
    try await pool.run { connection in try Self.hold(name, on: connection) }
  }

  private static func hold(_ name: String, on connection: PostgresConnection) throws -> Hold {
    guard let hold = try holds("h.name = \(name)", on: connection).first else { throw CatalogError.noSuchHold("There is no hold \(name)") }
    return hold
  }

  /// Places a hold. From its end on nothing that it names is dropped or expired.
  ///
  /// - Throws: ``CatalogError/alreadyExists(_:)``, what ``locate`` throws
  package func placeHold(
    _ name: String, reason: String, authority: String, on objects: [HeldObject], _ authorization: Authorization,
    answer: @escaping @Sendable (Hold) -> [UInt8]
  ) async throws -> Hold {
    let context = authorization.context
    let hold = Hold(
      id: .new(), name: name, reason: reason, authority: authority, placedBy: context.principal, placedAt: context.time, release: nil,
      objects: objects)
    try await commit(Change(authorization, event: AuditEvent(authorization, after: hold.auditFacts), answer: .json(answer(hold)))) {
      connection in
      let count = try connection.execute(
        """
        INSERT INTO holds (id, name, reason, authority, placed_by, placed_at)
        VALUES (\(hold.id), \(name), \(reason), \(authority), \(hold.placedBy), \(hold.placedAt)) ON CONFLICT (name) DO NOTHING
        """)
      guard count == 1 else {
        throw CatalogError.alreadyExists(
          "There is, or was, a hold \(name); a hold that was released is not placed again: give it another name")
      }
      for object in objects { try Self.insert(object, of: hold.id, on: connection) }
      // Commits and drops that were allowed before it are asked again.
      try Self.changeAccess(on: connection)
    }
    return hold
  }

  private static func insert(_ object: HeldObject, of hold: HoldID, on connection: PostgresConnection) throws {
    let row: (kind: String, id: PostgresUUID?, key: String?, value: String?, name: String)
    switch object {
    case .object(let object):
      if case .model = object { throw CatalogError.badRequest("A hold keeps data; name the datasets that the model was trained on") }
      guard let id = try locate(object, on: connection, locking: true) else {
        throw CatalogError.badRequest("A hold names warehouses, zones, namespaces, datasets and tags; the whole catalog is none of these")
      }
      row = (object.storedKind, id, nil, nil, object.title)
    case .tag(let key, let value): row = ("tag", nil, key, value, value.map { "\(key)=\($0)" } ?? key)
    case .gone(let kind, let name): throw CatalogError.badRequest("The \(kind) \(name) is gone")
    }
    try connection.execute(
      """
      INSERT INTO hold_objects (id, hold_id, object_kind, object_id, tag_key, tag_value, object_name)
      VALUES (\(PostgresUUID.timeOrdered()), \(hold), \(row.kind), \(row.id), \(row.key), \(row.value), \(row.name))
      """)
  }

  /// Ends a hold; it stays on record.
  ///
  /// - Throws: ``CatalogError/noSuchHold(_:)``, ``CatalogError/unprocessable(_:)`` for one that was released.
  package func releaseHold(
    _ name: String, reason: String, _ authorization: Authorization, answer: @escaping @Sendable (Hold) -> [UInt8]
  ) async throws -> Hold {
    let context = authorization.context
    let base = try await hold(name, authorization)
    let new = Hold(
      id: base.id, name: base.name, reason: base.reason, authority: base.authority, placedBy: base.placedBy, placedAt: base.placedAt,
      release: (context.principal, context.time, reason), objects: base.objects)
    let event = AuditEvent(authorization, before: base.auditFacts, after: ["release-reason": .string(reason)])
    try await commit(Change(authorization, event: event, answer: .json(answer(new)))) { connection in
      let count = try connection.execute(
        """
        UPDATE holds SET released_by = \(context.principal), released_at = \(context.time), release_reason = \(reason)
        WHERE id = \(base.id) AND released_at IS NULL
        """)
      guard count == 1 else { throw CatalogError.unprocessable("The hold \(name) was released already") }
      try Self.changeAccess(on: connection)
    }
    return new
  }
}

extension Hold {
  var auditFacts: [String: CanonicalValue] {
    [
      "reason": .string(reason), "authority": .string(authority),
      "objects": .array(
        objects.map { object in
          switch object {
          case .object(let object): .string("\(object.kindName) \(object.title)")
          case .tag(let key, let value): .string("tag \(value.map { "\(key)=\($0)" } ?? key)")
          case .gone(let kind, let name): .string("\(kind) \(name)")
          }
        }),
    ]
  }
}
