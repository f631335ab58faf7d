package import MLflow
package import Webhooks

/// How servers of MLflow are read, read once at start.
package struct MLflowOptions: Sendable {
  /// How long after a server was read it is read again; `nil` for when somebody asks. Default a minute.
  package var interval: Duration? = .seconds(60)
  /// The longest pause after failures; each doubles it.
  package var longestDelay = Duration.seconds(3_600)
  /// Addresses that may be read though they are not public; nothing else is asked without TLS.
  package var networks: [NetworkRange] = []
  /// What is called so: `user:password`, or a token; `nil` when there is nothing of that name. Asked for each time a server is read.
  package var secret: @Sendable (String) async throws -> String? = { _ in nil }
  /// Every address of a name.
  package var resolve: @Sendable (String) async throws -> [NetworkAddress] = HostResolver.addresses
  package var client = MLflowClient.Limits()
  package var walk: MLflowWalk.Limits = {
    var limits = MLflowWalk.Limits()
    // One transaction each.
    limits.batchSize = 20
    return limits
  }()

  package init() {}

  /// - Parameter attempts: failures so far, the last one included.
  func delay(after attempts: Int) -> Duration {
    min((interval ?? .seconds(60)) * (1 << min(max(attempts, 1), 12)), longestDelay)
  }

  /// What can be refused without asking anybody for the host's addresses.
  func check(_ url: String) throws {
    let address = try ReceiverAddress(url)
    try address.check(ReceiverRules(allowed: networks, allowsPlainHTTP: true))
    if let literal = NetworkAddress(address.host), !address.isTLS { try requireNetwork(literal) }
  }

  /// A client of a server at an address that may be asked: its name is resolved once, here, every address it has must be allowed, and the
  /// client connects to one of them.
  ///
  /// - Throws: ``ReceiverRefusal``, ``MLflowAddressError``, ``MLflowSecretError``
  func client(_ url: String, _ server: (secretName: String?, workspace: String?)) async throws -> MLflowClient {
    try check(url)
    let place = try ReceiverAddress(url)
    var hosts: [String: String] = [:]
    if NetworkAddress(place.host) == nil {
      let found = try await resolve(place.host)
      for address in found {
        try ReceiverAddress(place.isTLS ? "https://\(Self.text(address))/" : "http://\(Self.text(address))/")
          .check(ReceiverRules(allowed: networks, allowsPlainHTTP: true))
        if !place.isTLS { try requireNetwork(address) }
      }
      hosts[place.host] = found.first.map { "\($0)" }
    }
    return MLflowClient(
      try MLflowAddress(url, authorization: try await authorization(server.secretName), workspace: server.workspace), hosts: hosts,
      limits: client)
  }

  private static func text(_ address: NetworkAddress) -> String { address.isIPv6 ? "[\(address)]" : "\(address)" }

  private func requireNetwork(_ address: NetworkAddress) throws {
    guard networks.contains(where: { $0.contains(address) }) else { throw MLflowReachError(address: "\(address)") }
  }

  private func authorization(_ name: String?) async throws -> MLflowAuthorization {
    guard let name else { return .none }
    guard let text = try await secret(name), !text.isEmpty else { throw MLflowSecretError(name: name) }
    guard let colon = text.firstIndex(of: ":") else { return .bearer(text) }
    return .basic(user: String(text[..<colon]), password: String(text[text.index(after: colon)...]))
  }
}

/// A secret that this process has not.
struct MLflowSecretError: Error, CustomStringConvertible {
  let name: String

  var description: String {
    let variable = "MORAINE_MLFLOW_SECRET_" + name.uppercased().replacing("-", with: "_")
    return "There is no secret \(name): give the Moraine server \(variable), or a file \(name) in the folder MORAINE_MLFLOW_SECRETS"
  }
}

/// An address that is not asked without TLS.
struct MLflowReachError: Error, CustomStringConvertible {
  let address: String

  var description: String {
    "\(address) is asked over https:// alone, unless MORAINE_MLFLOW_NETWORKS names it: credentials and answers would travel in the clear"
  }
}
