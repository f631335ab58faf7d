package import Postgres

/// A storage profile under a name: the REST `prefix`.
package struct Warehouse: Hashable, Sendable {
  package let id: WarehouseID
  package let name: String
  /// The root of its files, without a trailing slash.
  package let location: String
  /// How its storage is reached: `s3.endpoint`, `s3.region`, `s3.path-style-access`.
  package let storage: [String: String]
  package let createdAt: PostgresTimestamp

  package init(id: WarehouseID, name: String, location: String, storage: [String: String], createdAt: PostgresTimestamp) {
    self.id = id
    self.name = name
    self.location = location
    self.storage = storage
    self.createdAt = createdAt
  }
}
