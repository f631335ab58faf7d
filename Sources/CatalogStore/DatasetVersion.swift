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
  static func find(_ paths: [PostgresText], on connection: PostgresConnection) throws -> [PostgresText: DatasetVersion] {
    let rows = try connection.query(
      """
      SELECT identifier, id, warehouse_id, kind = 'view', version FROM datasets WHERE identifier = ANY(\(paths)) AND dropped_at IS NULL
      """
    ) { row in
      let isView: Bool = try row[3]
      return (
        try row[0] as PostgresText,
        DatasetVersion(id: try row[1], warehouse: try row[2], kind: isView ? .view : .table, version: try row[4])
      )
    }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }
}

extension CatalogStore {
  /// The living dataset of that name; `nil` when there is none. Concurrent calls share a query.
  package func datasetVersion(_ path: DatasetPath, _: Authorization) async throws -> DatasetVersion? {
    try await lookups.load(PostgresText(path.text))
  }
}
