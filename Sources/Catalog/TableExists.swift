package import CatalogStore

extension Catalog {
  /// - Throws: ``CatalogError/noSuchTable(_:)``
  package func tableExists(_ path: DatasetPath, _ context: OperationContext) async throws {
    _ = try await authorized(.loadTable, [PolicyQuestion(.list)], path, as: .table, context)
  }
}
