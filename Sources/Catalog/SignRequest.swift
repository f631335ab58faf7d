package import CatalogStore
package import ObjectStorage

extension Catalog {
  /// Signs a client's request to S3 if it is about the table's files and no more than the caller may do with them.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/forbidden(_:)``, ``CatalogError/badRequest(_:)``,
  ///   ``CatalogError/unavailable(_:)``, ``CatalogError/unprocessable(_:)``
  package func signRequest(_ request: SignRequest, for path: DatasetPath, _ context: OperationContext) async throws -> SignedRequest {
    let asked = try await authorized(.signRequest, [PolicyQuestion(.readCredentials)], path, as: .table, context)
    let authorization = asked.authorization
    let storage = try await storages.storage(of: asked.found.version.warehouse, authorization)
    guard let delegation = storage.delegation, delegation.offered.contains(.remoteSigning) else {
      throw CatalogError.badRequest("The warehouse \(storage.warehouse.name) signs no requests; ask for other access to its files")
    }
    guard let access = try dataAccess(to: AccessSubject(asked.found, asked.object), context).storageAccess else {
      throw CatalogError.forbidden("The files of \(path.identifier) may not be read by \(context.principal)")
    }
    let table = try await cached(path, at: asked.found, authorization)
    let locations = try await ownPlaces.locations(of: table.version.id, path, table.places(), in: storage, authorization)
    do {
      return try await signer(delegation, locations, access, authorization).sign(request)
    } catch let refusal as SignRefusal {
      switch refusal {
      case .malformed: throw CatalogError.badRequest("\(refusal)")
      case .outside, .needs: throw CatalogError.forbidden("\(refusal)")
      }
    } catch let error as CredentialVendingError {
      throw CatalogError(error, context, logger)
    }
  }

  /// Narrowed keys wherever there is a role: what a client adds to a signed request may be obeyed (Ceph does), and then only the key's own
  /// policy holds it back.
  private func signer(
    _ delegation: WarehouseDelegation, _ locations: [ObjectLocation], _ access: StorageAccess, _ authorization: Authorization
  ) async throws -> RemoteSigner {
    guard let vendor = delegation.vendor, let role = delegation.role else {
      return try RemoteSigner(
        profile: delegation.profile, locations: locations, access: access, credentials: delegation.serverCredentials)
    }
    let keys = try await vend(.signing, access, locations, from: vendor, authorization)
    return try RemoteSigner(
      profile: delegation.profile, locations: locations, access: access, credentials: keys.signingCredentials,
      deletesCredentials: role.narrowedKeysDeleteMany ? nil : delegation.serverCredentials)
  }
}
