package import Identity
import Postgres
import TransparencyLog

extension CatalogStore {
  private static let clientSelection: SQL = """
    SELECT c.id, p.name, c.is_enabled, c.created_at,
      (SELECT coalesce(array_agg(s.id::text ORDER BY s.created_at, s.id), '{}') FROM client_secrets s WHERE s.client_id = c.id),
      (SELECT coalesce(array_agg((extract(epoch FROM s.created_at) * 1000000)::bigint ORDER BY s.created_at, s.id), '{}')
        FROM client_secrets s WHERE s.client_id = c.id)
    FROM clients c JOIN principals p ON p.id = c.principal_id
    """

  private static func client(_ row: PostgresRow) throws -> StoredClient {
    let ids: [String] = try row[4]
    let times: [Int64] = try row[5]
    let secrets = zip(ids, times).compactMap { id, time in
      PostgresUUID(id).map { StoredClient.Secret(id: ClientSecretID($0), createdAt: PostgresTimestamp(microseconds: time)) }
    }
    return StoredClient(id: try row[0], service: try row[1], isEnabled: try row[2], secrets: secrets, createdAt: try row[3])
  }

  /// Clients by id.
  package func clients(_ page: PageRequest, _: Authorization) async throws -> Page<StoredClient> {
    let rows = try await pool.run { connection in
      try connection.query(
        "\(Self.clientSelection) WHERE c.id > \(page.after ?? "") ORDER BY c.id LIMIT \(Int64(page.size + 1))", Self.client)
    }
    return Page(rows, size: page.size, key: \.id, element: { $0 })
  }

  /// - Throws: ``CatalogError/noSuchCredential(_:)``
  package func client(_ id: String, _: Authorization) async throws -> StoredClient {
    try await pool.run { connection in try Self.client(id, on: connection) }
  }

  private static func client(_ id: String, on connection: PostgresConnection) throws -> StoredClient {
    guard let found = try connection.first("\(clientSelection) WHERE c.id = \(id)", client) else { throw missing(client: id) }
    return found
  }

  private static func missing(client id: String) -> CatalogError { .noSuchCredential("There is no client \(id)") }

  static func insert(
    _ client: StoredClient, of principal: PrincipalID, _ hash: SecretHash, on connection: PostgresConnection
  ) throws {
    try connection.execute(
      """
      INSERT INTO clients (id, principal_id, is_enabled, created_at)
      VALUES (\(client.id), \(principal), \(client.isEnabled), \(client.createdAt))
      """)
    for secret in client.secrets { try insert(secret, of: client.id, hash, on: connection) }
  }

  private static func insert(
    _ secret: StoredClient.Secret, of client: String, _ hash: SecretHash, on connection: PostgresConnection
  ) throws {
    try connection.execute(
      """
      INSERT INTO client_secrets (id, client_id, hash, created_at)
      VALUES (\(secret.id), \(client), \(hash.bytes), \(secret.createdAt))
      """)
  }

  /// - Parameter hash: of the client's one secret.
  /// - Throws: ``CatalogError/noSuchPrincipal(_:)``, ``CatalogError/alreadyExists(_:)``
  package func createClient(_ client: StoredClient, _ hash: SecretHash, _ authorization: Authorization, answer: [UInt8]) async throws {
    let event = AuditEvent(authorization, after: client.auditFacts)
    do {
      try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
        try Self.moveAccessRevision(on: connection)
        let service = try Self.principal(PrincipalReference(.service, client.service), on: connection)
        try Self.insert(client, of: service.id, hash, on: connection)
      }
    } catch let error as PostgresError where error.isUniqueViolation && error.constraint == "clients_pkey" {
      throw CatalogError.alreadyExists("The client \(client.id) exists already; give another id")
    }
  }

  /// - Returns: the client as it is afterwards.
  /// - Throws: ``CatalogError/noSuchCredential(_:)``
  package func updateClient(
    _ id: String, isEnabled: Bool, _ authorization: Authorization, answer: @escaping @Sendable (StoredClient) -> [UInt8]
  ) async throws -> StoredClient {
    let base = try await client(id, authorization)
    let new = StoredClient(
      id: base.id, service: base.service, isEnabled: isEnabled, secrets: base.secrets, createdAt: base.createdAt)
    let event = AuditEvent(authorization, before: base.auditFacts, after: new.auditFacts)
    try await commit(Change(authorization, event: event, answer: .json(answer(new)))) { connection in
      try Self.moveAccessRevision(on: connection)
      let changed = try connection.execute("UPDATE clients SET is_enabled = \(isEnabled) WHERE id = \(id)")
      if changed == 0 { throw Self.missing(client: id) }
    }
    return new
  }

  /// - Throws: ``CatalogError/noSuchCredential(_:)``
  package func dropClient(_ id: String, _ authorization: Authorization) async throws {
    let base = try await client(id, authorization)
    let event = AuditEvent(authorization, before: base.auditFacts)
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      try Self.moveAccessRevision(on: connection)
      let gone = try connection.execute("DELETE FROM clients WHERE id = \(id)")
      if gone == 0 { throw Self.missing(client: id) }
    }
  }

  /// - Throws: ``CatalogError/noSuchCredential(_:)``, ``CatalogError/unprocessable(_:)`` when it has as many as it may.
  package func addSecret(
    _ secret: StoredClient.Secret, _ hash: SecretHash, to id: String, _ authorization: Authorization, answer: [UInt8]
  ) async throws {
    let event = AuditEvent(authorization, after: ["client": .string(id), "secret": .string("\(secret.id)")])
    try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
      try Self.moveAccessRevision(on: connection)
      guard try Self.client(id, on: connection).secrets.count < StoredClient.maximumSecrets else {
        throw CatalogError.unprocessable(
          "The client \(id) has \(StoredClient.maximumSecrets) secrets, as many as it may; remove the old one first")
      }
      try Self.insert(secret, of: id, hash, on: connection)
    }
  }

  /// - Throws: ``CatalogError/noSuchCredential(_:)``
  package func dropSecret(_ secret: ClientSecretID, of id: String, _ authorization: Authorization) async throws {
    let event = AuditEvent(authorization, before: ["client": .string(id), "secret": .string("\(secret)")])
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      try Self.moveAccessRevision(on: connection)
      let gone = try connection.execute("DELETE FROM client_secrets WHERE id = \(secret) AND client_id = \(id)")
      if gone == 0 { throw CatalogError.noSuchCredential("The client \(id) has no secret \(secret)") }
    }
  }
}

extension StoredClient {
  var auditFacts: [String: CanonicalValue] {
    ["client": .string(id), "service": .string(service), "enabled": .bool(isEnabled)]
  }
}
