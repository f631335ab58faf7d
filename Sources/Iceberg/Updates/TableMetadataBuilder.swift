/// Applies updates to a table's metadata, with the semantics of Java's `TableMetadata.Builder`.
///
/// Field ids are never given anew; equal schemas, specs and orders keep their ids; last-assigned ids never fall.
/// Snapshots that a commit does not touch are not looked into.
package struct TableMetadataBuilder {
  var metadata: TableMetadata
  private let base: TableMetadata?
  var isChanged = false

  var addedSnapshotIDs: [Int64] = []
  var removedSnapshotIDs: Set<Int64> = []
  /// Added snapshots that were main's for a moment, in the order they were.
  var formerMainSnapshotIDs: [Int64] = []
  /// When the commit happens, in milliseconds since 1970.
  let nowMs: Int64

  var addedSchemaIDs: Set<Int32> = []
  var addedSpecIDs: Set<Int32> = []
  var addedOrderIDs: Set<Int32> = []
  var lastAddedSchemaID: Int32?
  var lastAddedSpecID: Int32?
  var lastAddedOrderID: Int32?
  /// Set once the commit's time is fixed by a snapshot or reference.
  var hasUUID: Bool

  package init(base: TableMetadata, nowMs: Int64) {
    self.base = base
    self.nowMs = nowMs
    metadata = base
    hasUUID = base.uuid != nil
  }

  /// Begins a table that is made by a commit of its own (a staged one).
  ///
  /// - Parameters:
  ///   - uuid, location: what it gets unless the updates say otherwise.
  ///   - updates: the commit's; an upgrade of the format version counts from the first update on.
  package init(creatingWith updates: [TableUpdate], uuid: String, location: String, nowMs: Int64) throws(ModelError) {
    base = nil
    self.nowMs = nowMs
    hasUUID = false
    var version = TableMetadata.defaultFormatVersion
    for update in updates {
      if case .upgradeFormatVersion(let wanted) = update { version = wanted }
      if case .setProperties(let properties) = update { version = try TableMetadata.formatVersion(from: properties) ?? version }
    }
    try check(
      TableMetadata.supportedFormatVersions.contains(version),
      "Unsupported format version: v\(version) (supported: v\(TableMetadata.supportedFormatVersions.upperBound))")
    metadata = TableMetadata(
      formatVersion: version, uuid: uuid, location: location, lastSequenceNumber: 0, lastUpdatedMs: nowMs, lastColumnID: 0, schemas: [],
      currentSchemaID: -1, partitionSpecs: [], defaultSpecID: -1, lastPartitionID: PartitionSpec.baseFieldID, sortOrders: [],
      defaultSortOrderID: -1, properties: [:], currentSnapshotID: nil, refs: [:], statistics: [], partitionStatistics: [],
      encryptionKeys: [], nextRowID: 0, metadataLog: [], snapshots: [], snapshotLog: [])
  }

  package mutating func apply(_ update: TableUpdate) throws(ModelError) {
    switch update {
    case .assignUUID(let uuid): try assign(uuid: uuid)
    case .upgradeFormatVersion(let version): try upgrade(to: version)
    case .addSchema(let schema, let lastColumnID): try add(schema, lastColumnID: lastColumnID)
    case .setCurrentSchema(let id): try setCurrentSchema(id)
    case .addSpec(let spec): try add(spec)
    case .setDefaultSpec(let id): try setDefaultSpec(id)
    case .addSortOrder(let order): try add(order)
    case .setDefaultSortOrder(let id): try setDefaultSortOrder(id)
    case .addSnapshot(let snapshot): try add(snapshot)
    case .setSnapshotRef(let name, let ref): try set(ref, named: name)
    case .removeSnapshots(let ids): remove(snapshots: Set(ids))
    case .removeSnapshotRef(let name): remove(ref: name)
    case .setLocation(let location): setLocation(location)
    case .setProperties(let properties): try set(properties)
    case .removeProperties(let keys): remove(properties: keys)
    case .setStatistics(let file): try set(file, in: \.statistics)
    case .removeStatistics(let id): remove(statisticsOf: id, in: \.statistics)
    case .setPartitionStatistics(let file): try set(file, in: \.partitionStatistics)
    case .removePartitionStatistics(let id): remove(statisticsOf: id, in: \.partitionStatistics)
    case .removePartitionSpecs(let ids): try remove(specs: ids)
    case .removeSchemas(let ids): try remove(schemas: ids)
    case .addEncryptionKey(let key): add(key)
    case .removeEncryptionKey(let id): remove(key: id)
    }
  }

  /// The result; `nil` when nothing changed.
  ///
  /// - Parameter previousMetadataLocation: the present metadata file, which goes into the metadata log.
  package consuming func build(previousMetadataLocation: String?) throws(ModelError) -> TableCommit? {
    guard isChanged else { return nil }
    try completeCreation()
    let log = try correctedLog()
    metadata.lastUpdatedMs = max(nowMs, log.added.last?.timestampMs ?? nowMs)
    if let base, let previousMetadataLocation { try append(previousMetadataLocation, of: base) }
    guard let schema = metadata.currentSchema else { throw .invalid("Cannot find the current schema") }
    guard let spec = metadata.defaultSpec else {
      throw .invalid("Cannot set default partition spec to unknown spec: \(metadata.defaultSpecID)")
    }
    try spec.validate(against: schema)
    guard let order = metadata.sortOrders.first(where: { $0.id == metadata.defaultSortOrderID }) else {
      throw .invalid("Cannot set default sort order to unknown order: \(metadata.defaultSortOrderID)")
    }
    try order.validate(against: schema)
    let removed = base?.snapshots.map(\.id).filter { removedSnapshotIDs.contains($0) } ?? []
    let added = Set(addedSnapshotIDs)
    return TableCommit(
      metadata: metadata, addedSnapshots: added.isEmpty ? [] : metadata.snapshots.filter { added.contains($0.id) },
      removedSnapshotIDs: removed, removedLogEntryCount: log.removedCount, addedLogEntries: log.added)
  }

  /// A table cannot be without a schema, a spec and an order; the latter two have neutral ones.
  private mutating func completeCreation() throws(ModelError) {
    guard base == nil else { return }
    try check(!metadata.schemas.isEmpty, "Cannot create the table: no schema has been added")
    if metadata.currentSchemaID == -1 { metadata.currentSchemaID = metadata.schemas[metadata.schemas.count - 1].id }
    if metadata.partitionSpecs.isEmpty { metadata.partitionSpecs = [.unpartitioned] }
    if metadata.defaultSpecID == -1 { metadata.defaultSpecID = metadata.partitionSpecs[metadata.partitionSpecs.count - 1].id }
    if metadata.sortOrders.isEmpty { metadata.sortOrders = [.unsorted] }
    if metadata.defaultSortOrderID == -1 { metadata.defaultSortOrderID = metadata.sortOrders[metadata.sortOrders.count - 1].id }
    metadata.properties["format-version"] = nil
  }

  /// Java's `addPreviousFile`.
  private mutating func append(_ location: String, of base: TableMetadata) throws(ModelError) {
    var limit = 100
    if let text = metadata.properties["write.metadata.previous-versions-max"] {
      guard let number = Int(text) else {
        throw .invalid("The property write.metadata.previous-versions-max is \"\(text)\"; it must be a number")
      }
      limit = max(1, number)
    }
    metadata.metadataLog.append(MetadataLogEntry(timestampMs: base.lastUpdatedMs, metadataFile: location))
    if metadata.metadataLog.count > limit { metadata.metadataLog.removeFirst(metadata.metadataLog.count - limit) }
  }

  /// Java's `updateSnapshotLog`: added snapshots that main held only for a moment leave no entry; a removed snapshot takes its entry
  /// and all earlier ones with it, because a gap would tell time travellers something wrong.
  private mutating func correctedLog() throws(ModelError) -> (removedCount: Int, added: [SnapshotLogEntry]) {
    let oldCount = base?.snapshotLog.count ?? 0
    let passing = Set(formerMainSnapshotIDs.filter { $0 != metadata.currentSnapshotID })
    if passing.isEmpty, removedSnapshotIDs.isEmpty { return (0, Array(metadata.snapshotLog[oldCount...])) }
    var kept: [(index: Int, entry: SnapshotLogEntry)] = []
    for (index, entry) in metadata.snapshotLog.enumerated() {
      if removedSnapshotIDs.contains(entry.snapshotID) {
        kept.removeAll()
      } else if index < oldCount || !passing.contains(entry.snapshotID) {
        kept.append((index, entry))
      }
    }
    if let current = metadata.currentSnapshotID {
      try check(
        kept.last?.entry.snapshotID == current, "Cannot set invalid snapshot log: latest entry is not the current snapshot")
    }
    metadata.snapshotLog = kept.map(\.entry)
    let survivors = kept.count { $0.index < oldCount }
    return (oldCount - survivors, kept.filter { $0.index >= oldCount }.map(\.entry))
  }
}
