package import Iceberg

/// What one Iceberg commit does to a table, as governance sees it: the difference between before and after, not the way between.
package struct CommitFacts: Sendable {
  package let changes: [GovernedChange]
  /// The table after the commit.
  package let result: TableMetadata
  package let isCreation: Bool
  /// What each examined snapshot did, by id.
  package let snapshotFacts: [Int64: SnapshotFacts]
  /// Snapshots that are gone, and when they were made.
  package let expired: [Snapshot]
  /// The snapshots that the commit adds.
  package let added: [Snapshot]

  /// Something that cannot be told.
  package enum Problem: Error, Hashable, CustomStringConvertible {
    case notExamined(snapshotID: Int64)

    package var description: String {
      switch self {
      case .notExamined(let id):
        "What snapshot \(id) did to its parent is not known; its manifests must be readable when it is committed or moved to"
      }
    }
  }

  /// The snapshots whose ``SnapshotFacts`` are needed: those that the commit adds, and those that a ref gains.
  ///
  /// - Parameter base: the table before; `nil` when the commit makes it.
  package static func snapshotsToExamine(base: TableMetadata?, commit: TableCommit) -> [Snapshot] {
    let gained = Set(RefComparison(base: base, commit: commit).moves().flatMap(\.move.gained))
    return commit.addedSnapshots + (gained.isEmpty ? [] : commit.metadata.snapshots.filter { gained.contains($0.id) })
  }

  /// The refs that the commit makes, moves or drops, by name.
  package static func refsMoved(base: TableMetadata?, commit: TableCommit) -> [String] {
    RefComparison(base: base, commit: commit).moves().map(\.move.name)
  }

  /// - Parameter snapshots: the facts of those that `snapshotsToExamine` names.
  package init(base: TableMetadata?, commit: TableCommit, snapshots: [SnapshotFacts]) throws(Problem) {
    result = commit.metadata
    isCreation = base == nil
    added = commit.addedSnapshots
    let removed = Set(commit.removedSnapshotIDs)
    expired = removed.isEmpty ? [] : (base?.snapshots ?? []).filter { removed.contains($0.id) }
    let facts = Dictionary(snapshots.map { ($0.snapshotID, $0) }) { first, _ in first }
    snapshotFacts = facts

    var changes: [GovernedChange] = base == nil ? [.create] : []
    changes += try Self.snapshotChanges(RefComparison(base: base, commit: commit), commit, facts)
    if let base {
      changes += Self.structureChanges(base, result)
      changes += Self.settingChanges(base, result)
    } else if !result.properties.isEmpty {
      changes.append(.setProperties(result.properties.keys.sorted()))
    }
    if !expired.isEmpty { changes.append(.expireSnapshots(expired.map(\.id))) }
    let reused = commit.addedSnapshots.map(\.id).filter(removed.contains)
    if !reused.isEmpty { changes.append(.reuseSnapshotIDs(reused)) }
    self.changes = changes
  }

  // MARK: Snapshots and refs

  private static func snapshotChanges(
    _ refs: RefComparison, _ commit: TableCommit, _ facts: [Int64: SnapshotFacts]
  ) throws(Problem) -> [GovernedChange] {
    func operation(_ id: Int64) throws(Problem) -> SnapshotOperation {
      guard let known = facts[id] else { throw .notExamined(snapshotID: id) }
      return known.operation
    }
    var changes: [GovernedChange] = []
    var staged = Set(commit.addedSnapshots.map(\.id))
    for (move, new) in refs.moves() {
      changes.append(.moveRef(move))
      staged.subtract(new)
      // Oldest first, as they were made.
      for id in new.reversed() { changes.append(.apply(ref: move.name, snapshotID: id, try operation(id))) }
      for id in move.gained { _ = try operation(id) }
    }
    for snapshot in commit.addedSnapshots where staged.contains(snapshot.id) {
      changes.append(.apply(ref: nil, snapshotID: snapshot.id, try operation(snapshot.id)))
    }
    return changes + refs.retentionChanges().map { .setRefRetention(name: $0) }
  }

  // MARK: Structure

  private static func structureChanges(_ base: TableMetadata, _ result: TableMetadata) -> [GovernedChange] {
    var changes: [GovernedChange] = []
    if let old = base.currentSchema, let new = result.currentSchema, old != new {
      let steps = SchemaChange.changes(from: old, to: new, formatVersion: result.formatVersion)
      if !steps.isEmpty { changes.append(.evolveSchema(steps)) }
    }
    let schemas = difference(base.schemas.map(\.id), result.schemas.map(\.id))
    let unused = schemas.added.filter { $0 != result.currentSchemaID }
    if !unused.isEmpty { changes.append(.addSchemas(unused)) }
    if !schemas.removed.isEmpty { changes.append(.removeSchemas(schemas.removed)) }
    if base.defaultSpecID != result.defaultSpecID {
      changes.append(.setPartitionSpec(from: base.defaultSpecID, to: result.defaultSpecID))
    }
    let specs = difference(base.partitionSpecs.map(\.id), result.partitionSpecs.map(\.id))
    if !specs.removed.isEmpty { changes.append(.removePartitionSpecs(specs.removed)) }
    if base.defaultSortOrderID != result.defaultSortOrderID {
      changes.append(.setSortOrder(from: base.defaultSortOrderID, to: result.defaultSortOrderID))
    }
    return changes
  }

  // MARK: Settings

  private static func settingChanges(_ base: TableMetadata, _ result: TableMetadata) -> [GovernedChange] {
    var changes: [GovernedChange] = []
    let set = result.properties.filter { base.properties[$0.key] != $0.value }.keys.sorted()
    if !set.isEmpty { changes.append(.setProperties(set)) }
    let removed = base.properties.keys.filter { result.properties[$0] == nil }.sorted()
    if !removed.isEmpty { changes.append(.removeProperties(removed)) }
    if base.location != result.location { changes.append(.setLocation(from: base.location, to: result.location)) }
    if base.formatVersion != result.formatVersion {
      changes.append(.upgradeFormatVersion(from: base.formatVersion, to: result.formatVersion))
    }
    // Statistics of expired snapshots go with them.
    let kept = Set(result.snapshots.map(\.id))
    let statistics = base.statistics.filter { kept.contains($0.snapshotID) }
    let partitionStatistics = base.partitionStatistics.filter { kept.contains($0.snapshotID) }
    if statistics != result.statistics || partitionStatistics != result.partitionStatistics { changes.append(.setStatistics) }
    let keys = difference(base.encryptionKeys.map(\.keyID), result.encryptionKeys.map(\.keyID))
    if base.encryptionKeys != result.encryptionKeys {
      changes.append(.setEncryptionKeys(added: keys.added, removed: keys.removed))
    }
    return changes
  }

  private static func difference<ID: Hashable>(_ old: [ID], _ new: [ID]) -> (added: [ID], removed: [ID]) {
    let before = Set(old)
    let after = Set(new)
    return (new.filter { !before.contains($0) }, old.filter { !after.contains($0) })
  }
}
