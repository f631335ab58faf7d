package import CatalogStore

/// A page of checkpoints, and where to go on.
package struct CheckpointPage: Sendable {
  package let checkpoints: [StoredCheckpoint]
  /// The size behind which the next page begins; `nil` at the end.
  package let next: Int64?
}

// Checkpoints and the proofs between them say how many events there are and nothing of any: everybody who is signed in may have them,
// and should, for a checkpoint that somebody else keeps is what a forger cannot take back.
extension Catalog {
  /// Checkpoints that one request gets at most.
  package static let maximumCheckpoints = 5_000

  func mayReadCheckpoints(_ context: OperationContext) async throws -> Authorization {
    try await authorized(.readCheckpoints, [], catalog: CatalogResource(.server, ""), context)
  }

  /// The checkpoint of a tree of that size, or the latest one.
  ///
  /// - Throws: ``CatalogError/noSuchLogEntry(_:)``
  package func checkpoint(size: Int64?, _ context: OperationContext) async throws -> StoredCheckpoint {
    try await checkpoint(size: size, mayReadCheckpoints(context))
  }

  func checkpoint(size: Int64?, _ authorization: Authorization) async throws -> StoredCheckpoint {
    guard let found = try await store.checkpoint(size: size, authorization) else {
      throw CatalogError.noSuchLogEntry(
        size.map { "No checkpoint was signed when the log had \($0) events" }
          ?? "No checkpoint has been signed yet; does a server run that has the log's key?")
    }
    return found
  }

  /// Checkpoints of trees larger than `after`, in their order.
  package func checkpoints(after size: Int64, limit: Int, _ context: OperationContext) async throws -> CheckpointPage {
    let limit = min(max(limit, 1), Self.maximumCheckpoints)
    let found = try await store.checkpoints(after: size, limit: limit, mayReadCheckpoints(context))
    return CheckpointPage(checkpoints: found, next: found.count == limit ? found.last?.size : nil)
  }
}
