import Iceberg
package import Lineage
package import Postgres

/// Which way a trace goes: to what something was made from, or to what was made from it.
package enum TraceDirection: String, Sendable, CaseIterable {
  case upstream, downstream
}

/// How far a trace goes.
package struct TraceBounds: Sendable {
  package var direction: TraceDirection
  /// Steps from dataset to dataset; a job between them is none.
  package var depth: Int
  /// Only what was known to have happened by then.
  package var asOf: PostgresTimestamp?
  package var maximumNodes = 10_000
  package var maximumEdges = 20_000
  /// Of columns; 0 for none.
  package var maximumColumns = 0

  package init(direction: TraceDirection, depth: Int) {
    self.direction = direction
    self.depth = depth
  }
}

/// A dataset, a job, a model or a feature that lineage tells of.
package struct TracedNode: Sendable {
  package let id: Int64
  /// `dataset`, `job`, `model`, `feature`.
  package let kind: String
  /// As it was called first.
  package let name: EntityName
  /// Of the catalog.
  package let dataset: DatasetID?
}

/// What flowed into what, by which job; a run that only reads has its job as target, one that only writes as source.
package struct TracedEdge: Hashable, Sendable {
  package let source: Int64
  package let target: Int64
  package let job: Int64
  package let firstSeenAt: PostgresTimestamp
  package let lastSeenAt: PostgresTimestamp
  package let lastRun: PostgresUUID?
  /// `declared`, `observed`, `corroborated`, `inferred`.
  package let evidence: String
}

/// A column that was made from another, or, where it is `nil`, a dataset whose rows depend on it.
package struct TracedColumn: Sendable {
  package let source: Int64
  package let sourceColumn: String
  package let target: Int64
  package let targetColumn: String?
  package let job: Int64
  package let transformation: String?
  package let subtype: String?
  package let isMasking: Bool
  package let description: String?
}

/// What a trace found.
package struct LineageTrace: Sendable {
  package let start: Int64
  /// Jobs of edges included; the start first, then by distance.
  package var nodes: [TracedNode] = []
  package var edges: [TracedEdge] = []
  package var columns: [TracedColumn] = []
  /// Whether there is more within the depth than the bounds allow.
  package var isCut = false
}

/// How a trace's start is named.
package enum TraceStart: Hashable, Sendable {
  case node(Int64)
  case dataset(DatasetID)
  /// A dataset that the catalog does not know, or a job, as events name it.
  case named(kind: String, EntityName)
}

