import Postgres
import TransparencyLog

extension CatalogStore {
  private static let maximumStatements: Int64 = 5_000

  /// What reports and events say that a version's runs read: the strongest word of each principal on each state.
  ///
  /// - Parameter names: of the runs.
  package func statements(of version: ModelVersionID, runs names: [String], _: Authorization) async throws -> [RunStatement] {
    let spellings = Array(Set(names.flatMap(RunName.spellings)))
    return try await pool.run { connection in
      let all =
        try Self.scans(of: version, spellings, on: connection)
        + Self.reads(spellings, names.compactMap { PostgresUUID($0) }, on: connection)
      var best: [RunStatement.Key: RunStatement] = [:]
      for statement in all {
        if let known = best[statement.key], known.grade.strength >= statement.grade.strength { continue }
        best[statement.key] = statement
      }
      return best.values.sorted {
        ($0.saidAt.microseconds, $0.path.text, $0.state ?? "") < ($1.saidAt.microseconds, $1.path.text, $1.state ?? "")
      }
    }
  }

  // MARK: Reports

  /// Scans that Iceberg's clients reported: by application or run, and, weakest, by whom and when. The latter are those that no run of
  /// another version is named in.
  private static func scans(of version: ModelVersionID, _ names: [String], on connection: PostgresConnection) throws -> [RunStatement] {
    let isNamed: SQL = "coalesce(r.application_id = ANY(\(names)) OR r.run_ids && \(names), false)"
    // What the trigger queues, and no more.
    let isScan: SQL = "r.kind = 'scan-report' AND r.snapshot_id >= 0 AND r.could_read"
    return try connection.query(
      """
      WITH matched AS (
        SELECT r.*, 'observed' AS grade FROM metrics_reports r WHERE r.application_id = ANY(\(names)) AND \(isScan)
        UNION
        SELECT r.*, 'observed' FROM metrics_reports r WHERE r.run_ids && \(names) AND \(isScan)
        UNION
        SELECT r.*, 'inferred' FROM model_version_runs v JOIN metrics_reports r ON r.principal = v.principal
          AND r.received_at >= v.started_at AND r.received_at <= coalesce(v.ended_at, v.declared_at)
        WHERE v.model_version_id = \(version) AND \(isScan) AND NOT \(isNamed)
          AND NOT EXISTS (SELECT FROM model_run_names n WHERE n.run = r.application_id)
          AND NOT EXISTS (SELECT FROM model_run_names n WHERE n.run = ANY(r.run_ids)))
      SELECT m.dataset_id, d.identifier, d.dropped_at IS NULL, m.snapshot_id, m.principal, m.grade, min(m.received_at), count(*),
        (array_agg(m.id::text ORDER BY m.received_at))[1], min(m.engine), min(m.application_id),
        count(DISTINCT coalesce(m.row_filter, '')) = 1 AND count(DISTINCT coalesce(m.columns, '{}')) = 1, min(m.row_filter), min(m.columns)
      FROM matched m JOIN datasets d ON d.id = m.dataset_id
      GROUP BY m.dataset_id, d.identifier, d.dropped_at, m.snapshot_id, m.principal, m.grade
      ORDER BY min(m.received_at) LIMIT \(maximumStatements)
      """
    ) { row in
      let grade = EvidenceGrade(rawValue: try row[5]) ?? .inferred
      let count: Int64 = try row[7]
      var details: [String: String] = ["report": try row[8]]
      details["engine"] = try row[9] as String?
      details["application"] = try row[10] as String?
      if count > 1 { details["scans"] = "\(count)" }
      if grade == .inferred { details["joined-by"] = "principal and time" }
      let isOne: Bool = try row[11]
      let filter: String? = try row[12]
      let columns: [String]? = try row[13]
      if isOne {
        details["row-filter"] = filter
        details["columns"] = columns?.joined(separator: ", ")
      } else {
        details["row-filter"] = "several scans asked for different parts"
      }
      return RunStatement(
        dataset: try row[0], path: try DatasetPath(storedText: row[1]), lives: try row[2], state: "\(try row[3] as Int64)",
        source: EvidenceSource.metricsReport, grade: grade, saidBy: try row[4], saidAt: try row[6], details: details,
        rowFilter: isOne ? filter : nil, columns: isOne ? columns : nil)
    }
  }

