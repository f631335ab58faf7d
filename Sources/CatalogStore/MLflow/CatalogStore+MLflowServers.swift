import JSON
import Postgres
import TransparencyLog

/// A server whose versions this process takes over for a while.
package struct LeasedMLflowServer: Sendable {
  package let server: MLflowServer
  /// In the client's words; `nil` before the first batch.
  package let watermark: [UInt8]?
  /// Failures since the last success.
  package let attempts: Int
  /// How often somebody had asked for it by then.
  let asked: Int64
  let lease: PostgresUUID
}

extension CatalogStore {
  private static let mlflowColumns: SQL = """
    s.id, s.name, s.tracking_url, s.registry_url, s.workspace, s.models, s.principal, s.owner, s.risk_tier, s.secret_name, s.created_by,
    s.created_at
    """
  private static let progressColumns: SQL = """
    c.polled_at, CASE WHEN isfinite(c.next_poll_at) THEN c.next_poll_at END, c.failing_since, c.failed_at, c.last_error,
    (SELECT count(*) FROM mlflow_versions v WHERE v.server_name = s.name AND v.gone_at IS NULL),
    (SELECT count(*) FROM mlflow_waiting w WHERE w.server_id = s.id)
    """
  private static let mlflowTables: SQL = "mlflow_servers s JOIN mlflow_cursors c ON c.server_id = s.id"

  private static func mlflowServer(_ row: PostgresRow) throws -> MLflowServer {
    let tier: String = try row[8]
    guard let tier = RiskTier(rawValue: tier) else { throw CatalogError.unavailable("The risk tier \(tier) needs a newer server") }
    return MLflowServer(
      id: try row[0], name: try row[1], trackingURL: try row[2], registryURL: try row[3], workspace: try row[4], models: try row[5],
      principal: try row[6], owner: try row[7], tier: tier, secretName: try row[9], createdBy: try row[10], createdAt: try row[11])
  }

  private static func listed(_ row: PostgresRow) throws -> (server: MLflowServer, progress: MLflowProgress) {
    (
      try mlflowServer(row),
      MLflowProgress(
        polledAt: try row[12], nextPollAt: try row[13], failingSince: try row[14], failedAt: try row[15], lastError: try row[16],
        versions: try row[17], waiting: try row[18])
    )
  }

