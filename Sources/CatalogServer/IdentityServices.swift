import AsyncHTTPClient
import CatalogStore
import Identity
import Logging
import ServiceLifecycle

/// Everything that tells who asks, wired in one place.
struct IdentityServices: Sendable {
  let keys: SigningKeyRing
  let records: CredentialRecords
  let endpoint: TokenEndpoint
  let authenticator: Authenticator

  /// - Parameter client: follows no redirects: an issuer's keys come from where its configuration says.
  init(_ options: IdentityOptions, store: CatalogStore, client: HTTPClient, logger: Logger) throws {
    // The names that policies and audit events speak of must not depend on which of two issuers was meant.
    var aliases: [String: String] = [:]
    for issuer in options.issuers { aliases[issuer.configuration.issuer] = issuer.alias }
    let names = CallerNames(ownIssuer: options.issuerName, aliases: aliases)
    records = CredentialRecords(store: store, names: names)
    let rotation = try SigningKeyRotation(tokenLifetimeSeconds: options.tokenLifetimeSeconds + 60)
    keys = try SigningKeyRing(store: store, rotation: rotation, logger: logger)
    let issuer = try TokenIssuer(
      issuer: options.issuerName, audience: options.audience, lifetimeSeconds: options.tokenLifetimeSeconds, keys: keys)
    let others = try options.issuers.map { definition in
      TokenVerifier.TrustedIssuer(
        configuration: definition.configuration, keys: try RemoteKeySet(definition.configuration, client: client, logger: logger))
    }
    let verifier = try TokenVerifier(issuers: [issuer.trusted()] + others)
    let bearer = BearerAuthenticator(
      verifier: verifier, store: records, ownIssuer: options.issuerName, remembered: RememberedTokens())
    endpoint = TokenEndpoint(issuer: issuer, authenticator: bearer, store: records, logger: logger)
    authenticator = Authenticator(
      bearer: bearer, names: names, allowsAnonymous: options.allowsAnonymous, logger: logger)
  }
}

/// Makes signing keys come and go, and forgets revocations that nothing rests on any more.
struct IdentityService: Service {
  let keys: SigningKeyRing
  let records: CredentialRecords
  let logger: Logger

  private static let pause = Duration.seconds(60)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        try? await Task.sleep(for: Self.pause)
        guard !Task.isCancelled else { return }
        do {
          try await keys.rotate()
          try await records.forgetExpiredRevocations()
        } catch is CancellationError {
          return
        } catch {
          logger.warning("signing keys could not be looked after; this is tried again", metadata: ["error": "\(error)"])
        }
      }
    }
  }
}
