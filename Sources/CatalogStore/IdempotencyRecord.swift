import Postgres

extension CatalogStore {
  /// The answer that was given to an earlier request with this key, if it succeeded.
  ///
  /// - Throws: ``CatalogError/unprocessable(_:)`` when the key was used for another request.
  package func recordedAnswer(for idempotency: IdempotencyKey) async throws -> RecordedAnswer? {
    let found = try await pool.run { connection in
      try connection.first(
        """
        SELECT fingerprint, status, body, metadata_location FROM idempotency_records
        WHERE key = \(idempotency.key) AND principal = \(idempotency.principal) AND warehouse = \(idempotency.warehouse)
        """
      ) { row in
        let status: Int16 = try row[1]
        return (
          fingerprint: try row[0] as [UInt8],
          answer: RecordedAnswer(status: Int(status), body: try row[2], metadataLocation: try row[3])
        )
      }
    }
    guard let found else { return nil }
    guard found.fingerprint == idempotency.fingerprint else {
      throw CatalogError.unprocessable("The Idempotency-Key was already used for another request; send a new one")
    }
    return found.answer
  }

  /// Forgets answers older than `age`.
  package func forgetAnswers(olderThan age: Duration) async throws -> Int {
    try await pool.run { connection in
      try connection.execute(
        "DELETE FROM idempotency_records WHERE created_at < now() - make_interval(secs => \(Double(age.components.seconds)))")
    }
  }
}
