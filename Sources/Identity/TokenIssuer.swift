import JSON

/// Makes our own access tokens (RFC 9068): signed with ES256, short-lived.
package struct TokenIssuer: Sendable {
  /// What a new token shall say.
  package struct Grant: Sendable {
    package var issuer: String?
    package var subject: String
    package var kind: PrincipalKind
    package var groups: [String]
    package var displayName: String?
    /// When the credential behind it was shown; `nil` for now.
    package var authenticatedAtSeconds: Int64?
    package var clientID: String?
    /// The credential of ours behind it: a client's id or a personal access token's.
    package var credentialID: String?
    /// Who acts for the subject (RFC 8693 section 4.1).
    package var actor: VerifiedIdentity?
    package var scope: String?

    /// - Parameter issuer: who vouches for the subject, when that is not this catalog.
    package init(issuer: String? = nil, subject: String, kind: PrincipalKind, groups: [String] = [], displayName: String? = nil) {
      self.issuer = issuer
      self.subject = subject
      self.kind = kind
      self.groups = groups
      self.displayName = displayName
    }
  }

  /// A token and how long it lives.
  package struct IssuedToken: Sendable, CustomStringConvertible, CustomReflectable {
    package let text: String
    package let id: String
    package let lifetimeSeconds: Int64

    package var description: String { "IssuedToken(\(id))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
  }

  package let issuer: String
  package let audience: String
  package let lifetimeSeconds: Int64
  let clock: WallClock
  private let keys: SigningKeyRing

  package init(
    issuer: String, audience: String, lifetimeSeconds: Int64 = 3_600, keys: SigningKeyRing, clock: WallClock = .system
  ) throws(IdentityConfigurationError) {
    guard !issuer.isEmpty, !audience.isEmpty else { throw .init("Our own tokens need an issuer and an audience") }
    guard (30...86_400).contains(lifetimeSeconds) else {
      throw .init("Our own tokens live for \(lifetimeSeconds) seconds; it may be from 30 to 86400")
    }
    self.issuer = issuer
    self.audience = audience
    self.lifetimeSeconds = lifetimeSeconds
    self.keys = keys
    self.clock = clock
  }

  /// How our own tokens are verified: as another issuer's, by the same rules.
  package func trusted() throws(IdentityConfigurationError) -> TokenVerifier.TrustedIssuer {
    let configuration = try IssuerConfiguration(
      issuer: issuer, audiences: [audience], algorithms: [.es256], leewaySeconds: 5, claims: .ours, types: ["at+jwt"])
    return TokenVerifier.TrustedIssuer(configuration: configuration, keys: keys)
  }

  /// - Throws: ``TokenError/keysUnavailable(_:)``.
  package func issue(_ grant: Grant) async throws(TokenError) -> IssuedToken {
    let key = try await keys.signer()
    let now = clock.nowSeconds()
    let id = SecretText.hexadecimal(SecretText.random(16))
    let header = JSONWriter.text {
      $0.object {
        $0.field("alg", SignatureAlgorithm.es256.rawValue)
        $0.field("kid", key.id)
        $0.field("typ", "at+jwt")
      }
    }
    let message = Base64URL.encode(header) + [UInt8(ascii: ".")] + Base64URL.encode(claims(grant, id: id, nowSeconds: now))
    guard let signature = try? key.signature(over: message) else { throw .keysUnavailable("the key \(key.id) does not sign") }
    let text = message + [UInt8(ascii: ".")] + Base64URL.encode(signature)
    // What could not be verified afterwards is not given out.
    guard text.count <= SignedToken.maximumSizeBytes else {
      throw .malformed("a token for \(grant.groups.count) groups would have \(text.count) bytes; map fewer groups")
    }
    return IssuedToken(text: String(decoding: text, as: UTF8.self), id: id, lifetimeSeconds: lifetimeSeconds)
  }

  private func claims(_ grant: Grant, id: String, nowSeconds: Int64) -> [UInt8] {
    JSONWriter.text(reservingBytes: 512) {
      $0.object {
        $0.field("iss", issuer)
        $0.field("aud", audience)
        $0.field("sub", grant.subject)
        $0.field("kind", grant.kind.rawValue)
        if let original = grant.issuer, !ExactText.isSame(original, issuer) { $0.field("orig_iss", original) }
        if !grant.groups.isEmpty { $0.field("groups", grant.groups) }
        if let name = grant.displayName { $0.field("preferred_username", name) }
        if let client = grant.clientID { $0.field("client_id", client) }
        if let credential = grant.credentialID { $0.field("cred", credential) }
        if let actor = grant.actor {
          $0.field(
            "act",
            object: { object in
              object.field("iss", actor.issuer)
              object.field("sub", actor.subject)
            })
        }
        if let scope = grant.scope { $0.field("scope", scope) }
        $0.field("iat", nowSeconds)
        $0.field("auth_time", grant.authenticatedAtSeconds ?? nowSeconds)
        $0.field("exp", nowSeconds + lifetimeSeconds)
        $0.field("jti", id)
      }
    }
  }
}
