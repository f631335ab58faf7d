import JSON
package import Postgres
import TransparencyLog

extension CatalogStore {
  private static let columns: SQL = """
    i.number, i.started_at, i.finished_at, i.problem, i.objects, i.size_bytes, i.added, i.changed, i.gone, i.passed_over,
    (SELECT b.objects FROM file_set_indexes b WHERE b.dataset_id = i.dataset_id AND b.number < i.number AND b.finished_at IS NOT NULL
      AND b.problem IS NULL ORDER BY b.number DESC LIMIT 1)
    """

  private static func index(_ row: PostgresRow) throws -> FileSetIndex {
    FileSetIndex(
      number: try row[0], startedAt: try row[1], finishedAt: try row[2], problem: try row[3], objects: try row[4], sizeBytes: try row[5],
      added: try row[6], changed: try row[7], gone: try row[8], passedOver: try row[9], expected: try row[10])
  }

  /// The index that was begun last; `nil` when there is none.
  package func newestIndex(of dataset: DatasetID, _: Authorization) async throws -> FileSetIndex? {
    try await pool.run { connection in try Self.newestIndex(of: dataset, on: connection) }
  }

  private static func newestIndex(of dataset: DatasetID, on connection: PostgresConnection) throws -> FileSetIndex? {
    try connection.first(
      "SELECT \(columns) FROM file_set_indexes i WHERE i.dataset_id = \(dataset) ORDER BY i.number DESC LIMIT 1", index)
  }

  /// The index that was finished last: what is known of a dataset's objects.
  package func finishedIndex(of dataset: DatasetID, _: Authorization) async throws -> FileSetIndex? {
    try await pool.run { connection in
      try connection.first(
        """
        SELECT \(Self.columns) FROM file_set_indexes i
        WHERE i.dataset_id = \(dataset) AND i.finished_at IS NOT NULL AND i.problem IS NULL ORDER BY i.number DESC LIMIT 1
        """, Self.index)
    }
  }

  /// Begins an index, with a job that does it, unless one is under way.
  ///
  /// - Returns: the one that was begun or is under way, and whether it was begun.
  package func startIndex(
    of dataset: DatasetID, _ authorization: Authorization, answer: (FileSetIndex) -> [UInt8]
  ) async throws -> (index: FileSetIndex, isNew: Bool) {
    try await untilUnmoved("The index") {
      let newest = try await newestIndex(of: dataset, authorization)
      if let newest, newest.state == .underWay { return (newest, false) }
      let made = FileSetIndex(
        number: (newest?.number ?? 0) + 1, startedAt: authorization.context.time, finishedAt: nil, problem: nil, objects: 0, sizeBytes: 0,
        added: 0, changed: 0, gone: 0, passedOver: 0, expected: try await finishedIndex(of: dataset, authorization)?.objects)
      let event = AuditEvent(authorization, after: ["index": .int64(made.number)])
      try await commit(Change(authorization, event: event, answer: .json(answer(made)))) { connection in
        // Held until the end: a dropped dataset is indexed no more.
        let living = try connection.first("SELECT true FROM datasets WHERE id = \(dataset) AND dropped_at IS NULL FOR KEY SHARE") { row in
          try row[0] as Bool
        }
        guard living != nil else { throw CatalogError.noSuchDataset("The dataset was dropped meanwhile") }
        let count = try connection.execute(
          """
          INSERT INTO file_set_indexes (dataset_id, number, started_at) VALUES (\(dataset), \(made.number), \(made.startedAt))
          ON CONFLICT DO NOTHING
          """)
        guard count == 1 else { throw VersionMoved() }
        try Self.enqueue(.index, for: dataset, on: connection)
      }
      return (made, true)
    }
  }

  // MARK: The job

  /// What a job is to go on with; `nil` when nothing is under way.
  package func indexUnderWay(of dataset: DatasetID, _: Authorization) async throws -> FileSetWork? {
    try await pool.run { connection in
      try connection.first(
        """
        SELECT i.number, i.reached, d.warehouse_id, d.identifier, d.location, d.dropped_at IS NOT NULL
        FROM file_set_indexes i JOIN datasets d ON d.id = i.dataset_id WHERE i.dataset_id = \(dataset) AND i.finished_at IS NULL
        """
      ) { row in
        FileSetWork(
          dataset: dataset, number: try row[0], reached: try row[1], warehouse: try row[2], path: try row[3], location: try row[4],
          isDropped: try row[5])
      }
    }
  }

  /// What is known of those of the keys that were there, by key as bytes.
  package func knownObjects(_ keys: [String], of work: FileSetWork, _: Authorization) async throws -> [PostgresText: KnownObject] {
    try await pool.run { connection in
      let rows = try connection.query(
        """
        SELECT o.key, o.size_bytes, o.modified_at_ms, o.etag FROM unnest(\(keys)) AS k (key)
        -- The limit has each key looked up by itself, whatever is known of the table's size.
        CROSS JOIN LATERAL (
          SELECT * FROM file_set_objects f WHERE f.dataset_id = \(work.dataset) AND f.gone_in IS NULL AND f.key = k.key COLLATE "C" LIMIT 1) o
        """
      ) { row in
        (try row[0] as PostgresText, KnownObject(sizeBytes: try row[1], modifiedAtMs: try row[2], etag: try row[3]))
      }
      return Dictionary(rows) { $1 }
    }
  }

