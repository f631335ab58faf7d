package import CatalogStore

extension Catalog {
  /// - Throws: ``CatalogError/noSuchTable(_:)``
  package func tableExists(_ path: DatasetPath, _ context: OperationContext) async throws {
    let authorization = try authorize(.loadTable, path, as: .table, context)
    guard let found = try await store.datasetVersion(path, authorization), found.kind == .table else {
      throw CatalogError.missing(.table, path.identifier)
    }
  }
}
