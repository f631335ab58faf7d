import Postgres

extension LineageIntake {
  /// Looks for datasets that were registered lately among those that lineage knew before the catalog did, and makes them one.
  static func adopt(on connection: PostgresConnection) throws {
    // A row shows up a while after the moment that it was made at: when its transaction ends.
    let since: SQL = "(SELECT adopted_until - interval '5 minutes' FROM lineage_intake)"
    func matching(_ condition: String) -> SQL {
      """
      SELECT d.id, n.node_id FROM datasets d JOIN lineage_names n ON n.kind = 'dataset' AND \(raw: condition)
      JOIN lineage_nodes k ON k.id = n.node_id AND k.dataset_id IS NULL WHERE d.created_at > \(since) AND d.dropped_at IS NULL
      """
    }
    let candidates: SQL = "\(matching("n.location = d.location")) UNION \(matching("n.identifier = d.identifier")) ORDER BY 1, 2"
    func pairs() throws -> [(dataset: DatasetID, node: Int64)] {
      try connection.query(candidates) { row in (dataset: try row[0], node: try row[1]) }
    }
    let isDue = try connection.first("SELECT adopted_until < now() - interval '1 minute' FROM lineage_intake") { row in
      try row[0] as Bool
    }
    guard try !pairs().isEmpty || isDue == true else { return }
    try connection.transaction { connection in
      try lockIntake(on: connection)
      for (dataset, node) in try pairs() {
        let known = try connection.first("SELECT id FROM lineage_nodes WHERE dataset_id = \(dataset)") { row in try row[0] as Int64 }
        if let known {
          try join(node, into: known, on: connection)
        } else {
          try connection.execute("UPDATE lineage_nodes SET dataset_id = \(dataset) WHERE id = \(node) AND dataset_id IS NULL")
        }
      }
      try connection.execute("UPDATE lineage_intake SET adopted_until = now()")
    }
  }

  /// Makes two nodes one that turned out to be one dataset: all that is known of the first is said of the second.
  static func join(_ from: Int64, into: Int64, on connection: PostgresConnection) throws {
    func moved(_ column: String) -> SQL { "CASE WHEN \(raw: column) = \(from) THEN \(into) ELSE \(raw: column) END" }
    let isConcerned: SQL = "(source_id = \(from) OR target_id = \(from))"
    try connection.pipeline([
      "UPDATE lineage_names SET node_id = \(into) WHERE node_id = \(from)",
      """
      INSERT INTO lineage_edges AS e (target_id, source_id, job_id, first_seen_at, last_seen_at, last_run_id)
      SELECT \(moved("target_id")), \(moved("source_id")), job_id, min(first_seen_at), max(last_seen_at),
        (array_agg(last_run_id ORDER BY last_seen_at DESC))[1]
      FROM lineage_edges WHERE \(isConcerned) GROUP BY 1, 2, 3
      ON CONFLICT (target_id, source_id, job_id) DO UPDATE SET first_seen_at = LEAST(e.first_seen_at, excluded.first_seen_at),
        last_seen_at = GREATEST(e.last_seen_at, excluded.last_seen_at),
        last_run_id = CASE WHEN excluded.last_seen_at >= e.last_seen_at THEN excluded.last_run_id ELSE e.last_run_id END
      """,
      "DELETE FROM lineage_edges WHERE \(isConcerned)",
      """
      INSERT INTO lineage_columns AS c (target_id, target_column, source_id, source_column, job_id, transformation, subtype, is_masking,
        description, first_seen_at, last_seen_at)
      SELECT \(moved("target_id")), target_column, \(moved("source_id")), source_column, job_id, transformation, subtype, bool_or(is_masking),
        max(description), min(first_seen_at), max(last_seen_at)
      FROM lineage_columns WHERE \(isConcerned) GROUP BY 1, 2, 3, 4, 5, 6, 7
      ON CONFLICT (target_id, target_column, source_id, source_column, job_id, transformation, subtype) DO UPDATE SET
        first_seen_at = LEAST(c.first_seen_at, excluded.first_seen_at), last_seen_at = GREATEST(c.last_seen_at, excluded.last_seen_at)
      """,
      "DELETE FROM lineage_columns WHERE \(isConcerned)",
      """
      INSERT INTO lineage_run_datasets AS u (run_id, node_id, is_output, version, snapshot_id, learned_from, evidence, subset, first_seen_at,
        last_seen_at, said_by, observed_by)
      SELECT run_id, \(into), is_output, version, snapshot_id, learned_from, evidence, subset, first_seen_at, last_seen_at, said_by,
        observed_by
      FROM lineage_run_datasets WHERE node_id = \(from)
      ON CONFLICT (run_id, node_id, is_output, version) DO UPDATE SET first_seen_at = LEAST(u.first_seen_at, excluded.first_seen_at),
        last_seen_at = GREATEST(u.last_seen_at, excluded.last_seen_at),
        said_by = ARRAY(SELECT DISTINCT p FROM unnest(u.said_by || excluded.said_by) AS p ORDER BY p),
        observed_by = ARRAY(SELECT DISTINCT p FROM unnest(u.observed_by || excluded.observed_by) AS p ORDER BY p)
      """,
      "INSERT INTO evidence_queue (kind, ref) SELECT DISTINCT 'run', run_id FROM lineage_run_datasets WHERE node_id = \(from)",
      "DELETE FROM lineage_run_datasets WHERE node_id = \(from)",
      """
      UPDATE lineage_nodes n SET first_seen_at = LEAST(n.first_seen_at, o.first_seen_at),
        last_event_id = CASE WHEN o.last_seen_at > n.last_seen_at THEN o.last_event_id ELSE n.last_event_id END,
        last_seen_at = GREATEST(n.last_seen_at, o.last_seen_at)
      FROM lineage_nodes o WHERE n.id = \(into) AND o.id = \(from)
      """,
      "DELETE FROM lineage_nodes WHERE id = \(from)",
    ])
  }
}