  /// Servers by name.
  package func mlflowServers(
    _ page: PageRequest, _: Authorization
  ) async throws -> Page<(server: MLflowServer, progress: MLflowProgress)> {
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.mlflowColumns), \(Self.progressColumns) FROM \(Self.mlflowTables) WHERE s.name > \(page.after ?? "")
        ORDER BY s.name LIMIT \(Int64(page.size + 1))
        """, Self.listed)
    }
    return Page(rows, size: page.size, key: \.server.name, element: { $0 })
  }

  /// - Throws: ``CatalogError/noSuchModel(_:)``
  package func mlflowServer(_ name: String, _: Authorization) async throws -> (server: MLflowServer, progress: MLflowProgress) {
    let found = try await pool.run { connection in
      try connection.first(
        "SELECT \(Self.mlflowColumns), \(Self.progressColumns) FROM \(Self.mlflowTables) WHERE s.name = \(name)", Self.listed)
    }
    guard let found else { throw Self.missing(mlflow: name) }
    return found
  }

  private static func missing(mlflow name: String) -> CatalogError { .noSuchModel("There is no MLflow server \(name)") }

  /// Versions of a server that are looked at again, those that have waited longest first.
  package func waitingVersions(of server: MLflowServer, limit: Int, _: Authorization) async throws -> [WaitingVersion] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT model, version, reason, since, retry_at FROM mlflow_waiting WHERE server_id = \(server.id)
        ORDER BY since, model, version LIMIT \(Int64(limit))
        """
      ) { row in
        WaitingVersion(
          name: RegisteredVersion(model: try row[0], version: try row[1]), reason: try row[2], since: try row[3], retryAt: try row[4])
      }
    }
  }

  /// - Throws: ``CatalogError/alreadyExists(_:)``
  package func createMLflowServer(_ server: MLflowServer, _ authorization: Authorization, answer: [UInt8]) async throws {
    let event = AuditEvent(authorization, after: server.auditFacts)
    try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
      let count = try connection.execute(
        """
        INSERT INTO mlflow_servers (id, name, tracking_url, registry_url, workspace, models, principal, owner, risk_tier, secret_name,
          created_by, created_at)
        VALUES (\(server.id), \(server.name), \(server.trackingURL), \(server.registryURL), \(server.workspace), \(server.models),
          \(server.principal), \(server.owner), \(server.tier.rawValue), \(server.secretName), \(server.createdBy), \(server.createdAt))
        ON CONFLICT (name) DO NOTHING
        """)
      guard count == 1 else { throw CatalogError.alreadyExists("There is an MLflow server \(server.name) already") }
      try connection.execute("INSERT INTO mlflow_cursors (server_id) VALUES (\(server.id))")
    }
  }

  /// Forgets a server; what was taken over from it stays.
  ///
  /// - Throws: ``CatalogError/noSuchModel(_:)``
  package func dropMLflowServer(_ name: String, _ authorization: Authorization) async throws {
    let base = try await mlflowServer(name, authorization).server
    let event = AuditEvent(authorization, before: base.auditFacts)
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      guard try connection.execute("DELETE FROM mlflow_servers WHERE id = \(base.id)") == 1 else { throw Self.missing(mlflow: name) }
    }
  }

  /// Has a server read as soon as somebody can, and all that waits looked at again.
  ///
  /// - Parameter all: also what did not change since it was read.
  /// - Throws: ``CatalogError/noSuchModel(_:)``
  package func askForPoll(of name: String, all: Bool, _ authorization: Authorization) async throws {
    let event = AuditEvent(authorization, after: ["all": .bool(all)])
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      let found = try connection.first(
        """
        UPDATE mlflow_cursors c SET next_poll_at = now(), asked = asked + 1, watermark = CASE WHEN \(all) THEN NULL ELSE watermark END,
          -- Whoever reads now would put the old watermark back.
          lease = CASE WHEN \(all) THEN NULL ELSE lease END, leased_until = CASE WHEN \(all) THEN NULL ELSE leased_until END
        FROM mlflow_servers s WHERE s.id = c.server_id AND s.name = \(name) RETURNING s.id
        """
      ) { row in try row[0] as MLflowServerID }
      guard let found else { throw Self.missing(mlflow: name) }
      try connection.execute("UPDATE mlflow_waiting SET retry_at = now() WHERE server_id = \(found)")
    }
  }

  // MARK: Polls. One process at a time reads one server, under a lease; whoever lost it notices with the next thing it writes, and stops.

  private static var leaseEnd: SQL { "now() + make_interval(secs => \(Double(leaseDuration.components.seconds)))" }

  /// Takes the server that has waited longest, if one is due.
  package func leaseMLflowServer(_: Authorization) async throws -> LeasedMLflowServer? {
    let lease = PostgresUUID.random()
    return try await pool.run { connection in
      try connection.first(
        """
        WITH due AS (
          SELECT server_id FROM mlflow_cursors WHERE next_poll_at <= now() AND (leased_until IS NULL OR leased_until < now())
          ORDER BY next_poll_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        UPDATE mlflow_cursors c SET lease = \(lease), leased_until = \(Self.leaseEnd)
        FROM due, mlflow_servers s WHERE c.server_id = due.server_id AND s.id = due.server_id
        RETURNING \(Self.mlflowColumns), c.watermark::text, c.attempts, c.asked
        """
      ) { row in
        let watermark: PostgresText? = try row[12]
        return LeasedMLflowServer(
          server: try Self.mlflowServer(row), watermark: watermark?.bytes, attempts: Int(try row[13] as Int32),
          asked: try row[14], lease: lease)
      }
    }
  }

  /// - Returns: `false` when somebody else has taken over: stop.
  package func renew(_ leased: LeasedMLflowServer, _: Authorization) async throws -> Bool {
    try await pool.run { connection in
      try connection.execute(
        "UPDATE mlflow_cursors SET leased_until = \(Self.leaseEnd) WHERE server_id = \(leased.server.id) AND lease = \(leased.lease)") == 1
    }
  }

  /// Versions that wait and are due.
  package func dueVersions(of leased: LeasedMLflowServer, limit: Int, _: Authorization) async throws -> [RegisteredVersion] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT model, version FROM mlflow_waiting WHERE server_id = \(leased.server.id) AND retry_at <= now()
        ORDER BY retry_at LIMIT \(Int64(limit))
        """
      ) { row in RegisteredVersion(model: try row[0], version: try row[1]) }
    }
  }

  /// Gives a server back that was read to its end.
  ///
  /// - Parameter interval: until the next time; `nil` for when somebody asks.
  package func release(_ leased: LeasedMLflowServer, after interval: Duration?, _: Authorization) async throws {
    let next: SQL = interval.map { "now() + make_interval(secs => \($0 / .seconds(1)))" } ?? "'infinity'"
    _ = try await pool.run { connection in
      try connection.execute(
        """
        UPDATE mlflow_cursors SET lease = NULL, leased_until = NULL, polled_at = now(), attempts = 0, failing_since = NULL, failed_at = NULL,
          last_error = NULL, next_poll_at = CASE WHEN asked > \(leased.asked) THEN now() ELSE \(next) END
        WHERE server_id = \(leased.server.id) AND lease = \(leased.lease)
        """)
    }
  }

  /// Gives a server back that could not be read, until later.
  package func release(_ leased: LeasedMLflowServer, failing error: String, retryAfter delay: Duration, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        """
        UPDATE mlflow_cursors SET lease = NULL, leased_until = NULL, attempts = attempts + 1,
          failing_since = coalesce(failing_since, now()), failed_at = now(), last_error = \(String(error.prefix(2_000))),
          next_poll_at = CASE WHEN asked > \(leased.asked) THEN now() ELSE now() + make_interval(secs => \(delay / .seconds(1))) END
        WHERE server_id = \(leased.server.id) AND lease = \(leased.lease)
        """)
    }
  }

  /// Gives a server back as it was: this process stops.
  package func release(_ leased: LeasedMLflowServer, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        """
        UPDATE mlflow_cursors SET lease = NULL, leased_until = NULL WHERE server_id = \(leased.server.id) AND lease = \(leased.lease)
        """)
    }
  }
}
