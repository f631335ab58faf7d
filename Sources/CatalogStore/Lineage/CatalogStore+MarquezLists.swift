package import Lineage
import Postgres

// Lists of what lineage tells of, as clients of Marquez's API ask for them. Each reads a bounded part of an index in its order.

extension CatalogStore {
  /// Reads by the graph's indexes, whatever the planner guesses of it.
  func readGraph<T: Sendable>(_ body: @escaping @Sendable (PostgresConnection) throws -> T) async throws -> T {
    try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
      try connection.execute(
        """
        SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
          set_config('enable_mergejoin', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)
        """)
      return try body(connection)
    }
  }

  // MARK: Names

  /// Namespaces of datasets and jobs behind one, in order; found by a probe each, not by going through their names.
  package func lineageNamespaces(after: String?, limit: Int, _: Authorization) async throws -> [String] {
    let isBehind: SQL = after.map { "AND namespace > \($0)" } ?? ""
    func namespaces(_ kind: SQL) -> SQL {
      """
      (WITH RECURSIVE found AS (
        (SELECT namespace FROM lineage_names WHERE kind = \(kind) \(isBehind) ORDER BY namespace LIMIT 1)
        UNION ALL
        SELECT (SELECT m.namespace FROM lineage_names m WHERE m.kind = \(kind) AND m.namespace > f.namespace ORDER BY m.namespace LIMIT 1)
        FROM found f WHERE f.namespace IS NOT NULL)
      SELECT namespace FROM found WHERE namespace IS NOT NULL LIMIT \(Int64(limit)))
      """
    }
    let sql: SQL = "SELECT namespace FROM (\(namespaces("'dataset'")) UNION \(namespaces("'job'"))) s ORDER BY 1 LIMIT \(Int64(limit))"
    return try await readGraph { connection in try connection.query(sql) { row in try row[0] as String } }
  }

  /// Nodes behind a name, in the order of namespace and name.
  ///
  /// - Parameters:
  ///   - namespace: `nil` for all.
  ///   - limit: of names that are looked at. A node is listed under the name that it was called first.
  package func lineageNodes(
    _ kind: String, in namespace: String?, after: EntityName?, limit: Int, _: Authorization
  ) async throws -> ListedNodes {
    let isThere: SQL = namespace.map { "AND m.namespace = \($0)" } ?? ""
    let isBehind: SQL =
      switch (namespace, after) {
      case (_, nil): ""
      case (nil, let after?): "AND (m.namespace, m.name) > (\(after.namespace), \(after.name))"
      case (.some, let after?): "AND m.name > \(after.name)"
      }
    let rows = try await readGraph { connection in
      try connection.query(
        """
        SELECT m.namespace, m.name, \(ListedNode.columns) FROM (
          SELECT m.namespace, m.name, m.node_id FROM lineage_names m WHERE m.kind = \(kind) \(isThere) \(isBehind)
          ORDER BY m.namespace, m.name LIMIT \(Int64(limit))) m
        JOIN lineage_nodes n ON n.id = m.node_id ORDER BY m.namespace, m.name
        """
      ) { row in (name: EntityName(namespace: try row[0], name: try row[1]), node: try ListedNode(row, from: 2)) }
    }
    return ListedNodes(
      nodes: rows.filter { $0.name == $0.node.name }.map(\.node), next: rows.count < limit ? nil : rows.last?.name, looks: rows.count)
  }

  /// The first nodes of each of these namespaces.
  package func lineageNodes(beginning namespaces: [String], limit: Int, _: Authorization) async throws -> [ListedNode] {
    try await readGraph { connection in
      try connection.query(
        """
        SELECT \(ListedNode.columns) FROM unnest(\(namespaces)) AS w (namespace) CROSS JOIN (VALUES ('dataset'), ('job')) k (kind)
        CROSS JOIN LATERAL (
          SELECT m.node_id FROM lineage_names m WHERE m.kind = k.kind AND m.namespace = w.namespace ORDER BY m.name LIMIT \(Int64(limit))) m
        JOIN lineage_nodes n ON n.id = m.node_id WHERE n.namespace = w.namespace
        """
      ) { row in try ListedNode(row) }
    }
  }

  package func lineageNodes(_ ids: [Int64], _: Authorization) async throws -> [ListedNode] {
    guard !ids.isEmpty else { return [] }
    return try await readGraph { connection in
      try connection.query("SELECT \(ListedNode.columns) FROM lineage_nodes n WHERE n.id = ANY(\(ids))") { row in try ListedNode(row) }
    }
  }

  /// The datasets that these names mean, as events would mean them: by place, by alias, by any name.
  package func lineageDatasets(
    _ names: [EntityName], _ aliases: [NamespaceAliases.Alias], _: Authorization
  ) async throws -> [EntityName: Int64] {
    try await readGraph { connection in
      let aliases = try GraphNodes.aliases(aliases, on: connection)
      let candidates = names.map { ($0, DatasetIdentity($0).candidates(aliases)) }
      let found = try KnownNodes(candidates.map(\.1), [], on: connection)
      let byName = Dictionary(found.names.filter { $0.kind == "dataset" }.map { ($0.name, $0.node) }) { first, _ in first }
      let byDataset = Dictionary(found.nodes) { first, _ in first }
      var nodes: [EntityName: Int64] = [:]
      for (name, candidates) in candidates {
        nodes[name] = found.dataset(candidates).flatMap { byDataset[$0] } ?? candidates.names.lazy.compactMap { byName[$0] }.first
      }
      return nodes
    }
  }

  package func lineageJobs(_ names: [EntityName], _: Authorization) async throws -> [EntityName: Int64] {
    let rows = try await readGraph { connection in
      try connection.query(
        """
        SELECT m.namespace, m.name, m.node_id FROM unnest(\(names.map(\.namespace)), \(names.map(\.name))) AS w (namespace, name)
        JOIN lineage_names m ON m.kind = 'job' AND m.namespace = w.namespace AND m.name = w.name
        """
      ) { row in (EntityName(namespace: try row[0], name: try row[1]), try row[2] as Int64) }
    }
    return Dictionary(rows) { first, _ in first }
  }

  /// Every name of these nodes.
  package func lineageNames(of ids: [Int64], _: Authorization) async throws -> [Int64: Set<EntityName>] {
    guard !ids.isEmpty else { return [:] }
    let rows = try await readGraph { connection in
      try connection.query("SELECT node_id, namespace, name FROM lineage_names WHERE node_id = ANY(\(ids)) LIMIT 50000") { row in
        (try row[0] as Int64, Set([EntityName(namespace: try row[1], name: try row[2])]))
      }
    }
    return Dictionary(rows) { $0.union($1) }
  }

  /// The jobs of the latest events, the latest first.
  ///
  /// - Parameter before: where to go on; `nil` for the beginning.
  /// - Returns: the jobs of the runs of so many events, and where to go on, `nil` at the beginning of all events.
  package func recentLineageJobs(
    before: Int64?, events: Int, _: Authorization
  ) async throws -> (jobs: [ListedNode], next: Int64?) {
    let isBefore: SQL = before.map { "WHERE id < \($0)" } ?? ""
    return try await readGraph { connection in
      let found = try connection.query(
        "SELECT id, run_id FROM lineage_events \(isBefore) ORDER BY id DESC LIMIT \(Int64(events))"
      ) { row in (id: try row[0] as Int64, run: try row[1] as PostgresUUID?) }
      var seen: Set<PostgresUUID> = []
      let runs = found.compactMap(\.run).filter { seen.insert($0).inserted }
      let nodes = try connection.query(
        """
        SELECT \(ListedNode.columns) FROM (
          SELECT r.job_id, min(w.place) AS place FROM unnest(\(runs)) WITH ORDINALITY AS w (run, place) JOIN lineage_runs r ON r.id = w.run
          GROUP BY r.job_id) j
        JOIN lineage_nodes n ON n.id = j.job_id ORDER BY j.place
        """
      ) { row in try ListedNode(row) }
      return (nodes, found.count < events ? nil : found.last?.id)
    }
  }

  // MARK: Search

  /// Nodes of which a name holds a text, in whatever order; a node comes once.
  ///
  /// A text that many names hold is found among the first ones; one that few hold, by the index of their parts, which asks for three
  /// characters that go together.
  /// - Parameters:
  ///   - pattern: of `ILIKE`.
  ///   - isIndexed: whether the index can find it.
  package func lineageNodes(
    like pattern: String, isIndexed: Bool, _ kind: String, limit: Int, _: Authorization
  ) async throws -> [ListedNode] {
    @Sendable func nodes(_ names: SQL) -> SQL {
      """
      SELECT \(ListedNode.columns) FROM (SELECT DISTINCT node_id FROM (\(names) LIMIT \(Int64(limit))) m) m
      JOIN lineage_nodes n ON n.id = m.node_id
      """
    }
    let near = try await readGraph { connection in
      try connection.query(
        nodes(
          """
          SELECT m.node_id FROM (
            SELECT name, node_id FROM lineage_names WHERE kind = \(kind) ORDER BY namespace, name LIMIT \(Self.nearNames)) m
          WHERE m.name ILIKE \(pattern)
          """)
      ) { row in try ListedNode(row) }
    }
    guard isIndexed, near.count < limit else { return near }
    return try await readGraph { connection in
      try connection.query(nodes("SELECT node_id FROM lineage_names WHERE name ILIKE \(pattern) AND kind = \(kind)")) { row in
        try ListedNode(row)
      }
    }
  }

  private static let nearNames: Int64 = 10_000
}
