import Iceberg

/// Who is whose parent among the snapshots of a table, before or after a commit.
struct SnapshotLineage {
  private let snapshots: [Snapshot]
  /// The snapshots that a commit added: nearly all that is asked for.
  private let added: [Int64: Int64?]
  private var others: [Int64: Int64?]?

  init(_ snapshots: [Snapshot], added: [Snapshot]) {
    self.snapshots = snapshots
    self.added = Dictionary(added.map { ($0.id, $0.parentID) }) { first, _ in first }
  }

  /// `nil` where the snapshot is not there; its value is `nil` where it names no parent.
  private mutating func parent(of id: Int64) -> Int64?? {
    if let parent = added[id] { return parent }
    if let others { return others[id] }
    let gathered = Dictionary(snapshots.map { ($0.id, $0.parentID) }) { first, _ in first }
    others = gathered
    return gathered[id]
  }

  /// The snapshot and its ancestors, newest first, up to `end`, which is left out.
  ///
  /// - Returns: also whether `end` was met. Parents that are gone end the way, and so does a circle.
  mutating func path(from start: Int64, to end: Int64?) -> (ids: [Int64], meetsEnd: Bool) {
    let (ids, meetsEnd) = path(from: start) { $0 == end }
    return (ids, meetsEnd || end == nil)
  }

  /// The snapshot and its ancestors, newest first, up to the first that `isEnd`, which is left out.
  mutating func path(from start: Int64, until isEnd: (Int64) -> Bool) -> (ids: [Int64], meetsEnd: Bool) {
    var ids: [Int64] = []
    var seen: Set<Int64> = []
    var next: Int64? = start
    while let id = next {
      if isEnd(id) { return (ids, true) }
      guard seen.insert(id).inserted, let parent = parent(of: id) else { break }
      ids.append(id)
      next = parent
    }
    return (ids, false)
  }
}
