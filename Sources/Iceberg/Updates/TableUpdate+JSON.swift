package import JSON

// Reading and writing (REST specification, `TableUpdate`).

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
    case "set-partition-statistics":
      self = .setPartitionStatistics(try PartitionStatisticsFile(json: object.required("partition-statistics")))
    case "remove-partition-statistics": self = .removePartitionStatistics(snapshotID: try object.required("snapshot-id").int64())
    case "remove-partition-specs": self = .removePartitionSpecs(try object.required("spec-ids").int32s())
    case "remove-schemas": self = .removeSchemas(try object.required("schema-ids").int32s())
    case "add-encryption-key": self = .addEncryptionKey(try EncryptedKey(json: object.required("encryption-key")))
    case "remove-encryption-key": self = .removeEncryptionKey(keyID: try object.required("key-id").string())
    default:
      throw json.invalid("Unrecognized metadata update action \"\(action)\"; there are \(Self.actions.joined(separator: ", "))")
    }
  }
}

extension TableUpdate: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("action", action)
      write(fieldsTo: &$0)
    }
  }

  private func write(fieldsTo writer: inout JSONWriter) {
    switch self {
    case .assignUUID(let uuid): writer.field("uuid", uuid)
    case .upgradeFormatVersion(let version): writer.field("format-version", version)
    case .addSchema(let schema, let lastColumnID):
      writer.field("schema", schema)
      if let lastColumnID { writer.field("last-column-id", lastColumnID) }
    case .setCurrentSchema(let id): writer.field("schema-id", id)
    case .addSpec(let spec): writer.field("spec", spec)
    case .setDefaultSpec(let id): writer.field("spec-id", id)
    case .addSortOrder(let order): writer.field("sort-order", order)
    case .setDefaultSortOrder(let id): writer.field("sort-order-id", id)
    case .addSnapshot(let snapshot): writer.field("snapshot", snapshot)
    case .setSnapshotRef(let name, let ref):
      writer.field("ref-name", name)
      ref.write(fieldsTo: &writer)
    case .removeSnapshots(let ids): writer.field("snapshot-ids", ids)
    case .removeSnapshotRef(let name): writer.field("ref-name", name)
    case .setLocation(let location): writer.field("location", location)
    case .setProperties(let properties): writer.field("updates", properties)
    case .removeProperties(let keys): writer.field("removals", keys)
    case .setStatistics(let file):
      writer.field("snapshot-id", file.snapshotID)
      writer.field("statistics", file)
    case .removeStatistics(let id), .removePartitionStatistics(let id): writer.field("snapshot-id", id)
    case .setPartitionStatistics(let file): writer.field("partition-statistics", file)
    case .removePartitionSpecs(let ids): writer.field("spec-ids", ids)
    case .removeSchemas(let ids): writer.field("schema-ids", ids)
    case .addEncryptionKey(let key): writer.field("encryption-key", key)
    case .removeEncryptionKey(let id): writer.field("key-id", id)
    }
  }
}

extension UnboundPartitionSpec: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("fields", fields)
      $0.fields(unknown)
    }
  }
}

extension UnboundPartitionSpec.Field: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", name)
      $0.field("transform", transform.description)
      $0.sourceIDs(sourceIDs)
      if let fieldID { $0.field("field-id", fieldID) }
      $0.fields(unknown)
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
