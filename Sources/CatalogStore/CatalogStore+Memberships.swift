import Postgres
import TransparencyLog

extension CatalogStore {
  /// How deep roles and teams may nest.
  static let maximumNesting = 16

  /// Who is directly in a role or team now, by kind and name.
  ///
  /// - Throws: ``CatalogError/noSuchPrincipal(_:)``
  package func members(of group: PrincipalReference, _ page: PageRequest, _: Authorization) async throws -> Page<StoredPrincipal> {
    let after = page.principalAfter
    let rows = try await pool.run { connection in
      let id = try Self.principal(group, on: connection).id
      return try connection.query(
        """
        SELECT \(Self.principalColumns) FROM memberships m JOIN principals p ON p.id = m.member_id
        WHERE m.group_id = \(id) AND m.until IS NULL
          AND (p.kind COLLATE "C", p.name) > (\(after.kind) COLLATE "C", \(after.name) COLLATE "C")
        ORDER BY p.kind COLLATE "C", p.name LIMIT \(Int64(page.size + 1))
        """, Self.principal)
    }
    return Page(rows, size: page.size, key: \.reference.pageKey, element: { $0 })
  }

  /// Roles and teams that a principal, or a caller whose token tells of teams, is in now, directly or through others.
  package func groups(of name: String, telling teams: [String], _: Authorization) async throws -> [PrincipalReference] {
    try await pool.run { connection in
      try connection.query(
        """
        WITH RECURSIVE reached (id, depth) AS (
          SELECT id, 0 FROM principals
          WHERE (kind IN ('user', 'service') AND name = \(name)) OR (kind = 'team' AND name = ANY(\(teams)))
          UNION
          SELECT m.group_id, r.depth + 1 FROM reached r JOIN memberships m ON m.member_id = r.id
          WHERE m.until IS NULL AND r.depth < \(Int64(Self.maximumNesting))
        )
        SELECT DISTINCT p.kind, p.name FROM reached r JOIN principals p ON p.id = r.id
        WHERE p.kind IN ('role', 'team') AND p.is_enabled ORDER BY 1, 2 LIMIT 1000
        """
      ) { row in
        PrincipalReference(StoredPrincipal.Kind(rawValue: try row[0] as String) ?? .role, try row[1])
      }
    }
  }

  /// - Throws: ``CatalogError/noSuchPrincipal(_:)``, ``CatalogError/alreadyExists(_:)``, ``CatalogError/unprocessable(_:)`` for a cycle.
  package func addMember(
    _ member: PrincipalReference, to group: PrincipalReference, _ authorization: Authorization, answer: [UInt8]
  ) async throws {
    let event = AuditEvent(authorization, after: ["member": .string(member.description)])
    do {
      try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
        // Also what keeps two halves of a cycle from being made at once.
        try Self.moveAccessRevision(on: connection)
        let groupID = try Self.principal(group, on: connection).id
        let memberID = try Self.principal(member, on: connection).id
        try Self.checkNesting(memberID, in: groupID, "\(group) cannot contain \(member)", on: connection)
        try Self.insertMembership(memberID, in: groupID, on: connection)
      }
    } catch let error as PostgresError where error.isUniqueViolation && error.constraint == "memberships_now" {
      throw CatalogError.alreadyExists("\(member) is in \(group) already")
    }
  }

  static func insertMembership(_ member: PrincipalID, in group: PrincipalID, on connection: PostgresConnection) throws {
    try connection.execute(
      "INSERT INTO memberships (id, member_id, group_id) VALUES (\(PrincipalID.new()), \(member), \(group))")
  }

  private static func checkNesting(
    _ member: PrincipalID, in group: PrincipalID, _ refusal: String, on connection: PostgresConnection
  ) throws {
    // Up from the group and down from the member: the new membership joins the two.
    let found = try connection.first(
      """
      WITH RECURSIVE above (id, depth) AS (
        SELECT \(group)::uuid, 0 UNION
        SELECT m.group_id, a.depth + 1 FROM above a JOIN memberships m ON m.member_id = a.id
        WHERE m.until IS NULL AND a.depth <= \(Int64(maximumNesting))
      ), below (id, depth) AS (
        SELECT \(member)::uuid, 0 UNION
        SELECT m.member_id, b.depth + 1 FROM below b JOIN memberships m ON m.group_id = b.id
        WHERE m.until IS NULL AND b.depth <= \(Int64(maximumNesting))
      )
      SELECT EXISTS (SELECT 1 FROM above WHERE id = \(member)),
        ((SELECT max(depth) FROM above) + (SELECT max(depth) FROM below) + 1)::bigint
      """
    ) { row in (isCycle: try row[0] as Bool, depth: try row[1] as Int64) }
    guard let found, !found.isCycle else {
      throw CatalogError.unprocessable("\(refusal): it would contain itself")
    }
    guard found.depth <= maximumNesting else {
      throw CatalogError.unprocessable("\(refusal): roles and teams nest at most \(maximumNesting) deep")
    }
  }

  /// - Throws: ``CatalogError/noSuchPrincipal(_:)``
  package func removeMember(_ member: PrincipalReference, from group: PrincipalReference, _ authorization: Authorization) async throws {
    let event = AuditEvent(authorization, before: ["member": .string(member.description)])
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      try Self.moveAccessRevision(on: connection)
      let groupID = try Self.principal(group, on: connection).id
      let memberID = try Self.principal(member, on: connection).id
      let ended = try connection.execute(
        "UPDATE memberships SET until = now() WHERE member_id = \(memberID) AND group_id = \(groupID) AND until IS NULL")
      if ended == 0 { throw CatalogError.noSuchPrincipal("\(member) is not in \(group)") }
    }
  }
}
