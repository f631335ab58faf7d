package import CatalogStore
import Logging
import TransparencyLog

/// A public key of the log.
package struct PublishedLogKey: Sendable {
  package let key: StoredLogKey
  /// Whether this server signs with it.
  package let signs: Bool
}

extension Catalog {
  /// The log's name and every key that has ever signed for it, the oldest first.
  package func logKeys(_ context: OperationContext) async throws -> (origin: String, keys: [PublishedLogKey]) {
    let authorization = try await mayReadCheckpoints(context)
    let origin = try await store.logOrigin(authorization)
    let own = Set(try options.logKeys.map { try NoteSigner(name: origin, $0).verifier.description })
    let keys = try await store.logKeys(authorization)
    return (origin, keys.map { PublishedLogKey(key: $0, signs: own.contains($0.verifier)) })
  }

  /// Makes the keys that this server signs with known, which is an event like any other.
  package func ensureLogKeys(_ context: OperationContext) async throws {
    guard !options.logKeys.isEmpty else { return }
    let authorization = try authorizer.authorizeServer(.addLogKey, on: CatalogResource(.server, ""), context)
    let origin = try await store.logOrigin(authorization)
    for key in options.logKeys {
      try await store.ensureLogKey(NoteSigner(name: origin, key).verifier, authorization)
    }
  }
}
