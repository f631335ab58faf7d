package import CatalogStore

extension Catalog {
  /// Drops a table. With `purge`, a job deletes its files afterwards.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``
  package func dropTable(_ path: DatasetPath, purge: Bool, _ context: OperationContext) async throws {
    let authorization = try authorize(purge ? .purgeTable : .dropTable, path, as: .table, context)
    try await store.drop(.table, path, purging: purge, authorization)
    cache.remove(path.text)
  }
}
