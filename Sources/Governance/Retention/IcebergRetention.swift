import Iceberg

/// What a table's own properties and refs say of how long snapshots are kept (table spec, "Snapshot Retention Policy"; the reference's
/// `RemoveSnapshots`).
///
/// They are duties: they keep, and never make anything go by themselves, but for refs older than their own limit. A property that is not
/// set keeps nothing, where engines have defaults for it.
struct IcebergRetention {
  static let maximumSnapshotAge = "history.expire.max-snapshot-age-ms"
  static let minimumSnapshots = "history.expire.min-snapshots-to-keep"
  static let maximumRefAge = "history.expire.max-ref-age-ms"
  static let garbageCollection = "gc.enabled"

  private let metadata: TableMetadata
  private let snapshots: [Int64: Snapshot]
  private let nowMs: Int64

  init(_ metadata: TableMetadata, nowMs: Int64) {
    self.metadata = metadata
    self.nowMs = nowMs
    snapshots = Dictionary(metadata.snapshots.map { ($0.id, $0) }) { $1 }
  }

  /// Whether nothing may be removed because the files may be another table's (`gc.enabled`).
  var isForbidden: Bool { metadata.properties[Self.garbageCollection]?.lowercased() == "false" }

  /// A property that is no number counts as not set: it was never checked when it was written.
  private func number(_ key: String) -> Int64? { metadata.properties[key].flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil } }

  /// Refs but main that are older than they may become, by name.
  func expiredRefs() -> [String] {
    metadata.refs.filter { name, ref in
      guard name != SnapshotReference.mainBranch, let snapshot = snapshots[ref.snapshotID] else { return false }
      guard let age = ref.maxRefAgeMs ?? number(Self.maximumRefAge) else { return false }
      return snapshot.timestampMs.addingWithoutOverflow(age) < nowMs
    }.keys.sorted()
  }

  /// The duties that refs and properties make, by snapshot.
  ///
  /// - Parameter gone: refs that are about to be removed.
  func duties(without gone: Set<String>) -> [Int64: [RetentionDuty]] {
    var duties: [Int64: [RetentionDuty]] = [:]
    var reached: Set<Int64> = []
    for (name, ref) in metadata.refs.sorted(by: { $0.key < $1.key }) where !gone.contains(name) {
      duties[ref.snapshotID, default: []].append(
        RetentionDuty(.ref, "\(ref.kind.rawValue) \(name)", .condition("while the \(ref.kind.rawValue) \(name) names it")))
      guard ref.kind == .branch else {
        reached.insert(ref.snapshotID)
        continue
      }
      let least = ref.minSnapshotsToKeep.map(Int64.init) ?? number(Self.minimumSnapshots)
      let age = ref.maxSnapshotAgeMs ?? number(Self.maximumSnapshotAge)
      for (place, snapshot) in ancestors(of: ref.snapshotID).enumerated() {
        reached.insert(snapshot.id)
        if let least, place < least {
          duties[snapshot.id, default: []].append(
            RetentionDuty(.property, "branch \(name)", .condition("as one of the last \(least) of the branch \(name)")))
        }
        if let age {
          duties[snapshot.id, default: []].append(
            RetentionDuty(.property, "branch \(name)", .time(snapshot.timestampMs.addingWithoutOverflow(age))))
        }
      }
    }
    if let age = number(Self.maximumSnapshotAge) {
      for snapshot in metadata.snapshots where !reached.contains(snapshot.id) {
        duties[snapshot.id, default: []].append(
          RetentionDuty(.property, Self.maximumSnapshotAge, .time(snapshot.timestampMs.addingWithoutOverflow(age))))
      }
    }
    return duties
  }

  /// The snapshot and its ancestors, the newest first; a circle ends it.
  private func ancestors(of id: Int64) -> [Snapshot] {
    var found: [Snapshot] = []
    var seen: Set<Int64> = []
    var next: Int64? = id
    while let id = next, seen.insert(id).inserted, let snapshot = snapshots[id] {
      found.append(snapshot)
      next = snapshot.parentID
    }
    return found
  }
}
