import Governance
import JSON
import Postgres
import TransparencyLog

extension CatalogStore {
  private static func refresh(_ row: PostgresRow) throws -> DatasetRefresh {
    DatasetRefresh(
      asked: try row[0], begun: try row[1], done: try row[2], askedAt: try row[3], finishedAt: try row[4], problem: try row[5],
      waitsFor: try row[6], filesRead: try row[7], filesWanted: try row[8])
  }

  /// `nil` for what was never asked for.
  package func refresh(of dataset: DatasetID, _: Authorization) async throws -> DatasetRefresh? {
    try await pool.run { connection in
      try connection.first(
        """
        SELECT asked, begun, done, asked_at, finished_at, problem, waits_for, files_read, files_wanted
        FROM dataset_refreshes WHERE dataset_id = \(dataset) AND asked > 0
        """, Self.refresh)
    }
  }

  /// Asks for a refresh, with a job that does it, unless one waits to be begun: that one will read what there is now.
  ///
  /// - Returns: the one that was asked for or waits, and whether it was asked for now.
  package func startRefresh(
    of dataset: DatasetID, _ authorization: Authorization, answer: (DatasetRefresh) -> [UInt8]
  ) async throws -> (refresh: DatasetRefresh, isNew: Bool) {
    try await untilUnmoved("The refresh") {
      let last = try await refresh(of: dataset, authorization)
      if let last, last.isWaiting {
        try await pool.transaction { connection in try Self.enqueueRefresh(of: dataset, on: connection) }
        return (last, false)
      }
      let made = DatasetRefresh(
        asked: (last?.asked ?? 0) + 1, begun: last?.begun ?? 0, done: last?.done ?? 0, askedAt: authorization.context.time,
        finishedAt: last?.finishedAt, problem: last?.problem, waitsFor: nil, filesRead: 0, filesWanted: 0)
      let event = AuditEvent(authorization, after: ["refresh": .int64(made.asked)])
      try await commit(Change(authorization, event: event, answer: .json(answer(made)))) { connection in
        // Held until the end: a dropped dataset is refreshed no more.
        let living = try connection.first("SELECT true FROM datasets WHERE id = \(dataset) AND dropped_at IS NULL FOR KEY SHARE") { row in
          try row[0] as Bool
        }
        guard living != nil else { throw CatalogError.noSuchDataset("The dataset was dropped meanwhile") }
        let count = try connection.execute(
          """
          INSERT INTO dataset_refreshes AS r (dataset_id, asked, asked_at) VALUES (\(dataset), 1, \(made.askedAt))
          ON CONFLICT (dataset_id) DO UPDATE SET asked = r.asked + 1, asked_at = excluded.asked_at, waits_for = NULL, is_readable = true
          WHERE r.asked = \(made.asked - 1)
          """)
        guard count == 1 else { throw VersionMoved() }
        try Self.enqueueRefresh(of: dataset, on: connection)
      }
      return (made, true)
    }
  }

  /// Has a job for it, which is due. The row of the refresh is locked or new, so that no two are made.
  private static func enqueueRefresh(of dataset: DatasetID, on connection: PostgresConnection) throws {
    try connection.execute("SELECT FROM dataset_refreshes WHERE dataset_id = \(dataset) FOR UPDATE")
    let waiting = try connection.execute(
      "UPDATE jobs SET run_at = least(run_at, now()) WHERE dataset_id = \(dataset) AND kind = \(JobKind.refresh.rawValue)")
    if waiting == 0 { try enqueue(.refresh, for: dataset, on: connection) }
  }

  /// Notes of a dataset that is being made what is to be read of it.
  static func begin(_ refresh: FirstRefresh, of dataset: DatasetID, on connection: PostgresConnection) throws {
    switch refresh {
    case .due:
      try connection.execute("INSERT INTO dataset_refreshes (dataset_id) VALUES (\(dataset))")
      try enqueueRefresh(of: dataset, on: connection)
    case .impossible(let problem):
      try connection.execute(
        """
        INSERT INTO dataset_refreshes (dataset_id, asked, begun, done, finished_at, problem, is_readable)
        VALUES (\(dataset), 1, 1, 1, now(), \(problem), false)
        """)
    }
  }

  /// Asks for a refresh of every dataset whose last one is longer ago, some at once.
  ///
  /// - Returns: how many there were.
  package func scheduleRefreshes(olderThan age: Duration, limit: Int, _: Authorization) async throws -> Int {
    try await pool.transaction { connection in
      let due = try connection.query(
        """
        UPDATE dataset_refreshes SET asked = asked + 1, asked_at = now(), waits_for = NULL
        WHERE dataset_id IN (
          SELECT r.dataset_id FROM dataset_refreshes r JOIN datasets d ON d.id = r.dataset_id
          WHERE r.is_readable AND r.done = r.asked AND d.dropped_at IS NULL
            AND (r.finished_at IS NULL OR r.finished_at <= now() - make_interval(secs => \(Double(age.components.seconds))))
          ORDER BY r.finished_at NULLS FIRST LIMIT \(Int64(limit)) FOR UPDATE OF r SKIP LOCKED)
        RETURNING dataset_id
        """
      ) { row in try row[0] as DatasetID }
      for dataset in due { try Self.enqueueRefresh(of: dataset, on: connection) }
      return due.count
    }
  }

