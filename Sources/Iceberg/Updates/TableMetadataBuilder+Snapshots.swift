import JSON

// Snapshots, references and statistics.

extension TableMetadataBuilder {
  mutating func add(_ snapshot: Snapshot) throws(ModelError) {
    var snapshot = snapshot
    try check(!metadata.schemas.isEmpty, "Attempting to add a snapshot before a schema is added")
    try check(!hasSnapshot(snapshot.id), "Snapshot already exists for id: \(snapshot.id)")
    if metadata.formatVersion == 1 {
      try check(snapshot.sequenceNumber == 0, "Sequence number must be 0 in v1: \(snapshot.sequenceNumber)")
      do throws(JSONError) { snapshot = try snapshot.withoutSequenceNumber() } catch { throw .malformed(error) }
    } else {
      try check(snapshot.manifestList != nil, "Cannot add snapshot \(snapshot.id): its manifest-list is missing")
      guard snapshot.sequenceNumber > metadata.lastSequenceNumber || snapshot.parentID == nil else {
        throw .conflict(
          "Cannot add snapshot with sequence number \(snapshot.sequenceNumber) older than last sequence number \(metadata.lastSequenceNumber)"
        )
      }
      metadata.lastSequenceNumber = max(metadata.lastSequenceNumber, snapshot.sequenceNumber)
    }
    if metadata.formatVersion >= 3 { try takeRowIDs(of: snapshot) }
    metadata.snapshots.append(snapshot)
    changeSnapshotIDs { $0.insert(snapshot.id) }
    addedSnapshotTimes[snapshot.id] = snapshot.timestampMs
    hasEffect = true
  }

  /// Row lineage (table spec, "Row Lineage"): ids from `first-row-id` on are the snapshot's.
  private mutating func takeRowIDs(of snapshot: Snapshot) throws(ModelError) {
    guard let first = snapshot.firstRowID, let added = snapshot.addedRows else {
      throw .invalid("Cannot add a snapshot: first-row-id is null")
    }
    guard first >= metadata.nextRowID else {
      throw .conflict("Cannot add a snapshot, first-row-id is behind table next-row-id: \(first) < \(metadata.nextRowID)")
    }
    let (next, overflow) = first.addingReportingOverflow(added)
    try check(!overflow, "Cannot add a snapshot: row ids run out at first-row-id \(first) with added-rows \(added)")
    metadata.nextRowID = next
  }

  mutating func set(_ ref: SnapshotReference, named name: String) throws(ModelError) {
    try check(!name.isEmpty, "Invalid reference name: it is empty")
    guard metadata.refs[name] != ref else { return }
    try check(hasSnapshot(ref.snapshotID), "Cannot set \(name) to unknown snapshot: \(ref.snapshotID)")
    if name == SnapshotReference.mainBranch {
      try check(ref.kind == .branch, "Cannot set \(name) to a tag, it must be a branch")
      if metadata.currentSnapshotID != ref.snapshotID {
        // Going back to an older snapshot happens now, not when that was made.
        let time = addedSnapshotTimes[ref.snapshotID]
        addedLogEntries.append(SnapshotLogEntry(timestampMs: time ?? nowMs, snapshotID: ref.snapshotID))
        if time != nil { formerMainSnapshotIDs.insert(ref.snapshotID) }
        metadata.currentSnapshotID = ref.snapshotID
      }
    }
    metadata.refs[name] = ref
    hasEffect = true
  }

  mutating func remove(ref name: String) {
    guard metadata.refs.removeValue(forKey: name) != nil else { return }
    if name == SnapshotReference.mainBranch { metadata.currentSnapshotID = nil }
    hasEffect = true
  }

  /// Takes references and statistics of the snapshots with them.
  mutating func remove(snapshots ids: Set<Int64>) {
    guard !ids.isDisjoint(with: snapshotIDs) else { return }
    metadata.snapshots.removeAll { ids.contains($0.id) }
    changeSnapshotIDs { $0.subtract(ids) }
    for id in ids { addedSnapshotTimes[id] = nil }
    hasRemovedSnapshots = true
    remove(statisticsOf: ids)
    remove(partitionStatisticsOf: ids)
    for (name, ref) in metadata.refs where ids.contains(ref.snapshotID) { remove(ref: name) }
    hasEffect = true
  }

  // MARK: Statistics

  /// A snapshot has one file of statistics.
  mutating func set(_ file: StatisticsFile) {
    guard !metadata.statistics.contains(file) else { return }
    metadata.statistics.removeAll { $0.snapshotID == file.snapshotID }
    metadata.statistics.append(file)
    hasEffect = true
  }

  mutating func set(_ file: PartitionStatisticsFile) {
    guard !metadata.partitionStatistics.contains(file) else { return }
    metadata.partitionStatistics.removeAll { $0.snapshotID == file.snapshotID }
    metadata.partitionStatistics.append(file)
    hasEffect = true
  }

  mutating func remove(statisticsOf ids: Set<Int64>) {
    guard metadata.statistics.contains(where: { ids.contains($0.snapshotID) }) else { return }
    metadata.statistics.removeAll { ids.contains($0.snapshotID) }
    hasEffect = true
  }

  mutating func remove(partitionStatisticsOf ids: Set<Int64>) {
    guard metadata.partitionStatistics.contains(where: { ids.contains($0.snapshotID) }) else { return }
    metadata.partitionStatistics.removeAll { ids.contains($0.snapshotID) }
    hasEffect = true
  }
}
