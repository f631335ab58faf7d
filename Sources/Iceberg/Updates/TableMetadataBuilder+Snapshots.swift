// Snapshots, references and statistics.

extension TableMetadataBuilder {
  mutating func add(_ snapshot: Snapshot) throws(ModelError) {
    try check(!metadata.schemas.isEmpty, "Attempting to add a snapshot before a schema is added")
    try check(
      metadata.formatVersion == 1 || snapshot.manifestList != nil, "Cannot add snapshot \(snapshot.id): its manifest-list is missing")
    try check(!metadata.snapshots.contains { $0.id == snapshot.id }, "Snapshot already exists for id: \(snapshot.id)")
    guard metadata.formatVersion == 1 || snapshot.sequenceNumber > metadata.lastSequenceNumber || snapshot.parentID == nil else {
      throw .conflict(
        "Cannot add snapshot with sequence number \(snapshot.sequenceNumber) older than last sequence number \(metadata.lastSequenceNumber)"
      )
    }
    if metadata.formatVersion >= 3 { try giveRowIDs(to: snapshot) }
    if metadata.formatVersion > 1 { metadata.lastSequenceNumber = max(metadata.lastSequenceNumber, snapshot.sequenceNumber) }
    metadata.snapshots.append(snapshot)
    addedSnapshotIDs.append(snapshot.id)
    isChanged = true
  }

  /// Row lineage (table spec, "Row Lineage").
  private mutating func giveRowIDs(to snapshot: Snapshot) throws(ModelError) {
    guard let first = snapshot.firstRowID else { throw .invalid("Cannot add a snapshot: first-row-id is null") }
    guard first >= metadata.nextRowID else {
      throw .conflict("Cannot add a snapshot, first-row-id is behind table next-row-id: \(first) < \(metadata.nextRowID)")
    }
    guard let added = snapshot.addedRows, added >= 0 else { throw .invalid("Cannot add a snapshot: added-rows is null or negative") }
    let (next, overflow) = first.addingReportingOverflow(added)
    try check(!overflow, "Cannot add a snapshot: row ids run out")
    metadata.nextRowID = next
  }

  mutating func set(_ ref: SnapshotReference, named name: String) throws(ModelError) {
    try check(!name.isEmpty, "Invalid reference name: it is empty")
    guard metadata.refs[name] != ref else { return }
    guard let snapshot = metadata.snapshots.last(where: { $0.id == ref.snapshotID }) else {
      throw .invalid("Cannot set \(name) to unknown snapshot: \(ref.snapshotID)")
    }
    let isMain = name == SnapshotReference.mainBranch
    try check(!isMain || ref.kind == .branch, "Cannot set \(name) to a tag, it must be a branch")
    if isMain, metadata.currentSnapshotID != ref.snapshotID {
      let isAdded = addedSnapshotIDs.contains(ref.snapshotID)
      // Going back to an older snapshot happens now, not when that was made.
      metadata.snapshotLog.append(SnapshotLogEntry(timestampMs: isAdded ? snapshot.timestampMs : nowMs, snapshotID: ref.snapshotID))
      metadata.currentSnapshotID = ref.snapshotID
      if isAdded { formerMainSnapshotIDs.append(ref.snapshotID) }
    }
    metadata.refs[name] = ref
    isChanged = true
  }

  mutating func remove(ref name: String) {
    guard metadata.refs.removeValue(forKey: name) != nil else { return }
    if name == SnapshotReference.mainBranch { metadata.currentSnapshotID = nil }
    isChanged = true
  }

  /// Takes references and statistics of the snapshots with them.
  mutating func remove(snapshots ids: Set<Int64>) {
    let count = metadata.snapshots.count
    metadata.snapshots.removeAll { ids.contains($0.id) }
    guard metadata.snapshots.count != count else { return }
    isChanged = true
    removedSnapshotIDs.formUnion(ids)
    addedSnapshotIDs.removeAll { ids.contains($0) }
    for id in ids {
      remove(statisticsOf: id, in: \.statistics)
      remove(statisticsOf: id, in: \.partitionStatistics)
    }
    for (name, ref) in metadata.refs where ids.contains(ref.snapshotID) { remove(ref: name) }
  }

  mutating func set(_ file: StatisticsFile, in files: WritableKeyPath<TableMetadata, [StatisticsFile]>) throws(ModelError) {
    guard !metadata[keyPath: files].contains(file) else { return }
    metadata[keyPath: files].removeAll { $0.snapshotID == file.snapshotID }
    metadata[keyPath: files].append(file)
    isChanged = true
  }

  mutating func remove(statisticsOf id: Int64, in files: WritableKeyPath<TableMetadata, [StatisticsFile]>) {
    let count = metadata[keyPath: files].count
    metadata[keyPath: files].removeAll { $0.snapshotID == id }
    if metadata[keyPath: files].count != count { isChanged = true }
  }
}
