package import CatalogStore
import Logging
import Postgres
import Webhooks

extension Catalog {
  /// Webhooks that this server is to deliver to now.
  package func webhooksToTell(limit: Int, _ context: OperationContext) async throws -> [LeasedWebhook] {
    try await store.leaseWebhooks(limit: limit, authorizeDeliveries(context))
  }

  private func authorizeDeliveries(_ context: OperationContext) throws -> Authorization {
    try authorizer.authorizeServer(.deliverEvents, on: CatalogResource(.webhook, ""), context)
  }

  /// How long one webhook is delivered to before others have their turn.
  private static let turn = Duration.seconds(10)

  /// Tells one webhook what is new, event by event, until there is nothing more, its turn is over, or an event is not accepted.
  ///
  /// An event counts as delivered once that is written down. A server that dies between the answer and that writing leaves an event that
  /// another one sends again: at least once, in order.
  package func deliver(to leased: LeasedWebhook, _ context: OperationContext) async throws {
    let authorization = try authorizeDeliveries(context)
    var sending = Sending(leased.webhook, WebhookSecret(bytes: leased.secret), options.webhooks)
    let result: Result<Int64?, any Error>
    do { result = .success(try await deliver(to: leased, &sending, authorization)) } catch { result = .failure(error) }
    await sending.close()
    // Also when we are told to stop: else it would have to wait until the lease runs out.
    let store = store
    try await Task {
      switch result {
      case .success(nil): break
      case .success(let place?): try await store.release(leased, after: place, authorization)
      case .failure: try await store.release(leased, after: leased.webhook.progress.after, authorization)
      }
    }.value
    _ = try result.get()
  }

  /// - Returns: the place up to which there is nothing more to tell; `nil` when the webhook is not ours any more.
  private func deliver(to leased: LeasedWebhook, _ sending: inout Sending, _ authorization: Authorization) async throws -> Int64? {
    let webhook = leased.webhook
    let deadline = ContinuousClock.now + Self.turn
    var after = webhook.progress.after
    var attempts = webhook.progress.attempts
    var failingSince = webhook.progress.failingSince
    while ContinuousClock.now < deadline {
      let events = try await store.events(after: after, limit: 100, authorization)
      for event in events {
        try Task.checkCancellation()
        guard ContinuousClock.now < deadline else { return after }
        if webhook.filter.matches(event) {
          let attempt = try await sending.send(CloudEvent.text(event), id: event.id, place: event.place)
          guard attempt.error == nil else {
            try await give(up: attempt, leased, attempts: attempts + 1, failingSince: failingSince ?? attempt.time, authorization)
            return nil
          }
          guard try await store.delivered(attempt, to: leased, authorization) else { return nil }
          (attempts, failingSince) = (0, nil)
        }
        after = event.place
      }
      if events.isEmpty { break }
    }
    return after
  }

  /// Puts off what was not accepted, or gives it up: a receiver that says it is gone for good, or that has failed for too long.
  private func give(
    up attempt: WebhookAttempt, _ leased: LeasedWebhook, attempts: Int, failingSince: PostgresTimestamp, _ authorization: Authorization
  ) async throws {
    let failed = Duration.microseconds(attempt.time.microseconds - failingSince.microseconds)
    logger.warning(
      "a webhook was not told",
      metadata: [
        "webhook": "\(leased.webhook.name)", "event": "\(attempt.event)", "attempts": "\(attempts)", "error": "\(attempt.error ?? "")",
      ])
    guard attempt.status == 410 || failed >= options.webhooks.patience else {
      return try await store.failed(attempt, to: leased, retryAfter: options.webhooks.delay(after: attempts), authorization)
    }
    let pausing = try authorizer.authorizeServer(
      .pauseWebhook, on: CatalogResource(.webhook, leased.webhook.name), authorization.context)
    try await store.pause(leased, attempt, pausing)
  }
}
