package import Governance
import JSON
package import Postgres

/// A dataset that is neither Iceberg table nor view.
package struct GenericDataset: Sendable {
  package let found: FoundDataset
  package let path: DatasetPath
  package let format: DatasetFormat
  /// As it is compared: `file:///data/t`, `s3://bucket/t`, or a name elsewhere; `nil` for what has no place.
  package let location: String?
  package let description: DatasetDescription
  package let createdAt: PostgresTimestamp
  package let changedAt: PostgresTimestamp

  package init(
    found: FoundDataset, path: DatasetPath, format: DatasetFormat, location: String?, description: DatasetDescription,
    createdAt: PostgresTimestamp, changedAt: PostgresTimestamp
  ) {
    self.found = found
    self.path = path
    self.format = format
    self.location = location
    self.description = description
    self.createdAt = createdAt
    self.changedAt = changedAt
  }
}

extension DatasetFormat {
  /// As the row has it; tables and views have none.
  init?(stored text: String?) throws {
    guard let text else { return nil }
    guard let format = Self(rawValue: text) else { throw CatalogError.unavailable("A dataset of format \(text) needs a newer server") }
    self = format
  }
}

extension CatalogStore {
  /// The living dataset of that name, if it is neither table nor view.
  package func genericDataset(_ path: DatasetPath, _: Authorization) async throws -> GenericDataset? {
    try await pool.run { connection in
      try connection.first(
        """
        SELECT d.format, d.location, d.head, d.created_at, d.changed_at, \(FoundDataset.columns) FROM datasets d
        WHERE d.identifier = \(path.text) AND d.dropped_at IS NULL AND d.kind = 'dataset'
        """
      ) { row in
        guard let format = try DatasetFormat(stored: row[0]) else { throw CatalogError.unavailable("\(path.identifier) has no format") }
        let location: String = try row[1]
        return GenericDataset(
          found: try FoundDataset(row, from: 5), path: path, format: format, location: location.isEmpty ? nil : location,
          description: try DatasetDescription(json: JSONDocument(parsing: row.bytes(2)).root), createdAt: try row[3], changedAt: try row[4])
      }
    }
  }

  /// Where a dataset that is neither table nor view has its files; `nil` for one that was dropped.
  package func location(ofGeneric id: DatasetID, _: Authorization) async throws -> String? {
    try await pool.run { connection in
      try connection.first("SELECT location FROM datasets WHERE id = \(id) AND kind = 'dataset' AND dropped_at IS NULL") { row in
        try row[0] as String
      }
    }
  }

  /// The roots of all warehouses, as they were given.
  package func warehouseLocations(_: Authorization) async throws -> [String] {
    try await pool.run { connection in try connection.query("SELECT location FROM warehouses") { row in try row[0] as String } }
  }
}
