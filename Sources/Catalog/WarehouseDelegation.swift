import CatalogStore
import ObjectStorage

/// How a warehouse on S3 lets clients at its files.
struct WarehouseDelegation: Sendable {
  let offered: Set<AccessDelegation>
  let profile: StorageProfile
  let role: AssumedRole?
  /// There if `role` is.
  let vendor: CredentialVendor?
  let serverCredentials: S3Credentials
  let sharesServerKeys: Bool

  /// `nil` for a warehouse that offers nothing.
  init?(_ warehouse: Warehouse, _ profile: StorageProfile, _ objects: ObjectStoreFactory) throws {
    let options = try StorageAccessOptions(warehouse, root: profile.root)
    guard !options.offered.isEmpty, let credentials = objects.serverCredentials else { return nil }
    offered = options.offered
    role = options.role
    sharesServerKeys = options.sharesServerKeys
    serverCredentials = credentials
    self.profile = profile
    do {
      vendor = try options.role.flatMap { role throws(CredentialVendingError) in try objects.vendor(for: role) }
    } catch {
      throw CatalogError.badRequest("The storage option s3.sts.endpoint cannot be used: \(error)")
    }
  }

  /// What is both understood and offered.
  func shared(with context: OperationContext) -> Set<AccessDelegation> { offered.intersection(context.delegations) }
}
