import Postgres
import TransparencyLog

/// Work that outlives a request.
package enum JobKind: String, Sendable, CaseIterable {
  /// Deletes the files of a dropped dataset, then its row.
  case purge
  /// Removes metadata files that a crashed server wrote and never committed.
  case sweep
  /// Lists what lies below a dataset's location.
  case index
  /// Reads the log of a Delta or Hudi table.
  case refresh
  /// Expires a table's snapshots and deletes what nothing reaches any more.
  case retention
}

/// A job that this process holds for a while.
package struct LeasedJob: Sendable {
  package let id: JobID
  package let kind: JobKind
  package let dataset: DatasetID?
  /// How often it was begun, this time included.
  package let attempts: Int
  let lease: PostgresUUID
}

extension CatalogStore {
  /// How long a lease lasts unless it is renewed.
  package static let leaseDuration = Duration.seconds(60)

  static func enqueue(_ kind: JobKind, for dataset: DatasetID, on connection: PostgresConnection) throws {
    try connection.execute("INSERT INTO jobs (id, kind, dataset_id) VALUES (\(JobID.new()), \(kind.rawValue), \(dataset))")
  }

  /// Takes the job that has waited longest, if one is due. Several servers may ask at once; each job goes to one.
  ///
  /// - Parameter kinds: of these.
  package func leaseJob(of kinds: [JobKind] = JobKind.allCases, _: Authorization) async throws -> LeasedJob? {
    let lease = PostgresUUID.random()
    let kinds = kinds.map(\.rawValue)
    return try await pool.run { connection in
      try connection.first(
        """
        UPDATE jobs SET lease = \(lease), leased_until = now() + make_interval(secs => \(Double(Self.leaseDuration.components.seconds))),
          attempts = attempts + 1
        WHERE id = (SELECT id FROM jobs
          WHERE finished_at IS NULL AND run_at <= now() AND (leased_until IS NULL OR leased_until < now()) AND kind = ANY(\(kinds))
          ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING id, kind, dataset_id, attempts
        """
      ) { row in
        let kind: String = try row[1]
        let attempts: Int32 = try row[3]
        return LeasedJob(
          id: try row[0], kind: JobKind(rawValue: kind) ?? .sweep, dataset: try row[2], attempts: Int(attempts), lease: lease)
      }
    }
  }

  /// - Returns: `false` when somebody else has taken the job over: stop working on it.
  package func renew(_ job: LeasedJob, _: Authorization) async throws -> Bool {
    try await pool.run { connection in
      try connection.execute(
        """
        UPDATE jobs SET leased_until = now() + make_interval(secs => \(Double(Self.leaseDuration.components.seconds)))
        WHERE id = \(job.id) AND lease = \(job.lease) AND finished_at IS NULL
        """) == 1
    }
  }

  /// Puts a job back to be tried later, saying why it failed.
  package func postpone(_ job: LeasedJob, by delay: Duration, error: String, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        """
        UPDATE jobs SET lease = NULL, leased_until = NULL, last_error = \(String(error.prefix(2_000))),
          run_at = now() + make_interval(secs => \(Double(delay.components.seconds)))
        WHERE id = \(job.id) AND lease = \(job.lease)
        """)
    }
  }

  /// Puts a job that has got somewhere back to the others: it goes on when those have had their turn.
  package func pause(_ job: LeasedJob, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        """
        UPDATE jobs SET lease = NULL, leased_until = NULL, run_at = now() WHERE id = \(job.id) AND lease = \(job.lease)
        """)
    }
  }

  /// Ends a purge: the dataset's row goes with everything below it, and the trail says so.
  package func finishPurge(_ job: LeasedJob, deletedFiles: Int, _ authorization: Authorization) async throws {
    let event = AuditEvent(authorization, after: ["deleted-files": .int64(Int64(deletedFiles))])
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      let done = try connection.execute("DELETE FROM jobs WHERE id = \(job.id) AND lease = \(job.lease)")
      guard done == 1 else { throw CatalogError.commitFailed("The job was taken over by another server") }
      guard let dataset = job.dataset else { return }
      try connection.execute("DELETE FROM jobs WHERE dataset_id = \(dataset)")
      try connection.execute("DELETE FROM datasets WHERE id = \(dataset) AND dropped_at IS NOT NULL")
    }
  }

  /// Ends a job that changed no dataset.
  package func finish(_ job: LeasedJob, _: Authorization) async throws {
    _ = try await pool.run { connection in try connection.execute("DELETE FROM jobs WHERE id = \(job.id) AND lease = \(job.lease)") }
  }

  /// Puts a sweep on the list for every table that changed within a day and has none waiting.
  package func scheduleSweeps(after delay: Duration, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        """
        INSERT INTO jobs (id, kind, dataset_id, run_at)
        SELECT gen_random_uuid(), 'sweep', id, now() + make_interval(secs => \(Double(delay.components.seconds)))
        FROM datasets d WHERE changed_at > now() - interval '1 day' AND dropped_at IS NULL AND kind = 'table'
          AND NOT EXISTS (SELECT 1 FROM jobs WHERE dataset_id = d.id AND kind = 'sweep')
        """)
    }
  }

  /// Other datasets, dropped ones included, whose location is the given one, in it, or around it, or whose metadata file is in it.
  ///
  /// - Parameter spellings: of the location; the first is canonical, as the column holds it.
  package func datasetsSharing(_ spellings: [String], except id: DatasetID, _: Authorization) async throws -> [DatasetID] {
    let location = spellings[0]
    // Bytes: to a Swift character, a slash with a combining accent behind it is no slash.
    let bytes = Array(location.utf8)
    let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "/") } + [bytes.count]
    let around = ends.map { String(decoding: bytes[..<$0], as: UTF8.self) }
    return try await pool.run { connection in
      try connection.query(
        """
        SELECT id FROM datasets WHERE id <> \(id)
          AND (location = ANY(\(around)) OR starts_with(location, \(location + "/"))
            OR EXISTS (SELECT 1 FROM unnest(\(spellings.map { $0 + "/" })) AS s (prefix) WHERE starts_with(metadata_location, s.prefix)))
        """
      ) { row in try row[0] }
    }
  }

  /// How many jobs wait or run, for metrics.
  package func unfinishedJobs() async throws -> Int {
    try await pool.run { connection in
      Int(try connection.first("SELECT count(*) FROM jobs WHERE finished_at IS NULL") { row in try row[0] as Int64 } ?? 0)
    }
  }
}
