import Iceberg
import Postgres

/// An object by name, as grants and questions about decisions name it.
package enum AccessObject: Hashable, Sendable {
  case catalog
  case warehouse(String)
  case zone(String, warehouse: String)
  case namespace(NamespacePath)
  case dataset(DatasetKind, DatasetPath)
  case model(String)

  package var resource: CatalogResource {
    switch self {
    case .catalog: CatalogResource(.server, "")
    case .warehouse(let name): CatalogResource(.warehouse, name)
    case .zone(let name, let warehouse): CatalogResource(.zone, "\(warehouse)\u{1F}\(name)")
    case .namespace(let path): CatalogResource(.namespace, path.text)
    case .dataset(let kind, let path): CatalogResource(kind.resourceKind, path.text)
    case .model(let name): CatalogResource(.model, name)
    }
  }

  /// `catalog`, `warehouse`, `zone`, `namespace`, `table`, `view`, `dataset`, `model`.
  package var kindName: String {
    switch self {
    case .catalog: "catalog"
    case .warehouse: "warehouse"
    case .zone: "zone"
    case .namespace: "namespace"
    case .dataset(let kind, _): kind.rawValue
    case .model: "model"
    }
  }

  /// The names that lead to it, its warehouse's first, which a model has not; none for the catalog.
  package var path: [String] {
    switch self {
    case .catalog: []
    case .warehouse(let name), .model(let name): [name]
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

extension AccessObject {
  /// What is known today of the object that a row `g` names by `object_kind` and `object_id`.
  static let tables: SQL = """
    LEFT JOIN warehouses w ON g.object_kind = 'warehouse' AND w.id = g.object_id
    LEFT JOIN datasets d ON g.object_kind = 'dataset' AND d.id = g.object_id AND d.dropped_at IS NULL
    LEFT JOIN namespaces dn ON dn.id = d.namespace_id
    LEFT JOIN namespaces n ON g.object_kind = 'namespace' AND n.id = g.object_id
    LEFT JOIN warehouses nw ON nw.id = coalesce(n.warehouse_id, dn.warehouse_id)
    LEFT JOIN zones z ON z.id = CASE WHEN g.object_kind = 'zone' THEN g.object_id ELSE coalesce(n.zone_id, dn.zone_id) END
    LEFT JOIN warehouses zw ON zw.id = z.warehouse_id
    LEFT JOIN models mo ON g.object_kind = 'model' AND mo.id = g.object_id
    """
  /// Its names, from those.
  static let columns: SQL = "coalesce(w.name, zw.name, nw.name), z.name, coalesce(n.path, dn.path), d.kind, d.name, mo.name"

  /// Reads ``columns``; `nil` for an object that is gone.
  ///
  /// - Parameter first: where they begin in the row.
  init?(kind: String, _ row: PostgresRow, at first: Int) throws {
    if kind == "catalog" {
      self = .catalog
      return
    }
    if kind == "model" {
      guard let name: String = try row[first + 5] else { return nil }
      self = .model(name)
      return
    }
    guard let warehouse: String = try row[first] else { return nil }
    let zone: String? = try row[first + 1]
    let levels: String? = try row[first + 2]
    switch kind {
    case "warehouse": self = .warehouse(warehouse)
    case "zone":
      guard let zone else { return nil }
      self = .zone(zone, warehouse: warehouse)
    case "namespace":
      guard let levels else { return nil }
      self = .namespace(NamespacePath(warehouse: warehouse, namespace: Namespace(pathText: levels)))
    default:
      let datasetKind: String? = try row[first + 3]
      let name: String? = try row[first + 4]
      guard let levels, let name, let kind = datasetKind.flatMap(DatasetKind.init) else { return nil }
      let identifier = try TableIdentifier(namespace: Namespace(pathText: levels), name: name)
      self = .dataset(kind, DatasetPath(warehouse: warehouse, identifier: identifier))
    }
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
    case .model(let name):
      guard let found = try id("SELECT mo.id FROM models mo WHERE mo.name = \(name)", "mo") else {
        throw CatalogError.noSuchModel("There is no model \(name)")
      }
      return found
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
