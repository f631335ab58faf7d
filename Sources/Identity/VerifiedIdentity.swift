/// Whether a principal is a person or a program.
package enum PrincipalKind: String, Sendable {
  case user, service
}

/// Who a verified token speaks for.
package struct VerifiedIdentity: Hashable, Sendable {
  /// Who vouches for the subject. For our own tokens that were exchanged for another issuer's, that other issuer.
  package let issuer: String
  /// Unique within the issuer; at most 255 bytes.
  package let subject: String
  package let kind: PrincipalKind
  /// Groups and roles as the issuer names them, in its order, each once.
  package let groups: [String]
  /// What people call the subject; never used to decide anything.
  package let displayName: String?
  /// Seconds since 1970.
  package let expiresAtSeconds: Int64
  /// When the credential that everything rests on was shown (seconds since 1970): exchanging tokens does not move it.
  package let authenticatedAtSeconds: Int64?
  /// The token's `jti`.
  package let tokenID: String?
  /// The client or the personal access token of ours that everything rests on, so that what was got by it ends with it.
  package let credentialID: String?

  package init(
    issuer: String, subject: String, kind: PrincipalKind, groups: [String] = [], displayName: String? = nil, expiresAtSeconds: Int64,
    authenticatedAtSeconds: Int64? = nil, tokenID: String? = nil,
    credentialID: String? = nil
  ) {
    self.issuer = issuer
    self.subject = subject
    self.kind = kind
    self.groups = groups
    self.displayName = displayName
    self.expiresAtSeconds = expiresAtSeconds
    self.authenticatedAtSeconds = authenticatedAtSeconds
    self.tokenID = tokenID
    self.credentialID = credentialID
  }
}
