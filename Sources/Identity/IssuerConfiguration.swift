/// One issuer whose tokens are accepted, and on what terms.
package struct IssuerConfiguration: Sendable {
  /// Where its keys are.
  package enum KeyLocation: Sendable {
    /// The JWKS document itself.
    case keySet(url: String)
    /// `<issuer>/.well-known/openid-configuration` names it (OpenID Connect Discovery 1.0 section 4).
    case discovery
  }

  /// Exactly the tokens' `iss`.
  package let issuer: String
  /// A token must be for one of these. Never empty: a token for someone else is no token for us.
  package let audiences: [String]
  package var keyLocation: KeyLocation
  package var algorithms: Set<SignatureAlgorithm>
  /// By how much the clocks may differ.
  package var leewaySeconds: Int64
  package var claims: ClaimMapping
  /// Accepted values of the header's `typ`, lower case, without `application/`. A header without `typ` is accepted where `jwt` is.
  package var types: Set<String>

  /// The algorithms accepted unless told otherwise.
  package static let defaultAlgorithms: Set<SignatureAlgorithm> = Set(SignatureAlgorithm.allCases)

  /// - Throws: ``IdentityConfigurationError`` for what could not work or would let anyone in.
  package init(
    issuer: String, audiences: [String], keyLocation: KeyLocation = .discovery, algorithms: Set<SignatureAlgorithm> = defaultAlgorithms,
    leewaySeconds: Int64 = 30, claims: ClaimMapping = ClaimMapping(), types: Set<String> = ["jwt", "at+jwt"]
  ) throws(IdentityConfigurationError) {
    guard !issuer.isEmpty else { throw .init("An issuer has no name; set it to the \"iss\" of its tokens") }
    guard !audiences.isEmpty, audiences.allSatisfy({ !$0.isEmpty }) else {
      throw .init("The issuer \(issuer) has no audience; set it to the \"aud\" its tokens for this catalog carry")
    }
    guard !algorithms.isEmpty else { throw .init("The issuer \(issuer) allows no algorithm; name at least one, such as RS256") }
    guard (0...600).contains(leewaySeconds) else {
      throw .init("The leeway of the issuer \(issuer) is \(leewaySeconds) seconds; it may be from 0 to 600")
    }
    self.issuer = issuer
    self.audiences = audiences
    self.keyLocation = keyLocation
    self.algorithms = algorithms
    self.leewaySeconds = leewaySeconds
    self.claims = claims
    self.types = types
  }
}

/// A configuration that cannot be used; says what to change.
package struct IdentityConfigurationError: Error, Hashable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
