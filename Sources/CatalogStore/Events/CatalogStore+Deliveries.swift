import Postgres
import TransparencyLog

// Deliveries to webhooks. One server at a time delivers to one webhook, under a lease; whoever lost it notices with the next thing it
// writes, and stops.

extension CatalogStore {
  /// How long a lease lasts unless it is renewed: far longer than one request may take.
  package static let deliveryLease = Duration.seconds(60)
  /// Attempts that are kept for people to see, of each webhook.
  static let keptAttempts = 200

  private static var leaseEnd: SQL { "now() + make_interval(secs => \(Double(deliveryLease.components.seconds)))" }

  /// Takes webhooks that have something to be told and may be told now, those that have waited longest first.
  package func leaseWebhooks(limit: Int, _: Authorization) async throws -> [LeasedWebhook] {
    let lease = PostgresUUID.random()
    return try await pool.run { connection in
      try connection.query(
        """
        WITH due AS (
          SELECT c.webhook_id FROM webhook_cursors c JOIN webhooks h ON h.id = c.webhook_id
          WHERE h.is_enabled AND c.paused_at IS NULL AND c.next_attempt_at <= now() AND (c.leased_until IS NULL OR c.leased_until < now())
            AND (h.object_kind IS NULL OR h.object_kind = ANY(\(AccessObject.filterKinds)))
            AND c.after_place < (SELECT next_place - 1 FROM audit_sequence)
          ORDER BY c.next_attempt_at LIMIT \(Int64(limit)) FOR UPDATE OF c SKIP LOCKED)
        UPDATE webhook_cursors c SET lease = \(lease), leased_until = \(Self.leaseEnd)
        FROM due, webhooks h WHERE c.webhook_id = due.webhook_id AND h.id = due.webhook_id
        RETURNING \(Self.webhookColumns), h.secret
        """
      ) { row in LeasedWebhook(webhook: try Self.webhook(row), secret: try row[14], lease: lease) }
    }
  }

  /// Records that an event was accepted, and goes on behind it.
  ///
  /// - Returns: `false` when another server has taken over: stop.
  package func delivered(_ attempt: WebhookAttempt, to leased: LeasedWebhook, _: Authorization) async throws -> Bool {
    try await pool.run { connection in
      try connection.first(
        """
        WITH moved AS (
          UPDATE webhook_cursors SET after_place = \(attempt.place), attempts = 0, failing_since = NULL, last_error = NULL,
            leased_until = \(Self.leaseEnd)
          WHERE webhook_id = \(leased.webhook.id) AND lease = \(leased.lease) RETURNING webhook_id)
        \(Self.recording(attempt)) SELECT count(*) FROM moved
        """
      ) { row in try row[0] as Int64 } == 1
    }
  }

  /// Records that an event was not accepted, and gives the webhook back until later.
  package func failed(_ attempt: WebhookAttempt, to leased: LeasedWebhook, retryAfter delay: Duration, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        """
        WITH moved AS (
          UPDATE webhook_cursors SET attempts = attempts + 1, failing_since = coalesce(failing_since, now()),
            last_error = \(attempt.error), next_attempt_at = now() + make_interval(secs => \(delay / .seconds(1))),
            lease = NULL, leased_until = NULL
          WHERE webhook_id = \(leased.webhook.id) AND lease = \(leased.lease) RETURNING webhook_id)
        \(Self.recording(attempt)) SELECT count(*) FROM moved
        """)
    }
  }

  /// Sends nothing more to a webhook until somebody enables it again, and writes into the trail why.
  package func pause(_ leased: LeasedWebhook, _ attempt: WebhookAttempt, _ authorization: Authorization) async throws {
    let event = AuditEvent(
      authorization, before: leased.webhook.auditFacts, after: ["paused": .bool(true), "reason": .string(attempt.error ?? "")])
    do {
      try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
        let count = try connection.execute(
          """
          WITH moved AS (
            UPDATE webhook_cursors SET attempts = attempts + 1, failing_since = coalesce(failing_since, now()),
              last_error = \(attempt.error), paused_at = now(), lease = NULL, leased_until = NULL
            WHERE webhook_id = \(leased.webhook.id) AND lease = \(leased.lease) RETURNING webhook_id)
          \(Self.recording(attempt)) SELECT webhook_id FROM moved
          """)
        guard count == 1 else { throw VersionMoved() }
      }
    } catch is VersionMoved {
      // Somebody else's by now.
    }
  }

  /// Goes on behind events that nobody wanted, and gives the webhook back.
  package func release(_ leased: LeasedWebhook, after place: Int64, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        """
        UPDATE webhook_cursors SET after_place = greatest(after_place, \(place)), next_attempt_at = now(), lease = NULL, leased_until = NULL
        WHERE webhook_id = \(leased.webhook.id) AND lease = \(leased.lease)
        """)
      try connection.execute(
        """
        DELETE FROM webhook_attempts WHERE webhook_id = \(leased.webhook.id) AND id < (
          SELECT id FROM webhook_attempts WHERE webhook_id = \(leased.webhook.id) ORDER BY id DESC
          OFFSET \(Int64(Self.keptAttempts - 1)) LIMIT 1)
        """)
    }
  }

  /// Records what came of a ping.
  package func record(_ attempt: WebhookAttempt, to webhook: StoredWebhook, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        "WITH moved AS (SELECT id AS webhook_id FROM webhooks WHERE id = \(webhook.id)) \(Self.recording(attempt)) SELECT 1")
    }
  }

  /// An expression that keeps the attempt, for every row of `moved`.
  private static func recording(_ attempt: WebhookAttempt) -> SQL {
    """
    , recorded AS (
      INSERT INTO webhook_attempts (id, webhook_id, place, event_id, attempted_at, duration_ms, status, error)
      SELECT \(PostgresUUID.timeOrdered()), webhook_id, \(attempt.place), \(attempt.event), \(attempt.time), \(attempt.durationMs),
        \(attempt.status.map(Int16.init)), \(attempt.error)
      FROM moved)
    """
  }

  /// The latest attempts, the last one first.
  package func attempts(of webhook: StoredWebhook, limit: Int, _: Authorization) async throws -> [WebhookAttempt] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT place, event_id, attempted_at, duration_ms, status, error FROM webhook_attempts
        WHERE webhook_id = \(webhook.id) ORDER BY id DESC LIMIT \(Int64(limit))
        """
      ) { row in
        let status: Int16? = try row[4]
        return WebhookAttempt(
          place: try row[0], event: try row[1], time: try row[2], durationMs: try row[3], status: status.map(Int.init), error: try row[5])
      }
    }
  }

  /// How many webhooks there are, and how many are paused, for metrics.
  package func webhookCounts() async throws -> (all: Int, paused: Int) {
    try await pool.run { connection in
      try connection.first("SELECT count(*), count(paused_at) FROM webhook_cursors") { row in
        (Int(try row[0] as Int64), Int(try row[1] as Int64))
      } ?? (0, 0)
    }
  }
}
