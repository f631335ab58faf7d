package import CatalogStore

extension Catalog {
  /// - Throws: ``CatalogError/forbidden(_:)`` for who may not see how the server does.
  package func authorizeMetrics(_ context: OperationContext) async throws {
    _ = try await authorized(.readMetrics, [PolicyQuestion(.readMetrics)], catalog: CatalogResource(.server, ""), context)
  }
}
