package import CatalogStore
import Governance
import Iceberg
import Postgres

extension Catalog {
  /// Moves main forward to a snapshot of another branch whose gate has passed: a commit like any other, of one ref.
  ///
  /// - Parameter snapshotID: one on the branch; `nil` for its head.
  /// - Throws: ``CatalogError/contractViolation(_:)`` with the checks that have not passed, ``CatalogError/forbidden(_:)``,
  ///   ``CatalogError/badRequest(_:)`` for what is no step forward, ``CatalogError/noSuchTable(_:)``
  package func publishTable(
    _ path: DatasetPath, from branch: String, snapshotID: Int64?, _ context: OperationContext
  ) async throws -> LoadedTable {
    try await commitLocks.withLock(path.text) {
      for _ in 0..<options.commitAttempts {
        let asked = try await authorized(.publishTable, [PolicyQuestion(.getMetadata)], path, as: .table, context)
        let base = try await cached(path, at: asked.found, asked.authorization)
        guard base.found.facts.contract != nil else {
          throw CatalogError.contractViolation(
            "The table \(path.identifier) has no contract, so nothing says which checks a snapshot must pass to be published; apply one first"
          )
        }
        let request = try Self.publication(of: base.metadata(), path, from: branch, snapshotID: snapshotID)
        switch try await tryCommit(path, base, request, asked.object, context, as: .publishTable) {
        case .committed(let commit, let authorization): return try await loaded(commit.result, text: commit.document, authorization)
        case .nothingToDo: return try await loaded(base, asked.authorization)
        case .overtaken: continue
        }
      }
      throw CatalogStore.overtaken(path)
    }
  }

  private static func publication(
    of metadata: TableMetadata, _ path: DatasetPath, from branch: String, snapshotID: Int64?
  ) throws -> TableChangeRequest {
    let main = SnapshotReference.mainBranch
    guard branch != main, let ref = metadata.refs[branch] else {
      throw CatalogError.badRequest("The table \(path.identifier) has no branch \(branch) to publish from")
    }
    let target = snapshotID ?? ref.snapshotID
    let current = metadata.refs[main]?.snapshotID
    guard metadata.isAncestor(target, of: ref.snapshotID) else {
      throw CatalogError.badRequest("The branch \(branch) of \(path.identifier) does not hold snapshot \(target)")
    }
    if let current, !metadata.isAncestor(current, of: target) {
      throw CatalogError.badRequest(
        "main of \(path.identifier) has snapshots that \(branch) does not have up to \(target): it would not move forward; write to a branch of the present main"
      )
    }
    return TableChangeRequest(
      requirements: [.assertRefSnapshotID(ref: main, snapshotID: current)],
      updates: [.setSnapshotRef(name: main, metadata.refs[main]?.moved(to: target) ?? SnapshotReference(snapshotID: target, kind: .branch))]
    )
  }
}

extension TableMetadata {
  /// Whether a snapshot is another one or comes before it.
  fileprivate func isAncestor(_ ancestor: Int64, of id: Int64) -> Bool {
    let parents = Dictionary(snapshots.map { ($0.id, $0.parentID) }) { first, _ in first }
    var seen: Set<Int64> = []
    var next: Int64? = id
    while let id = next, seen.insert(id).inserted {
      if id == ancestor { return true }
      next = parents[id] ?? nil
    }
    return false
  }
}

extension SnapshotReference {
  /// The same, kept on the same terms.
  fileprivate func moved(to id: Int64) -> SnapshotReference {
    SnapshotReference(
      snapshotID: id, kind: kind, minSnapshotsToKeep: minSnapshotsToKeep, maxSnapshotAgeMs: maxSnapshotAgeMs, maxRefAgeMs: maxRefAgeMs)
  }
}
