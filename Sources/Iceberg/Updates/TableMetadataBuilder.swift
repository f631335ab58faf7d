/// Applies updates to a table's metadata, with the semantics of Java's `TableMetadata.Builder`.
///
/// Field ids are never given anew; equal schemas, specs and orders keep their ids; last-assigned ids never fall.
/// Snapshots that a commit does not touch are not looked into.
package struct TableMetadataBuilder {
  var metadata: TableMetadata
  let base: TableMetadata?
  /// Whether the update being applied has an effect.
  var hasEffect = false
  private var changes: [TableUpdate] = []

  /// Ids of all snapshots there are; gathered when an update first asks.
  private var gatheredSnapshotIDs: Set<Int64>?
  /// When the snapshots that this commit added were made.
  var addedSnapshotTimes: [Int64: Int64] = [:]
  var hasRemovedSnapshots = false
  /// Added snapshots that main was set to.
  var formerMainSnapshotIDs: Set<Int64> = []
  /// What main was set to, and when.
  var addedLogEntries: [SnapshotLogEntry] = []

  var lastAddedSchemaID: Int32?
  var lastAddedSpecID: Int32?
  var lastAddedOrderID: Int32?

  /// When the commit happens, in milliseconds since 1970.
  let nowMs: Int64
  /// The identity and place of a table being made, unless an update gives others.
  let identity: (uuid: String, location: String)?

  package init(base: TableMetadata, nowMs: Int64) {
    self.base = base
    self.nowMs = nowMs
    identity = nil
    metadata = base
  }

  /// Begins a table that is made by a commit of its own (a staged one).
  ///
  /// - Parameters:
  ///   - updates: the commit's, still to be applied: the format version they ask for counts from the first of them on.
  ///   - uuid, location: what it gets unless an update says otherwise.
  package init(creatingWith updates: [TableUpdate], uuid: String, location: String, nowMs: Int64) throws(ModelError) {
    base = nil
    self.nowMs = nowMs
    identity = (uuid, location)
    var version = TableMetadata.defaultFormatVersion
    for update in updates {
      if case .upgradeFormatVersion(let wanted) = update { version = wanted }
      if case .setProperties(let properties) = update { version = try TableProperties.formatVersion(from: properties) ?? version }
    }
    version = try TableMetadata.supported(version)
    metadata = TableMetadata(
      formatVersion: version, uuid: nil, location: "", lastSequenceNumber: 0, lastUpdatedMs: 0, lastColumnID: 0, schemas: [],
      currentSchemaID: Self.none, partitionSpecs: [], defaultSpecID: Self.none, lastPartitionID: PartitionSpec.baseFieldID,
      sortOrders: [], defaultSortOrderID: Self.none, properties: [:], currentSnapshotID: nil, refs: [:], statistics: [],
      partitionStatistics: [], encryptionKeys: [], nextRowID: 0, metadataLog: [], snapshots: [], snapshotLog: [])
  }

  /// In updates, the one added last; in a table being made, not set yet.
  static let lastAdded: Int32 = -1
  private static let none: Int32 = -1

  /// - Throws: ``ModelError/invalid(_:)`` for what can never be applied, ``ModelError/conflict(_:)`` for a snapshot that was made for an
  ///   older state. The builder is of no use then.
  package mutating func apply(_ update: TableUpdate) throws(ModelError) {
    hasEffect = false
    switch update {
    case .assignUUID(let uuid): try assign(uuid: uuid)
    case .upgradeFormatVersion(let version): try upgrade(to: version)
    case .addSchema(let schema, _): try add(schema)
    case .setCurrentSchema(let id): try setCurrentSchema(id)
    case .addSpec(let spec): try add(spec)
    case .setDefaultSpec(let id): try setDefaultSpec(id)
    case .addSortOrder(let order): try add(order)
    case .setDefaultSortOrder(let id): try setDefaultSortOrder(id)
    case .addSnapshot(let snapshot): try add(snapshot)
    case .setSnapshotRef(let name, let ref): try set(ref, named: name)
    case .removeSnapshots(let ids): remove(snapshots: Set(ids))
    case .removeSnapshotRef(let name): remove(ref: name)
    case .setLocation(let location): try setLocation(location)
    case .setProperties(let properties): try set(properties)
    case .removeProperties(let keys): remove(properties: keys)
    case .setStatistics(let file): set(file)
    case .removeStatistics(let id): remove(statisticsOf: [id])
    case .setPartitionStatistics(let file): set(file)
    case .removePartitionStatistics(let id): remove(partitionStatisticsOf: [id])
    case .removePartitionSpecs(let ids): try remove(specs: ids)
    case .removeSchemas(let ids): try remove(schemas: ids)
    case .addEncryptionKey(let key): add(key)
    case .removeEncryptionKey(let id): remove(key: id)
    }
    if hasEffect { changes.append(update) }
  }

  /// The result; `nil` when nothing changed.
  ///
  /// - Parameter previousMetadataLocation: the present metadata file, which goes into the metadata log.
  package consuming func build(previousMetadataLocation: String?) throws(ModelError) -> TableCommit? {
    guard !changes.isEmpty else { return nil }
    try completeCreation()
    let log = try joinLog()
    if let base, let previousMetadataLocation { try append(previousMetadataLocation, of: base) }
    // Never backwards, whatever the clocks of committers say: readers refuse a document older than its logs.
    metadata.lastUpdatedMs = max(nowMs, base?.lastUpdatedMs ?? nowMs, metadata.snapshotLog.last?.timestampMs ?? nowMs)
    try checkDefaults()
    var removed: [Int64] = []
    if hasRemovedSnapshots, let base {
      // One that was added again is a new one.
      let survivors = snapshotIDs.subtracting(addedSnapshotTimes.keys)
      removed = base.snapshots.lazy.map(\.id).filter { !survivors.contains($0) }
    }
    let added = addedSnapshotTimes.isEmpty ? [] : metadata.snapshots.filter { addedSnapshotTimes[$0.id] != nil }
    return TableCommit(
      metadata: metadata, addedSnapshots: added, removedSnapshotIDs: removed, removedLogEntryCount: log.removedCount,
      addedLogEntries: log.added, changes: changes)
  }

  var snapshotIDs: Set<Int64> {
    mutating get {
      if let gatheredSnapshotIDs { return gatheredSnapshotIDs }
      let ids = Set(metadata.snapshots.lazy.map(\.id))
      gatheredSnapshotIDs = ids
      return ids
    }
  }

  mutating func hasSnapshot(_ id: Int64) -> Bool { snapshotIDs.contains(id) }

  mutating func changeSnapshotIDs(_ change: (inout Set<Int64>) -> Void) {
    var ids = snapshotIDs
    gatheredSnapshotIDs = nil
    change(&ids)
    gatheredSnapshotIDs = ids
  }
}
