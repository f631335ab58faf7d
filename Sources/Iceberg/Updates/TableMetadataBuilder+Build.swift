// What is decided when all updates are applied.

extension TableMetadataBuilder {
  /// A table cannot be without a schema, a spec and an order; the latter two have neutral ones.
  mutating func completeCreation() throws(ModelError) {
    guard let identity else { return }
    if metadata.uuid == nil { metadata.uuid = identity.uuid }
    if metadata.location.isEmpty { metadata.location = TableMetadata.withoutTrailingSlash(identity.location) }
    guard let schema = metadata.schemas.last else { throw .invalid("Cannot create the table: no schema has been added") }
    if metadata.currentSchema == nil { metadata.currentSchemaID = schema.id }
    if metadata.partitionSpecs.isEmpty { metadata.partitionSpecs = [.unpartitioned] }
    if metadata.defaultSpec == nil { metadata.defaultSpecID = metadata.partitionSpecs[metadata.partitionSpecs.count - 1].id }
    if metadata.sortOrders.isEmpty { metadata.sortOrders = [.unsorted] }
    if metadata.defaultSortOrder == nil { metadata.defaultSortOrderID = metadata.sortOrders[metadata.sortOrders.count - 1].id }
    try TableProperties.validateNew(
      metadata.properties, schema: metadata.currentSchema ?? schema, formatVersion: metadata.formatVersion)
  }

  func checkDefaults() throws(ModelError) {
    try check(metadata.formatVersion == 1 || metadata.uuid != nil, "UUID is required in format v\(metadata.formatVersion)")
    guard let schema = metadata.currentSchema else { throw .invalid("Cannot find the current schema: \(metadata.currentSchemaID)") }
    guard let spec = metadata.defaultSpec else {
      throw .invalid("Cannot find the default partition spec: \(metadata.defaultSpecID)")
    }
    try spec.validate(against: schema)
    guard let order = metadata.defaultSortOrder else {
      throw .invalid("Cannot find the default sort order: \(metadata.defaultSortOrderID)")
    }
    try order.validate(against: schema)
  }

  /// Java's `addPreviousFile`.
  mutating func append(_ location: String, of base: TableMetadata) throws(ModelError) {
    let limit = try TableProperties.previousVersionsMax(from: metadata.properties)
    // Earlier writers may have left a log that a later clock makes unsorted.
    let time = max(base.lastUpdatedMs, base.metadataLog.last?.timestampMs ?? base.lastUpdatedMs)
    metadata.metadataLog.append(MetadataLogEntry(timestampMs: time, metadataFile: location))
    if metadata.metadataLog.count > limit { metadata.metadataLog.removeFirst(metadata.metadataLog.count - limit) }
  }

  /// Java's `updateSnapshotLog`: added snapshots that main held only for a moment leave no entry; a removed snapshot takes its entry
  /// and all earlier ones with it, because a gap would tell time travellers something wrong.
  ///
  /// - Returns: how many of the base's entries are gone, all of them the oldest, and what came behind the others.
  mutating func joinLog() throws(ModelError) -> (removedCount: Int, added: [SnapshotLogEntry]) {
    let added = addedLogEntries.filter { $0.snapshotID == metadata.currentSnapshotID || !formerMainSnapshotIDs.contains($0.snapshotID) }
    let kept = hasRemovedSnapshots ? keptEntryCount(added.map(\.snapshotID)) : (old: metadata.snapshotLog.count, new: added.count)
    let removedCount = metadata.snapshotLog.count - kept.old
    metadata.snapshotLog.removeFirst(removedCount)
    var entries: [SnapshotLogEntry] = []
    for entry in added.suffix(kept.new) {
      let last = entries.last ?? metadata.snapshotLog.last
      entries.append(SnapshotLogEntry(timestampMs: Self.time(entry.timestampMs, after: last), snapshotID: entry.snapshotID))
    }
    metadata.snapshotLog += entries
    let isRewritten = hasRemovedSnapshots || added.count < addedLogEntries.count
    if isRewritten, let current = metadata.currentSnapshotID, let last = metadata.snapshotLog.last {
      try check(last.snapshotID == current, "Cannot set invalid snapshot log: latest entry is not the current snapshot")
    }
    return (removedCount, entries)
  }

  /// How many entries stand behind the last one whose snapshot is gone.
  private mutating func keptEntryCount(_ added: [Int64]) -> (old: Int, new: Int) {
    let ids = snapshotIDs
    if let gone = added.lastIndex(where: { !ids.contains($0) }) { return (0, added.count - gone - 1) }
    guard let gone = metadata.snapshotLog.lastIndex(where: { !ids.contains($0.snapshotID) }) else {
      return (metadata.snapshotLog.count, added.count)
    }
    return (metadata.snapshotLog.count - gone - 1, added.count)
  }

  /// A committer's clock that is too far behind must not make the log one that readers refuse.
  private static func time(_ time: Int64, after last: SnapshotLogEntry?) -> Int64 {
    guard let last, !TableMetadata.isInOrder(last.timestampMs, time) else { return time }
    return last.timestampMs
  }
}
