package import CatalogStore
import Iceberg
package import ObjectStorage
import Synchronization

/// A warehouse with the store that its files are in.
package struct WarehouseStorage: Sendable {
  package let warehouse: Warehouse
  package let root: ObjectLocation
  package let objects: any ObjectStore
  /// `nil` where clients bring keys of their own.
  let delegation: WarehouseDelegation?

  /// Checks that `text` names a place for files inside this warehouse, and not the warehouse itself.
  ///
  /// - Throws: ``CatalogError/badRequest(_:)`` saying what the location must look like.
  package func location(_ text: String, of what: String) throws -> ObjectLocation {
    let location: ObjectLocation
    do {
      location = try ObjectLocation(text)
    } catch {
      throw CatalogError.badRequest("The \(what) \"\(text)\" is no location: \(error)")
    }
    guard root.contains(location), !location.contains(root) else {
      throw CatalogError.badRequest("The \(what) \"\(text)\" is outside the warehouse \(warehouse.name); choose one below \(root)")
    }
    return location
  }
}

extension StorageProfile {
  fileprivate init(_ warehouse: Warehouse, _ root: ObjectLocation) {
    let options = warehouse.storage
    self.init(
      root: root, endpoint: options["s3.endpoint"], region: options["s3.region"],
      pathStyleAccess: options["s3.path-style-access"]?.lowercased() == "true")
  }
}

/// The storage of every warehouse in use, made once each: a warehouse's row never changes under its id.
final class WarehouseStorages: Sendable {
  private let store: CatalogStore
  private let objects: ObjectStoreFactory
  private let known = Mutex<[WarehouseID: WarehouseStorage]>([:])

  init(store: CatalogStore, objects: ObjectStoreFactory) {
    self.store = store
    self.objects = objects
  }

  func storage(of id: WarehouseID, _ authorization: Authorization) async throws -> WarehouseStorage {
    if let found = known.withLock({ $0[id] }) { return found }
    return try storage(of: try await store.warehouse(id, authorization))
  }

  func storage(named name: String, _ authorization: Authorization) async throws -> WarehouseStorage {
    try storage(of: try await store.warehouse(named: name, authorization))
  }

  func storage(of warehouse: Warehouse) throws -> WarehouseStorage {
    if let found = known.withLock({ $0[warehouse.id] }) { return found }
    let root = try ObjectLocation(warehouse.location)
    let profile = StorageProfile(warehouse, root)
    let made = WarehouseStorage(
      warehouse: warehouse, root: root, objects: try objects.store(for: profile),
      delegation: try WarehouseDelegation(warehouse, profile, objects))
    known.withLock { $0[warehouse.id] = made }
    return made
  }
}
