import CatalogStore
import Iceberg

/// A dataset that is there, and of which the caller may do what was asked.
struct AuthorizedDataset {
  let found: FoundDataset
  let object: GovernedObject
  let authorization: Authorization
}

/// A namespace in which the caller may do what was asked.
struct AuthorizedNamespace {
  let found: FoundNamespace
  let facts: NamespaceFacts
  let object: GovernedObject
  let authorization: Authorization
}

extension Catalog {
  /// Finds a dataset and asks whether the caller may do something to it.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)`` or ``CatalogError/noSuchView(_:)``, also for one that the caller may not know of;
  ///   ``CatalogError/forbidden(_:)``
  func authorized(
    _ action: CatalogAction, _ questions: [PolicyQuestion], _ path: DatasetPath, as kind: DatasetKind, _ context: OperationContext
  ) async throws -> AuthorizedDataset {
    try await authorized(action, questions, path, store.find(path), as: kind, context)
  }

  /// The same of what was looked up already.
  func authorized(
    _ action: CatalogAction, _ questions: [PolicyQuestion], _ path: DatasetPath, _ found: FoundDataset?, as kind: DatasetKind,
    _ context: OperationContext
  ) async throws -> AuthorizedDataset {
    guard let found, found.version.kind == kind else {
      try await requireCaller(context)
      throw CatalogError.missing(kind, path.identifier)
    }
    let object = try await authorizer.object(found, at: path)
    let authorization = try await sayingWhatKeeps(found, object, at: path, questions, context) {
      try authorizer.authorize(action, questions, on: object, context, missing: .missing(kind, path.identifier))
    }
    return AuthorizedDataset(found: found, object: object, authorization: authorization)
  }

  /// Finds a namespace and asks whether the caller may do something to it or in it.
  ///
  /// - Parameter resource: what the audit trail names, if it is not the namespace.
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``, also for one that the caller may not know of; ``CatalogError/forbidden(_:)``
  func authorized(
    _ action: CatalogAction, _ questions: [PolicyQuestion], _ path: NamespacePath, as resource: CatalogResource? = nil,
    _ context: OperationContext
  ) async throws -> AuthorizedNamespace {
    let found: FoundNamespace
    do { found = try await store.found(path) } catch {
      try await requireCaller(context)
      throw error
    }
    let (object, facts) = try await authorizer.object(found)
    let authorization = try authorizer.authorize(
      action, questions, on: object, as: resource, context, missing: .missing(path.namespace))
    return AuthorizedNamespace(found: found, facts: facts, object: object, authorization: authorization)
  }

  /// Asks whether the caller may do something to a warehouse or directly in it.
  ///
  /// - Throws: ``CatalogError/noSuchWarehouse(_:)``, also for one that the caller may not know of; ``CatalogError/forbidden(_:)``
  func authorized(
    _ action: CatalogAction, _ questions: [PolicyQuestion], warehouse name: String, as resource: CatalogResource? = nil,
    _ context: OperationContext
  ) async throws -> Authorization {
    try await requireCaller(context)
    return try authorizer.authorize(
      action, questions, on: try await authorizer.object(warehouse: name), as: resource, context,
      missing: .noSuchWarehouse("Warehouse does not exist: \(name)"))
  }

  /// The same for a zone.
  func authorized(
    _ action: CatalogAction, _ questions: [PolicyQuestion], zone name: String, in warehouse: String, _ context: OperationContext
  ) async throws -> Authorization {
    try await requireCaller(context)
    return try authorizer.authorize(
      action, questions, on: try await authorizer.object(zone: name, in: warehouse), context,
      missing: .noSuchZone("Zone does not exist: \(name)"))
  }

  /// The same for the catalog as a whole, on account of something that lies directly in it.
  func authorized(
    _ action: CatalogAction, _ questions: [PolicyQuestion], catalog resource: CatalogResource, _ context: OperationContext
  ) async throws -> Authorization {
    let object = try await authorizer.object(catalog: resource)
    return try authorizer.authorize(
      action, questions, on: object, context,
      missing: .forbidden("\(context.principal) may not \(questions.first?.action.phrase ?? "ask") the catalog: no policy permits it"))
  }

  /// Whether something is there is told only to callers whom somebody vouches for.
  func requireCaller(_ context: OperationContext) async throws {
    try authorizer.requireCaller(context, in: try await authorizer.state())
  }
}
