package import Logging
package import Postgres

/// All our SQL. One method, one transaction.
///
/// Methods live beside the rows that they read and write: `CatalogStore+Namespaces.swift`, `CatalogStore+Commits.swift`, ….
package final class CatalogStore: Sendable {
  package let pool: PostgresPool
  let lookups: PostgresGatherer<PostgresText, FoundDataset>
  let swaps: PostgresGatherer<GroupedSwap, Void>
  let trail: TrailWriter
  let logger: Logger
  /// How long a commit whose answer was lost is looked for.
  let patience: Duration

  /// - Parameter gathering: for the connections on which lookups and commits are gathered.
  package init(pool: PostgresPool, gathering configuration: PostgresConfiguration, patience: Duration = .seconds(30), logger: Logger) {
    self.pool = pool
    self.logger = logger
    self.patience = patience
    lookups = PostgresGatherer(configuration, name: "lookups") { connection, paths in
      try DatasetVersion.find(paths, on: connection)
    }
    trail = TrailWriter(configuration)
    var configuration = configuration
    configuration.settings = GroupedSwap.settings
    swaps = PostgresGatherer(configuration, name: "commits", batchSize: 64) { connection, swaps in
      try GroupedSwap.commit(swaps, on: connection)
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
    change.isDone()
  }

  /// Runs a change that looks first and then changes what it saw, again as long as others come in between.
  ///
  /// - Parameter what: what is changed, for the refusal.
  func untilUnmoved<T>(_ what: String, _ attempt: () async throws -> T) async throws -> T {
    for _ in 0..<100 {
      do { return try await attempt() } catch is VersionMoved { continue }
    }
    throw CatalogError.commitFailed("\(what) kept being changed by others; try again")
  }

  /// Writes events that belong to no change; once this returns they are durable.
  ///
  /// - Throws: when they cannot be: then nobody may be answered.
  package func record(_ events: [AuditEvent]) async throws { for event in events { try await trail.write(event) } }

  package var lookupStatistics: PostgresGathererStatistics { lookups.statistics }

  package func shutdown() async {
    await lookups.shutdown()
    await swaps.shutdown()
    await trail.shutdown()
    await pool.shutdown()
  }
}
