package import JSON

// Reading (table spec, appendix C, "Table Metadata").

extension TableMetadata: JSONDecodable {
  private static let known: [StaticString] = [
    "format-version", "table-uuid", "location", "last-sequence-number", "last-updated-ms", "last-column-id", "schema", "schemas",
    "current-schema-id", "partition-spec", "partition-specs", "default-spec-id", "last-partition-id", "sort-orders",
    "default-sort-order-id", "properties", "current-snapshot-id", "refs", "statistics", "partition-statistics", "encryption-keys",
    "next-row-id", "metadata-log", "snapshots", "snapshot-log",
  ]

  /// Reads a whole document, of any supported version, and checks that it hangs together.
  package init(json: JSONValue) throws(JSONError) {
    let object = try json.object()
    try self.init(
      headOf: object, snapshots: object.list("snapshots", Snapshot.init(json:)),
      snapshotLog: object.list("snapshot-log", SnapshotLogEntry.init(json:)))
  }

  /// Puts a table together from its stored pieces.
  ///
  /// - Parameters:
  ///   - head: as ``headText()`` wrote it.
  ///   - snapshots, snapshotLog: in the order of the document.
  package init(head: [UInt8], snapshots: [Snapshot], snapshotLog: [SnapshotLogEntry]) throws(JSONError) {
    try self.init(headOf: JSONDocument(parsing: head).root.object(), snapshots: snapshots, snapshotLog: snapshotLog)
  }

  private init(headOf object: JSONObject, snapshots: [Snapshot], snapshotLog: [SnapshotLogEntry]) throws(JSONError) {
    let versionValue = try object.required("format-version")
    formatVersion = try versionValue.int()
    guard Self.supportedFormatVersions.contains(formatVersion) else {
      throw versionValue.invalid("Cannot read unsupported version \(formatVersion)")
    }
    uuid = try object.optional("table-uuid")?.string()
    location = Self.withoutTrailingSlash(try object.required("location").string())
    lastSequenceNumber = formatVersion > 1 ? try object.required("last-sequence-number").int64() : 0
    lastUpdatedMs = try object.required("last-updated-ms").int64()
    lastColumnID = try object.required("last-column-id").int32()

    (schemas, currentSchemaID) = try Self.schemas(object, formatVersion)
    (partitionSpecs, defaultSpecID) = try Self.partitionSpecs(object, formatVersion)
    lastPartitionID = try Self.lastPartitionID(object, formatVersion, partitionSpecs)
    (sortOrders, defaultSortOrderID) = try Self.sortOrders(object, formatVersion)

    properties = try object.optional("properties")?.object().strings() ?? [:]
    let current = try object.optional("current-snapshot-id")?.int64()
    currentSnapshotID = current == -1 ? nil : current
    refs = try Self.refs(object, current: currentSnapshotID)
    statistics = try object.list("statistics", StatisticsFile.init(json:))
    partitionStatistics = try object.list("partition-statistics", PartitionStatisticsFile.init(json:))
    encryptionKeys = try object.list("encryption-keys", EncryptedKey.init(json:))
    nextRowID = formatVersion >= 3 ? try object.required("next-row-id").int64() : 0
    metadataLog = try object.list("metadata-log", MetadataLogEntry.init(json:))
    self.snapshots = snapshots
    self.snapshotLog = snapshotLog
    unknown = object.unknown(besides: Self.known)
    do throws(ModelError) {
      try validate()
    } catch {
      throw object.value.invalid(error.message)
    }
  }

  private static func missing(_ key: String, _ object: JSONObject, _ version: Int) -> JSONError {
    object.value.invalid("\(key) must exist in format v\(version)")
  }

  private static func schemas(_ object: JSONObject, _ version: Int) throws(JSONError) -> ([Schema], Int32) {
    if let list = object.optional("schemas") {
      let schemas = try list.array().decode(schema)
      let current = try object.required("current-schema-id").int32()
      guard schemas.contains(where: { $0.id == current }) else {
        throw list.invalid("Cannot find schema with current-schema-id=\(current) from schemas")
      }
      return (schemas, current)
    }
    guard version == 1 else { throw missing("schemas", object, version) }
    let only = try schema(object.required("schema"))
    return ([only], only.id)
  }

  /// Within a document a schema says that it is a structure; clients may leave that out of requests.
  private static func schema(_ json: JSONValue) throws(JSONError) -> Schema {
    _ = try json.object().required("type")
    return try Schema(json: json)
  }

  private static func partitionSpecs(_ object: JSONObject, _ version: Int) throws(JSONError) -> ([PartitionSpec], Int32) {
    if let list = object.optional("partition-specs") {
      return (try list.array().decode(PartitionSpec.init(json:)), try object.required("default-spec-id").int32())
    }
    guard version == 1 else { throw missing("partition-specs", object, version) }
    return ([PartitionSpec(id: 0, fields: try PartitionSpec.fields(object.required("partition-spec")))], 0)
  }

  private static func lastPartitionID(_ object: JSONObject, _ version: Int, _ specs: [PartitionSpec]) throws(JSONError) -> Int32 {
    if let value = object.optional("last-partition-id") { return try value.int32() }
    guard version == 1 else { throw missing("last-partition-id", object, version) }
    return specs.map(\.lastAssignedFieldID).max() ?? PartitionSpec.baseFieldID
  }

  private static func sortOrders(_ object: JSONObject, _ version: Int) throws(JSONError) -> ([SortOrder], Int32) {
    if let list = object.optional("sort-orders") {
      return (try list.array().decode(SortOrder.init(json:)), try object.required("default-sort-order-id").int32())
    }
    guard version == 1 else { throw missing("sort-orders", object, version) }
    return ([.unsorted], SortOrder.unsorted.id)
  }

  /// There is always a main branch at the current snapshot, also in documents from before references.
  private static func refs(_ object: JSONObject, current: Int64?) throws(JSONError) -> [String: SnapshotReference] {
    var refs: [String: SnapshotReference] = [:]
    if let members = try object.optional("refs")?.object() {
      for member in members { refs[member.key] = try SnapshotReference(json: member.value) }
    }
    if let current, refs[SnapshotReference.mainBranch] == nil {
      refs[SnapshotReference.mainBranch] = SnapshotReference(snapshotID: current, kind: .branch)
    }
    return refs
  }
}

extension JSONObject {
  /// The elements of a list; none when it is absent or null.
  fileprivate func list<T>(_ key: StaticString, _ decode: (JSONValue) throws(JSONError) -> T) throws(JSONError) -> [T] {
    guard let value = optional(key) else { return [] }
    return try value.array().decode(decode)
  }
}
