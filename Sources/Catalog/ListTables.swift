package import CatalogStore

extension Catalog {
  /// Names of the tables in a namespace that the caller may know of, in order.
  ///
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``
  package func listTables(in namespace: NamespacePath, _ page: PageRequest, _ context: OperationContext) async throws -> Page<String> {
    let place = try await authorized(.listTables, [PolicyQuestion(.list)], namespace, context)
    return try await authorizer.visibleDatasets(.table, in: place.facts, place.object.state, page, context)
  }
}
