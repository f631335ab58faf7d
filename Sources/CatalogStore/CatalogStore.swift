package import Logging
package import Postgres

/// All our SQL. One method, one transaction.
///
/// Methods live beside the rows that they read and write: `CatalogStore+Namespaces.swift`, `CatalogStore+Commits.swift`, ….
package final class CatalogStore: Sendable {
  package let pool: PostgresPool
  let lookups: PostgresGatherer<PostgresText, DatasetVersion>
  let logger: Logger
  /// How long a commit whose answer was lost is looked for.
  let patience: Duration

  package init(pool: PostgresPool, lookups configuration: PostgresConfiguration, patience: Duration = .seconds(30), logger: Logger) {
    self.pool = pool
    self.logger = logger
    self.patience = patience
    lookups = PostgresGatherer(configuration) { connection, paths in
      try DatasetVersion.find(paths, on: connection)
    }
  }

  /// Runs `body` as one transaction that ends by recording `change`, and makes certain of how it ended.
  ///
  /// - Throws: what `body` throws, with nothing changed; ``CatalogError/stateUnknown(_:)`` when Postgres stays away too long.
  func commit(_ change: Change, _ body: @escaping @Sendable (PostgresConnection) throws -> Void) async throws {
    _ = try await untilKnown(change.event.id) {
      try await pool.transaction { connection in
        try body(connection)
        try change.record(on: connection)
      }
      return true
    }
  }

  package var lookupStatistics: PostgresGathererStatistics { lookups.statistics }

  package func shutdown() async {
    await lookups.shutdown()
    await pool.shutdown()
  }
}