  /// Takes one page in: all of it and how far the index has got, or nothing.
  ///
  /// ```
  /// reached ──── keys of the page ──── step.reached
  ///         what is known there and not on the page is gone
  /// ```
  /// With the last page the index is finished, and the job with it.
  ///
  /// - Throws: ``CatalogError/commitFailed(_:)`` when another server has taken the job over.
  package func take(_ step: FileSetStep, of work: FileSetWork, by job: LeasedJob, _ authorization: Authorization) async throws {
    guard step.isLast else {
      return try await pool.transaction { connection in _ = try Self.take(step, of: work, by: job, on: connection) }
    }
    let event = AuditEvent(authorization, after: ["index": .int64(work.number)])
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      _ = try Self.take(step, of: work, by: job, on: connection)
      try connection.execute("DELETE FROM jobs WHERE id = \(job.id)")
    }
  }

  private static func take(_ step: FileSetStep, of work: FileSetWork, by job: LeasedJob, on connection: PostgresConnection) throws {
    guard try connection.execute("UPDATE jobs SET attempts = 0 WHERE id = \(job.id) AND lease = \(job.lease)") == 1 else {
      throw CatalogError.commitFailed("The job was taken over by another server")
    }
    let present = step.unchanged + step.fresh.map(\.key)
    var range: SQL = "o.key > \(work.reached ?? "")"
    if !step.isLast { range += " AND o.key <= \(step.reached ?? "")" }
    var gone = 0
    while true {
      let keys = try connection.query(
        """
        SELECT o.key FROM file_set_objects o WHERE o.dataset_id = \(work.dataset) AND o.gone_in IS NULL AND \(range)
        EXCEPT SELECT k.key COLLATE "C" FROM unnest(\(present)) AS k (key) LIMIT \(Int64(Self.goneAtOnce))
        """
      ) { row in try row[0] as String }
      gone += try Self.end(keys, of: work, on: connection).count
      if keys.count < Self.goneAtOnce { break }
    }
    let fresh = step.fresh
    let replaced = try Self.end(fresh.map(\.key), of: work, on: connection)
    let tags = Dictionary(replaced) { $1 }
    if !fresh.isEmpty {
      try connection.execute(
        """
        INSERT INTO file_set_objects (dataset_id, key, added_in, size_bytes, modified_at_ms, etag, checksum, media_type, tags)
        SELECT \(work.dataset), f.key, \(work.number), f.size_bytes, f.modified_at_ms, f.etag, f.checksum, f.media_type, f.tags::jsonb
        FROM unnest(\(fresh.map(\.key)), \(fresh.map(\.sizeBytes)), \(fresh.map(\.modifiedAtMs)), \(fresh.map(\.etag)),
          \(fresh.map(\.checksum)), \(fresh.map(\.mediaType)), \(fresh.map { tags[PostgresText($0.key)] ?? nil }))
          AS f (key, size_bytes, modified_at_ms, etag, checksum, media_type, tags)
        """)
    }
    try connection.execute(
      """
      UPDATE file_set_indexes SET reached = coalesce(\(step.reached), reached), objects = objects + \(Int64(present.count)),
        size_bytes = size_bytes + \(step.sizeBytes), added = added + \(Int64(fresh.count - replaced.count)), changed = changed + \(Int64(replaced.count)),
        gone = gone + \(Int64(gone)), passed_over = passed_over + \(Int64(step.passedOver)), problem = NULL,
        finished_at = CASE WHEN \(step.isLast) THEN now() END
      WHERE dataset_id = \(work.dataset) AND number = \(work.number)
      """)
  }

  /// Keys that are marked as gone by one statement.
  private static let goneAtOnce = 10_000

  /// Ends the present states of objects.
  ///
  /// - Returns: those that there were, with their tags.
  private static func end(
    _ keys: [String], of work: FileSetWork, on connection: PostgresConnection
  ) throws -> [(PostgresText, PostgresText?)] {
    guard !keys.isEmpty else { return [] }
    return try connection.query(
      """
      UPDATE file_set_objects SET gone_in = \(work.number)
      WHERE dataset_id = \(work.dataset) AND gone_in IS NULL AND key = ANY(\(keys)) RETURNING key, tags::text
      """
    ) { row in (try row[0] as PostgresText, try row[1] as PostgresText?) }
  }

  /// Says why an index has to wait.
  package func note(_ problem: String, of work: FileSetWork, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        """
        UPDATE file_set_indexes SET problem = \(String(problem.prefix(2_000)))
        WHERE dataset_id = \(work.dataset) AND number = \(work.number) AND finished_at IS NULL
        """)
    }
  }

  /// Ends an index that cannot be done. What it has taken in is put right by the next one; nothing shows it until then.
  package func fail(_ work: FileSetWork, _ problem: String, by job: LeasedJob, _ authorization: Authorization) async throws {
    let event = AuditEvent(authorization, after: ["index": .int64(work.number), "problem": .string(String(problem.prefix(2_000)))])
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      let done = try connection.execute("DELETE FROM jobs WHERE id = \(job.id) AND lease = \(job.lease)")
      guard done == 1 else { throw CatalogError.commitFailed("The job was taken over by another server") }
      try connection.execute(
        """
        UPDATE file_set_indexes SET finished_at = now(), problem = \(String(problem.prefix(2_000)))
        WHERE dataset_id = \(work.dataset) AND number = \(work.number) AND finished_at IS NULL
        """)
    }
  }
}

/// By what a change of an object is seen.
package struct KnownObject: Hashable, Sendable {
  package let sizeBytes: Int64
  package let modifiedAtMs: Int64
  package let etag: String?
}
