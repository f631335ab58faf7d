/// An OAuth2 client as it is kept.
package struct RegisteredClient: Sendable {
  package let id: String
  /// Several while one replaces another.
  package let secrets: [SecretHash]
  /// Whom its tokens speak for.
  package let subject: String
  package let kind: PrincipalKind
  package let isEnabled: Bool

  package init(id: String, secrets: [SecretHash], subject: String, kind: PrincipalKind = .service, isEnabled: Bool = true) {
    self.id = id
    self.secrets = secrets
    self.subject = subject
    self.kind = kind
    self.isEnabled = isEnabled
  }
}

/// A personal access token as it is kept.
package struct RegisteredPersonalAccessToken: Sendable {
  package let hash: SecretHash
  package let subject: String
  package let kind: PrincipalKind
  /// Seconds since 1970.
  package let expiresAtSeconds: Int64
  package let isRevoked: Bool

  package init(hash: SecretHash, subject: String, kind: PrincipalKind = .user, expiresAtSeconds: Int64, isRevoked: Bool = false) {
    self.hash = hash
    self.subject = subject
    self.kind = kind
    self.expiresAtSeconds = expiresAtSeconds
    self.isRevoked = isRevoked
  }
}

/// Where credentials are kept, and who of their owners is still welcome.
package protocol CredentialStore: Sendable {
  func client(id: String) async throws -> RegisteredClient?

  /// - Parameter id: 32 hexadecimal digits.
  func personalAccessToken(id: String) async throws -> RegisteredPersonalAccessToken?

  func revokePersonalAccessToken(id: String) async throws

  /// Makes an access token of ours worthless before its time.
  ///
  /// - Parameter expiresAtSeconds: after which nobody need remember it.
  func revokeAccessToken(id: String, expiresAtSeconds: Int64) async throws

  /// Whether the identity may still do anything: its principal is not disabled, and neither its token
  /// (``VerifiedIdentity/tokenID``) nor the credential behind that (``VerifiedIdentity/credentialID``) is revoked.
  func isWelcome(_ identity: VerifiedIdentity) async throws -> Bool
}
