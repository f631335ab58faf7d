package import CatalogStore
package import Identity
import Postgres

// The operations on the caller's own personal access tokens.

extension Catalog {
  /// The longest life of a personal access token.
  package static let maximumTokenLifetime = Duration.seconds(366 * 86_400)

  package func listTokens(_ page: PageRequest, _ context: OperationContext) async throws -> Page<StoredPersonalAccessToken> {
    let owner = try Self.owner(context)
    return try await store.personalAccessTokens(of: owner, page, authorize(owner, .listTokens, context))
  }

  /// Makes a token of the caller's, which nobody can see again.
  ///
  /// - Parameter answer: without the token's secret, for a request that is sent again.
  /// - Throws: ``CatalogError/badRequest(_:)``, ``CatalogError/forbidden(_:)``
  package func createToken(
    description: String, lifetime: Duration, _ context: OperationContext, answer: (StoredPersonalAccessToken) -> [UInt8]
  ) async throws -> (token: StoredPersonalAccessToken, revealed: PersonalAccessToken) {
    let owner = try Self.owner(context)
    let authorization = try await authorize(owner, .createToken, context)
    guard description.utf8.count <= 1_000 else { throw CatalogError.badRequest("The description is longer than 1000 bytes") }
    guard lifetime >= .seconds(60), lifetime <= Self.maximumTokenLifetime else {
      throw CatalogError.badRequest(
        "A personal access token lives for 60 to \(Self.maximumTokenLifetime.components.seconds) seconds, not \(lifetime.components.seconds)"
      )
    }
    let revealed = PersonalAccessToken()
    let expiry = context.time.microseconds + lifetime.components.seconds * 1_000_000
    let token = StoredPersonalAccessToken(
      id: revealed.id, owner: owner, description: description, createdAt: context.time,
      expiresAt: PostgresTimestamp(microseconds: expiry))
    try await store.createPersonalAccessToken(token, revealed.hash, authorization, answer: answer(token))
    return (token, revealed)
  }

  /// Revokes a token: the caller's own, or another's for who may change that principal.
  ///
  /// - Throws: ``CatalogError/noSuchCredential(_:)``
  package func revokeToken(_ id: String, _ context: OperationContext) async throws {
    let owner = try await store.ownerOfPersonalAccessToken(id)
    try await store.revokePersonalAccessToken(id, authorize(owner, .revokeToken, context))
  }

  private static func owner(_ context: OperationContext) throws -> PrincipalReference {
    guard case .principal = context.caller.authority else {
      throw CatalogError.forbidden("Personal access tokens belong to users and services; show a credential of one")
    }
    return PrincipalReference(context.caller)
  }
}
