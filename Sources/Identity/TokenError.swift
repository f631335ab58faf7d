/// Why a token was refused. `description` is for the log; the client gets ``clientMessage``, which does not tell a forger how near he was.
package enum TokenError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Not a token, or one with a claim that cannot be what it should be.
  case malformed(String)
  case unknownIssuer(String)
  /// The header's `alg` is none that is allowed here.
  case algorithmRefused(String)
  /// No key of the issuer has this `kid` and suits the algorithm.
  case unknownKey(String?)
  case badSignature(issuer: String)
  case wrongAudience([String])
  case notYetValid(atSeconds: Int64)
  /// Everything else about the token was right.
  case expired(VerifiedIdentity)
  /// The issuer's keys cannot be had.
  case keysUnavailable(String)
  /// Rightly made, but revoked, unknown, or its owner was disabled.
  case revoked(String)

  package var description: String {
    switch self {
    case .malformed(let problem): "malformed token: \(problem)"
    case .unknownIssuer(let issuer): "token of an issuer that is not configured: \(ExactText.shown(issuer))"
    case .algorithmRefused(let name): "token with an algorithm that is not allowed: \(ExactText.shown(name))"
    case .unknownKey(let id): "token of a key the issuer does not publish: \(id.map(ExactText.shown) ?? "no kid")"
    case .badSignature(let issuer): "token whose signature is not that of \(ExactText.shown(issuer))"
    case .wrongAudience(let audience): "token for another audience: \(audience.prefix(4).map(ExactText.shown).joined(separator: ", "))"
    case .notYetValid(let seconds): "token that is not valid before \(seconds)"
    case .expired(let identity): "token that expired at \(identity.expiresAtSeconds)"
    case .keysUnavailable(let problem): "the issuer's keys cannot be had: \(problem)"
    case .revoked(let what): "revoked: \(what)"
    }
  }

  package var clientMessage: String {
    isTransient
      ? "The token cannot be checked just now because its issuer does not answer; try again later"
      : "The token is not valid here; get a new one and try again"
  }

  /// Whether the same token may be good later.
  package var isTransient: Bool {
    if case .keysUnavailable = self { true } else { false }
  }
}
