package import CatalogStore
package import Iceberg
import ObjectStorage

// The operations on namespaces: each is one question to the store.

extension Catalog {
  /// The namespaces directly below a parent that the caller may know of, in order.
  ///
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/noSuchWarehouse(_:)``
  package func listNamespaces(below parent: NamespacePath, _ page: PageRequest, _ context: OperationContext) async throws -> Page<Namespace>
  {
    if parent.namespace.levels.isEmpty {
      _ = try await authorized(.listNamespaces, [PolicyQuestion(.list)], warehouse: parent.warehouse, context)
    } else {
      _ = try await authorized(.listNamespaces, [PolicyQuestion(.list)], parent, context)
    }
    return try await authorizer.visibleNamespaces(below: parent, page, context)
  }

  /// - Throws: ``CatalogError/namespaceAlreadyExists(_:)``; ``CatalogError/noSuchNamespace(_:)`` for a missing parent
  package func createNamespace(
    _ path: NamespacePath, properties: [String: String], _ context: OperationContext, answer: @autoclosure () -> [UInt8]
  ) async throws {
    guard !path.namespace.levels.isEmpty else { throw CatalogError.badRequest("A namespace needs at least one level") }
    guard path.text.utf8.count <= DatasetPath.maximumSizeBytes else {
      throw CatalogError.badRequest("The namespace's levels are longer than \(DatasetPath.maximumSizeBytes) bytes together")
    }
    let asked = try await authorizedCreation(of: path, properties: properties, context)
    try await store.createNamespace(
      path, properties: properties, owner: properties[GovernedProperty.ownerTeam].map(OwnerName.team) ?? OwnerName.creator(context.caller),
      in: asked.zone, asked.authorization, answer: answer())
  }

  /// Asks whether the caller may make a namespace.
  ///
  /// - Returns: what it is to lie in, and the zone of one of the first level.
  /// - Throws: ``CatalogError/noSuchNamespace(_:)`` for a missing parent, ``CatalogError/forbidden(_:)``
  func authorizedCreation(
    of path: NamespacePath, properties: [String: String], _ context: OperationContext
  ) async throws -> (authorization: Authorization, above: GovernedObject, zone: ZoneID?) {
    let question = PolicyQuestion.making(.createNamespace, properties: properties)
    let resource = CatalogResource(.namespace, path.text)
    let above = NamespacePath(warehouse: path.warehouse, namespace: Namespace(levels: path.namespace.levels.dropLast()))
    guard above.namespace.levels.isEmpty else {
      let asked = try await authorized(.createNamespace, [question], above, as: resource, context)
      return (asked.authorization, asked.object, nil)
    }
    let (zone, id) = try await authorizer.zone(ofNew: path, asking: properties["zone"])
    let authorization = try authorizer.authorize(
      .createNamespace, [question], on: zone, as: resource, context,
      missing: .forbidden("\(context.principal) may not create a namespace in \(zone.title): no policy permits it"))
    return (authorization, zone, id)
  }

  /// - Throws: ``CatalogError/noSuchNamespace(_:)``
  package func loadNamespace(_ path: NamespacePath, _ context: OperationContext) async throws -> [String: String] {
    try await authorized(.loadNamespace, [PolicyQuestion(.list)], path, context).found.properties
  }

  /// - Throws: ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/namespaceNotEmpty(_:)``
  package func dropNamespace(_ path: NamespacePath, _ context: OperationContext) async throws {
    try await store.dropNamespace(path, authorized(.dropNamespace, [PolicyQuestion(.drop)], path, context).authorization)
  }

  /// - Throws: ``CatalogError/noSuchNamespace(_:)``
  package func updateNamespaceProperties(
    _ path: NamespacePath, removals: [String], updates: [String: String], _ context: OperationContext,
    answer: @escaping @Sendable (NamespacePropertyChange) -> [UInt8]
  ) async throws -> NamespacePropertyChange {
    guard updates["zone"] == nil, !removals.contains("zone") else {
      throw CatalogError.badRequest("The zone of a namespace is chosen when it is made; make another namespace, and move the tables there")
    }
    let keys = Set(updates.keys).union(removals)
    let questions = keys.isEmpty ? [PolicyQuestion(.setProperties)] : PolicyQuestion.changing(keys)
    let asked = try await authorized(.updateNamespaceProperties, questions, path, context)
    try asked.object.state.requireTeam(updates[GovernedProperty.ownerTeam])
    return try await store.updateNamespaceProperties(path, removals: removals, updates: updates, asked.authorization, answer: answer)
  }
}
