package import CatalogStore
package import Iceberg
import ObjectStorage

// The operations on namespaces: each is one question to the store.

extension Catalog {
  /// The namespaces directly below a parent, in order.
  ///
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/noSuchWarehouse(_:)``
  package func listNamespaces(below parent: NamespacePath, _ page: PageRequest, _ context: OperationContext) async throws -> Page<Namespace>
  {
    let authorization = try authorize(.listNamespaces, parent, context)
    _ = try await storages.storage(named: parent.warehouse, authorization)
    return try await store.namespaces(below: parent, page, authorization)
  }

  /// - Throws: ``CatalogError/namespaceAlreadyExists(_:)``; ``CatalogError/noSuchNamespace(_:)`` for a missing parent
  package func createNamespace(
    _ path: NamespacePath, properties: [String: String], _ context: OperationContext, answer: @autoclosure () -> [UInt8]
  ) async throws {
    let authorization = try authorize(.createNamespace, path, context)
    guard !path.namespace.levels.isEmpty else { throw CatalogError.badRequest("A namespace needs at least one level") }
    guard path.text.utf8.count <= DatasetPath.maximumSizeBytes else {
      throw CatalogError.badRequest("The namespace's levels are longer than \(DatasetPath.maximumSizeBytes) bytes together")
    }
    try await store.createNamespace(path, properties: properties, authorization, answer: answer())
  }

  /// - Throws: ``CatalogError/noSuchNamespace(_:)``
  package func loadNamespace(_ path: NamespacePath, _ context: OperationContext) async throws -> [String: String] {
    try await store.namespace(path, authorize(.loadNamespace, path, context)).properties
  }

  /// - Throws: ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/namespaceNotEmpty(_:)``
  package func dropNamespace(_ path: NamespacePath, _ context: OperationContext) async throws {
    try await store.dropNamespace(path, authorize(.dropNamespace, path, context))
  }

  /// - Throws: ``CatalogError/noSuchNamespace(_:)``
  package func updateNamespaceProperties(
    _ path: NamespacePath, removals: [String], updates: [String: String], _ context: OperationContext,
    answer: @escaping @Sendable (NamespacePropertyChange) -> [UInt8]
  ) async throws -> NamespacePropertyChange {
    guard updates["zone"] == nil, !removals.contains("zone") else {
      throw CatalogError.badRequest("The zone of a namespace is chosen when it is made; make another namespace, and move the tables there")
    }
    return try await store.updateNamespaceProperties(
      path, removals: removals, updates: updates, authorize(.updateNamespaceProperties, path, context), answer: answer)
  }
}
