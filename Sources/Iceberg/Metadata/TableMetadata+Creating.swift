extension TableMetadata {
  /// The metadata of a new table (Java's `newTableMetadata`): field ids are given anew from 1, and the spec and order follow them.
  ///
  /// The property `format-version` chooses the version before `formatVersion` does; reserved properties are not kept.
  package static func creating(
    uuid: String, location: String, schema: Schema, spec: UnboundPartitionSpec?, sortOrder: SortOrder?, properties: [String: String],
    formatVersion: Int? = nil, nowMs: Int64
  ) throws(ModelError) -> TableMetadata {
    let version = try supported(TableProperties.formatVersion(from: properties) ?? formatVersion ?? defaultFormatVersion)
    try schema.validate()
    let (freshSchema, lastColumnID, newIDs) = schema.reassigningIDs(schemaID: 0)
    try freshSchema.checkCompatible(formatVersion: version)
    let freshSpec = try rebound(spec ?? .unpartitioned, to: freshSchema, newIDs)
    let freshOrder = try rebound(sortOrder ?? .unsorted, to: freshSchema, newIDs)

    var kept = TableProperties.persistedDefaults
    for (key, value) in properties where !TableProperties.reserved.contains(key) { kept[key] = value }
    try TableProperties.validateNew(kept, schema: freshSchema, formatVersion: version)
    let metadata = TableMetadata(
      formatVersion: version, uuid: uuid, location: withoutTrailingSlash(location), lastSequenceNumber: 0, lastUpdatedMs: nowMs,
      lastColumnID: lastColumnID, schemas: [freshSchema], currentSchemaID: 0, partitionSpecs: [freshSpec], defaultSpecID: 0,
      lastPartitionID: freshSpec.lastAssignedFieldID, sortOrders: [freshOrder], defaultSortOrderID: freshOrder.id, properties: kept,
      currentSnapshotID: nil, refs: [:], statistics: [], partitionStatistics: [], encryptionKeys: [], nextRowID: 0, metadataLog: [],
      snapshots: [], snapshotLog: [])
    try metadata.validate()
    return metadata
  }

  static func supported(_ version: Int) throws(ModelError) -> Int {
    try check(
      supportedFormatVersions.contains(version),
      "Unsupported format version: v\(version) (supported: v\(supportedFormatVersions.upperBound))")
    return version
  }

  /// The spec on the new field ids, its own fields counted from 1000.
  private static func rebound(
    _ spec: UnboundPartitionSpec, to schema: Schema, _ newIDs: [Int32: Int32]
  ) throws(ModelError) -> PartitionSpec {
    var fresh = spec
    for index in fresh.fields.indices {
      fresh.fields[index].fieldID = nil
      fresh.fields[index].sourceIDs = try translated(spec.fields[index].sourceIDs, newIDs, "partition field: \(spec.fields[index].name)")
    }
    let bound = fresh.bound(id: 0, lastFieldID: PartitionSpec.baseFieldID)
    try bound.validate(against: schema)
    return bound
  }

  private static func rebound(_ order: SortOrder, to schema: Schema, _ newIDs: [Int32: Int32]) throws(ModelError) -> SortOrder {
    var fresh = order
    fresh.id = order.isUnsorted ? 0 : 1
    for index in fresh.fields.indices {
      fresh.fields[index].sourceIDs = try translated(order.fields[index].sourceIDs, newIDs, "sort field: \(order.fields[index])")
    }
    try fresh.validate(against: schema)
    return fresh
  }

  private static func translated(_ ids: [Int32], _ newIDs: [Int32: Int32], _ what: String) throws(ModelError) -> [Int32] {
    try ids.map { id throws(ModelError) in
      guard let new = newIDs[id] else { throw .invalid("Cannot find source column for \(what)") }
      return new
    }
  }
}
