package import CatalogStore

extension Catalog {
  /// Names of the tables in a namespace, in order.
  ///
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``
  package func listTables(in namespace: NamespacePath, _ page: PageRequest, _ context: OperationContext) async throws -> Page<String> {
    try await store.datasetNames(.table, in: namespace, page, authorize(.listTables, namespace, context))
  }
}
