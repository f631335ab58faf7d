package import Identity
import Postgres
import TransparencyLog

/// A client's credential that was just made: its one chance to be shown.
package struct MintedCredential: Sendable, CustomStringConvertible, CustomReflectable {
  package let clientID: String
  package let secret: ClientSecret

  package init(clientID: String, secret: ClientSecret) {
    self.clientID = clientID
    self.secret = secret
  }

  package var description: String { "MintedCredential(\(clientID))" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension CatalogStore {
  private static let administrator = PrincipalReference(.service, "admin")

  /// Makes a role unless it is there.
  package func ensureRole(_ role: PrincipalReference, description: String, _ authorization: Authorization) async throws {
    do {
      _ = try await principal(role, authorization)
    } catch CatalogError.noSuchPrincipal {
      let principal = StoredPrincipal(
        id: .new(), reference: role, description: description, cleared: [], createdAt: authorization.context.time)
      do {
        try await createPrincipal(principal, authorization, answer: [])
      } catch CatalogError.alreadyExists {
        // Another server that starts just now was faster.
      }
    }
  }

  /// Makes the service `admin`, in the role `admin`, with a client and one secret, unless somebody enabled is in that role already.
  ///
  /// - Returns: the credential; `nil` when there is an administrator.
  package func mintFirstAdministrator(_ authorization: Authorization) async throws -> MintedCredential? {
    let administrator = Self.administrator
    let secret = ClientSecret()
    let time = authorization.context.time
    let event = AuditEvent(authorization, after: ["client": .string(administrator.name), "service": .string(administrator.name)])
    do {
      try await commit(Change(recording: event)) { connection in
        // Servers that start together take turns here, and only the first one finds nobody.
        try Self.moveAccessRevision(on: connection)
        if try Self.hasAdministrator(on: connection) { throw AdministratorExists() }
        let found = try connection.first(
          "SELECT id FROM principals WHERE kind = 'service' AND name = \(administrator.name)"
        ) { row in try row[0] as PrincipalID }
        let id = found ?? PrincipalID.new()
        if found == nil {
          try Self.insert(
            StoredPrincipal(id: id, reference: administrator, description: "Made at the first start.", cleared: [], createdAt: time),
            on: connection)
        }
        try connection.execute("UPDATE principals SET is_enabled = true WHERE id = \(id)")
        let role = try Self.principal(.adminRole, on: connection).id
        try connection.execute(
          """
          INSERT INTO memberships (id, member_id, group_id) SELECT \(PrincipalID.new()), \(id), \(role)
          WHERE NOT EXISTS (SELECT 1 FROM memberships WHERE member_id = \(id) AND group_id = \(role) AND until IS NULL)
          """)
        // Its old secrets, if it had any, are not known to whoever starts the server now.
        try connection.execute("DELETE FROM clients WHERE id = \(administrator.name)")
        let client = StoredClient(
          id: administrator.name, service: administrator.name, secrets: [.init(id: .new(), createdAt: time)], createdAt: time)
        try Self.insert(client, of: id, secret.hash, on: connection)
      }
    } catch is AdministratorExists {
      return nil
    }
    return MintedCredential(clientID: administrator.name, secret: secret)
  }

  /// Whether an enabled user or service is in the role `admin`, through however many others.
  private static func hasAdministrator(on connection: PostgresConnection) throws -> Bool {
    try connection.first(
      """
      WITH RECURSIVE inside (id, depth) AS (
        SELECT id, 0 FROM principals WHERE kind = 'role' AND name = \(PrincipalReference.adminRole.name)
        UNION
        SELECT m.member_id, i.depth + 1 FROM inside i JOIN memberships m ON m.group_id = i.id
        WHERE m.until IS NULL AND i.depth < \(Int64(maximumNesting))
      )
      SELECT EXISTS (SELECT 1 FROM inside i JOIN principals p ON p.id = i.id
        WHERE p.is_enabled AND (p.kind IN ('user', 'service') OR (p.kind = 'team' AND p.name LIKE '%/%')))
      """
    ) { row in try row[0] as Bool } ?? false
  }
}

/// Somebody may administer the catalog already.
private struct AdministratorExists: Error {}
