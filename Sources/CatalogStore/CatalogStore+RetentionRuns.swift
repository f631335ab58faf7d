import Governance
import Postgres
import TransparencyLog

extension CatalogStore {
  private static let runColumns: SQL = """
    r.id, r.dataset_id, r.identifier, r.state, r.removes_orphans, r.asked_by, r.asked_at, r.finished_at, r.checked_version, r.outcome,
    r.problem, r.files_outside, (SELECT count(*) FROM retention_snapshots s WHERE s.run_id = r.id),
    f.files, f.bytes, f.deleted_files, f.deleted_bytes
    """
  private static let runTables: SQL = """
    retention_runs r, LATERAL (
      SELECT count(*) AS files, coalesce(sum(size_bytes), 0)::bigint AS bytes, count(deleted_at) AS deleted_files,
        coalesce(sum(size_bytes) FILTER (WHERE deleted_at IS NOT NULL), 0)::bigint AS deleted_bytes
      FROM retention_files WHERE run_id = r.id) f
    """

  private static func run(_ row: PostgresRow) throws -> RetentionRun {
    let state: String = try row[3]
    guard let state = RetentionRun.State(rawValue: state) else {
      throw CatalogError.unavailable("A run that is \(state) needs a newer server")
    }
    return RetentionRun(
      id: try row[0], dataset: try row[1], path: try DatasetPath(stored: row[2]), state: state, removesOrphans: try row[4],
      askedBy: try row[5], askedAt: try row[6], finishedAt: try row[7], checkedVersion: try row[8], outcome: try row[9],
      problem: try row[10], filesOutside: try row[11], snapshots: try row[12], files: try row[13], sizeBytes: try row[14],
      deletedFiles: try row[15], deletedBytes: try row[16])
  }

  // MARK: Beginning

  /// Puts a look at each of some tables on the list; those that wait for one already keep theirs.
  ///
  /// - Returns: the run of each that is there, in the order given.
  package func startRetention(
    of tables: [DatasetPath], removesOrphans: Bool, _ authorization: Authorization, answer: @escaping @Sendable ([RetentionRun]) -> [UInt8]
  ) async throws -> [RetentionRun] {
    try await untilUnmoved("The tables") {
      try await tryToStartRetention(of: tables, removesOrphans: removesOrphans, authorization, answer: answer)
    }
  }

  private func tryToStartRetention(
    of tables: [DatasetPath], removesOrphans: Bool, _ authorization: Authorization, answer: @escaping @Sendable ([RetentionRun]) -> [UInt8]
  ) async throws -> [RetentionRun] {
    let context = authorization.context
    let names = tables.map { PostgresText($0.text) }
    // Read first, so that the answer can be recorded with the change.
    let ids = tables.map { _ in RetentionRunID.new() }
    let runs = try await pool.run { connection in
      try connection.query(
        """
        SELECT coalesce(r.id, a.run), d.id, d.identifier, coalesce(r.state, 'waiting'),
          CASE WHEN coalesce(r.state, 'waiting') = 'waiting' THEN coalesce(r.removes_orphans, false) OR \(removesOrphans)
            ELSE r.removes_orphans END,
          coalesce(r.asked_by, \(context.principal)), coalesce(r.asked_at, \(context.time))
        FROM unnest(\(names), \(ids.map(\.uuid))) WITH ORDINALITY AS a (name, run, place)
        JOIN datasets d ON d.identifier = a.name AND d.dropped_at IS NULL AND d.kind = 'table'
        LEFT JOIN retention_runs r ON r.dataset_id = d.id AND r.finished_at IS NULL
        ORDER BY a.place
        """
      ) { row -> RetentionRun in
        let state: String = try row[3]
        return RetentionRun(
          id: try row[0], dataset: try row[1], path: try DatasetPath(stored: row[2]),
          state: RetentionRun.State(rawValue: state) ?? .waiting,
          removesOrphans: try row[4], askedBy: try row[5], askedAt: try row[6], finishedAt: nil, checkedVersion: 0, outcome: nil,
          problem: nil, filesOutside: 0, snapshots: 0, files: 0, sizeBytes: 0, deletedFiles: 0, deletedBytes: 0)
      }
    }
    let event = AuditEvent(
      authorization, after: ["runs": .array(runs.map { .string($0.id.description) }), "orphans": .bool(removesOrphans)])
    try await commit(Change(authorization, event: event, answer: .json(answer(runs)))) { connection in
      try Self.insert(runs, on: connection)
    }
    return runs
  }

  private static func insert(_ runs: [RetentionRun], on connection: PostgresConnection) throws {
    for run in runs where run.state == .waiting {
      // One that waits already is asked for more; one that somebody else has put there meanwhile is not the one that was read.
      let count = try connection.execute(
        """
        INSERT INTO retention_runs AS r (id, dataset_id, identifier, state, removes_orphans, asked_by, asked_at)
        VALUES (\(run.id), \(run.dataset), \(run.path.text), 'waiting', \(run.removesOrphans), \(run.askedBy), \(run.askedAt))
        ON CONFLICT (dataset_id) WHERE finished_at IS NULL DO UPDATE SET removes_orphans = EXCLUDED.removes_orphans
          WHERE r.id = EXCLUDED.id AND r.state = 'waiting'
        """)
      guard count == 1 else { throw VersionMoved() }
    }
    try enqueueRetention(of: runs.map(\.dataset), on: connection)
  }

