import Lineage
import Postgres

/// What jobs and their runs did.
extension LineageTracer {
  private static let columns: SQL = "e.source_id, e.target_id, e.job_id, e.first_seen_at, e.last_seen_at"

  private static func edge(_ row: PostgresRow) throws -> TracedEdge {
    TracedEdge(
      .job, from: try row[0], to: try row[1], job: try row[2] as Int64, firstSeenAt: try row[3], lastSeenAt: try row[4],
      lastRun: try row[5],
      evidence: try row[6])
  }

  private var knownThen: SQL { bounds.asOf.map { "AND e.first_seen_at <= \($0)" } ?? "" }

  /// The last run is not told where another one came after the time that was asked for: which one was the last then, no row says.
  private var lastRun: SQL { bounds.asOf.map { "CASE WHEN e.last_seen_at <= \($0) THEN e.last_run_id END" } ?? "e.last_run_id" }

  /// Into what was reached, or out of it.
  ///
  /// - Returns: at most one more than there is room for.
  func jobEdges(from frontier: [Reached], _ way: Way, _ room: Int) throws -> [TracedEdge] {
    let known = frontier.filter { $0.id > 0 }
    guard !known.isEmpty else { return [] }
    let (ids, moments) = (known.map(\.id), known.map(\.moment))
    switch way {
    case .upstream:
      // Of the job that wrote the state it was that run; of others the last, if it was before.
      return try connection.query(
        """
        SELECT \(Self.columns), CASE WHEN w.job = e.job_id THEN w.run WHEN e.last_seen_at <= w.moment THEN e.last_run_id END, e.evidence
        FROM unnest(\(ids), \(moments), \(known.map(\.run)), \(known.map(\.job))) AS w (id, moment, run, job)
        JOIN lineage_edges e ON e.target_id = w.id AND e.first_seen_at <= w.moment
        ORDER BY e.target_id, e.source_id, e.job_id LIMIT \(Int64(room + 1))
        """, Self.edge)
    case .downstream:
      return try connection.query(
        """
        SELECT \(Self.columns), \(lastRun), e.evidence
        FROM unnest(\(ids), \(moments)) AS w (id, moment)
        JOIN lineage_edges e ON e.source_id = w.id AND e.last_seen_at >= w.moment \(knownThen)
        ORDER BY e.source_id, e.target_id, e.job_id LIMIT \(Int64(room + 1))
        """, Self.edge)
    }
  }

  /// All that a job read or wrote in any of its runs.
  func edges(ofJob job: Int64, _ way: Way, _ room: Int) throws -> [TracedEdge] {
    let (near, far): (SQL, SQL) = way == .upstream ? ("e.target_id", "e.source_id") : ("e.source_id", "e.target_id")
    return try connection.query(
      """
      SELECT \(Self.columns), \(lastRun), e.evidence FROM lineage_edges e WHERE (e.job_id = \(job) OR \(near) = \(job)) \(knownThen)
      ORDER BY \(near), \(far), e.job_id LIMIT \(Int64(room + 1))
      """, Self.edge)
  }

  /// What one run read and wrote; in each state, where it was several.
  func uses(by run: RunID) throws -> [TracedEdge] {
    let (id, here, job) = (PostgresUUID(high: run.high, low: run.low), trace.start, nodes[trace.start]?.job)
    return try connection.query(
      """
      SELECT node_id, is_output, version, first_seen_at, last_seen_at, evidence FROM lineage_run_versions
      WHERE run_id = \(id) ORDER BY is_output, node_id, version LIMIT \(Int64(bounds.maximumEdges + 1))
      """
    ) { row in
      let (node, isOutput, version): (Int64, Bool, String) = (try row[0], try row[1], try row[2])
      let state = version.isEmpty ? nil : TracedState(version)
      var edge = TracedEdge(
        .run, from: isOutput ? here : node, to: isOutput ? node : here, job: job, firstSeenAt: try row[3], lastSeenAt: try row[4],
        lastRun: id, evidence: try row[5])
      if isOutput { edge.targetState = state } else { edge.sourceState = state }
      return edge
    }
  }

  private struct Use: Hashable {
    let run: PostgresUUID
    let node: Int64
    let isOutput: Bool
  }

