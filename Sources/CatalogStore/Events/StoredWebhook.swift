package import Postgres

package enum WebhookEntity {}
package typealias WebhookID = EntityID<WebhookEntity>

/// Somebody who is told of events over HTTP.
package struct StoredWebhook: Hashable, Sendable {
  package let id: WebhookID
  package let name: String
  package let url: String
  package let filter: EventFilter
  package let isEnabled: Bool
  package let version: Int64
  package let createdAt: PostgresTimestamp
  package let progress: WebhookProgress

  package init(
    id: WebhookID, name: String, url: String, filter: EventFilter, isEnabled: Bool, version: Int64 = 1, createdAt: PostgresTimestamp,
    progress: WebhookProgress
  ) {
    self.id = id
    self.name = name
    self.url = url
    self.filter = filter
    self.isEnabled = isEnabled
    self.version = version
    self.createdAt = createdAt
    self.progress = progress
  }
}

/// How far deliveries have come.
package struct WebhookProgress: Hashable, Sendable {
  /// The last place that needs nothing more: delivered, or not wanted. -1 before the first.
  package let after: Int64
  /// Failed attempts since the last success, when they began, and what the last one met.
  package let attempts: Int
  package let failingSince: PostgresTimestamp?
  package let lastError: String?
  /// Since when nothing is sent any more, because it failed for too long.
  package let pausedAt: PostgresTimestamp?

  package init(
    after: Int64, attempts: Int = 0, failingSince: PostgresTimestamp? = nil, lastError: String? = nil, pausedAt: PostgresTimestamp? = nil
  ) {
    self.after = after
    self.attempts = attempts
    self.failingSince = failingSince
    self.lastError = lastError
    self.pausedAt = pausedAt
  }
}

/// What is to become different about a webhook; `nil` stays as it is.
package struct WebhookChange: Hashable, Sendable {
  package var url: String?
  package var actions: Set<String>?
  /// `.some(nil)` for every object.
  package var object: AccessObject??
  /// `true` also ends a pause.
  package var isEnabled: Bool?
  /// To tell of events again, or to leave some out.
  package var after: Int64?

  package init() {}
}

/// A webhook that this server delivers to for a while.
package struct LeasedWebhook: Sendable {
  package let webhook: StoredWebhook
  /// The key of its signatures: 32 bytes.
  package let secret: [UInt8]
  let lease: PostgresUUID
}

/// One request to a webhook's receiver.
package struct WebhookAttempt: Hashable, Sendable {
  /// `nil` for a ping.
  package let place: Int64?
  package let event: AuditEventID
  package let time: PostgresTimestamp
  package let durationMs: Int64
  /// What was answered, if anything was.
  package let status: Int?
  /// Why it counts as failed; `nil` when it was accepted.
  package let error: String?

  package init(place: Int64?, event: AuditEventID, time: PostgresTimestamp, durationMs: Int64, status: Int?, error: String?) {
    self.place = place
    self.event = event
    self.time = time
    self.durationMs = durationMs
    self.status = status
    self.error = error
  }
}
