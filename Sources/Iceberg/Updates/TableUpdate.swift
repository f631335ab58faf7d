package import JSON

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
  case setPartitionStatistics(StatisticsFile)
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

extension TableUpdate: JSONDecodable {
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    let action = try object.required("action").string()
    switch action {
    case "assign-uuid": self = .assignUUID(try object.required("uuid").string())
    case "upgrade-format-version": self = .upgradeFormatVersion(try object.required("format-version").int())
    case "add-schema":
      self = .addSchema(try Schema(json: object.required("schema")), lastColumnID: try object.optional("last-column-id")?.int32())
    case "set-current-schema": self = .setCurrentSchema(try object.required("schema-id").int32())
    case "add-spec": self = .addSpec(try UnboundPartitionSpec(json: object.required("spec")))
    case "set-default-spec": self = .setDefaultSpec(try object.required("spec-id").int32())
    case "add-sort-order": self = .addSortOrder(try SortOrder(json: object.required("sort-order")))
    case "set-default-sort-order": self = .setDefaultSortOrder(try object.required("sort-order-id").int32())
    case "add-snapshot": self = .addSnapshot(try Snapshot(json: object.required("snapshot")))
    case "set-snapshot-ref":
      self = .setSnapshotRef(name: try object.required("ref-name").string(), try SnapshotReference(json: json))
    case "remove-snapshots": self = .removeSnapshots(try object.required("snapshot-ids").int64s())
    case "remove-snapshot-ref": self = .removeSnapshotRef(name: try object.required("ref-name").string())
    case "set-location": self = .setLocation(try object.required("location").string())
    // Old clients say `updated` and `removed`.
    case "set-properties": self = .setProperties(try object.either("updates", "updated").object().strings())
    case "remove-properties": self = .removeProperties(try object.either("removals", "removed").strings())
    case "set-statistics": self = .setStatistics(try StatisticsFile(json: object.required("statistics")))
    case "remove-statistics": self = .removeStatistics(snapshotID: try object.required("snapshot-id").int64())
    case "set-partition-statistics": self = .setPartitionStatistics(try StatisticsFile(json: object.required("partition-statistics")))
    case "remove-partition-statistics": self = .removePartitionStatistics(snapshotID: try object.required("snapshot-id").int64())
    case "remove-partition-specs": self = .removePartitionSpecs(try object.required("spec-ids").int32s())
    case "remove-schemas": self = .removeSchemas(try object.required("schema-ids").int32s())
    case "add-encryption-key": self = .addEncryptionKey(try EncryptedKey(json: object.required("encryption-key")))
    case "remove-encryption-key": self = .removeEncryptionKey(keyID: try object.required("key-id").string())
    default:
      throw json.invalid("Cannot convert metadata update action \"\(action)\"; there are \(Self.actions.joined(separator: ", "))")
    }
  }
}

extension JSONObject {
  func either(_ key: StaticString, _ old: StaticString) throws(JSONError) -> JSONValue {
    if let found = optional(key) ?? optional(old) { return found }
    return try required(key)
  }
}

extension JSONValue {
  func int64s() throws(JSONError) -> [Int64] { try array().decode { value throws(JSONError) in try value.int64() } }
  func int32s() throws(JSONError) -> [Int32] { try array().decode { value throws(JSONError) in try value.int32() } }
  func strings() throws(JSONError) -> [String] { try array().decode { value throws(JSONError) in try value.string() } }
}
