import Crypto
import FoundationEssentials
import JSON

/// Verifies signed bearer tokens (RFC 7519) of several issuers, with the precautions of RFC 8725.
///
/// Signatures are swift-crypto's work. JWTKit, which could do more of it, takes its default key for a token whose `kid` it does not
/// know, and leaves it to the token which algorithm a key is used with; it makes and reads tokens in the tests, as a second opinion.
package struct TokenVerifier: Sendable {
  /// An issuer and where its keys come from.
  package struct TrustedIssuer: Sendable {
    package let configuration: IssuerConfiguration
    package let keys: any VerificationKeySource

    package init(configuration: IssuerConfiguration, keys: any VerificationKeySource) {
      self.configuration = configuration
      self.keys = keys
    }
  }

  private let issuers: [TrustedIssuer]
  private let remembered: RememberedTokens
  private let clock: WallClock

  /// - Throws: when one issuer is named twice: which terms would its tokens come under?
  package init(
    issuers: [TrustedIssuer], remembered: RememberedTokens = RememberedTokens(), clock: WallClock = .system
  ) throws(IdentityConfigurationError) {
    for (index, issuer) in issuers.enumerated() {
      let name = issuer.configuration.issuer
      let isRepeated = issuers[..<index].contains { ExactText.isSame($0.configuration.issuer, name) }
      if isRepeated { throw .init("The issuer \(name) is configured twice; give it one entry with all its audiences") }
    }
    self.issuers = issuers
    self.remembered = remembered
    self.clock = clock
  }

  /// Who `token` speaks for. A token seen before costs a hash, another a signature.
  package func verify(_ token: String) async throws(TokenError) -> VerifiedIdentity {
    var token = token
    // Before anything is hashed or copied.
    guard token.utf8.count <= SignedToken.maximumSizeBytes else {
      throw .malformed("\(token.utf8.count) bytes, more than the \(SignedToken.maximumSizeBytes) allowed")
    }
    let digest = token.withUTF8 { utf8 in SHA256.hash(data: utf8) }
    if let identity = remembered.identity(digest, nowSeconds: clock.nowSeconds()) { return identity }
    let identity = try await verifyUnremembered(Array(token.utf8))
    remembered.remember(identity, digest, nowSeconds: clock.nowSeconds())
    return identity
  }

  /// The whole verification, whatever is remembered.
  func verifyUnremembered(_ text: [UInt8]) async throws(TokenError) -> VerifiedIdentity {
    let token = try SignedToken(parsing: text)
    guard let value = token.claims.optional("iss"), let name = try? value.string() else { throw .malformed("no \"iss\"") }
    guard let issuer = issuers.first(where: { ExactText.isSame($0.configuration.issuer, name) }) else { throw .unknownIssuer(name) }
    let configuration = issuer.configuration
    guard configuration.algorithms.contains(token.algorithm) else { throw .algorithmRefused(token.algorithm.rawValue) }
    guard configuration.types.contains(token.type ?? "jwt") else {
      throw .malformed("its \"typ\" is \(ExactText.shown(token.type ?? "absent")), which is no access token here")
    }
    try await checkSignature(token, issuer)
    return try ClaimReader(claims: token.claims, configuration: configuration).identity(nowSeconds: clock.nowSeconds())
  }

  /// With the keys as known; when they do not do, once more with newer ones, if there are any.
  private func checkSignature(_ token: SignedToken, _ issuer: TrustedIssuer) async throws(TokenError) {
    var set = try await issuer.keys.keys()
    var isSecondTry = false
    while true {
      let candidates = set.candidates(id: token.keyID, token.algorithm)
      if candidates.contains(where: { $0.isValid(token.signature, over: token.signedText, token.algorithm) }) { return }
      // Either the key is new, or it was replaced under the same id.
      if !isSecondTry, let newer = await issuer.keys.keys(newerThan: set) {
        set = newer
        isSecondTry = true
        continue
      }
      throw candidates.isEmpty ? .unknownKey(token.keyID) : .badSignature(issuer: issuer.configuration.issuer)
    }
  }
}
