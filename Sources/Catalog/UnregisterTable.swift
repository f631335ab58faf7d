package import CatalogStore

extension Catalog {
  /// Lets a table go from the catalog and leaves its files: the answer tells where its metadata lies.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/commitFailed(_:)``
  package func unregisterTable(_ path: DatasetPath, _ context: OperationContext) async throws -> LoadedTable {
    let authorization = try authorize(.unregisterTable, path, as: .table, context)
    return try await commitLocks.withLock(path.text) {
      for _ in 0..<options.commitAttempts {
        guard let version = try await store.datasetVersion(path, authorization), version.kind == .table else {
          throw CatalogError.missing(.table, path.identifier)
        }
        let table = try await cached(path, at: version, authorization)
        let isDone = try await store.unregister(path, at: table.version, metadataLocation: table.metadataLocation, authorization)
        cache.remove(path.text)
        if isDone { return try await loaded(table, authorization) }
      }
      throw CatalogStore.overtaken(path)
    }
  }
}
