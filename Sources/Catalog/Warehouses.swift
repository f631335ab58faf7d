package import CatalogStore
import ObjectStorage
import Postgres

// The operations on warehouses.

extension Catalog {
  package func listWarehouses(_ page: PageRequest, _ context: OperationContext) async throws -> Page<Warehouse> {
    let authorization = try await authorized(.listWarehouses, [PolicyQuestion(.list)], catalog: CatalogResource(.server, ""), context)
    let found = try await store.warehouses(page, authorization)
    return Page(elements: try await authorizer.visible(found.elements, context), next: found.next)
  }

  /// - Throws: ``CatalogError/noSuchWarehouse(_:)``
  package func loadWarehouse(_ name: String, _ context: OperationContext) async throws -> Warehouse {
    try await store.warehouse(named: name, authorized(.loadWarehouse, [PolicyQuestion(.list)], warehouse: name, context))
  }

  /// Adds a warehouse.
  ///
  /// - Parameters:
  ///   - location: an absolute location that this server can reach.
  ///   - storage: by the keys of ``Warehouse/storageOptions``.
  /// - Throws: ``CatalogError/warehouseAlreadyExists(_:)``, ``CatalogError/badRequest(_:)``
  package func createWarehouse(
    _ name: String, location: String, storage: [String: String], _ context: OperationContext, answer: (Warehouse) -> [UInt8]
  ) async throws -> Warehouse {
    let authorization = try await authorized(
      .createWarehouse, [PolicyQuestion(.createWarehouse)], catalog: CatalogResource(.warehouse, name), context)
    guard Warehouse.isName(name) else {
      throw CatalogError.badRequest(
        "The warehouse name \"\(name)\" is not allowed; use 1 to 63 lower-case letters, digits, '-' and '_', starting with a letter or digit"
      )
    }
    let root: ObjectLocation
    do {
      root = try ObjectLocation(location)
    } catch {
      throw CatalogError.badRequest("The location of warehouse \(name) is not usable: \(error)")
    }
    let keys = Warehouse.storageOptions.map(\.key)
    for key in storage.keys where !keys.contains(key) {
      throw CatalogError.badRequest("The storage option \"\(key)\" is unknown; there are \(keys.joined(separator: ", "))")
    }
    let warehouse = Warehouse(id: .new(), name: name, location: root.description, storage: storage, createdAt: context.time)
    _ = try StorageAccessOptions(warehouse, root: root)
    do {
      try await storages.storage(of: warehouse).objects.makeFolder(root)
    } catch let error as CatalogError {
      throw error
    } catch {
      throw CatalogError.badRequest("The location of warehouse \(name) cannot be used: \(error)")
    }
    try await store.createWarehouse(warehouse, authorization, answer: answer(warehouse))
    return warehouse
  }

  /// - Throws: ``CatalogError/noSuchWarehouse(_:)``, ``CatalogError/warehouseNotEmpty(_:)``
  package func dropWarehouse(_ name: String, _ context: OperationContext) async throws {
    try await store.dropWarehouse(named: name, authorized(.dropWarehouse, [PolicyQuestion(.dropWarehouse)], warehouse: name, context))
  }
}

extension Warehouse {
  /// Names that would be taken for a resource in a path without a prefix.
  private static let reserved: Set<String> = ["config", "namespaces", "tables", "views", "transactions", "oauth"]

  static func isName(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard (1...63).contains(bytes.count), !reserved.contains(name) else { return false }
    func isLetterOrDigit(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
    return isLetterOrDigit(bytes[0]) && bytes.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
  }
}
