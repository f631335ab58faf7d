import Lineage
import Postgres

/// An edge of the graph: what flowed into what, by which job. Nodes by their ids.
struct EdgeKey: Hashable {
  let target: Int64
  let source: Int64
  let job: Int64
}

/// When, and in which run at last.
struct EdgeRow {
  private(set) var first: PostgresTimestamp
  private(set) var last: PostgresTimestamp
  private var run: RunID?

  init(first: PostgresTimestamp, last: PostgresTimestamp, run: RunID?) {
    (self.first, self.last, self.run) = (first, last, run)
  }

  mutating func merge(_ other: EdgeRow) {
    first = min(first, other.first)
    guard other.last >= last else { return }
    last = other.last
    run = other.run ?? run
  }

  static func write(_ rows: [EdgeKey: EdgeRow], on connection: PostgresConnection) throws {
    guard !rows.isEmpty else { return }
    let rows = rows.map { $0 }
    try connection.execute(
      """
      INSERT INTO lineage_edges AS e (target_id, source_id, job_id, first_seen_at, last_seen_at, last_run_id)
      SELECT * FROM unnest(\(rows.map(\.key.target)), \(rows.map(\.key.source)), \(rows.map(\.key.job)), \(rows.map(\.value.first)),
        \(rows.map(\.value.last)), \(rows.map { $0.value.run?.uuid }))
      ON CONFLICT (target_id, source_id, job_id) DO UPDATE SET
        first_seen_at = LEAST(e.first_seen_at, excluded.first_seen_at), last_seen_at = GREATEST(e.last_seen_at, excluded.last_seen_at),
        last_run_id = CASE WHEN excluded.last_seen_at >= e.last_seen_at THEN coalesce(excluded.last_run_id, e.last_run_id)
          ELSE e.last_run_id END
      WHERE excluded.first_seen_at < e.first_seen_at OR excluded.last_seen_at > e.last_seen_at
      """)
  }

  /// Of runs that are known to read and to write, what stood for the one side alone while the other was not known.
  static func removeOneSided(_ runs: [RunEdges], on connection: PostgresConnection) throws {
    let runs = runs.filter(\.isTwoSided)
    guard !runs.isEmpty else { return }
    let known: SQL = "unnest(\(runs.map(\.job)), \(runs.map(\.run.uuid))) AS k (job, run)"
    try connection.pipeline([
      """
      DELETE FROM lineage_edges e USING \(known) WHERE e.target_id = k.job AND e.job_id = k.job AND e.last_run_id = k.run
      """,
      """
      DELETE FROM lineage_edges e USING \(known) WHERE e.source_id = k.job AND e.job_id = k.job AND e.last_run_id = k.run
      """,
    ])
  }
}

/// What a run comes to as edges: all that it read flows into all that it wrote.
struct RunEdges {
  /// Beyond that many pairs, what is read flows into the job and out of it.
  static let maximumProduct = 10_000

  let run: RunID
  let job: Int64
  private var inputs: [Int64] = []
  private var outputs: [Int64] = []
  private var first: PostgresTimestamp
  private var last: PostgresTimestamp

  var edges: [(EdgeKey, EdgeRow)] {
    Self.keys(job: job, inputs: inputs, outputs: outputs).map { ($0, EdgeRow(first: first, last: last, run: run)) }
  }

  /// Whether it comes to edges that do not touch its job.
  var isTwoSided: Bool { !inputs.isEmpty && !outputs.isEmpty && inputs.count * outputs.count <= Self.maximumProduct }

  static func keys(job: Int64, inputs: [Int64], outputs: [Int64]) -> [EdgeKey] {
    if inputs.isEmpty || outputs.isEmpty || inputs.count * outputs.count > maximumProduct {
      return inputs.map { EdgeKey(target: job, source: $0, job: job) } + outputs.map { EdgeKey(target: $0, source: job, job: job) }
    }
    return outputs.flatMap { output in inputs.map { EdgeKey(target: output, source: $0, job: job) } }
  }

  /// All that is known of what these runs read and wrote, except of those whose producer says itself what flows into what.
  static func read(_ runs: Set<RunID>, on connection: PostgresConnection) throws -> [RunEdges] {
    guard !runs.isEmpty else { return [] }
    let uses = try connection.query(
      """
      SELECT u.run_id, r.job_id, u.node_id, u.is_output, min(u.first_seen_at), max(u.last_seen_at)
      FROM unnest(\(runs.map(\.uuid))) AS w (run) JOIN lineage_runs r ON r.id = w.run JOIN lineage_run_datasets u ON u.run_id = w.run
      WHERE NOT r.is_explicit GROUP BY 1, 2, 3, 4
      """
    ) { row in
      let id: PostgresUUID = try row[0]
      return (
        run: RunID(high: id.high, low: id.low), job: try row[1] as Int64, node: try row[2] as Int64, isOutput: try row[3] as Bool,
        first: try row[4] as PostgresTimestamp, last: try row[5] as PostgresTimestamp
      )
    }
    var found: [RunID: RunEdges] = [:]
    for use in uses {
      var run = found[use.run] ?? RunEdges(run: use.run, job: use.job, first: use.first, last: use.last)
      if use.isOutput { run.outputs.append(use.node) } else { run.inputs.append(use.node) }
      run.first = min(run.first, use.first)
      run.last = max(run.last, use.last)
      found[use.run] = run
    }
    return Array(found.values)
  }

  private init(run: RunID, job: Int64, first: PostgresTimestamp, last: PostgresTimestamp) {
    (self.run, self.job, self.first, self.last) = (run, job, first, last)
  }
}
