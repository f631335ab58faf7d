package import CatalogStore

// Who answers for what: owners, stewards, technical contacts.

extension Catalog {
  /// Who answers for a zone, namespace, table or view. Whoever may see it may know.
  ///
  /// - Throws: what says that it is not there
  package func ownership(of object: AccessObject, _ context: OperationContext) async throws -> Ownership {
    let asked = try await authorizedObject(.loadOwners, [PolicyQuestion(.getMetadata)], on: object, context)
    return try await store.ownership(of: asked.object, named: object, asked.authorization)
  }

  /// Names who answers for an object.
  ///
  /// - Throws: ``CatalogError/forbidden(_:)`` also when it would be given to somebody who was not asked;
  ///   ``CatalogError/unprocessable(_:)`` for nobody, and for a role
  package func updateOwnership(
    of object: AccessObject, _ change: OwnershipChange, _ context: OperationContext, answer: @escaping @Sendable (Ownership) -> [UInt8]
  ) async throws -> Ownership {
    guard change != OwnershipChange() else {
      throw CatalogError.badRequest("Nothing is to change; give owner, steward or technical-contact")
    }
    let asked = try await authorizedObject(.updateOwners, [PolicyQuestion(.setOwner)], on: object, context)
    if case .given(let name) = change.owner { try await requireConsent(of: name, for: object, context) }
    return try await store.changeOwnership(of: asked.object, named: object, change, asked.authorization, answer: answer)
  }

  /// Nobody becomes an owner unasked: one names oneself or a team of one's own; who looks after owners everywhere may name anybody.
  func requireConsent(of name: GranteeName, for object: AccessObject, _ context: OperationContext) async throws {
    guard context.caller.authority != .server else { return }
    let state = try await authorizer.state()
    let own = try state.namesOfOwner(context.caller)
    if own.contains(name.description) || (name.kind == nil && own.contains { $0.hasSuffix(":\(name.name)") }) { return }
    let catalog = try await authorizer.object(catalog: object.resource)
    guard try !authorizer.allows([PolicyQuestion(.setOwner)], on: catalog, context) else { return }
    throw CatalogError.forbidden(
      "\(name) has not agreed to own the \(object.kindName) \(object.title); offer it: moraine owner transfer … --to \(name)")
  }

  /// All that somebody answers for: told to itself, to its members, and to those who look after owners or audit.
  ///
  /// - Throws: ``CatalogError/unprocessable(_:)`` for nobody
  package func owned(by name: GranteeName, _ page: PageRequest, _ context: OperationContext) async throws -> Page<OwnedObject> {
    let own = try await authorizer.state().namesOfOwner(context.caller)
    let authorization =
      own.contains(name.description)
      ? try await authorized(.listOwned, [], catalog: CatalogResource(.server, ""), context) : try await authorizeOwners(context)
    return try await store.owned(by: name, page, authorization)
  }

  /// What nobody answers for.
  package func orphans(_ page: PageRequest, _ context: OperationContext) async throws -> Page<OwnedObject> {
    try await store.orphans(page, authorizeOwners(context))
  }

  /// For those who look after owners everywhere, and for auditors.
  private func authorizeOwners(_ context: OperationContext) async throws -> Authorization {
    let resource = CatalogResource(.server, "")
    let mayAudit = try authorizer.allows([PolicyQuestion(.readAudit)], on: try await authorizer.object(catalog: resource), context)
    return try await authorized(.listOwned, [PolicyQuestion(mayAudit ? .readAudit : .setOwner)], catalog: resource, context)
  }
}
