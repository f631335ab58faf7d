package import Governance
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
    let context = authorization.context
    let names = tables.map { PostgresText($0.text) }
    // Read first, so that the answer can be recorded with the change.
    let ids = tables.map { _ in RetentionRunID.new() }
    let runs = try await pool.run { connection in
      try connection.query(
        """
        SELECT coalesce(r.id, a.run), d.id, d.identifier, coalesce(r.state, 'waiting'), coalesce(r.removes_orphans, \(removesOrphans)),
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
      try connection.execute(
        """
        INSERT INTO retention_runs (id, dataset_id, identifier, state, removes_orphans, asked_by, asked_at)
        VALUES (\(run.id), \(run.dataset), \(run.path.text), 'waiting', \(run.removesOrphans), \(run.askedBy), \(run.askedAt))
        ON CONFLICT DO NOTHING
        """)
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

  // MARK: Going on

  /// Writes down which snapshots a run is about to expire, in place of what was written before: of those, what is gone already stays.
  ///
  /// - Parameter staying: snapshots that the table has and keeps.
  package func write(
    _ snapshots: [RetiringSnapshot], of run: RetentionRun, forgetting staying: [Int64], _: Authorization
  ) async throws {
    try await pool.transaction { connection in
      try connection.execute("UPDATE retention_runs SET state = 'expiring', problem = NULL WHERE id = \(run.id)")
      try connection.execute("DELETE FROM retention_snapshots WHERE run_id = \(run.id) AND snapshot_id = ANY(\(staying))")
      for snapshot in snapshots {
        try connection.execute(
          """
          INSERT INTO retention_snapshots (run_id, snapshot_id, timestamp_ms, manifest_list, manifests, statistics, rule_id, due_at)
          VALUES (\(run.id), \(snapshot.snapshotID), \(snapshot.timestampMs), \(snapshot.manifestList), \(snapshot.manifests),
            \(snapshot.statistics), \(snapshot.rule), \(PostgresTimestamp(milliseconds: snapshot.dueAtMs)))
          ON CONFLICT (run_id, snapshot_id) DO UPDATE SET statistics = EXCLUDED.statistics, rule_id = EXCLUDED.rule_id,
            due_at = EXCLUDED.due_at
          """)
      }
    }
  }

  /// What a run has expired, or was about to, the oldest first.
  package func retiringSnapshots(of run: RetentionRun, _: Authorization) async throws -> [RetiringSnapshot] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT snapshot_id, timestamp_ms, manifest_list, manifests, statistics, rule_id, due_at FROM retention_snapshots
        WHERE run_id = \(run.id) ORDER BY timestamp_ms, snapshot_id
        """
      ) { row in
        let due: PostgresTimestamp = try row[6]
        return RetiringSnapshot(
          snapshotID: try row[0], timestampMs: try row[1], manifestList: try row[2], manifests: try row[3], statistics: try row[4],
          rule: try row[5], dueAtMs: due.milliseconds)
      }
    }
  }

  /// Begins to find files anew: what an interrupted try had found is forgotten.
  package func beginGathering(_ run: RetentionRun, _: Authorization) async throws {
    try await pool.transaction { connection in
      try connection.execute("DELETE FROM retention_files WHERE run_id = \(run.id) AND deleted_at IS NULL")
      try connection.execute("UPDATE retention_runs SET state = 'gathering', files_outside = 0 WHERE id = \(run.id)")
    }
  }

  /// Writes down files that a run may delete.
  package func add(_ files: [FileReachability.Candidate], to run: RetentionRun, _: Authorization) async throws {
    var rest = files[...]
    while !rest.isEmpty {
      let part = Array(rest.prefix(5_000))
      rest = rest.dropFirst(part.count)
      _ = try await pool.run { connection in
        try connection.execute(
          """
          INSERT INTO retention_files (run_id, kind, path, size_bytes, snapshot_id)
          SELECT \(run.id), f.kind, f.path, f.size, f.snapshot
          FROM unnest(\(part.map { Int64($0.kind.rawValue) }), \(part.map { PostgresText($0.path) }), \(part.map(\.sizeBytes)),
            \(part.map(\.snapshotID))) AS f (kind, path, size, snapshot)
          ON CONFLICT DO NOTHING
          """)
      }
    }
  }

  /// All files are written down that the table at `version` does not reach.
  package func beginDeleting(_ run: RetentionRun, at version: Int64, outside: Int, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        """
        UPDATE retention_runs SET state = 'deleting', checked_version = \(version), files_outside = \(Int64(outside)) WHERE id = \(run.id)
        """)
    }
  }

  /// Files that something reaches after all stay.
  package func forget(_ paths: [String], of run: RetentionRun, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        "DELETE FROM retention_files WHERE run_id = \(run.id) AND deleted_at IS NULL AND path = ANY(\(paths.map { PostgresText($0) }))")
    }
  }

  package func setChecked(_ run: RetentionRun, at version: Int64, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute("UPDATE retention_runs SET checked_version = \(version) WHERE id = \(run.id)")
    }
  }

  /// The present version of a living table, and its snapshots that came after another version.
  package func snapshotsAdded(
    to dataset: DatasetID, after version: Int64, _: Authorization
  ) async throws -> (version: Int64, snapshots: Set<Int64>)? {
    try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
      let now = try connection.first("SELECT version FROM datasets WHERE id = \(dataset) AND dropped_at IS NULL") { row in
        try row[0] as Int64
      }
      guard let now else { return nil }
      guard now != version else { return (now, []) }
      let added = try connection.query("SELECT snapshot_id FROM snapshots WHERE dataset_id = \(dataset) AND added_in > \(version)") { row in
        try row[0] as Int64
      }
      return (now, Set(added))
    }
  }

  /// The next files to delete, in order.
  package func filesToDelete(of run: RetentionRun, limit: Int, _: Authorization) async throws -> [String] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT path FROM retention_files WHERE run_id = \(run.id) AND deleted_at IS NULL ORDER BY kind, path LIMIT \(Int64(limit))
        """
      ) { row in try row[0] as String }
    }
  }

  package func markDeleted(_ paths: [String], of run: RetentionRun, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        "UPDATE retention_files SET deleted_at = now() WHERE run_id = \(run.id) AND path = ANY(\(paths.map { PostgresText($0) }))")
    }
  }

  package func note(_ problem: String, of run: RetentionRun, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute("UPDATE retention_runs SET problem = \(String(problem.prefix(2_000))) WHERE id = \(run.id)")
    }
  }

  /// Ends a run and its job, with an event that says what was done. One that found nothing to do leaves nothing, unless a person asked.
  package func finish(
    _ run: RetentionRun, as state: RetentionRun.State, outcome: String?, problem: String? = nil, by job: LeasedJob,
    _ authorization: Authorization
  ) async throws {
    let now = try await retentionRun(run.id) ?? run
    let isIdle = state == .done && outcome == nil && now.snapshots == 0 && now.files == 0
    if isIdle, run.askedBy == authorization.context.principal {
      return try await pool.transaction { connection in
        try Self.looked(at: run, on: connection)
        try connection.execute("DELETE FROM retention_runs WHERE id = \(run.id)")
        try connection.execute("DELETE FROM jobs WHERE id = \(job.id) AND lease = \(job.lease)")
      }
    }
    let event = AuditEvent(
      authorization,
      after: [
        "run": .string(run.id.description), "state": .string(state.rawValue), "outcome": outcome.map { .string($0) } ?? .null,
        "expired-snapshots": .int64(now.snapshots), "deleted-files": .int64(now.deletedFiles), "deleted-bytes": .int64(now.deletedBytes),
      ])
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      let done = try connection.execute("DELETE FROM jobs WHERE id = \(job.id) AND lease = \(job.lease)")
      guard done == 1 else { throw CatalogError.commitFailed("The job was taken over by another server") }
      try Self.looked(at: run, on: connection)
      try connection.execute(
        """
        UPDATE retention_runs SET state = \(state.rawValue), outcome = \(outcome), problem = \(problem), finished_at = now()
        WHERE id = \(run.id)
        """)
    }
  }

  private static func looked(at run: RetentionRun, on connection: PostgresConnection) throws {
    try connection.execute(
      """
      INSERT INTO retention_looks (dataset_id, looked_at, orphans_at)
      SELECT id, now(), CASE WHEN \(run.removesOrphans) THEN now() END FROM datasets WHERE id = \(run.dataset)
      ON CONFLICT (dataset_id) DO UPDATE SET looked_at = now(), orphans_at = coalesce(EXCLUDED.orphans_at, retention_looks.orphans_at)
      """)
  }

  // MARK: What must stay

  /// Metadata files that training inputs of a table name as evidence.
  package func metadataInEvidence(of dataset: DatasetID, _: Authorization) async throws -> [String] {
    try await pool.run { connection in
      try connection.query(
        "SELECT DISTINCT metadata_location FROM training_inputs WHERE dataset_id = \(dataset) AND metadata_location IS NOT NULL"
      ) { row in try row[0] as String }
    }
  }

  /// Tables that may reach files of a place though they lie elsewhere: a snapshot of theirs, or a property, names it; or they say that
  /// their files may be others' (`gc.enabled`).
  ///
  /// - Parameter spellings: of the place.
  package func tablesNaming(_ spellings: [String], except id: DatasetID, _: Authorization) async throws -> [DatasetID] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT d.id FROM datasets d WHERE d.id <> \(id) AND d.kind = 'table'
          AND (EXISTS (SELECT FROM snapshots s, unnest(\(spellings.map { $0 + "/" })) AS p (prefix)
              WHERE s.dataset_id = d.id AND starts_with(s.manifest_list, p.prefix))
            OR EXISTS (SELECT FROM json_each_text(d.head::json -> 'properties') AS h (key, value), unnest(\(spellings)) AS p (place)
              WHERE starts_with(h.value, p.place) OR h.key = 'gc.enabled' AND lower(h.value) = 'false'))
        ORDER BY d.id
        """
      ) { row in try row[0] as DatasetID }
    }
  }
}
