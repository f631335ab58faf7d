package import CatalogStore

extension Catalog {
  /// Keeps a client's report of a scan or a commit.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``
  package func reportMetrics(_ report: MetricsReport, of path: DatasetPath, _ context: OperationContext) async throws {
    let asked = try await authorized(.reportMetrics, [PolicyQuestion(.getMetadata)], path, as: .table, context)
    try await store.store(report, for: path, asked.authorization)
  }
}