extension CatalogStore {
  /// Goes from node to node, breadth first, one query for each step of all nodes at once.
  ///
  /// - Returns: `nil` when lineage does not know where to start.
  package func trace(_ start: TraceStart, _ bounds: TraceBounds, _: Authorization) async throws -> LineageTrace? {
    try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
      guard let (id, kind) = try Self.find(start, on: connection) else { return nil }
      try connection.execute(
        """
        SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
          set_config('enable_mergejoin', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)
        """)
      return try Self.trace(id, isJob: kind == "job", bounds, on: connection)
    }
  }

  private static func find(_ start: TraceStart, on connection: PostgresConnection) throws -> (Int64, String)? {
    let sql: SQL =
      switch start {
      case .node(let id): "SELECT id, kind FROM lineage_nodes WHERE id = \(id)"
      case .dataset(let id): "SELECT id, kind FROM lineage_nodes WHERE dataset_id = \(id)"
      case .named(let kind, let name):
        """
        SELECT n.id, n.kind FROM lineage_names m JOIN lineage_nodes n ON n.id = m.node_id
        WHERE m.kind = \(kind) AND m.namespace = \(name.namespace) AND m.name = \(name.name)
        """
      }
    return try connection.first(sql) { row in (try row[0], try row[1]) }
  }

  private static func edge(_ row: PostgresRow) throws -> TracedEdge {
    TracedEdge(
      source: try row[0], target: try row[1], job: try row[2], firstSeenAt: try row[3], lastSeenAt: try row[4], lastRun: try row[5],
      evidence: try row[6])
  }

  private static func trace(
    _ start: Int64, isJob: Bool, _ bounds: TraceBounds, on connection: PostgresConnection
  ) throws -> LineageTrace {
    var trace = LineageTrace(start: start)
    let isUpstream = bounds.direction == .upstream
    let (near, far): (SQL, SQL) = isUpstream ? ("target_id", "source_id") : ("source_id", "target_id")
    let known: SQL = bounds.asOf.map { "AND first_seen_at <= \($0)" } ?? ""
    var order = [start]
    var reached: Set<Int64> = [start]
    var frontier = [start]
    var edges: Set<TracedEdge> = []
    for step in 0..<bounds.depth where !frontier.isEmpty && !trace.isCut {
      let room = bounds.maximumEdges - edges.count
      // From a job, all that it read or wrote in any of its runs.
      let isFromJob = isJob && step == 0
      let condition: SQL = isFromJob ? "(job_id = \(start) OR \(near) = \(start))" : "\(near) = ANY(\(frontier))"
      let found = try connection.query(
        """
        SELECT source_id, target_id, job_id, first_seen_at, last_seen_at, last_run_id, evidence FROM lineage_edges
        WHERE \(condition) \(known) ORDER BY \(near), \(far), job_id LIMIT \(Int64(room + 1))
        """, Self.edge)
      trace.isCut = found.count > room
      frontier = []
      for edge in found.prefix(room) where edges.insert(edge).inserted {
        trace.edges.append(edge)
        let next = isUpstream ? edge.source : edge.target
        guard reached.insert(next).inserted else { continue }
        guard order.count < bounds.maximumNodes else {
          trace.isCut = true
          continue
        }
        order.append(next)
        frontier.append(next)
      }
    }
    // An edge to a node that there was no room for leads nowhere.
    var shown = Set(order)
    trace.edges.removeAll { edge in
      let near = isUpstream ? edge.target : edge.source
      let far = isUpstream ? edge.source : edge.target
      return !shown.contains(far) || !shown.contains(near) && edge.job != start
    }
    for edge in trace.edges { for id in [edge.source, edge.target, edge.job] where shown.insert(id).inserted { order.append(id) } }
    trace.nodes = try nodes(order, on: connection)
    if bounds.maximumColumns > 0 { try addColumns(to: &trace, bounds, on: connection) }
    return trace
  }

  private static func nodes(_ ids: [Int64], on connection: PostgresConnection) throws -> [TracedNode] {
    let found = try connection.query(
      "SELECT id, kind, namespace, name, dataset_id FROM lineage_nodes WHERE id = ANY(\(ids))"
    ) { row in
      TracedNode(id: try row[0], kind: try row[1], name: EntityName(namespace: try row[2], name: try row[3]), dataset: try row[4])
    }
    let byID = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
    return ids.compactMap { byID[$0] }
  }

  /// Dependencies of columns along the edges of a trace.
  private static func addColumns(to trace: inout LineageTrace, _ bounds: TraceBounds, on connection: PostgresConnection) throws {
    let edges = trace.edges
    let known: SQL = bounds.asOf.map { "AND c.first_seen_at <= \($0)" } ?? ""
    trace.columns = try connection.query(
      """
      SELECT c.source_id, c.source_column, c.target_id, c.target_column, c.job_id, c.transformation, c.subtype, c.is_masking, c.description
      FROM unnest(\(edges.map(\.source)), \(edges.map(\.target)), \(edges.map(\.job))) AS e (source, target, job)
      JOIN lineage_columns c ON c.target_id = e.target AND c.source_id = e.source AND c.job_id = e.job \(known)
      ORDER BY c.target_id, c.target_column, c.source_id, c.source_column LIMIT \(Int64(bounds.maximumColumns + 1))
      """
    ) { row in
      func unlessEmpty(_ column: Int) throws -> String? {
        let text: String = try row[column]
        return text.isEmpty ? nil : text
      }
      return TracedColumn(
        source: try row[0], sourceColumn: try row[1], target: try row[2], targetColumn: try unlessEmpty(3), job: try row[4],
        transformation: try unlessEmpty(5), subtype: try unlessEmpty(6), isMasking: try row[7], description: try row[8])
    }
    guard trace.columns.count > bounds.maximumColumns else { return }
    trace.columns.removeLast()
    trace.isCut = true
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
}
