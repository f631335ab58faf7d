package import CatalogStore

extension Catalog {
  /// Drops answers that no client may ask for again.
  package func forgetOldAnswers() async throws { _ = try await store.forgetAnswers(olderThan: options.idempotencyLifetime) }

  /// - Returns: `false` when there was nothing to do.
  package func runNextJob(_ context: OperationContext) async throws -> Bool { false }
}
