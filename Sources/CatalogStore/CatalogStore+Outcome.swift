import Logging
import Postgres

extension CatalogStore {
  /// Runs a transaction, again where it must, until it is known how it ended.
  ///
  /// ```
  /// try 1 ──► answer lost ──► try 2 ─┬─► done, or nothing to change      known
  ///                                  ├─► refused ───────► the event tells
  ///                                  └─► anything else ─► the event tells if it is there; if not, try 3, …
  /// ```
  /// When the connection is lost at COMMIT nobody knows whether it happened. The audit event is the proof: its id is a primary key,
  /// so the transaction can be tried again without harm, and a try that finds the event there knows that an earlier one succeeded.
  /// A refusal comes after waiting for the locks of the try before, so that one has ended. A time-out, a database that became
  /// read-only or a cancellation says nothing of it.
  ///
  /// - Parameters:
  ///   - proof: the audit event that the transaction inserts.
  ///   - attempt: `false` when it found something else than it must and changed nothing.
  /// - Throws: what `attempt` throws, with nothing changed; ``CatalogError/stateUnknown(_:)`` when that cannot be found out in time.
  func untilKnown(_ proof: AuditEventID, _ attempt: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + patience
    var isUncertain = false
    while true {
      do {
        let isDone = try await attempt()
        return isDone || !isUncertain ? isDone : try await isRecorded(proof)
      } catch let error as PostgresError where error.outcomeUnknown {
        isUncertain = true
        logger.warning("the connection was lost while committing; trying again", metadata: ["event": "\(proof)"])
      } catch let error as PostgresError where error.isSerializationFailure && !isUncertain {
        guard ContinuousClock.now < deadline else { throw CatalogError.commitFailed("Commit failed: the transaction kept meeting others") }
      } catch  where isUncertain {
        let isRefusal = error is CatalogError || error is VersionMoved || (error as? PostgresError)?.isUniqueViolation == true
        if let isRecorded = try? await isRecorded(proof) {
          if isRecorded { return true }
          if isRefusal { throw error }
        }
      }
      if isUncertain, ContinuousClock.now >= deadline || Task.isCancelled {
        throw CatalogError.stateUnknown("The database was lost while committing; the change may or may not have happened")
      }
      try? await Task.sleep(for: .milliseconds(50))
    }
  }

  /// Whether the change that carries this event is durable.
  private func isRecorded(_ event: AuditEventID) async throws -> Bool {
    try await pool.run { connection in
      try connection.first("SELECT 1::bigint FROM audit_events WHERE id = \(event)") { row in try row[0] as Int64 } != nil
    }
  }
}
