package import Logging
package import Postgres

/// All our SQL. One method, one transaction.
///
/// Methods live beside the rows that they read and write: `CatalogStore+Namespaces.swift`, `CatalogStore+Commits.swift`, ….
package final class CatalogStore: Sendable {
  package let pool: PostgresPool
  let lookups: PostgresGatherer<String, DatasetVersion>
  let logger: Logger

  package init(pool: PostgresPool, lookups configuration: PostgresConfiguration, logger: Logger) {
    self.pool = pool
    self.logger = logger
    lookups = PostgresGatherer(configuration) { connection, paths in
      try DatasetVersion.find(paths, on: connection)
    }
  }

  /// Runs `body` as one transaction that ends by recording `change`, and makes certain of how it ended.
  ///
  /// When the connection is lost at COMMIT nobody knows whether it happened. The audit event is the proof: its id is a primary key,
  /// so the transaction can be tried again without harm, and a try that finds the event there knows that an earlier one succeeded.
  /// - Throws: what `body` throws, with nothing changed; ``CatalogError/stateUnknown(_:)`` when Postgres stays away too long.
  func commit(_ change: Change, _ body: @escaping @Sendable (PostgresConnection) throws -> Void) async throws {
    try await commit(proof: change.event.id) { connection in
      try body(connection)
      try change.record(on: connection)
    }
  }

  /// - Parameter transaction: inserts the audit event `proof` among what it does.
  func commit(proof: AuditEventID, _ transaction: @escaping @Sendable (PostgresConnection) throws -> Void) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    var isUncertain = false
    while true {
      do {
        return try await pool.transaction { try transaction($0) }
      } catch let error as PostgresError where error.outcomeUnknown {
        isUncertain = true
        logger.warning("the connection was lost while committing; trying again", metadata: ["event": "\(proof)"])
      } catch let error as PostgresError where error.isSerializationFailure {
        guard ContinuousClock.now < deadline else { throw CatalogError.commitFailed("Commit failed: the transaction kept meeting others") }
      } catch let error as PostgresError where isUncertain && error.isUnavailable {
        logger.warning("waiting for the database to learn how a commit ended", metadata: ["event": "\(proof)"])
      } catch {
        if isUncertain, try await isRecorded(proof) { return }
        throw error
      }
      guard ContinuousClock.now < deadline else {
        throw CatalogError.stateUnknown("The database was lost while committing; the change may or may not have happened")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// Whether the change that carries this event is durable.
  func isRecorded(_ event: AuditEventID) async throws -> Bool {
    try await pool.run { connection in
      try connection.first("SELECT 1::bigint FROM audit_events WHERE id = \(event)") { row in try row[0] as Int64 } != nil
    }
  }

  package var lookupStatistics: PostgresGathererStatistics { lookups.statistics }

  package func shutdown() async {
    await lookups.shutdown()
    await pool.shutdown()
  }
}
