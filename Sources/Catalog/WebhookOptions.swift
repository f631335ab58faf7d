package import Webhooks

/// How webhooks are told, read once at start.
package struct WebhookOptions: Sendable {
  /// Where events may be sent.
  package var receivers = ReceiverRules()
  /// How long after a failure it is tried again: doubled with each failure, up to the longest, and half of it by chance.
  package var firstDelay = Duration.seconds(1)
  package var longestDelay = Duration.seconds(900)
  /// A webhook that has failed for so long is paused. Default a day.
  package var patience = Duration.seconds(86_400)
  /// Every address of a name.
  package var resolve: @Sendable (String) async throws -> [NetworkAddress] = HostResolver.addresses

  package init() {}

  /// - Parameter attempts: failures so far, the last one included.
  func delay(after attempts: Int) -> Duration {
    let full = min(firstDelay * (1 << min(max(attempts, 1) - 1, 20)), longestDelay)
    return full * Double.random(in: 0.5...1)
  }
}
