package import CatalogStore
import Postgres
package import Webhooks

// The operations on webhooks. Whoever makes one sends the audit trail out of the house, so it takes both rights.

extension Catalog {
  private static func resource(_ name: String) -> CatalogResource { CatalogResource(.webhook, name) }

  private func authorize(webhooks action: CatalogAction, _ name: String, _ context: OperationContext) async throws -> Authorization {
    try await authorized(
      action, [PolicyQuestion(.manageWebhooks), PolicyQuestion(.readAudit)], catalog: Self.resource(name), context)
  }

  package func listWebhooks(_ page: PageRequest, _ context: OperationContext) async throws -> Page<StoredWebhook> {
    try await store.webhooks(page, authorize(webhooks: .listWebhooks, "", context))
  }

  /// - Throws: ``CatalogError/noSuchWebhook(_:)``
  package func loadWebhook(_ name: String, _ context: OperationContext) async throws -> StoredWebhook {
    try await store.webhook(name, authorize(webhooks: .loadWebhook, name, context))
  }

  /// - Parameters:
  ///   - after: `nil` to tell of what comes from now on.
  ///   - answer: without the secret, for a request that is sent again.
  /// - Throws: ``CatalogError/alreadyExists(_:)``, ``CatalogError/badRequest(_:)``
  package func createWebhook(
    _ name: String, url: String, _ filter: EventFilter, isEnabled: Bool, after: Int64?, _ context: OperationContext,
    answer: (StoredWebhook) -> [UInt8]
  ) async throws -> (webhook: StoredWebhook, secret: WebhookSecret) {
    let authorization = try await authorize(webhooks: .createWebhook, name, context)
    guard Warehouse.isName(name) else {
      throw CatalogError.badRequest(
        "The webhook name \"\(name)\" is not allowed; use 1 to 63 lower-case letters, digits, '-' and '_', starting with a letter or digit"
      )
    }
    let address = try receiver(url)
    try check(after)
    var start = after
    if start == nil { start = try await store.lastPlace() }
    let webhook = StoredWebhook(
      id: .new(), name: name, url: "\(address)", filter: filter, isEnabled: isEnabled, createdAt: context.time,
      progress: WebhookProgress(after: start ?? -1))
    let secret = WebhookSecret()
    try await store.createWebhook(webhook, secret: secret.bytes, authorization, answer: answer(webhook))
    return (webhook, secret)
  }

  /// - Throws: ``CatalogError/noSuchWebhook(_:)``, ``CatalogError/badRequest(_:)``
  package func updateWebhook(
    _ name: String, _ change: WebhookChange, _ context: OperationContext, answer: @escaping @Sendable (StoredWebhook) -> [UInt8]
  ) async throws -> StoredWebhook {
    let authorization = try await authorize(webhooks: .updateWebhook, name, context)
    var change = change
    change.url = try change.url.map { "\(try receiver($0))" }
    try check(change.after)
    return try await store.updateWebhook(name, change, authorization, answer: answer)
  }

  /// - Throws: ``CatalogError/noSuchWebhook(_:)``
  package func dropWebhook(_ name: String, _ context: OperationContext) async throws {
    try await store.dropWebhook(name, authorize(webhooks: .dropWebhook, name, context))
  }

  /// The latest attempts to deliver, the last one first.
  ///
  /// - Throws: ``CatalogError/noSuchWebhook(_:)``
  package func listDeliveries(of name: String, limit: Int, _ context: OperationContext) async throws -> [WebhookAttempt] {
    let authorization = try await authorize(webhooks: .listDeliveries, name, context)
    return try await store.attempts(of: store.webhook(name, authorization), limit: min(max(limit, 1), 200), authorization)
  }

  /// Sends an event that says nothing, now, also to a receiver that is disabled or paused. Nothing else changes by it.
  ///
  /// - Throws: ``CatalogError/noSuchWebhook(_:)``
  package func pingWebhook(_ name: String, _ context: OperationContext) async throws -> WebhookAttempt {
    let authorization = try await authorize(webhooks: .pingWebhook, name, context)
    let webhook = try await store.webhook(name, authorization)
    let id = AuditEventID.new()
    var sending = Sending(webhook, WebhookSecret(bytes: try await store.secret(of: webhook, authorization)), options.webhooks)
    let attempt = try await sending.send(CloudEvent.ping(webhook, id, context), id: id, place: nil)
    await sending.close()
    try await store.record(attempt, to: webhook, authorization)
    return attempt
  }

  private func receiver(_ url: String) throws -> ReceiverAddress {
    do {
      let address = try ReceiverAddress(url)
      try address.check(options.webhooks.receivers)
      return address
    } catch {
      throw CatalogError.badRequest("The URL of the webhook is refused: \(error)")
    }
  }

  private func check(_ place: Int64?) throws {
    if let place, place < -1 {
      throw CatalogError.badRequest("after is \(place); it must be the place of an event, or -1 for the beginning")
    }
  }
}

/// Requests to one receiver, over one connection, which is made when the first one is sent.
struct Sending {
  private let webhook: StoredWebhook
  private let secret: WebhookSecret
  private let options: WebhookOptions
  private var connection: ReceiverConnection?

  init(_ webhook: StoredWebhook, _ secret: WebhookSecret, _ options: WebhookOptions) {
    self.webhook = webhook
    self.secret = secret
    self.options = options
  }

  mutating func send(_ body: [UInt8], id: AuditEventID, place: Int64?) async throws -> WebhookAttempt {
    let time = PostgresTimestamp.now()
    let start = ContinuousClock.now
    var outcome: ReceiverConnection.Outcome
    do {
      if connection == nil {
        connection = try await ReceiverConnection(ReceiverAddress(webhook.url), secret, options.receivers, resolve: options.resolve)
      }
      guard let connection else { throw CancellationError() }
      outcome = try await connection.send(body, id: id.description, seconds: time.milliseconds / 1_000)
    } catch let refusal as ReceiverRefusal {
      outcome = ReceiverConnection.Outcome(status: nil, error: "nothing is sent there: \(refusal)", duration: .now - start)
    }
    return WebhookAttempt(
      place: place, event: id, time: time, durationMs: Int64(outcome.duration / .milliseconds(1)), status: outcome.status,
      error: outcome.error)
  }

  func close() async { await connection?.close() }
}
