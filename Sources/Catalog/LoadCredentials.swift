package import CatalogStore

extension Catalog {
  /// Keys for a table's files, those that the caller has or their successors: none where the warehouse hands out none.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/forbidden(_:)``, ``CatalogError/unavailable(_:)``,
  ///   ``CatalogError/unprocessable(_:)``
  package func loadCredentials(_ path: DatasetPath, _ context: OperationContext) async throws -> [StorageCredential] {
    let asked = try await authorized(.loadCredentials, [PolicyQuestion(.readCredentials)], path, as: .table, context)
    let storage = try await storages.storage(of: asked.found.version.warehouse, asked.authorization)
    guard let delegation = storage.delegation, delegation.offered.contains(.vendedCredentials) else { return [] }
    let table = try await cached(path, at: asked.found, asked.authorization)
    let access = try await vendedAccess(
      to: AccessSubject(asked.found, asked.object), path, table.places(), in: storage, delegation, asked.authorization)
    return access?.credentials ?? []
  }
}
