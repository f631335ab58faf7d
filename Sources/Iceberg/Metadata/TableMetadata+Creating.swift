extension TableMetadata {
  /// Properties that are fields of the document and no properties (Java's `RESERVED_PROPERTIES`).
  package static let reservedProperties: Set<String> = [
    "format-version", "uuid", "snapshot-count", "current-snapshot-id", "current-snapshot-summary", "current-snapshot-timestamp-ms",
    "current-schema", "default-partition-spec", "default-sort-order",
  ]

  /// The metadata of a new table (Java's `newTableMetadata`): field ids are given anew from 1, and the spec and order follow them.
  ///
  /// The property `format-version` chooses the version; other reserved properties are dropped.
  package static func creating(
    uuid: String, location: String, schema: Schema, spec: UnboundPartitionSpec?, sortOrder: SortOrder?, properties: [String: String],
    nowMs: Int64
  ) throws(ModelError) -> TableMetadata {
    let formatVersion = try Self.formatVersion(from: properties) ?? defaultFormatVersion
    try schema.validate()
    let (freshSchema, lastColumnID, newIDs) = schema.reassigningIDs(schemaID: 0)
    try freshSchema.checkCompatible(formatVersion: formatVersion)

    var freshSpec = UnboundPartitionSpec.unpartitioned
    freshSpec.fields = try (spec ?? .unpartitioned).fields.map { field throws(ModelError) in
      var field = field
      field.fieldID = nil
      field.sourceIDs = try field.sourceIDs.map { id throws(ModelError) in
        guard let new = newIDs[id] else { throw .invalid("Cannot find source column for partition field \(field.name): \(id)") }
        return new
      }
      return field
    }
    let boundSpec = freshSpec.bound(id: 0, lastFieldID: PartitionSpec.baseFieldID)
    try boundSpec.validate(against: freshSchema)

    var freshOrder = sortOrder ?? .unsorted
    freshOrder.id = freshOrder.isUnsorted ? 0 : 1
    freshOrder.fields = try freshOrder.fields.map { field throws(ModelError) in
      var field = field
      field.sourceIDs = try field.sourceIDs.map { id throws(ModelError) in
        guard let new = newIDs[id] else { throw .invalid("Cannot find source column for sort field: \(id)") }
        return new
      }
      return field
    }
    try freshOrder.validate(against: freshSchema)

    var kept = ["write.parquet.compression-codec": "zstd"]
    for (key, value) in properties where !reservedProperties.contains(key) { kept[key] = value }
    try validateCommitProperties(kept)
    return TableMetadata(
      formatVersion: formatVersion, uuid: uuid, location: location, lastSequenceNumber: 0, lastUpdatedMs: nowMs,
      lastColumnID: lastColumnID, schemas: [freshSchema], currentSchemaID: 0, partitionSpecs: [boundSpec], defaultSpecID: 0,
      lastPartitionID: boundSpec.lastAssignedFieldID, sortOrders: [freshOrder], defaultSortOrderID: freshOrder.id, properties: kept,
      currentSnapshotID: nil, refs: [:], statistics: [], partitionStatistics: [], encryptionKeys: [], nextRowID: 0, metadataLog: [],
      snapshots: [], snapshotLog: [])
  }

  /// The version that the property `format-version` asks for; `nil` when it is not set.
  static func formatVersion(from properties: [String: String]) throws(ModelError) -> Int? {
    guard let text = properties["format-version"] else { return nil }
    guard let version = Int(text) else { throw .invalid("The property format-version is \"\(text)\"; it must be a number") }
    try check(
      supportedFormatVersions.contains(version),
      "Unsupported format version: v\(version) (supported: v\(supportedFormatVersions.upperBound))")
    return version
  }

  /// Refuses commit properties that no writer could work with (Java's `PropertyUtil.validateCommitProperties`).
  static func validateCommitProperties(_ properties: [String: String]) throws(ModelError) {
    for key in [
      "commit.retry.num-retries", "commit.retry.min-wait-ms", "commit.retry.max-wait-ms", "commit.retry.total-timeout-ms",
    ] {
      guard let value = properties[key] else { continue }
      guard let number = Int64(value) else { throw .invalid("Table property \(key) must have integer value") }
      try check(number >= 0, "Table property \(key) must have non negative integer value")
    }
  }
}
