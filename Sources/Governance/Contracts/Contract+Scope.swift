package import Iceberg

extension Contract {
  /// The snapshots that come under the contract by a commit, oldest first: a ref that it covers reaches them, and none did before.
  ///
  /// So each is held against the contract once, however it gets there: by an append, a cherry-pick, a new branch or a ref that is moved.
  package func entering(base: TableMetadata?, commit: TableCommit) -> [Snapshot] {
    let before = base?.refs ?? [:]
    let heads = commit.metadata.refs.filter { name, ref in covers(ref: name) && before[name]?.snapshotID != ref.snapshotID }
    guard !heads.isEmpty else { return [] }
    var lineage = SnapshotLineage(base?.snapshots ?? [], added: commit.addedSnapshots)
    let old = Set(before.filter { covers(ref: $0.key) }.map(\.value.snapshotID))
    var inside: Set<Int64>?
    var entering: Set<Int64> = []
    for (_, ref) in heads.sorted(by: { $0.key < $1.key }) {
      // Nearly always the new snapshot stands on a head.
      var way = lineage.path(from: ref.snapshotID) { old.contains($0) || entering.contains($0) }
      if !way.meetsEnd, !old.isEmpty {
        let known = inside ?? old.reduce(into: Set<Int64>()) { $0.formUnion(lineage.path(from: $1, to: nil).ids) }
        inside = known
        way = lineage.path(from: ref.snapshotID) { known.contains($0) || entering.contains($0) }
      }
      entering.formUnion(way.ids)
    }
    // In the table's order, which is that of their making.
    return (base?.snapshots ?? []).filter { entering.contains($0.id) } + commit.addedSnapshots.filter { entering.contains($0.id) }
  }
}