  /// Edges with what their runs read and wrote.
  func withStates(_ edges: [TracedEdge]) throws -> [TracedEdge] {
    var wanted: Set<Use> = []
    for edge in edges where edge.kind == .job {
      guard let run = edge.lastRun else { continue }
      wanted.insert(Use(run: run, node: edge.source, isOutput: false))
      wanted.insert(Use(run: run, node: edge.target, isOutput: true))
    }
    guard !wanted.isEmpty else { return edges }
    let uses = Array(wanted)
    // In the order of `lineage_run_versions`.
    let found = try connection.query(
      """
      SELECT DISTINCT ON (u.run_id, u.node_id, u.is_output) u.run_id, u.node_id, u.is_output, u.version
      FROM unnest(\(uses.map(\.run)), \(uses.map(\.node)), \(uses.map(\.isOutput))) AS w (run, node, is_output)
      JOIN lineage_run_datasets u ON u.run_id = w.run AND u.node_id = w.node AND u.is_output = w.is_output AND u.version <> ''
      ORDER BY u.run_id, u.node_id, u.is_output, u.learned_from = 'version', CASE WHEN u.is_output THEN u.last_seen_at END DESC, u.version
      """
    ) { row in (Use(run: try row[0], node: try row[1], isOutput: try row[2]), TracedState(try row[3])) }
    let states = Dictionary(found) { first, _ in first }
    return edges.map { edge in
      guard edge.kind == .job, let run = edge.lastRun else { return edge }
      var edge = edge
      edge.sourceState = states[Use(run: run, node: edge.source, isOutput: false)]
      edge.targetState = states[Use(run: run, node: edge.target, isOutput: true)]
      return edge
    }
  }

  // MARK: Moments

  /// When states were made: upstream the last that is said of it, downstream the first, since clocks differ.
  func moments(of states: [StateOfNode], _ way: Way) throws -> [StateOfNode: Reached] {
    var found: [StateOfNode: Reached] = [:]
    func add(_ state: StateOfNode, _ reached: Reached) {
      guard let other = found[state] else {
        found[state] = reached
        return
      }
      let isBetter = way == .upstream ? reached.moment > other.moment : reached.moment < other.moment
      let (run, job) = (reached.run ?? other.run, reached.job ?? other.job)
      found[state] = Reached(id: state.node, moment: isBetter ? reached.moment : other.moment, run: run, job: job)
    }
    for (state, moment) in try commits(of: states) { add(state, Reached(id: state.node, moment: moment)) }
    let snapshots = states.filter { $0.node > 0 && $0.state.snapshotID != nil }
    let others = states.filter { $0.node > 0 && $0.state.snapshotID == nil }
    for (some, condition) in [
      (snapshots, "u.snapshot_id = w.snapshot"), (others, "u.snapshot_id IS NULL AND u.version = w.version"),
    ] as [([StateOfNode], SQL)] where !some.isEmpty {
      let writers = try connection.query(
        """
        SELECT w.node, w.version, u.run_id, r.job_id, u.first_seen_at, u.last_seen_at
        FROM unnest(\(some.map(\.node)), \(some.map(\.state.text)), \(some.map(\.state.snapshotID))) AS w (node, version, snapshot)
        JOIN lineage_run_datasets u ON u.node_id = w.node AND \(condition) AND u.is_output JOIN lineage_runs r ON r.id = u.run_id
        ORDER BY u.last_seen_at, u.run_id
        """
      ) { row in
        (
          StateOfNode(node: try row[0], state: TracedState(try row[1])),
          Reached(id: try row[0], moment: way == .upstream ? try row[5] : try row[4], run: try row[2], job: try row[3])
        )
      }
      for (state, reached) in writers { add(state, reached) }
    }
    return found
  }

  /// Of what the catalog knows itself: snapshots that are there, and what was written down of those that models were trained on.
  private func commits(of states: [StateOfNode]) throws -> [(StateOfNode, PostgresTimestamp)] {
    let own = states.compactMap { state in nodes[state.node]?.dataset.map { (state, $0) } }
    guard !own.isEmpty else { return [] }
    return try connection.query(
      """
      SELECT w.node, w.version, coalesce(s.timestamp_ms, (extract(epoch FROM f.frozen_at) * 1000)::bigint,
        (SELECT max(i.committed_at_ms) FROM training_inputs i WHERE i.dataset_id = w.dataset AND i.snapshot_id = w.snapshot))
      FROM unnest(\(own.map(\.0.node)), \(own.map(\.0.state.text)), \(own.map(\.0.state.snapshotID)), \(own.map(\.1.uuid)))
        AS w (node, version, snapshot, dataset)
      LEFT JOIN snapshots s ON s.dataset_id = w.dataset AND s.snapshot_id = w.snapshot
      LEFT JOIN file_set_snapshots f ON f.dataset_id = w.dataset AND f.snapshot_id = w.snapshot
      """
    ) { row in
      (StateOfNode(node: try row[0], state: TracedState(try row[1])), (try row[2] as Int64?).map { PostgresTimestamp(milliseconds: $0) })
    }.compactMap { state, moment in moment.map { (state, $0) } }
  }
}
