package import CatalogStore
import Iceberg
package import Logging
package import ObjectStorage

/// The catalog's operations, one a file, free of HTTP.
///
/// Each finds its objects, has what it means to do allowed, decides in pure code, writes files if it must, and then runs one
/// transaction that also holds its audit event.
package final class Catalog: Sendable {
  let store: CatalogStore
  let storages: WarehouseStorages
  package let authorizer: Authorizer
  package let cache: DatasetCache
  let commitLocks = KeyedLocks()
  let ownPlaces: OwnPlaces
  let contracts = ContractMemory()
  let places: LastPlace
  let lineageDoor: LineageDoor
  package let options: CatalogOptions
  let logger: Logger

  package init(store: CatalogStore, objects: ObjectStoreFactory, authorizer: Authorizer, options: CatalogOptions, logger: Logger) {
    self.store = store
    self.authorizer = authorizer
    self.options = options
    self.logger = logger
    ownPlaces = OwnPlaces(store: store)
    places = LastPlace(store)
    lineageDoor = LineageDoor(store, options.lineage)
    storages = WarehouseStorages(store: store, objects: objects)
    cache = DatasetCache(limitBytes: options.cacheSizeBytes)
  }
}
