/// A change to a table's metadata: the 23 of the REST specification (`TableUpdate`).
package enum TableUpdate: Hashable, Sendable {
  case assignUUID(String)
  case upgradeFormatVersion(Int)
  /// `lastColumnID` is what the client believes it to be; older clients send it, newer ones do not.
  case addSchema(Schema, lastColumnID: Int32?)
  case setCurrentSchema(Int32)
  case addSpec(UnboundPartitionSpec)
  case setDefaultSpec(Int32)
  case addSortOrder(SortOrder)
  case setDefaultSortOrder(Int32)
  case addSnapshot(Snapshot)
  case setSnapshotRef(name: String, SnapshotReference)
  case removeSnapshots([Int64])
  case removeSnapshotRef(name: String)
  case setLocation(String)
  case setProperties([String: String])
  case removeProperties([String])
  case setStatistics(StatisticsFile)
  case removeStatistics(snapshotID: Int64)
  case setPartitionStatistics(PartitionStatisticsFile)
  case removePartitionStatistics(snapshotID: Int64)
  case removePartitionSpecs([Int32])
  case removeSchemas([Int32])
  case addEncryptionKey(EncryptedKey)
  case removeEncryptionKey(keyID: String)
}

extension TableUpdate {
  /// The names of the actions, in the specification's order.
  package static let actions = [
    "assign-uuid", "upgrade-format-version", "add-schema", "set-current-schema", "add-spec", "set-default-spec", "add-sort-order",
    "set-default-sort-order", "add-snapshot", "set-snapshot-ref", "remove-snapshots", "remove-snapshot-ref", "set-location",
    "set-properties", "remove-properties", "set-statistics", "remove-statistics", "set-partition-statistics",
    "remove-partition-statistics", "remove-partition-specs", "remove-schemas", "add-encryption-key", "remove-encryption-key",
  ]

  package var action: String {
    switch self {
    case .assignUUID: "assign-uuid"
    case .upgradeFormatVersion: "upgrade-format-version"
    case .addSchema: "add-schema"
    case .setCurrentSchema: "set-current-schema"
    case .addSpec: "add-spec"
    case .setDefaultSpec: "set-default-spec"
    case .addSortOrder: "add-sort-order"
    case .setDefaultSortOrder: "set-default-sort-order"
    case .addSnapshot: "add-snapshot"
    case .setSnapshotRef: "set-snapshot-ref"
    case .removeSnapshots: "remove-snapshots"
    case .removeSnapshotRef: "remove-snapshot-ref"
    case .setLocation: "set-location"
    case .setProperties: "set-properties"
    case .removeProperties: "remove-properties"
    case .setStatistics: "set-statistics"
    case .removeStatistics: "remove-statistics"
    case .setPartitionStatistics: "set-partition-statistics"
    case .removePartitionStatistics: "remove-partition-statistics"
    case .removePartitionSpecs: "remove-partition-specs"
    case .removeSchemas: "remove-schemas"
    case .addEncryptionKey: "add-encryption-key"
    case .removeEncryptionKey: "remove-encryption-key"
    }
  }
}
