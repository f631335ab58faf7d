package import Postgres

/// A storage profile under a name: the REST `prefix`.
package struct Warehouse: Hashable, Sendable {
  package let id: WarehouseID
  package let name: String
  /// The root of its files, without a trailing slash.
  package let location: String
  /// How its storage is reached, and what of that is handed on: ``storageOptions``.
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

extension Warehouse {
  /// A storage option, as a warehouse keeps it and as the management routes and the command line spell it.
  package struct StorageOption: Sendable {
    package let key: String
    package let name: String
  }

  package static let storageOptions = [
    StorageOption(key: "s3.endpoint", name: "endpoint"),
    StorageOption(key: "s3.region", name: "region"),
    StorageOption(key: "s3.path-style-access", name: "path-style-access"),
    StorageOption(key: "s3.sts.endpoint", name: "sts-endpoint"),
    StorageOption(key: "s3.sts.role-arn", name: "sts-role-arn"),
    StorageOption(key: "s3.sts.external-id", name: "sts-external-id"),
    StorageOption(key: "s3.session-duration", name: "session-duration"),
    StorageOption(key: "access-delegation", name: "access-delegation"),
    StorageOption(key: "static-credentials", name: "static-credentials"),
  ]

  package static func storageKey(named name: String) -> String? { storageOptions.first { $0.name == name }?.key }
}