  private static func enqueueRetention(of datasets: [DatasetID], on connection: PostgresConnection) throws {
    try connection.execute(
      """
      INSERT INTO jobs (id, kind, dataset_id) SELECT gen_random_uuid(), 'retention', d FROM unnest(\(datasets.map(\.uuid))) d
      ON CONFLICT (dataset_id) WHERE kind = 'retention' DO UPDATE SET run_at = least(jobs.run_at, now())
      """)
  }

  /// Puts every table on the list that a rule with a maximum is for and that was not looked at for a while.
  ///
  /// - Returns: how many.
  package func scheduleRetention(
    every interval: Duration, orphansEvery orphanInterval: Duration, _ authorization: Authorization
  ) async throws -> Int {
    let context = authorization.context
    return try await pool.transaction { connection in
      // The jobs of what was purged have gone with it.
      try connection.execute(
        """
        UPDATE retention_runs r SET state = 'stopped', problem = 'The table is gone', finished_at = now()
        WHERE finished_at IS NULL AND NOT EXISTS (SELECT FROM jobs j WHERE j.dataset_id = r.dataset_id AND j.kind = 'retention')
        """)
      let datasets = try connection.query(
        """
        INSERT INTO retention_runs (id, dataset_id, identifier, state, removes_orphans, asked_by, asked_at)
        SELECT gen_random_uuid(), d.id, d.identifier, 'waiting',
          NOT EXISTS (SELECT FROM retention_looks o WHERE o.dataset_id = d.id
            AND o.orphans_at > now() - make_interval(secs => \(Double(orphanInterval.components.seconds)))),
          \(context.principal), \(context.time)
        FROM datasets d LEFT JOIN retention_looks l ON l.dataset_id = d.id
        WHERE d.kind = 'table' AND d.dropped_at IS NULL
          AND (l.looked_at IS NULL OR l.looked_at <= now() - make_interval(secs => \(Double(interval.components.seconds))))
          AND EXISTS (SELECT FROM retention_rules r WHERE r.ended_at IS NULL AND r.has_maximum
            AND lies_within(d.id, d.warehouse_id, d.namespace_id, d.tags, r.object_kind, r.object_id, r.tag_key, r.tag_value))
        ON CONFLICT DO NOTHING RETURNING dataset_id
        """
      ) { row in try row[0] as DatasetID }
      if !datasets.isEmpty { try Self.enqueueRetention(of: datasets, on: connection) }
      return datasets.count
    }
  }

  // MARK: Reading

  package func retentionRun(_ id: RetentionRunID) async throws -> RetentionRun? {
    try await pool.run { connection in
      try connection.first("SELECT \(Self.runColumns) FROM \(Self.runTables) WHERE r.id = \(id)", Self.run)
    }
  }

  package func retentionUnderWay(of dataset: DatasetID, _: Authorization) async throws -> RetentionRun? {
    try await pool.run { connection in
      try connection.first(
        "SELECT \(Self.runColumns) FROM \(Self.runTables) WHERE r.dataset_id = \(dataset) AND r.finished_at IS NULL", Self.run)
    }
  }

  /// Runs, the newest first.
  ///
  /// - Parameter dataset: of this one alone.
  package func retentionRuns(of dataset: DatasetID?, _ page: PageRequest, _: Authorization) async throws -> Page<RetentionRun> {
    let before = try Self.uuid(page)
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.runColumns) FROM \(Self.runTables)
        WHERE (\(dataset)::uuid IS NULL OR r.dataset_id = \(dataset)::uuid) AND (\(before)::uuid IS NULL OR r.id < \(before)::uuid)
        ORDER BY r.id DESC LIMIT \(Int64(page.size + 1))
        """, Self.run)
    }
    return Page(rows, size: page.size, key: \.id.description, element: { $0 })
  }

  private static func uuid(_ page: PageRequest) throws -> PostgresUUID? {
    try page.after.map { text in
      guard let id = PostgresUUID(text) else { throw PageRequest.foreignToken }
      return id
    }
  }

  /// The evidence of a run, by path.
  package func retentionFiles(of run: RetentionRunID, _ page: PageRequest, _: Authorization) async throws -> Page<DeletedFile> {
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT f.path, f.kind, f.size_bytes, f.snapshot_id, (SELECT g.name FROM retention_snapshots s JOIN retention_rules g ON g.id = s.rule_id
          WHERE s.run_id = f.run_id AND s.snapshot_id = f.snapshot_id), f.deleted_at
        FROM retention_files f WHERE f.run_id = \(run) AND f.path > \(page.after ?? "") ORDER BY f.path LIMIT \(Int64(page.size + 1))
        """
      ) { row in
        let kind: Int16 = try row[1]
        return DeletedFile(
          path: try row[0], kind: FileReachability.Kind(rawValue: kind) ?? .orphan, sizeBytes: try row[2], snapshotID: try row[3],
          rule: try row[4], deletedAt: try row[5])
      }
    }
    return Page(rows, size: page.size, key: \.path, element: { $0 })
  }
}
