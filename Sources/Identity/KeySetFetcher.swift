import AsyncHTTPClient
import FoundationEssentials
import JSON
import NIOCore
import NIOHTTP1

/// Fetches an issuer's key set over HTTP, once, within a time and a size.
struct KeySetFetcher: Sendable {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  static let maximumSizeBytes = 512 << 10

  let client: HTTPClient
  let issuer: String
  let location: IssuerConfiguration.KeyLocation
  let timeout: Duration

  func fetch(generation: Int) async throws -> VerificationKeySet {
    try await withThrowingTaskGroup(of: VerificationKeySet?.self) { group in
      defer { group.cancelAll() }
      group.addTask { try await self.exchange(generation) }
      group.addTask {
        try await Task.sleep(for: timeout)
        return nil
      }
      guard let first = try await group.next(), let set = first else {
        throw Failure(description: "no whole answer of \(issuer) within \(timeout)")
      }
      return set
    }
  }

  private func exchange(_ generation: Int) async throws -> VerificationKeySet {
    let url: KeySetLocation
    switch location {
    case .keySet(let text): url = try KeySetLocation(text)
    case .discovery: url = try await discover()
    }
    let document = try await get(url)
    return try VerificationKeySet(json: document.root, generation: generation)
  }

  /// OpenID Connect Discovery 1.0 section 4: the document must say that it is the issuer's.
  private func discover() async throws -> KeySetLocation {
    let document = try await get(try Self.discoveryLocation(issuer)).root.object()
    let named = try document.required("issuer").string()
    guard ExactText.isSame(named, issuer) else {
      throw Failure(
        description: "the discovery document of \(issuer) is that of \(ExactText.shown(named)); configure the issuer by that name")
    }
    return try KeySetLocation(try document.required("jwks_uri").string())
  }

  static func discoveryLocation(_ issuer: String) throws(IdentityConfigurationError) -> KeySetLocation {
    let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
    return try KeySetLocation(base + "/.well-known/openid-configuration")
  }

  private func get(_ location: KeySetLocation) async throws -> JSONDocument {
    var request = HTTPClientRequest(url: location.url)
    request.headers.add(name: "accept", value: "application/json, application/jwk-set+json")
    let response = try await client.execute(request, deadline: .now() + .nanoseconds(timeout.nanoseconds))
    // A redirect could lead to plain http, or to a service that only this machine reaches.
    guard response.history.count <= 1 else { throw Failure(description: "\(location.url) redirects elsewhere; configure the final URL") }
    guard response.status == .ok else { throw Failure(description: "\(location.url) answers \(response.status.code)") }
    let body = try await response.body.collect(upTo: Self.maximumSizeBytes)
    try Task.checkCancellation()
    return try JSONDocument(
      parsing: Array(body.readableBytesView), limits: JSONLimits(maximumDepth: 32, maximumSizeBytes: Self.maximumSizeBytes))
  }
}

extension Duration {
  /// Whole nanoseconds, as NIO counts time.
  var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
