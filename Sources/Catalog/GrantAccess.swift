import CatalogStore
import Iceberg
import Logging
import ObjectStorage

extension Catalog {
  /// What the answer to a caller who creates, takes in or loads a table holds to let it at the files.
  ///
  /// - Throws: when keys cannot be had and nothing was changed: ``CatalogError/unavailable(_:)``, ``CatalogError/unprocessable(_:)``.
  func grantedAccess(
    to subject: () async throws -> AccessSubject, _ places: () throws -> TablePlaces, in storage: WarehouseStorage,
    _ authorization: Authorization
  ) async throws -> GrantedAccess {
    guard [.loadTable, .createTable, .registerTable].contains(authorization.action), let delegation = storage.delegation else {
      return .none
    }
    let ways = delegation.shared(with: authorization.context)
    guard !ways.isEmpty else { return .none }
    let path = try DatasetPath(of: authorization)
    do {
      let subject = try await subject()
      if ways.contains(.vendedCredentials),
        let granted = try await vendedAccess(to: subject, path, places(), in: storage, delegation, authorization)
      {
        return granted
      }
      // Until it is committed, nothing but the client knows where a staged table is.
      guard ways.contains(.remoteSigning), subject.dataset != nil else { return .none }
      return try dataAccess(to: subject, authorization.context) == .none ? .none : GrantedAccess(signingAt: path.route + "/sign")
    } catch {
      logger.warning(
        "no storage access was granted",
        metadata: [
          "request-id": "\(authorization.context.requestID)", "table": "\(path.identifier)", "error": "\(error)",
        ])
      // What is done is done, and what is shared with another table stays readable by name.
      if authorization.action != .loadTable { return .none }
      if case CatalogError.forbidden = error { return .none }
      throw error
    }
  }

  /// Keys for a table's files; `nil` when there are none that could be narrowed to them.
  func vendedAccess(
    to subject: AccessSubject, _ path: DatasetPath, _ places: TablePlaces, in storage: WarehouseStorage, _ delegation: WarehouseDelegation,
    _ authorization: Authorization
  ) async throws -> GrantedAccess? {
    let access = try dataAccess(to: subject, authorization.context)
    guard let needed = access.storageAccess else { return GrantedAccess.none }
    guard let vendor = delegation.vendor else {
      // These open everything, so only who may do everything here is given them.
      guard delegation.sharesServerKeys, needed == .delete else { return nil }
      return try await sharedAccess(at: places.location, in: storage, delegation, authorization)
    }
    let locations = try await ownPlaces.locations(of: subject.dataset, path, places, in: storage, authorization)
    do {
      let keys = try await vend(.client, needed, locations, from: vendor, authorization)
      return GrantedAccess(
        keys: Dictionary(keys.clientConfig(delegation.profile).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
        at: places.location, refreshedAt: path.route + "/credentials", generation: keys.generation)
    } catch CredentialVendingError.policy(let error) {
      logger.warning(
        "no key can be narrowed to a table", metadata: ["table": "\(path.identifier)", "error": "\(error)"])
      return nil
    } catch let error as CredentialVendingError {
      throw CatalogError(error, authorization.context, logger)
    }
  }

  /// Keys of the warehouse's role, each set recorded before anything is done with it.
  func vend(
    _ use: CredentialVendor.Use, _ access: StorageAccess, _ locations: [ObjectLocation], from vendor: CredentialVendor,
    _ authorization: Authorization
  ) async throws -> VendedCredentials {
    let context = authorization.context
    let subject = CredentialVendor.Subject(
      // A user may be called what the server calls itself.
      locations: locations, access: access, principal: "\(context.caller.authority) \(context.principal)", use: use)
    let name = AssumedRole.sessionName(principal: context.principal, requestID: context.requestID)
    return try await vendor.credentials(for: subject, sessionName: name) { [store] keys in
      try await store.recordVending(
        VendedKeys(
          accessKeyID: keys.accessKeyID, expiresAtMs: keys.expiresAtMs, access: access.rawValue, use: use.rawValue,
          locations: locations.map(\.canonicalText)),
        authorization)
    }
  }

  /// The server's own keys.
  private func sharedAccess(
    at location: String, in storage: WarehouseStorage, _ delegation: WarehouseDelegation, _ authorization: Authorization
  ) async throws -> GrantedAccess {
    let keys = delegation.serverCredentials
    try await store.recordVending(
      VendedKeys(
        accessKeyID: keys.accessKeyID, expiresAtMs: nil, access: "shared", use: CredentialVendor.Use.client.rawValue,
        locations: [storage.root.canonicalText]),
      authorization)
    var config = storage.clientConfig
    config["s3.access-key-id"] = keys.accessKeyID
    config["s3.secret-access-key"] = keys.secretAccessKey
    if let token = keys.sessionToken { config["s3.session-token"] = token }
    return GrantedAccess(keys: config, at: location, refreshedAt: nil, generation: "shared")
  }

  /// Refuses a location that is another table's too where keys for it may be handed out: each key would open both.
  func requireOwnPlace(
    _ location: String, of dataset: DatasetID?, _ path: DatasetPath, uuid: String?, in storage: WarehouseStorage,
    _ authorization: Authorization
  ) async throws {
    guard storage.delegation != nil else { return }
    try await ownPlaces.require(storage.location(location, of: "location"), of: dataset, path, uuid ?? "", authorization)
  }

  /// The same for a commit that moves its table.
  func requireOwnPlace(
    of path: DatasetPath, _ found: FoundDataset, _ new: TableMetadata, replacing old: TableMetadata, in storage: WarehouseStorage,
    _ authorization: Authorization
  ) async throws {
    guard new.location != old.location else { return }
    try await requireOwnPlace(new.location, of: found.version.id, path, uuid: new.uuid, in: storage, authorization)
  }
}

extension CatalogError {
  /// What the caller is told; the operator finds the rest in the log.
  init(_ error: CredentialVendingError, _ context: OperationContext, _ logger: Logger) {
    logger.warning("no keys were vended", metadata: ["request-id": "\(context.requestID)", "error": "\(error)"])
    self =
      switch error {
      case .unavailable: .unavailable("The service that makes storage keys does not answer; try again later")
      case .policy(let error): .unprocessable("No storage key can be narrowed to this table: \(error)")
      case .roleMissing, .accessDenied, .refused, .unreadableAnswer, .badEndpoint:
        .unprocessable(
          "No storage keys can be made: the warehouse's role or token service is not set up for it; the server's log tells more under \(context.requestID)"
        )
      }
  }
}

extension DatasetPath {
  /// The table that something was allowed on.
  init(of authorization: Authorization) throws { try self.init(storedText: authorization.resource.path) }

  /// The table's address, relative to the server's.
  var route: String {
    let parts = [warehouse, "namespaces", identifier.namespace.pathText, "tables", identifier.name]
    return "v1/" + parts.map { RequestSigner.encoded($0) }.joined(separator: "/")
  }
}
