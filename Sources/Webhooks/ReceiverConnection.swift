import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Sends signed events to one receiver, always to the address that was checked when it was opened.
///
/// Between a check of a name and a connection by that name, the name may come to mean something else. So the name is resolved here, once;
/// every address it has must be allowed; and the connection goes to one of them, with the name kept for TLS and the `Host` header.
package struct ReceiverConnection: Sendable {
  /// How a request ended.
  package struct Outcome: Hashable, Sendable {
    /// What was answered, if anything was.
    package let status: Int?
    /// Why it counts as failed; `nil` for a 2xx.
    package let error: String?
    package let duration: Duration

    package init(status: Int?, error: String?, duration: Duration) {
      self.status = status
      self.error = error
      self.duration = duration
    }
  }

  /// From the beginning of a request to the status of its answer.
  package static let timeout = Duration.seconds(10)
  /// An answer's body says nothing to us; a longer one ends the connection.
  private static let maximumAnswerSizeBytes = 64 << 10
  private static let drainTime = Duration.seconds(1)

  private let address: ReceiverAddress
  private let secret: WebhookSecret
  private let client: HTTPClient

  /// - Parameter resolve: every address of a name.
  /// - Throws: ``ReceiverRefusal``
  package init(
    _ address: ReceiverAddress, _ secret: WebhookSecret, _ rules: ReceiverRules,
    resolve: (String) async throws -> [NetworkAddress] = HostResolver.addresses
  ) async throws {
    try address.check(rules)
    self.address = address
    self.secret = secret
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    configuration.timeout.connect = .seconds(5)
    configuration.connectionPool.retryConnectionEstablishment = false
    if address.literal == nil {
      let found = try await resolve(address.host)
      if let refused = found.first(where: { !rules.allows($0) }) { throw ReceiverRefusal(refused) }
      guard let chosen = found.first else { throw ReceiverRefusal("\(address.host) has no address") }
      configuration.dnsOverride = [address.host: "\(chosen)"]
    }
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// Sends one event. Failures are outcomes; only a cancelled task throws.
  ///
  /// - Parameters:
  ///   - id: the same each time that the event is sent.
  ///   - seconds: since 1970: now.
  package func send(_ body: [UInt8], id: String, seconds: Int64) async throws -> Outcome {
    var request = HTTPClientRequest(url: "\(address)")
    request.method = .POST
    request.headers.add(name: "Content-Type", value: "application/cloudevents+json; charset=utf-8")
    request.headers.add(name: "User-Agent", value: "moraine")
    request.headers.add(name: "webhook-id", value: id)
    request.headers.add(name: "webhook-timestamp", value: String(seconds))
    request.headers.add(name: "webhook-signature", value: secret.signature(id: id, seconds: seconds, body: body))
    request.body = .bytes(ByteBuffer(bytes: body))
    let start = ContinuousClock.now
    do {
      let response = try await client.execute(request, timeout: .seconds(Self.timeout.components.seconds))
      await Self.drain(response.body)
      let status = Int(response.status.code)
      let isRedirect = (300..<400).contains(status)
      let error = (200..<300).contains(status) ? nil : "it answered \(status)\(isRedirect ? ", and redirects are not followed" : "")"
      return Outcome(status: status, error: error, duration: .now - start)
    } catch {
      try Task.checkCancellation()
      return Outcome(status: nil, error: "it could not be reached: \(error)", duration: .now - start)
    }
  }

  /// Reads an answer to its end, so that the connection can be used again, unless it is long or takes its time.
  private static func drain(_ body: HTTPClientResponse.Body) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { _ = try? await body.collect(upTo: maximumAnswerSizeBytes) }
      group.addTask { try? await Task.sleep(for: drainTime) }
      await group.next()
      group.cancelAll()
    }
  }

  package func close() async { try? await client.shutdown() }
}