  // MARK: Events

  /// A use of a dataset by a run, as one of its rows has it.
  private struct Use {
    let run: PostgresUUID
    let dataset: DatasetID
    let path: DatasetPath
    let lives: Bool
    let version: String
    let saidBy: [String]
    let observedBy: Set<String>
    let at: PostgresTimestamp
    let details: [String: String]
  }

  /// What events of OpenLineage say that the runs read, and those that they started. Of what one principal says of a dataset and a run,
  /// Iceberg's own report counts before the facet, and no state only where there is no other.
  private static func reads(_ names: [String], _ ids: [PostgresUUID], on connection: PostgresConnection) throws -> [RunStatement] {
    let uses = try connection.query(
      """
      WITH known AS (
        SELECT id FROM lineage_runs WHERE id = ANY(\(ids)) UNION SELECT id FROM lineage_runs WHERE application_id = ANY(\(names))
        UNION SELECT unnest(\(ids)))
      , ours AS (
        SELECT r.id FROM lineage_runs r JOIN known k ON r.id = k.id
        UNION SELECT r.id FROM lineage_runs r JOIN known k ON r.parent_run_id = k.id
        UNION SELECT r.id FROM lineage_runs r JOIN known k ON r.root_run_id = k.id)
      SELECT r.id, d.id, d.identifier, d.dropped_at IS NULL, u.version, u.said_by, u.observed_by, u.first_seen_at, r.engine,
        r.application_id, j.namespace || '/' || j.name
      FROM ours o JOIN lineage_runs r ON r.id = o.id JOIN lineage_run_datasets u ON u.run_id = r.id AND NOT u.is_output
      JOIN lineage_nodes n ON n.id = u.node_id JOIN datasets d ON d.id = n.dataset_id AND d.kind <> 'view'
      JOIN lineage_nodes j ON j.id = r.job_id
      ORDER BY u.first_seen_at, r.id, d.id, u.version LIMIT \(maximumStatements)
      """
    ) { row in
      let run: PostgresUUID = try row[0]
      var details = ["run": run.description, "job": try row[10] as String]
      details["engine"] = try row[8] as String?
      details["application"] = try row[9] as String?
      return Use(
        run: run, dataset: try row[1], path: try DatasetPath(storedText: row[2]), lives: try row[3], version: try row[4],
        saidBy: try row[5], observedBy: Set(try row[6] as [String]), at: try row[7], details: details)
    }
    struct Place: Hashable {
      let run: PostgresUUID
      let dataset: DatasetID
      let sayer: String
    }
    var best: [Place: Int] = [:]
    func rank(_ use: Use, _ sayer: String) -> Int { use.version.isEmpty ? 0 : use.observedBy.contains(sayer) ? 2 : 1 }
    for use in uses {
      for sayer in use.saidBy {
        let place = Place(run: use.run, dataset: use.dataset, sayer: sayer)
        best[place] = max(best[place] ?? 0, rank(use, sayer))
      }
    }
    return uses.flatMap { use in
      use.saidBy.compactMap { sayer -> RunStatement? in
        let rank = rank(use, sayer)
        guard rank == best[Place(run: use.run, dataset: use.dataset, sayer: sayer)] else { return nil }
        return RunStatement(
          dataset: use.dataset, path: use.path, lives: use.lives, state: use.version.isEmpty ? nil : use.version,
          source: EvidenceSource.openLineage, grade: rank == 2 ? .observed : .declared, saidBy: sayer, saidAt: use.at,
          details: use.details)
      }
    }
  }

  // MARK: What became of it

  /// Adds words to inputs that are bound already.
  package func corroborate(
    _ inputs: [TrainingInputID], of version: ModelVersion, with evidence: Evidence, _ authorization: Authorization
  ) async throws {
    var after = evidence.canonical(version, [])
    after["inputs"] = .array(inputs.map { .object(["input": .string($0.description)]) })
    let event = AuditEvent(authorization, after: after)
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      for input in inputs.sorted(by: { $0.uuid < $1.uuid }) { try Self.add(evidence, to: input, authorization.context, on: connection) }
    }
  }
}