  // MARK: The job

  /// Begins what was asked for; `nil` when there is nothing.
  package func beginRefresh(_ job: LeasedJob, _: Authorization) async throws -> RefreshWork? {
    guard let dataset = job.dataset else { return nil }
    return try await pool.run { connection in
      try connection.first(
        """
        UPDATE dataset_refreshes r SET begun = r.asked, files_read = 0, files_wanted = 0
        FROM datasets d WHERE r.dataset_id = \(dataset) AND d.id = r.dataset_id AND r.done < r.asked
        RETURNING r.begun, d.warehouse_id, d.identifier, d.format, d.location, d.dropped_at IS NOT NULL, r.problem
        """
      ) { row in
        guard let format = try DatasetFormat(stored: row[3]) else { return nil }
        return RefreshWork(
          dataset: dataset, number: try row[0], warehouse: try row[1], path: try row[2], format: format, location: try row[4],
          isDropped: try row[5], problem: try row[6])
      } ?? nil
    }
  }

  /// What is stored of the dataset that is read; `nil` for one that was dropped.
  package func base(of work: RefreshWork, _: Authorization) async throws -> RefreshBase? {
    try await pool.run { connection in
      try connection.first("SELECT version, head FROM datasets WHERE id = \(work.dataset) AND dropped_at IS NULL") { row in
        RefreshBase(version: try row[0], description: try DatasetDescription(json: JSONDocument(parsing: row.bytes(1)).root))
      }
    }
  }

  /// Says how far a refresh has got.
  package func note(filesRead: Int, of wanted: Int, _ work: RefreshWork, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        """
        UPDATE dataset_refreshes SET files_read = \(Int64(filesRead)), files_wanted = \(Int64(wanted)), waits_for = NULL
        WHERE dataset_id = \(work.dataset) AND begun = \(work.number)
        """)
    }
  }

  /// Says why a refresh has to wait.
  package func note(_ problem: String, of work: RefreshWork, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        "UPDATE dataset_refreshes SET waits_for = \(String(problem.prefix(2_000))) WHERE dataset_id = \(work.dataset)")
    }
  }

  /// Takes in what was read, and ends the job unless more was asked for meanwhile.
  ///
  /// - Parameters:
  ///   - description: what the dataset's becomes; `nil` when it stays as it is.
  ///   - change: with the event that goes with it.
  /// - Returns: `false`, with nothing changed, when the dataset is not what it was.
  /// - Throws: ``CatalogError/commitFailed(_:)`` when another server has taken the job over.
  package func finish(
    _ work: RefreshWork, by job: LeasedJob, _ base: RefreshBase, becoming description: DatasetDescription, _: Authorization,
    _ change: Change
  ) async throws -> Bool {
    do {
      try await commit(change) { connection in
        let changesSchema = description.columns != base.description.columns
        let count = try connection.execute(
          """
          UPDATE datasets SET version = version + 1, head = \(PostgresText(description.jsonText)), changed_at = now(),
            schema_changes = schema_changes + \(changesSchema ? 1 : 0)::bigint
          WHERE id = \(work.dataset) AND version = \(base.version) AND dropped_at IS NULL
          """)
        guard count == 1 else { throw VersionMoved() }
        try Self.end(work, by: job, problem: nil, on: connection)
      }
      return true
    } catch is VersionMoved {
      return false
    }
  }

  /// Ends a refresh that found nothing new, or whose problem is known.
  package func finish(_ work: RefreshWork, by job: LeasedJob, problem: String?, isReadable: Bool = true, _: Authorization) async throws {
    try await pool.transaction { connection in
      try Self.end(work, by: job, problem: problem, isReadable: isReadable, on: connection)
    }
  }

  /// Ends a refresh that failed otherwise than the one before. What is known of the dataset stays.
  package func fail(
    _ work: RefreshWork, _ problem: String, isReadable: Bool, by job: LeasedJob, _ authorization: Authorization
  ) async throws {
    let event = AuditEvent(authorization, after: ["refresh": .int64(work.number), "problem": .string(problem)])
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      try Self.end(work, by: job, problem: problem, isReadable: isReadable, on: connection)
    }
  }

  private static func end(
    _ work: RefreshWork, by job: LeasedJob, problem: String?, isReadable: Bool = true, on connection: PostgresConnection
  ) throws {
    // The refresh is locked before the job, as by those who ask for one.
    let asked = try connection.first(
      """
      UPDATE dataset_refreshes SET done = \(work.number), finished_at = now(), problem = \(problem), waits_for = NULL,
        is_readable = \(isReadable)
      WHERE dataset_id = \(work.dataset) AND begun = \(work.number) RETURNING asked
      """
    ) { row in try row[0] as Int64 }
    let ended =
      asked == work.number
      ? try connection.execute("DELETE FROM jobs WHERE id = \(job.id) AND lease = \(job.lease)")
      : try connection.execute(
        """
        UPDATE jobs SET lease = NULL, leased_until = NULL, attempts = 0, run_at = now() WHERE id = \(job.id) AND lease = \(job.lease)
        """)
    guard asked != nil, ended == 1 else { throw CatalogError.commitFailed("The job was taken over by another server") }
  }
}
