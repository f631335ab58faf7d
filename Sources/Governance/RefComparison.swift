import Iceberg

/// The refs of a table before and after a commit.
struct RefComparison {
  private let before: [String: SnapshotReference]
  private let after: [String: SnapshotReference]
  private let baseSnapshots: [Snapshot]
  private let commit: TableCommit
  private let added: Set<Int64>

  init(base: TableMetadata?, commit: TableCommit) {
    before = base?.refs ?? [:]
    after = commit.metadata.refs
    baseSnapshots = base?.snapshots ?? []
    self.commit = commit
    added = Set(commit.addedSnapshots.map(\.id))
  }

  /// Each ref that was made, moved or dropped, by name, with the snapshots that the commit adds and the ref gains, newest first.
  func moves() -> [(move: RefMove, new: [Int64])] {
    // Parents that the commit expires are still known from before.
    var lineage = SnapshotLineage(baseSnapshots, added: commit.addedSnapshots)
    return Set(before.keys).union(after.keys).sorted().compactMap { name in
      let old = before[name]
      let new = after[name]
      guard old?.snapshotID != new?.snapshotID || old?.kind != new?.kind else { return nil }
      guard let new else { return (move(name, .drop, old, nil, isForward: false, []), []) }
      return step(name, from: old, to: new, &lineage)
    }
  }

  private func step(
    _ name: String, from old: SnapshotReference?, to new: SnapshotReference, _ lineage: inout SnapshotLineage
  ) -> (move: RefMove, new: [Int64]) {
    let way = lineage.path(from: new.snapshotID, to: old?.snapshotID)
    let fresh = way.ids.filter(added.contains)
    let isMain = name == SnapshotReference.mainBranch
    let isPublished = isMain && !added.contains(new.snapshotID) && isReached(new.snapshotID, byOthersThan: name, &lineage)
    guard let old else {
      return (move(name, isPublished ? .publish : .create, nil, new, isForward: true, []), fresh)
    }
    // A tag that becomes a branch, or the other way round, is another ref of the same name.
    if way.meetsEnd, old.kind == new.kind {
      let gained = way.ids.filter { !added.contains($0) }
      let kind: RefMove.Kind = isPublished ? .publish : gained.isEmpty ? .advance : .fastForward
      return (move(name, kind, old, new, isForward: true, gained), fresh)
    }
    let isBack = lineage.path(from: old.snapshotID, to: new.snapshotID).meetsEnd && old.snapshotID != new.snapshotID
    let kind: RefMove.Kind = isBack ? .rollback : isPublished ? .publish : .switchLineage
    return (move(name, kind, old, new, isForward: false, []), fresh)
  }

  /// Whether another branch or tag had the snapshot, at its head or before it, when the commit came.
  private func isReached(_ id: Int64, byOthersThan name: String, _ lineage: inout SnapshotLineage) -> Bool {
    for (other, ref) in before.sorted(by: { $0.key < $1.key }) where other != name {
      if lineage.path(from: ref.snapshotID, to: id).meetsEnd { return true }
    }
    return false
  }

  private func move(
    _ name: String, _ kind: RefMove.Kind, _ old: SnapshotReference?, _ new: SnapshotReference?, isForward: Bool, _ gained: [Int64]
  ) -> RefMove {
    RefMove(
      name: name, kind: kind, isTag: (new ?? old)?.kind == .tag, from: old?.snapshotID, to: new?.snapshotID, isForward: isForward,
      gained: gained)
  }

  /// Refs that stay and are to be kept on other terms.
  func retentionChanges() -> [String] {
    before.filter { name, old in
      guard let new = after[name] else { return false }
      return old != new && old.snapshotID == new.snapshotID && old.kind == new.kind
    }.keys.sorted()
  }
}
