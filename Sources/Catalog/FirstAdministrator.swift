package import CatalogStore

// What a server does at its start so that somebody may administer the catalog.

extension Catalog {
  /// Makes the roles that the default policies name, where they are missing.
  package func ensurePredefinedRoles(_ context: OperationContext) async throws {
    for role in PrincipalReference.predefinedRoles {
      let reference = PrincipalReference(.role, role.name)
      try await store.ensureRole(reference, description: role.description, authorize(reference, .createPrincipal, context))
    }
  }

  /// Makes a service and a client for the first administrator, unless there is one already.
  ///
  /// - Returns: the credential, to be shown once; `nil` when there is an administrator.
  package func mintFirstAdministrator(_ context: OperationContext) async throws -> MintedCredential? {
    try await store.mintFirstAdministrator(authorize(PrincipalReference(.service, "admin"), .createClient, context))
  }
}
