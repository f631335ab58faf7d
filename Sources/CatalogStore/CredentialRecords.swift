package import Identity
import Postgres
import TransparencyLog

/// The credentials that the database holds, as the token endpoint asks for them.
package struct CredentialRecords: CredentialStore {
  private let store: CatalogStore
  private let names: CallerNames

  package init(store: CatalogStore, names: CallerNames) {
    self.store = store
    self.names = names
  }

  package func client(id: String) async throws -> RegisteredClient? {
    guard !id.utf8.contains(0) else { return nil }
    return try await store.pool.run { connection in
      let rows = try connection.query(
        """
        SELECT p.name, p.kind, c.is_enabled AND p.is_enabled, s.hash
        FROM clients c JOIN principals p ON p.id = c.principal_id LEFT JOIN client_secrets s ON s.client_id = c.id
        WHERE c.id = \(id)
        """
      ) { row in
        (
          name: try row[0] as String, kind: try row[1] as String, isEnabled: try row[2] as Bool,
          hash: (try row[3] as [UInt8]?).flatMap { SecretHash(bytes: $0) }
        )
      }
      guard let first = rows.first, let kind = PrincipalKind(rawValue: first.kind) else { return nil }
      return RegisteredClient(
        id: id, secrets: rows.compactMap(\.hash), subject: first.name, kind: kind, isEnabled: first.isEnabled)
    }
  }

  package func personalAccessToken(id: String) async throws -> RegisteredPersonalAccessToken? {
    try await store.pool.run { connection in
      let found = try connection.first(
        """
        SELECT t.hash, p.name, p.kind, floor(extract(epoch FROM t.expires_at))::bigint, t.revoked_at IS NOT NULL
        FROM personal_access_tokens t JOIN principals p ON p.id = t.principal_id WHERE t.id = \(id)
        """
      ) { row -> RegisteredPersonalAccessToken? in
        guard let hash = SecretHash(bytes: try row[0]), let kind = PrincipalKind(rawValue: try row[2] as String) else { return nil }
        return RegisteredPersonalAccessToken(
          hash: hash, subject: try row[1], kind: kind, expiresAtSeconds: try row[3], isRevoked: try row[4])
      }
      return found ?? nil
    }
  }

  package func revokePersonalAccessToken(id: String) async throws {
    let owner: PrincipalReference
    do {
      owner = try await store.ownerOfPersonalAccessToken(id)
    } catch CatalogError.noSuchCredential {
      return
    }
    let change = Self.revocation(of: id, by: owner)
    try await store.commit(change) { connection in try CatalogStore.revoke(token: id, on: connection) }
  }

  package func revokeAccessToken(id: String, expiresAtSeconds: Int64) async throws {
    let change = Self.revocation(of: id, by: nil)
    try await store.commit(change) { connection in
      try CatalogStore.moveAccessRevision(on: connection)
      try connection.execute(
        """
        INSERT INTO revoked_tokens (id, expires_at) VALUES (\(id), to_timestamp(\(Double(expiresAtSeconds))) + interval '10 minutes')
        ON CONFLICT (id) DO NOTHING
        """)
    }
  }

  /// Whoever shows a token may end it; the trail says whose it was, where that is known.
  private static func revocation(of id: String, by owner: PrincipalReference?) -> Change {
    let caller = owner.map { Caller($0.kind == .service ? .service : .user, name: $0.name) } ?? .anonymous
    let context = OperationContext(caller, requestID: "token-revocation")
    return Change(
      recording: AuditEvent(.revokeToken, owner?.resource ?? CatalogResource(.server, ""), context, before: ["token": .string(id)]))
  }

  package func isWelcome(_ identity: VerifiedIdentity) async throws -> Bool {
    guard let caller = names.caller(identity) else { return false }
    return try await isWelcome(caller)
  }

  /// Whether a caller may still do anything: it exists and is enabled where this catalog vouches for it, and neither its token nor the
  /// credential behind that was taken back.
  package func isWelcome(_ caller: Caller) async throws -> Bool {
    let mustExist = !caller.name.contains("/")
    return try await store.pool.run { connection in
      try connection.first(
        """
        SELECT NOT EXISTS (SELECT 1 FROM revoked_tokens WHERE id = \(caller.tokenID))
          AND coalesce((SELECT is_enabled FROM principals WHERE kind IN ('user', 'service') AND name = \(caller.name)), \(!mustExist))
          AND (\(caller.credentialID)::text IS NULL
            OR EXISTS (SELECT 1 FROM clients WHERE id = \(caller.credentialID) AND is_enabled)
            OR EXISTS (SELECT 1 FROM personal_access_tokens
              WHERE id = \(caller.credentialID) AND revoked_at IS NULL AND expires_at > now()))
        """
      ) { row in try row[0] as Bool } ?? false
    }
  }

  /// Forgets revocations of tokens that have expired since.
  package func forgetExpiredRevocations() async throws {
    _ = try await store.pool.run { connection in try connection.execute("DELETE FROM revoked_tokens WHERE expires_at < now()") }
  }
}
