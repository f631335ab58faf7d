import Crypto
import FoundationEssentials

/// Finds out whom a bearer token of any kind speaks for: a signed one of some issuer, or a personal access token.
package struct BearerAuthenticator: Sendable {
  private let verifier: TokenVerifier
  private let store: any CredentialStore
  private let ownIssuer: String
  private let remembered: RememberedTokens?
  private let clock: WallClock

  /// - Parameters:
  ///   - ownIssuer: who vouches for the owners of personal access tokens.
  ///   - remembered: for personal access tokens that were found good; only for a caller that asks about revocation itself each time.
  package init(
    verifier: TokenVerifier, store: any CredentialStore, ownIssuer: String, remembered: RememberedTokens? = nil,
    clock: WallClock = .system
  ) {
    self.verifier = verifier
    self.store = store
    self.ownIssuer = ownIssuer
    self.remembered = remembered
    self.clock = clock
  }

  /// - Throws: ``TokenError``, or what the store throws. Does not ask whether the identity is still welcome.
  package func authenticate(_ token: String) async throws -> VerifiedIdentity {
    guard PersonalAccessToken.isOne(token) else { return try await verifier.verify(token) }
    guard let remembered, token.utf8.count <= SecretText.maximumBytes else { return try await authenticate(parsing: token) }
    // Before it is taken apart, which costs more than the hash.
    var text = token
    let digest = text.withUTF8 { SHA256.hash(data: $0) }
    if let identity = remembered.identity(digest, nowSeconds: clock.nowSeconds()) { return identity }
    let identity = try await authenticate(parsing: token)
    remembered.remember(identity, digest, nowSeconds: clock.nowSeconds())
    return identity
  }

  private func authenticate(parsing token: String) async throws -> VerifiedIdentity {
    guard let presented = PersonalAccessToken(parsing: token) else {
      throw TokenError.malformed("a personal access token that was cut or mistyped")
    }
    return try await authenticate(presented)
  }

  func authenticate(_ presented: PersonalAccessToken) async throws -> VerifiedIdentity {
    let kept = try await store.personalAccessToken(id: presented.id)
    guard let kept, presented.matches(kept.hash) else {
      throw TokenError.revoked("no personal access token \(presented.id) with this secret")
    }
    guard !kept.isRevoked else { throw TokenError.revoked("the personal access token \(presented.id)") }
    let now = clock.nowSeconds()
    let identity = VerifiedIdentity(
      issuer: ownIssuer, subject: kept.subject, kind: kept.kind, expiresAtSeconds: kept.expiresAtSeconds, authenticatedAtSeconds: now,
      tokenID: presented.id, credentialID: presented.id)
    guard now < kept.expiresAtSeconds else { throw TokenError.expired(identity) }
    return identity
  }
}
