package import CatalogStore

extension Catalog {
  /// Gives a table another name, maybe in another namespace of its warehouse.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/alreadyExists(_:)``
  package func renameTable(from source: DatasetPath, to target: DatasetPath, _ context: OperationContext) async throws {
    try await store.rename(.table, from: source, to: target, authorize(.renameTable, source, as: .table, context))
    cache.remove(source.text)
  }
}
