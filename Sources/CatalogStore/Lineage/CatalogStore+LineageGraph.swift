import Governance
import Iceberg
import Lineage
import Postgres

extension CatalogStore {
  /// Goes from node to node, breadth first, some queries for each step of all nodes at once.
  ///
  /// - Returns: `nil` when nobody knows where to start.
  /// - Throws: ``CatalogError/noSuchSnapshot(_:)`` for a state that nobody knows.
  package func trace(_ start: TraceStart, _ bounds: TraceBounds, _: Authorization) async throws -> LineageTrace? {
    try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
      try connection.execute(
        """
        SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
          set_config('enable_mergejoin', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)
        """)
      guard var tracer = try LineageTracer(from: start, bounds, on: connection) else { return nil }
      return try tracer.run()
    }
  }

  /// What decisions ask of datasets; those that were dropped are left out.
  package func candidates(_ ids: [DatasetID], _: Authorization) async throws -> SearchCandidates {
    try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
      var candidates = SearchCandidates()
      candidates.isAll = true
      candidates.revision = try connection.first("SELECT revision FROM access_revision WHERE is_the_one") { row in try row[0] } ?? 0
      candidates.found = try connection.query(
        """
        SELECT id, kind, identifier, name, namespace_id, owner, description, format_version, tags::text FROM datasets
        WHERE id = ANY(\(ids.map(\.uuid))) AND dropped_at IS NULL
        """
      ) { row in
        let formatVersion: Int16? = try row[7]
        return SearchCandidate(
          id: try row[0], kind: try DatasetKind(stored: row[1]), identifier: try row[2], name: try row[3],
          facts: DatasetFacts(
            owner: try row[5], description: try row[6], formatVersion: Int(formatVersion ?? 0), tags: try DatasetTags(stored: row[8])),
          rank: 0, quality: 0, namespace: try row[4])
      }
      return candidates
    }
  }

  /// The most datasets that are looked up in legal holds, the nearest first.
  private static let maximumHeldDatasets = 1_000

  /// What the catalog knows of a trace's models, datasets, and of the states that its edges tell of.
  package func facts(of trace: LineageTrace, _: Authorization) async throws -> TraceFacts {
    let datasets = trace.nodes.compactMap(\.dataset)
    let models = Array(Set(trace.nodes.compactMap(\.model)))
    var states: Set<DatasetState> = []
    let datasetOf = Dictionary(trace.nodes.compactMap { node in node.dataset.map { (node.id, $0) } }) { first, _ in first }
    for edge in trace.edges {
      for (node, state) in [(edge.source, edge.sourceState), (edge.target, edge.targetState)] {
        if let dataset = datasetOf[node], let state { states.insert(DatasetState(dataset: dataset, state: state)) }
      }
    }
    return try await pool.transaction(isolation: .repeatableRead, readOnly: true) { [states = Array(states)] connection in
      var facts = TraceFacts()
      if !models.isEmpty {
        let found = try Self.models(models, on: connection)
        facts.models = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
      }
      guard !datasets.isEmpty else { return facts }
      let formats = try connection.query(
        "SELECT id, format FROM datasets WHERE id = ANY(\(datasets.map(\.uuid))) AND format IS NOT NULL"
      ) { row in (try row[0] as DatasetID, try DatasetFormat(stored: row[1])) }
      for (id, format) in formats { facts.formats[id] = format }
      facts.held = Set(
        try connection.query(
          """
          SELECT d.id FROM datasets d WHERE d.id = ANY(\(datasets.prefix(Self.maximumHeldDatasets).map(\.uuid)))
            AND EXISTS (SELECT FROM holds h JOIN hold_objects o ON o.hold_id = h.id WHERE h.released_at IS NULL
              AND lies_within(d.id, d.warehouse_id, d.namespace_id, d.tags, o.object_kind, o.object_id, o.tag_key, o.tag_value))
          """
        ) { row in try row[0] as DatasetID })
      for (dataset, state, found) in try Self.facts(of: states, on: connection) { facts.states[dataset, default: [:]][state] = found }
      return facts
    }
  }

  private struct DatasetState: Hashable {
    let dataset: DatasetID
    let state: TracedState
  }

  private static func facts(
    of states: [DatasetState], on connection: PostgresConnection
  ) throws -> [(DatasetID, TracedState, StateFacts)] {
    guard !states.isEmpty else { return [] }
    return try connection.query(
      """
      SELECT w.dataset, w.state, coalesce(s.timestamp_ms, (extract(epoch FROM f.frozen_at) * 1000)::bigint),
        EXISTS (SELECT FROM pins p WHERE p.dataset_id = w.dataset
          AND coalesce(p.snapshot_id::text, p.file_set_snapshot_id::text, p.format_version) = w.state),
        w.snapshot IS NOT NULL AND s.snapshot_id IS NULL AND EXISTS (SELECT FROM datasets d WHERE d.id = w.dataset AND d.kind = 'table')
      FROM unnest(\(states.map(\.dataset.uuid)), \(states.map(\.state.text)), \(states.map(\.state.snapshotID))) AS w (dataset, state, snapshot)
      LEFT JOIN snapshots s ON s.dataset_id = w.dataset AND s.snapshot_id = w.snapshot
      LEFT JOIN file_set_snapshots f ON f.dataset_id = w.dataset AND f.snapshot_id = w.snapshot
      """
    ) { row in
      (
        try row[0], TracedState(try row[1]),
        StateFacts(committedAtMs: try row[2], isPinned: try row[3], isGone: try row[4])
      )
    }
  }
}
