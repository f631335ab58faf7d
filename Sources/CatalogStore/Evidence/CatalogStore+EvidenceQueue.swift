package import Postgres

/// Things of which something is new, and the versions that it may concern.
package struct WaitingEvidence: Sendable {
  let facts: [Int64]
  package let versions: [ModelVersionID]
}

extension CatalogStore {
  /// How long a server may be silent before another one takes over.
  private static let evidenceLease = Duration.seconds(15)

  /// Takes or keeps the right to look at what is new.
  ///
  /// - Returns: `false` while another server has it.
  package func leaseEvidence(_ lease: PostgresUUID, _: Authorization) async throws -> Bool {
    try await pool.run { connection in
      try connection.execute(
        """
        UPDATE evidence_joiner SET lease = \(lease),
          leased_until = now() + make_interval(secs => \(Double(Self.evidenceLease.components.seconds)))
        WHERE lease = \(lease) OR leased_until < now()
        """) == 1
    }
  }

  /// What has waited longest, at most so many things.
  ///
  /// A thing is in the queue since the transaction that made it, and the statements here come after the one that read the queue: of a
  /// report and a version that belong together, whichever is looked at later finds the other.
  /// - Returns: `nil` when nothing waits.
  package func waitingEvidence(limit: Int, _: Authorization) async throws -> WaitingEvidence? {
    try await pool.run { connection in
      let facts = try connection.query(
        "SELECT id, kind, ref FROM evidence_queue WHERE due_at <= now() ORDER BY id LIMIT \(Int64(limit))"
      ) { row in (id: try row[0] as Int64, kind: try row[1] as String, ref: try row[2] as PostgresUUID) }
      guard !facts.isEmpty else { return nil }
      func refs(_ kind: String) -> [PostgresUUID] { Array(Set(facts.lazy.filter { $0.kind == kind }.map(\.ref))) }
      let reports = try connection.query(
        "SELECT application_id, run_ids, principal, received_at FROM metrics_reports WHERE id = ANY(\(refs("report")))"
      ) { row in
        (
          names: [try row[0] as String?].compactMap { $0 } + (try row[1] as [String]? ?? []), principal: try row[2] as String,
          at: try row[3] as PostgresTimestamp
        )
      }
      // Spark tells of its application in a run of its own, whose children name it.
      let runs = try connection.query(
        """
        SELECT r.id, r.parent_run_id, r.root_run_id, r.application_id, p.application_id, o.application_id FROM lineage_runs r
        LEFT JOIN lineage_runs p ON p.id = r.parent_run_id LEFT JOIN lineage_runs o ON o.id = r.root_run_id
        WHERE r.id = ANY(\(refs("run")))
        """
      ) { row in
        (
          ids: [try row[0] as PostgresUUID?, try row[1] as PostgresUUID?, try row[2] as PostgresUUID?].compactMap { $0 },
          names: [try row[3] as String?, try row[4] as String?, try row[5] as String?].compactMap { $0 }
        )
      }
      var names = Set((reports.flatMap(\.names) + runs.flatMap(\.names)).flatMap(RunName.spellings))
      for id in runs.flatMap(\.ids) { names.formUnion(RunName.spellings(id)) }
      let versions = try connection.query(
        """
        SELECT model_version_id FROM model_run_names WHERE run = ANY(\(Array(names)))
        UNION
        SELECT v.model_version_id FROM unnest(\(reports.map(\.principal)), \(reports.map(\.at))) AS r (principal, at)
        JOIN model_version_runs v ON v.principal = r.principal AND v.started_at <= r.at AND coalesce(v.ended_at, v.declared_at) >= r.at
        UNION
        SELECT id FROM model_versions WHERE id = ANY(\(refs("version")))
        """
      ) { row in try row[0] as ModelVersionID }
      return WaitingEvidence(facts: facts.map(\.id), versions: versions)
    }
  }

  /// Takes things off the queue once all that they concern was dealt with.
  package func finish(_ evidence: WaitingEvidence, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute("DELETE FROM evidence_queue WHERE id = ANY(\(evidence.facts))")
    }
  }

  /// Has a version looked at again after a while.
  package func postponeEvidence(of version: ModelVersionID, by delay: Duration, _: Authorization) async throws {
    _ = try await pool.run { connection in
      try connection.execute(
        """
        INSERT INTO evidence_queue (kind, ref, due_at)
        VALUES ('version', \(version.uuid), now() + make_interval(secs => \(Double(delay.components.seconds))))
        """)
    }
  }

  /// How much waits, for metrics.
  package func waitingEvidenceCount() async throws -> Int {
    try await pool.run { connection in
      Int(try connection.first("SELECT count(*) FROM evidence_queue") { row in try row[0] as Int64 } ?? 0)
    }
  }
}
