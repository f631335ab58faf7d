package import CatalogStore

// The operations on grants.

extension Catalog {
  /// Whoever may grant on an object sees what is granted on it; all grants are for those who read the audit trail.
  ///
  /// - Throws: ``CatalogError/unprocessable(_:)`` for nobody, and what says that the object is not there.
  package func listGrants(_ filter: GrantFilter, _ page: PageRequest, _ context: OperationContext) async throws -> Page<StoredGrant> {
    let object = filter.object ?? .catalog
    return try await store.grants(filter, page, authorizer.authorize(.readGrants, on: object.resource, context))
  }

  /// - Returns: the grant, and whether it is new.
  /// - Throws: ``CatalogError/unprocessable(_:)`` for nobody, and what says that the object is not there.
  package func grant(
    _ privilege: Privilege, to grantee: GranteeName, on object: AccessObject, _ context: OperationContext,
    answer: @escaping @Sendable (StoredGrant) -> [UInt8]
  ) async throws -> (grant: StoredGrant, isNew: Bool) {
    let authorization = try authorizer.authorize(.grantPrivilege, on: object.resource, context)
    return try await store.grant(privilege, to: grantee, on: object, authorization, answer: answer)
  }

  /// - Throws: ``CatalogError/noSuchGrant(_:)`` for one that does not hold.
  package func revokeGrant(_ id: GrantID, _ context: OperationContext) async throws {
    // What was granted on something that is gone is the catalog's to take back.
    let object = try await store.livingGrant(id).object ?? .catalog
    try await store.revoke(id, authorizer.authorize(.revokePrivilege, on: object.resource, context))
  }
}
