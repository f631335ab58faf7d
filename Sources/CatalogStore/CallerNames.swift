package import Identity

/// What principals are called whom a token speaks for.
package struct CallerNames: Sendable {
  /// The `iss` of this catalog's own tokens.
  package let ownIssuer: String
  /// Other issuers' short names, by their `iss`.
  private let aliases: [String: String]

  package init(ownIssuer: String, aliases: [String: String]) {
    self.ownIssuer = ownIssuer
    self.aliases = aliases
  }

  /// The caller that an identity is: by its own name when this catalog vouches for it, else as `alias/subject` with groups as
  /// `alias/group`. No local name holds a slash and no alias does, so the two never meet.
  ///
  /// - Returns: `nil` when the issuer is configured no longer.
  package func caller(_ identity: VerifiedIdentity) -> Caller? {
    // Bytes decide: issuers that only look alike are different.
    if identity.issuer.utf8.elementsEqual(ownIssuer.utf8) {
      return Caller(
        identity.kind, name: identity.subject, tokenID: identity.tokenID, credentialID: identity.credentialID)
    }
    guard let alias = aliases.first(where: { $0.key.utf8.elementsEqual(identity.issuer.utf8) })?.value else { return nil }
    return Caller(
      identity.kind, name: "\(alias)/\(identity.subject)", groups: identity.groups.map { "\(alias)/\($0)" }, tokenID: identity.tokenID,
      credentialID: identity.credentialID)
  }
}
