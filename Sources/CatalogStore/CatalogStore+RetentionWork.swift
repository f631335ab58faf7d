package import Governance
import Postgres
import TransparencyLog

// What a run writes down on its way.

extension CatalogStore {
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

  /// The present version of a table, dropped or not, and its snapshots that came after another version; `nil` for one that is gone.
  package func snapshotsAdded(
    to dataset: DatasetID, after version: Int64, _: Authorization
  ) async throws -> (version: Int64, snapshots: Set<Int64>)? {
    try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
      let now = try connection.first("SELECT version FROM datasets WHERE id = \(dataset)") { row in try row[0] as Int64 }
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

  /// Tables that may reach files of a place though they lie elsewhere: a snapshot of theirs or their metadata names it, or they say that
  /// their files may be others' (`gc.enabled`). All tables are looked at, a number of them at a time.
  ///
  /// - Parameter spellings: of the place.
  package func tablesNaming(_ spellings: [String], except id: DatasetID, _: Authorization) async throws -> [DatasetID] {
    // Without the scheme: s3, s3a and s3n are one. In a head, some characters may be escaped; then every head is taken to name it.
    let place = spellings[0]
    let bare = place.firstIndex(of: "/").map { String(place[$0...]) } ?? place
    let isPlain = place.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }
    let words = (isPlain ? ["\(bare)/", "\(bare)\""] : [""]) + ["\"gc.enabled\":\"false\""]
    var found: [DatasetID] = []
    var after: PostgresUUID?
    repeat {
      let page = try await pool.run { [after] connection in
        try connection.query(
          """
          SELECT d.id, EXISTS (SELECT FROM snapshots s, unnest(\(spellings.map { $0 + "/" })) AS p (prefix)
              WHERE s.dataset_id = d.id AND starts_with(s.manifest_list, p.prefix))
            OR EXISTS (SELECT FROM unnest(\(words)) AS n (text) WHERE n.text = '' OR strpos(d.head, n.text) > 0)
          FROM (SELECT id, head FROM datasets WHERE kind = 'table' AND (\(after)::uuid IS NULL OR id > \(after)::uuid)
            ORDER BY id LIMIT 500) d ORDER BY d.id
          """
        ) { row in (id: try row[0] as DatasetID, names: try row[1] as Bool) }
      }
      found += page.filter { $0.names && $0.id != id }.map(\.id)
      after = page.count == 500 ? page.last?.id.uuid : nil
    } while after != nil
    return found
  }
}
