import Iceberg
import Postgres

/// An object by name, as grants and questions about decisions name it.
package enum AccessObject: Hashable, Sendable {
  case catalog
  case warehouse(String)
  case zone(String, warehouse: String)
  case namespace(NamespacePath)
  case dataset(DatasetKind, DatasetPath)

  package var resource: CatalogResource {
    switch self {
    case .catalog: CatalogResource(.server, "")
    case .warehouse(let name): CatalogResource(.warehouse, name)
    case .zone(let name, let warehouse): CatalogResource(.zone, "\(warehouse)\u{1F}\(name)")
    case .namespace(let path): CatalogResource(.namespace, path.text)
    case .dataset(let kind, let path): CatalogResource(kind.resourceKind, path.text)
    }
  }

  /// `catalog`, `warehouse`, `zone`, `namespace`, `table`, `view`, `dataset`.
  package var kindName: String {
    switch self {
    case .catalog: "catalog"
    case .warehouse: "warehouse"
    case .zone: "zone"
    case .namespace: "namespace"
    case .dataset(let kind, _): kind.rawValue
    }
  }

  /// The names that lead to it, its warehouse's first; none for the catalog.
  package var path: [String] {
    switch self {
    case .catalog: []
    case .warehouse(let name): [name]
    case .zone(let name, let warehouse): [warehouse, name]
    case .namespace(let path): [path.warehouse] + path.namespace.levels
    case .dataset(_, let path): [path.warehouse] + path.identifier.namespace.levels + [path.identifier.name]
    }
  }

  /// For people: `lake/a/b`, `catalog`.
  package var title: String {
    path.isEmpty ? "catalog" : path.map { $0.replacing("%", with: "%25").replacing("/", with: "%2F") }.joined(separator: "/")
  }

  /// As the table of grants calls its kind.
  var storedKind: String {
    if case .dataset = self { "dataset" } else { kindName }
  }
}

extension CatalogStore {
  /// The row of a living object; `nil` for the catalog, which has none.
  ///
  /// - Parameter locking: keeps it from being dropped until the transaction ends.
  /// - Throws: ``CatalogError/noSuchWarehouse(_:)``, ``CatalogError/noSuchZone(_:)``, ``CatalogError/noSuchNamespace(_:)``,
  ///   ``CatalogError/noSuchTable(_:)``, ``CatalogError/noSuchView(_:)``, ``CatalogError/noSuchDataset(_:)``
  static func locate(_ object: AccessObject, on connection: PostgresConnection, locking: Bool) throws -> PostgresUUID? {
    func id(_ sql: SQL, _ row: String) throws -> PostgresUUID? {
      let statement: SQL = "\(sql) \(raw: locking ? "FOR KEY SHARE OF \(row)" : "")"
      return try connection.first(statement) { row in try row[0] as PostgresUUID }
    }
    switch object {
    case .catalog: return nil
    case .warehouse(let name):
      guard let found = try id("SELECT w.id FROM warehouses w WHERE w.name = \(name)", "w") else {
        throw CatalogError.noSuchWarehouse("Warehouse does not exist: \(name)")
      }
      return found
    case .zone(let name, let warehouse):
      let sql: SQL = """
        SELECT z.id FROM zones z JOIN warehouses w ON w.id = z.warehouse_id WHERE w.name = \(warehouse) AND z.name = \(name)
        """
      if let found = try id(sql, "z") { return found }
      _ = try warehouseID(warehouse, on: connection)
      throw CatalogError.noSuchZone("Zone does not exist: \(name)")
    case .namespace(let path):
      let sql: SQL = """
        SELECT n.id FROM namespaces n JOIN warehouses w ON w.id = n.warehouse_id
        WHERE w.name = \(path.warehouse) AND n.path = \(path.namespace.pathText)
        """
      if let found = try id(sql, "n") { return found }
      _ = try warehouseID(path.warehouse, on: connection)
      throw CatalogError.missing(path.namespace)
    case .dataset(let kind, let path):
      let sql: SQL = """
        SELECT d.id FROM datasets d WHERE d.identifier = \(path.text) AND d.kind = \(kind.rawValue) AND d.dropped_at IS NULL
        """
      if let found = try id(sql, "d") { return found }
      _ = try warehouseID(path.warehouse, on: connection)
      throw CatalogError.missing(kind, path.identifier)
    }
  }
}
