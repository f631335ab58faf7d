package import CatalogStore
package import Identity
import Postgres

// The operations on OAuth2 clients and their secrets.

extension Catalog {
  package func listClients(_ page: PageRequest, _ context: OperationContext) async throws -> Page<StoredClient> {
    try await store.clients(page, authorize(principals: .listClients, context))
  }

  /// - Throws: ``CatalogError/noSuchCredential(_:)``
  package func loadClient(_ id: String, _ context: OperationContext) async throws -> StoredClient {
    try await store.client(id, authorize(principals: .loadClient, context))
  }

  /// Adds a client with its first secret, which nobody can see again.
  ///
  /// - Parameter answer: without the secret, for a request that is sent again.
  /// - Throws: ``CatalogError/noSuchPrincipal(_:)``, ``CatalogError/alreadyExists(_:)``, ``CatalogError/badRequest(_:)``
  package func createClient(
    _ id: String, of service: String, _ context: OperationContext, answer: (StoredClient) -> [UInt8]
  ) async throws -> (client: StoredClient, secret: ClientSecret) {
    let authorization = try await authorize(PrincipalReference(.service, service), .createClient, context)
    guard PrincipalReference.isLocalName(id) else {
      throw CatalogError.badRequest(
        "The client id \"\(id)\" is not allowed; use 1 to 128 lower-case letters, digits, '.', '-', '_' and '@', starting with a letter or digit"
      )
    }
    let secret = ClientSecret()
    let client = StoredClient(id: id, service: service, secrets: [.init(id: .new(), createdAt: context.time)], createdAt: context.time)
    try await store.createClient(client, secret.hash, authorization, answer: answer(client))
    return (client, secret)
  }

  /// - Throws: ``CatalogError/noSuchCredential(_:)``
  package func updateClient(
    _ id: String, isEnabled: Bool, _ context: OperationContext, answer: @escaping @Sendable (StoredClient) -> [UInt8]
  ) async throws -> StoredClient {
    try await store.updateClient(id, isEnabled: isEnabled, authorize(principals: .updateClient, context), answer: answer)
  }

  /// - Throws: ``CatalogError/noSuchCredential(_:)``
  package func dropClient(_ id: String, _ context: OperationContext) async throws {
    try await store.dropClient(id, authorize(principals: .dropClient, context))
  }

  /// Adds a second secret, so that it can take the place of the first while both work.
  ///
  /// - Parameter answer: without the secret, for a request that is sent again.
  /// - Throws: ``CatalogError/noSuchCredential(_:)``, ``CatalogError/unprocessable(_:)``
  package func addSecret(
    to client: String, _ context: OperationContext, answer: (StoredClient.Secret) -> [UInt8]
  ) async throws -> (secret: StoredClient.Secret, revealed: ClientSecret) {
    let authorization = try await authorize(principals: .addClientSecret, context)
    let revealed = ClientSecret()
    let secret = StoredClient.Secret(id: .new(), createdAt: context.time)
    try await store.addSecret(secret, revealed.hash, to: client, authorization, answer: answer(secret))
    return (secret, revealed)
  }

  /// - Throws: ``CatalogError/noSuchCredential(_:)``
  package func dropSecret(_ secret: String, of client: String, _ context: OperationContext) async throws {
    let authorization = try await authorize(principals: .dropClientSecret, context)
    guard let id = PostgresUUID(secret) else { throw CatalogError.noSuchCredential("The client \(client) has no secret \(secret)") }
    try await store.dropSecret(ClientSecretID(id), of: client, authorization)
  }
}
