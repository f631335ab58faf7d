package import Postgres

/// An OAuth2 client of a service, as it may be shown: its secrets only by id and age.
package struct StoredClient: Hashable, Sendable {
  package struct Secret: Hashable, Sendable {
    package let id: ClientSecretID
    package let createdAt: PostgresTimestamp

    package init(id: ClientSecretID, createdAt: PostgresTimestamp) {
      self.id = id
      self.createdAt = createdAt
    }
  }

  /// Two, so that one can replace the other while both work.
  package static let maximumSecrets = 2

  package let id: String
  /// The service that its tokens speak for.
  package let service: String
  package let isEnabled: Bool
  /// Oldest first.
  package let secrets: [Secret]
  package let createdAt: PostgresTimestamp

  package init(id: String, service: String, isEnabled: Bool = true, secrets: [Secret], createdAt: PostgresTimestamp) {
    self.id = id
    self.service = service
    self.isEnabled = isEnabled
    self.secrets = secrets
    self.createdAt = createdAt
  }
}

/// A personal access token as it may be shown: by its id, which is no secret.
package struct StoredPersonalAccessToken: Hashable, Sendable {
  package let id: String
  package let owner: PrincipalReference
  package let description: String
  package let createdAt: PostgresTimestamp
  package let expiresAt: PostgresTimestamp
  package let revokedAt: PostgresTimestamp?

  package init(
    id: String, owner: PrincipalReference, description: String, createdAt: PostgresTimestamp, expiresAt: PostgresTimestamp,
    revokedAt: PostgresTimestamp? = nil
  ) {
    self.id = id
    self.owner = owner
    self.description = description
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.revokedAt = revokedAt
  }
}
