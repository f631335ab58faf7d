import Iceberg
import Postgres

/// Finds the rows of the objects that are asked about: one, or a page of all there are.
struct DecisionObjectList {
  /// In the order of a list.
  enum Kind: Int, CaseIterable {
    case catalog, warehouse, zone, namespace, dataset, model
  }

  struct Row {
    let kind: Kind
    /// `nil` for the catalog.
    let id: PostgresUUID?
    let key: String
  }

  let connection: PostgresConnection

  func rows(_ scope: DecisionScope) throws -> (rows: [Row], next: String?) {
    switch scope {
    case .object(let object):
      let id = try CatalogStore.locate(object, on: connection, locking: false)
      let kind: Kind =
        switch object {
        case .catalog: .catalog
        case .warehouse: .warehouse
        case .zone: .zone
        case .namespace: .namespace
        case .dataset: .dataset
        case .model: .model
        }
      return ([Row(kind: kind, id: id, key: "")], nil)
    case .page(let page):
      return try rows(page)
    }
  }

  private func rows(_ page: PageRequest) throws -> (rows: [Row], next: String?) {
    var (kind, after) = (Kind.catalog, String?.none)
    if let text = page.after {
      let parts = text.split(separator: "\u{1F}", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, let found = Int(parts[0]).flatMap(Kind.init) else {
        throw PageRequest.foreignToken
      }
      (kind, after) = (found, parts[1])
    }
    var rows: [Row] = []
    while rows.count <= page.size {
      rows += try self.rows(kind, after: after, limit: page.size + 1 - rows.count)
      guard let next = Kind(rawValue: kind.rawValue + 1) else { break }
      (kind, after) = (next, nil)
    }
    let last = rows.prefix(page.size).last
    return (Array(rows.prefix(page.size)), rows.count > page.size ? last.map { "\($0.kind.rawValue)\u{1F}\($0.key)" } : nil)
  }

  private func rows(_ kind: Kind, after: String?, limit: Int) throws -> [Row] {
    guard limit > 0 else { return [] }
    let (after, count) = (after ?? "", Int64(limit))
    let sql: SQL
    switch kind {
    case .catalog: return after.isEmpty ? [Row(kind: .catalog, id: nil, key: "catalog")] : []
    case .warehouse: sql = "SELECT id, name FROM warehouses WHERE name > \(after) ORDER BY name LIMIT \(count)"
    case .zone:
      sql = "SELECT id, id::text FROM zones WHERE id::text COLLATE \"C\" > \(after) ORDER BY id::text COLLATE \"C\" LIMIT \(count)"
    case .namespace:
      sql = """
        SELECT n.id, w.name || chr(31) || n.path FROM namespaces n JOIN warehouses w ON w.id = n.warehouse_id
        WHERE (w.name || chr(31) || n.path) COLLATE "C" > \(after) ORDER BY (w.name || chr(31) || n.path) COLLATE "C" LIMIT \(count)
        """
    case .model: sql = "SELECT id, name FROM models WHERE name > \(after) ORDER BY name LIMIT \(count)"
    case .dataset:
      sql = "SELECT id, identifier FROM datasets WHERE dropped_at IS NULL AND identifier > \(after) ORDER BY identifier LIMIT \(count)"
    }
    return try connection.query(sql) { row in Row(kind: kind, id: try row[0], key: try row[1]) }
  }
}
