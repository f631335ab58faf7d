package import CatalogStore
import Logging
import Postgres

extension Catalog {
  /// Changes that one turn looks at.
  private static let indexingBatch = 100

  /// Brings search up to date with some of what changed. Several servers may call it at once; one of them works.
  ///
  /// - Returns: whether there may be more to do at once.
  package func indexDocuments(_ context: OperationContext) async throws -> Bool {
    let authorization = try authorizer.authorizeServer(.runJob, on: CatalogResource(.job, ""), context)
    let turn: IndexingTurn
    do {
      turn = try await store.indexPending(limit: Self.indexingBatch, authorization)
    } catch PostgresError.server(let first) where Self.isFaultOfData(first) {
      // One of them is at fault: they go one by one until it is found.
      logger.warning("a batch of search documents failed", metadata: ["error": "\(first)"])
      do {
        turn = try await store.indexPending(limit: 1, authorization)
      } catch PostgresError.server(let error) where Self.isFaultOfData(error) {
        logger.error("search leaves out a dataset that it cannot index", metadata: ["error": "\(error)"])
        try await store.skipPending(authorization)
        return true
      }
    }
    switch turn {
    case .taken, .done(0): return false
    case .done: return true
    }
  }

  /// Whether trying again is of no use: a value or its size is refused. All else passes, a full disk too.
  private static func isFaultOfData(_ error: PostgresServerError) -> Bool {
    ["22", "23", "54"].contains { error.sqlState.hasPrefix($0) }
  }
}
