package import CatalogStore

// The operations on grants.

extension Catalog {
  /// Whoever may grant on an object sees what is granted on it; all grants are for those who read the audit trail.
  ///
  /// - Throws: ``CatalogError/unprocessable(_:)`` for nobody, and what says that the object is not there.
  package func listGrants(_ filter: GrantFilter, _ page: PageRequest, _ context: OperationContext) async throws -> Page<StoredGrant> {
    try await store.grants(filter, page, authorized(.readGrants, reading: filter.object ?? .catalog, context))
  }

  /// - Returns: the grant, and whether it is new.
  /// - Throws: ``CatalogError/unprocessable(_:)`` for nobody, and what says that the object is not there.
  package func grant(
    _ privilege: Privilege, to grantee: GranteeName, on object: AccessObject, _ context: OperationContext,
    answer: @escaping @Sendable (StoredGrant) -> [UInt8]
  ) async throws -> (grant: StoredGrant, isNew: Bool) {
    let authorization = try await authorized(.grantPrivilege, [PolicyQuestion(.grant)], on: object, context)
    return try await store.grant(privilege, to: grantee, on: object, authorization, answer: answer)
  }

  /// - Throws: ``CatalogError/noSuchGrant(_:)`` for one that does not hold.
  package func revokeGrant(_ id: GrantID, _ context: OperationContext) async throws {
    // What was granted on something that is gone is the catalog's to take back.
    let object = try await store.livingGrant(id).object ?? .catalog
    try await store.revoke(id, authorized(.revokePrivilege, [PolicyQuestion(.grant)], on: object, context))
  }
}

extension Catalog {
  /// Asks whether the caller may do something to an object of any kind.
  ///
  /// - Throws: what says that it is not there, also for one that the caller may not know of; ``CatalogError/forbidden(_:)``
  func authorized(
    _ action: CatalogAction, _ questions: [PolicyQuestion], on object: AccessObject, _ context: OperationContext
  ) async throws -> Authorization {
    try await authorizedObject(action, questions, on: object, context).authorization
  }

  /// The same, with the object as it was found.
  func authorizedObject(
    _ action: CatalogAction, _ questions: [PolicyQuestion], on object: AccessObject, _ context: OperationContext
  ) async throws -> (object: GovernedObject, authorization: Authorization) {
    switch object {
    case .catalog:
      let authorization = try await authorized(action, questions, catalog: object.resource, context)
      return (try await authorizer.object(catalog: object.resource), authorization)
    case .warehouse(let name):
      let authorization = try await authorized(action, questions, warehouse: name, context)
      return (try await authorizer.object(warehouse: name), authorization)
    case .zone(let name, let warehouse):
      let authorization = try await authorized(action, questions, zone: name, in: warehouse, context)
      return (try await authorizer.object(zone: name, in: warehouse), authorization)
    case .namespace(let path):
      let asked = try await authorized(action, questions, path, context)
      return (asked.object, asked.authorization)
    case .dataset(let kind, let path):
      let asked = try await authorized(action, questions, path, as: kind, context)
      return (asked.object, asked.authorization)
    case .model(let name):
      let asked = try await authorized(action, questions, model: name, context)
      return (asked.object, asked.authorization)
    }
  }

  /// The same for what tells who may do what to an object: whoever reads the audit trail may know it of all, whoever grants on an object
  /// of that.
  func authorized(_ action: CatalogAction, reading object: AccessObject, _ context: OperationContext) async throws -> Authorization {
    let catalog = try await authorizer.object(catalog: object.resource)
    if try object == .catalog || authorizer.allows([PolicyQuestion(.readAudit)], on: catalog, context) {
      return try await authorized(action, [PolicyQuestion(.readAudit)], catalog: object.resource, context)
    }
    return try await authorized(action, [PolicyQuestion(.grant)], on: object, context)
  }
}
