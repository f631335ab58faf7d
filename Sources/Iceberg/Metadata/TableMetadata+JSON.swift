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
    let versionValue = try object.required("format-version")
    formatVersion = try versionValue.int()
    guard Self.supportedFormatVersions.contains(formatVersion) else {
      throw versionValue.invalid("Cannot read unsupported version \(formatVersion)")
    }
    uuid = try object.optional("table-uuid")?.string()
    var location = try object.required("location").string()
    while location.hasSuffix("/"), location.count > 1 { location.removeLast() }
    self.location = location
    lastSequenceNumber = formatVersion > 1 ? try object.required("last-sequence-number").int64() : 0
    lastUpdatedMs = try object.required("last-updated-ms").int64()
    lastColumnID = try object.required("last-column-id").int32()

    (schemas, currentSchemaID) = try Self.schemas(object, formatVersion)
    (partitionSpecs, defaultSpecID) = try Self.partitionSpecs(object, formatVersion)
    lastPartitionID =
      try object.optional("last-partition-id")?.int32()
      ?? partitionSpecs.map(\.lastAssignedFieldID).max() ?? PartitionSpec.baseFieldID
    sortOrders = try object.optional("sort-orders")?.array().decode(SortOrder.init(json:)) ?? [.unsorted]
    defaultSortOrderID = try object.optional("default-sort-order-id")?.int32() ?? 0

    properties = try object.optional("properties")?.object().strings() ?? [:]
    let current = try object.optional("current-snapshot-id")?.int64()
    currentSnapshotID = current == -1 ? nil : current
    snapshots = try object.optional("snapshots")?.array().decode(Snapshot.init(json:)) ?? []
    snapshotLog = try object.optional("snapshot-log")?.array().decode(SnapshotLogEntry.init(json:)) ?? []
    metadataLog = try object.optional("metadata-log")?.array().decode(MetadataLogEntry.init(json:)) ?? []
    refs = try Self.refs(object, current: currentSnapshotID)
    statistics = try object.optional("statistics")?.array().decode(StatisticsFile.init(json:)) ?? []
    partitionStatistics = try object.optional("partition-statistics")?.array().decode(StatisticsFile.init(json:)) ?? []
    encryptionKeys = try object.optional("encryption-keys")?.array().decode(EncryptedKey.init(json:)) ?? []
    nextRowID = formatVersion >= 3 ? try object.required("next-row-id").int64() : 0
    unknown = object.unknown(besides: Self.known)
    do throws(ModelError) {
      try validate()
    } catch {
      throw json.invalid(error.message)
    }
  }

  private static func schemas(_ object: JSONObject, _ version: Int) throws(JSONError) -> ([Schema], Int32) {
    if let list = object.optional("schemas") {
      return (try list.array().decode(Schema.init(json:)), try object.required("current-schema-id").int32())
    }
    guard version == 1 else { throw object.value.invalid("schemas must exist in format v\(version)") }
    let schema = try Schema(json: object.required("schema"))
    return ([schema], schema.id)
  }

  private static func partitionSpecs(_ object: JSONObject, _ version: Int) throws(JSONError) -> ([PartitionSpec], Int32) {
    if let list = object.optional("partition-specs") {
      return (try list.array().decode(PartitionSpec.init(json:)), try object.required("default-spec-id").int32())
    }
    guard version == 1 else { throw object.value.invalid("partition-specs must exist in format v\(version)") }
    return ([PartitionSpec(id: 0, fields: try PartitionSpec.fields(object.required("partition-spec")))], 0)
  }

  /// Documents from before references have a main branch only.
  private static func refs(_ object: JSONObject, current: Int64?) throws(JSONError) -> [String: SnapshotReference] {
    guard let members = try object.optional("refs")?.object() else {
      return current.map { [SnapshotReference.mainBranch: SnapshotReference(snapshotID: $0, kind: .branch)] } ?? [:]
    }
    var refs: [String: SnapshotReference] = [:]
    for member in members { refs[member.key] = try SnapshotReference(json: member.value) }
    return refs
  }

  /// Checks what must agree (Java's constructor of `TableMetadata`).
  func validate() throws(ModelError) {
    try check(formatVersion == 1 || uuid != nil, "UUID is required in format v\(formatVersion)")
    guard let schema = currentSchema else {
      throw .invalid("Cannot find schema with current-schema-id=\(currentSchemaID) from schemas")
    }
    try schema.validate()
    try check(defaultSpec != nil, "Cannot find partition spec with default-spec-id=\(defaultSpecID)")
    try check(
      sortOrders.contains { $0.id == defaultSortOrderID }, "Cannot find sort order with default-sort-order-id=\(defaultSortOrderID)")
    try check(
      Set(schemas.map(\.id)).count == schemas.count && Set(partitionSpecs.map(\.id)).count == partitionSpecs.count
        && Set(sortOrders.map(\.id)).count == sortOrders.count, "A schema, partition spec or sort order id occurs twice")
    try validateSnapshots()
  }

  private func validateSnapshots() throws(ModelError) {
    let ids = Set(snapshots.map(\.id))
    try check(ids.count == snapshots.count, "A snapshot id occurs twice in snapshots")
    for snapshot in snapshots where snapshot.sequenceNumber > lastSequenceNumber {
      throw .invalid(
        "Invalid snapshot with sequence number \(snapshot.sequenceNumber) greater than last sequence number \(lastSequenceNumber)")
    }
    for (name, ref) in refs where !ids.contains(ref.snapshotID) {
      throw .invalid("Snapshot for reference \(name) does not exist in the existing snapshots list: \(ref.snapshotID)")
    }
    let main = refs[SnapshotReference.mainBranch]
    if let currentSnapshotID {
      try check(ids.contains(currentSnapshotID), "Cannot find current snapshot with id \(currentSnapshotID)")
      try check(
        main == nil || main?.snapshotID == currentSnapshotID,
        "Current snapshot ID does not match main branch (\(currentSnapshotID) != \(main.map { String($0.snapshotID) } ?? "none"))")
    } else {
      try check(main == nil, "Current snapshot is not set, but main branch exists: \(main.map { String($0.snapshotID) } ?? "")")
    }
    let tolerance: Int64 = 60_000
    for (earlier, later) in zip(snapshotLog, snapshotLog.dropFirst()) {
      try check(later.timestampMs - earlier.timestampMs >= -tolerance, "The snapshot log is not in the order of time")
    }
  }
}
