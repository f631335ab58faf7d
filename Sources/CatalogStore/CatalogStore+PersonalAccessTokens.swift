package import Identity
import Postgres
import TransparencyLog

extension CatalogStore {
  private static let tokenColumns: SQL = "t.id, p.kind, p.name, t.description, t.created_at, t.expires_at, t.revoked_at"

  private static func token(_ row: PostgresRow) throws -> StoredPersonalAccessToken {
    let kind: String = try row[1]
    return StoredPersonalAccessToken(
      id: try row[0], owner: PrincipalReference(StoredPrincipal.Kind(rawValue: kind) ?? .user, try row[2]), description: try row[3],
      createdAt: try row[4], expiresAt: try row[5], revokedAt: try row[6])
  }

  /// A caller's tokens that may still be used, by id.
  package func personalAccessTokens(
    of owner: PrincipalReference, _ page: PageRequest, _: Authorization
  ) async throws -> Page<StoredPersonalAccessToken> {
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.tokenColumns) FROM personal_access_tokens t JOIN principals p ON p.id = t.principal_id
        WHERE p.kind = \(owner.kind.rawValue) AND p.name = \(owner.name) AND t.revoked_at IS NULL AND t.expires_at > now()
          AND t.id > \(page.after ?? "") ORDER BY t.id LIMIT \(Int64(page.size + 1))
        """, Self.token)
    }
    return Page(rows, size: page.size, key: \.id, element: { $0 })
  }

  /// Whose token it is, for asking whether it may be revoked.
  ///
  /// - Throws: ``CatalogError/noSuchCredential(_:)``
  package func ownerOfPersonalAccessToken(_ id: String) async throws -> PrincipalReference {
    let found = try await pool.run { connection in
      try connection.first(
        """
        SELECT \(Self.tokenColumns) FROM personal_access_tokens t JOIN principals p ON p.id = t.principal_id
        WHERE t.id = \(id) AND t.revoked_at IS NULL
        """, Self.token)
    }
    guard let found else { throw Self.missing(token: id) }
    return found.owner
  }

  /// Adds a token of the caller's. A caller whom another issuer vouches for is entered as a principal with the first.
  ///
  /// - Throws: ``CatalogError/forbidden(_:)`` when what the caller showed is itself such a token: it would never end.
  package func createPersonalAccessToken(
    _ token: StoredPersonalAccessToken, _ hash: SecretHash, _ authorization: Authorization, answer: [UInt8]
  ) async throws {
    let event = AuditEvent(
      authorization,
      after: [
        "token": .string(token.id), "description": .string(token.description), "expires-at-ms": .int64(token.expiresAt.milliseconds),
      ])
    let credential = authorization.context.caller.credentialID
    try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
      try Self.moveAccessRevision(on: connection)
      if let credential,
        try connection.first("SELECT 1::bigint FROM personal_access_tokens WHERE id = \(credential)", { row in try row[0] as Int64 }) != nil
      {
        throw CatalogError.forbidden(
          "A personal access token cannot make another; log in again with what you got it for, or ask an administrator")
      }
      let owner = try Self.ensureCaller(token.owner, at: token.createdAt, on: connection)
      try connection.execute(
        """
        INSERT INTO personal_access_tokens (id, principal_id, hash, description, created_at, expires_at)
        VALUES (\(token.id), \(owner), \(hash.bytes), \(token.description), \(token.createdAt), \(token.expiresAt))
        """)
    }
  }

  /// The caller's principal, entered if another issuer vouches for it and it is not there yet.
  private static func ensureCaller(
    _ reference: PrincipalReference, at time: PostgresTimestamp, on connection: PostgresConnection
  ) throws -> PrincipalID {
    let id = try connection.first(
      "SELECT id FROM principals WHERE kind IN ('user', 'service') AND name = \(reference.name)"
    ) { row in try row[0] as PrincipalID }
    if let id { return id }
    guard reference.name.contains("/") else { throw reference.missing }
    let principal = StoredPrincipal(id: .new(), reference: reference, description: "", cleared: [], createdAt: time)
    try insert(principal, on: connection)
    return principal.id
  }

  /// - Throws: ``CatalogError/noSuchCredential(_:)``
  package func revokePersonalAccessToken(_ id: String, _ authorization: Authorization) async throws {
    let event = AuditEvent(authorization, before: ["token": .string(id)])
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      try Self.revoke(token: id, on: connection)
    }
  }

  static func revoke(token id: String, on connection: PostgresConnection) throws {
    try moveAccessRevision(on: connection)
    let revoked = try connection.execute("UPDATE personal_access_tokens SET revoked_at = now() WHERE id = \(id) AND revoked_at IS NULL")
    if revoked == 0 { throw missing(token: id) }
  }

  private static func missing(token id: String) -> CatalogError {
    .noSuchCredential("There is no personal access token \(id) that could still be used")
  }
}
