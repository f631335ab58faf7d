import JSON
import Postgres

/// The answer to "is it there, and in which version?": what every read begins with.
package struct DatasetVersion: Hashable, Sendable {
  package let id: DatasetID
  package let warehouse: WarehouseID
  package let kind: DatasetKind
  package let version: Int64

  package init(id: DatasetID, warehouse: WarehouseID, kind: DatasetKind, version: Int64) {
    self.id = id
    self.warehouse = warehouse
    self.kind = kind
    self.version = version
  }

  /// Looks up many at once, by ``DatasetPath/text`` as bytes: names that are equal to Swift, é in one scalar and in two, are two here.
  static func find(_ paths: [PostgresText], on connection: PostgresConnection) throws -> [PostgresText: FoundDataset] {
    let rows = try connection.query(
      "SELECT d.identifier, \(FoundDataset.columns) FROM datasets d WHERE d.identifier = ANY(\(paths)) AND d.dropped_at IS NULL"
    ) { row in (try row[0] as PostgresText, try FoundDataset(row, from: 1)) }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }
}

extension FoundDataset {
  /// Of `datasets d`, in the order that they are read in.
  static let columns: SQL = """
    d.id, d.warehouse_id, d.kind, d.version, d.namespace_id, d.owner, d.description, d.format_version, d.tags::text,
    (SELECT revision FROM access_revision WHERE is_the_one), d.contract_id,
    ARRAY(SELECT DISTINCT p.snapshot_id FROM pins p WHERE p.dataset_id = d.id AND p.snapshot_id IS NOT NULL ORDER BY 1)
    """

  init(_ row: PostgresRow, from column: Int) throws {
    let formatVersion: Int16? = try row[column + 7]
    self.init(
      version: DatasetVersion(
        id: try row[column], warehouse: try row[column + 1], kind: try DatasetKind(stored: row[column + 2]), version: try row[column + 3]),
      namespace: try row[column + 4],
      facts: DatasetFacts(
        owner: try row[column + 5], description: try row[column + 6], formatVersion: Int(formatVersion ?? 0),
        tags: try DatasetTags(stored: row[column + 8]), contract: try row[column + 10],
        pinned: try row[column + 11]),
      revision: try row[column + 9])
  }
}

extension DatasetKind {
  /// As the row has it.
  init(stored text: String) throws {
    guard let kind = Self(rawValue: text) else { throw CatalogError.unavailable("A dataset of kind \(text) needs a newer server") }
    self = kind
  }
}

extension CatalogStore {
  /// The living dataset of that name; `nil` when there is none. Concurrent calls share a query.
  ///
  /// Needs no authorization: it is what authorizing begins with, and tells the caller nothing yet.
  package func find(_ path: DatasetPath) async throws -> FoundDataset? {
    try await lookups.load(PostgresText(path.text))
  }
}

extension DatasetTags {
  /// As the row has them.
  init(stored text: PostgresText?) throws {
    if let text { try self.init(json: JSONDocument(parsing: text.bytes).root) } else { self.init() }
  }
}
