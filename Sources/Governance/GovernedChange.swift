/// One thing that an Iceberg commit does, as rules and policies speak of it.
package enum GovernedChange: Hashable, Sendable {
  case create
  /// A snapshot that is new to a ref; `ref` is `nil` for a staged one, which no ref reaches.
  case apply(ref: String?, snapshotID: Int64, SnapshotOperation)
  case moveRef(RefMove)
  /// The ref stays where it is, under other terms of retention.
  case setRefRetention(name: String)
  /// The current schema becomes another.
  case evolveSchema([SchemaChange])
  /// Added, but not made the current one.
  case addSchemas([Int32])
  case removeSchemas([Int32])
  case setPartitionSpec(from: Int32, to: Int32)
  case removePartitionSpecs([Int32])
  case setSortOrder(from: Int32, to: Int32)
  /// Those that get another value than before, by key.
  case setProperties([String])
  case removeProperties([String])
  case setLocation(from: String, to: String)
  case expireSnapshots([Int64])
  /// Ids under which the commit puts other snapshots than there were: what is pinned or named by them would change unseen.
  case reuseSnapshotIDs([Int64])
  case upgradeFormatVersion(from: Int, to: Int)
  case setStatistics
  case setEncryptionKeys(added: [String], removed: [String])

  /// The policy action that must be allowed for it.
  package var action: String {
    switch self {
    case .create: "createTable"
    case .apply(_, _, let operation): operation.rawValue
    case .moveRef(let move): move.kind == .publish ? "publish" : "moveRef"
    case .setRefRetention: "moveRef"
    case .evolveSchema, .addSchemas, .removeSchemas, .setPartitionSpec, .removePartitionSpecs, .setSortOrder, .upgradeFormatVersion:
      "evolveSchema"
    case .setProperties, .removeProperties, .setStatistics, .setEncryptionKeys: "setProperties"
    case .setLocation: "setLocation"
    case .expireSnapshots, .reuseSnapshotIDs: "expireSnapshots"
    }
  }
}

/// A ref that a commit makes, moves or drops.
package struct RefMove: Hashable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case create
    /// To a descendant that was in the table already.
    case fastForward = "fast-forward"
    /// To snapshots that the commit adds on top: what they do is told on its own.
    case advance
    /// Of main, to a snapshot of another ref, forward or not.
    case publish
    /// To an ancestor.
    case rollback
    /// To a snapshot of which the ref's last one is no ancestor.
    case switchLineage = "switch-lineage"
    case drop
  }

  package let name: String
  package let kind: Kind
  package let isTag: Bool
  package let from: Int64?
  package let to: Int64?
  /// Whether nothing that the ref had is lost.
  package let isForward: Bool
  /// Snapshots of before the commit that are new to the ref, newest first.
  package let gained: [Int64]
}
