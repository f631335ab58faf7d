package import CatalogStore
import Governance

extension Catalog {
  /// Lets a table go from the catalog and leaves its files: the answer tells where its metadata lies.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/commitFailed(_:)``
  package func unregisterTable(_ path: DatasetPath, _ context: OperationContext) async throws -> LoadedTable {
    try await commitLocks.withLock(path.text) {
      for _ in 0..<options.commitAttempts {
        let asked = try await authorized(
          .unregisterTable, [PolicyQuestion(.getMetadata), PolicyQuestion(.drop)], path, as: .table, context)
        try refuseDrop(of: asked.object, purging: false, context)
        try refuseHeld(asked, at: path)
        let table = try await cached(path, at: asked.found, asked.authorization)
        let isDone = try await store.unregister(path, at: table.version, metadataLocation: table.metadataLocation, asked.authorization)
        cache.remove(path.text)
        if isDone { return try await loaded(table, asked.authorization) }
      }
      throw CatalogStore.overtaken(path)
    }
  }
}
