package import CatalogStore
import Iceberg
package import Logging
package import ObjectStorage

/// The catalog's operations, one a file, free of HTTP.
///
/// Each authorizes, decides in pure code, writes files if it must, and then runs one transaction that also holds its audit event.
package final class Catalog: Sendable {
  let store: CatalogStore
  let storages: WarehouseStorages
  let authorizer: Authorizer
  package let cache: DatasetCache
  let commitLocks = KeyedLocks()
  package let options: CatalogOptions
  let logger: Logger

  package init(store: CatalogStore, objects: ObjectStoreFactory, authorizer: Authorizer, options: CatalogOptions, logger: Logger) {
    self.store = store
    self.authorizer = authorizer
    self.options = options
    self.logger = logger
    storages = WarehouseStorages(store: store, objects: objects)
    cache = DatasetCache(limitBytes: options.cacheSizeBytes)
  }

  // MARK: Authorization

  func authorize(_ action: CatalogAction, _ path: DatasetPath, as kind: DatasetKind, _ context: OperationContext) throws -> Authorization {
    try authorizer.authorize(action, on: CatalogResource(kind == .table ? .table : .view, path.text), context)
  }

  func authorize(_ action: CatalogAction, _ path: NamespacePath, _ context: OperationContext) throws -> Authorization {
    let kind: CatalogResource.Kind = path.namespace.levels.isEmpty ? .warehouse : .namespace
    return try authorizer.authorize(action, on: CatalogResource(kind, path.text), context)
  }

  func authorize(zone name: String, in warehouse: String, _ action: CatalogAction, _ context: OperationContext) throws -> Authorization {
    try authorizer.authorize(action, on: CatalogResource(.zone, "\(warehouse)\u{1F}\(name)"), context)
  }

  func authorize(warehouse name: String, _ action: CatalogAction, _ context: OperationContext) throws -> Authorization {
    try authorizer.authorize(action, on: CatalogResource(name.isEmpty ? .server : .warehouse, name), context)
  }
}
