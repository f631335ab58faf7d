package import CatalogStore
import Governance

extension Catalog {
  /// Drops a table. With `purge`, a job deletes its files afterwards.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/forbidden(_:)``
  package func dropTable(_ path: DatasetPath, purge: Bool, _ context: OperationContext) async throws {
    try await drop(.table, purge ? .purgeTable : .dropTable, path, purging: purge, context)
  }

  func drop(_ kind: DatasetKind, _ action: CatalogAction, _ path: DatasetPath, purging: Bool, _ context: OperationContext) async throws {
    for _ in 0..<options.commitAttempts {
      let asked = try await authorized(
        action, [PolicyQuestion(.drop)] + (purging ? [PolicyQuestion(.purge)] : []), path, as: kind, context)
      if kind != .view { try refuseDrop(of: asked.object, kind, purging: purging, context) }
      try refuseHeld(asked, at: path)
      let isDone = try await store.drop(asked.found, path, purging: purging, asked.authorization)
      cache.remove(path.text)
      if isDone { return }
    }
    throw CatalogStore.overtaken(path)
  }
}
