import Lineage
package import Postgres

// What is known of single nodes and runs. Every query is bounded for each of them.

extension CatalogStore {
  // MARK: Surroundings

  private static let maximumEdges: Int64 = 2_000

  /// Of jobs, what they read and write in any of their runs; of datasets, what they were made from and what was made from them.
  package func surroundings(ofJobs jobs: [Int64], datasets: [Int64], _: Authorization) async throws -> [Int64: NodeSurroundings] {
    guard !jobs.isEmpty || !datasets.isEmpty else { return [:] }
    return try await readGraph { connection in
      var found: [Int64: NodeSurroundings] = [:]
      func read(_ ids: [Int64], _ condition: SQL) throws {
        guard !ids.isEmpty else { return }
        let rows = try connection.query(
          """
          SELECT w.id, x.sources, x.targets, x.edges FROM unnest(\(ids)) AS w (id) CROSS JOIN LATERAL (
            SELECT array_agg(DISTINCT e.source_id) AS sources, array_agg(DISTINCT e.target_id) AS targets, count(*) AS edges
            FROM (SELECT source_id, target_id FROM lineage_edges WHERE \(condition) LIMIT \(Self.maximumEdges + 1)) e) x
          WHERE x.edges > 0
          """
        ) { row in (id: try row[0] as Int64, sources: try row[1] as [Int64], targets: try row[2] as [Int64], edges: try row[3] as Int64) }
        for row in rows {
          var around = found[row.id] ?? NodeSurroundings()
          around.sources.formUnion(row.sources.filter { $0 != row.id })
          around.targets.formUnion(row.targets.filter { $0 != row.id })
          around.isCut = around.isCut || row.edges > Self.maximumEdges
          found[row.id] = around
        }
      }
      try read(jobs, "job_id = w.id")
      try read(datasets, "target_id = w.id")
      try read(datasets, "source_id = w.id")
      return found
    }
  }

  // MARK: Runs

  /// The latest runs of each of these jobs, the latest first.
  package func latestRuns(of jobs: [Int64], each limit: Int, _: Authorization) async throws -> [Int64: [StoredRun]] {
    guard !jobs.isEmpty else { return [:] }
    let runs = try await readGraph { connection in
      try connection.query(
        """
        SELECT \(StoredRun.columns) FROM unnest(\(jobs)) AS w (id) CROSS JOIN LATERAL (
          SELECT * FROM lineage_runs WHERE job_id = w.id ORDER BY state_at DESC LIMIT \(Int64(limit))) r
        ORDER BY r.job_id, r.state_at DESC
        """
      ) { row in try StoredRun(row) }
    }
    return Dictionary(grouping: runs, by: \.job)
  }

  /// Runs of a job, the latest first, and how many there are, counted no further than a bound.
  package func runs(
    of job: Int64, offset: Int, limit: Int, countTo bound: Int, _: Authorization
  ) async throws -> (runs: [StoredRun], count: Int) {
    try await readGraph { connection in
      let runs = try connection.query(
        """
        SELECT \(StoredRun.columns) FROM lineage_runs r WHERE r.job_id = \(job)
        ORDER BY r.state_at DESC OFFSET \(Int64(offset)) LIMIT \(Int64(limit))
        """
      ) { row in try StoredRun(row) }
      let count = try connection.first(
        "SELECT count(*) FROM (SELECT FROM lineage_runs WHERE job_id = \(job) LIMIT \(Int64(bound))) r"
      ) { row in try row[0] as Int64 }
      return (runs, Int(count ?? 0))
    }
  }

  package func run(_ id: PostgresUUID, _: Authorization) async throws -> StoredRun? {
    try await pool.run { connection in
      try connection.first("SELECT \(StoredRun.columns) FROM lineage_runs r WHERE r.id = \(id)") { row in try StoredRun(row) }
    }
  }

  package func runs(_ ids: [PostgresUUID], _: Authorization) async throws -> [PostgresUUID: StoredRun] {
    guard !ids.isEmpty else { return [:] }
    let runs = try await readGraph { connection in
      try connection.query("SELECT \(StoredRun.columns) FROM lineage_runs r WHERE r.id = ANY(\(ids))") { row in try StoredRun(row) }
    }
    return Dictionary(runs.map { ($0.id, $0) }) { first, _ in first }
  }

  /// What runs read and wrote, in the versions that count.
  package func uses(of runs: [PostgresUUID], limit: Int, _: Authorization) async throws -> [StoredUse] {
    guard !runs.isEmpty else { return [] }
    return try await readGraph { connection in
      try connection.query(
        """
        SELECT run_id, node_id, is_output, version, first_seen_at FROM lineage_run_versions WHERE run_id = ANY(\(runs))
        ORDER BY run_id, is_output, first_seen_at, node_id LIMIT \(Int64(limit))
        """, Self.use)
    }
  }

  /// What was written of a dataset, the latest first; at most so many rows, of which several may be of one version.
  package func writes(of node: Int64, limit: Int, _: Authorization) async throws -> [StoredUse] {
    try await readGraph { connection in
      try connection.query(
        """
        SELECT run_id, node_id, is_output, version, first_seen_at FROM lineage_run_datasets WHERE node_id = \(node) AND is_output
        ORDER BY first_seen_at DESC LIMIT \(Int64(limit))
        """, Self.use)
    }
  }

  private static func use(_ row: PostgresRow) throws -> StoredUse {
    StoredUse(run: try row[0], node: try row[1], isOutput: try row[2], version: try row[3], firstSeenAt: try row[4])
  }

  /// When each of these datasets was last written by a run that completed, as far as its latest writes tell.
  package func lastModified(_ nodes: [Int64], _: Authorization) async throws -> [Int64: PostgresTimestamp] {
    guard !nodes.isEmpty else { return [:] }
    let rows = try await readGraph { connection in
      try connection.query(
        """
        SELECT w.id, max(u.last_seen_at) FROM unnest(\(nodes)) AS w (id) CROSS JOIN LATERAL (
          SELECT run_id, last_seen_at FROM lineage_run_datasets WHERE node_id = w.id AND is_output ORDER BY first_seen_at DESC LIMIT 10) u
        JOIN lineage_runs r ON r.id = u.run_id AND r.state = 'COMPLETE' GROUP BY w.id
        """
      ) { row in (try row[0] as Int64, try row[1] as PostgresTimestamp) }
    }
    return Dictionary(rows) { first, _ in first }
  }

  // MARK: Events

  /// Larger ones are not read for what they say of a dataset or a job.
  private static let maximumFacetBytes: Int64 = 1 << 20

  /// These events, as far as they are not too large.
  package func lineageDocuments(_ ids: [Int64], _: Authorization) async throws -> [Int64: [UInt8]] {
    guard !ids.isEmpty else { return [:] }
    let rows = try await readGraph { connection in
      try connection.query(
        "SELECT id, document FROM lineage_events WHERE id = ANY(\(ids)) AND octet_length(document) <= \(Self.maximumFacetBytes)"
      ) { row in (try row[0] as Int64, try row.bytes(1)) }
    }
    return Dictionary(rows) { first, _ in first }
  }

  /// The latest events of each of these runs, the latest of each first, as far as they are not too large.
  package func lineageDocuments(
    ofRuns runs: [PostgresUUID], each limit: Int, _: Authorization
  ) async throws -> [PostgresUUID: [[UInt8]]] {
    guard !runs.isEmpty else { return [:] }
    let rows = try await readGraph { connection in
      try connection.query(
        """
        SELECT w.run, e.document FROM unnest(\(runs)) AS w (run) CROSS JOIN LATERAL (
          SELECT id, coalesce(happened_at, received_at) AS at, document FROM lineage_events
          WHERE run_id = w.run AND octet_length(document) <= \(Self.maximumFacetBytes) ORDER BY id DESC LIMIT \(Int64(limit))) e
        ORDER BY w.run, e.at DESC, e.id DESC
        """
      ) { row in (run: try row[0] as PostgresUUID, document: try row.bytes(1)) }
    }
    return Dictionary(grouping: rows, by: \.run).mapValues { $0.map(\.document) }
  }

  /// Events as they came, by the time of what they tell.
  ///
  /// - Parameters:
  ///   - from: not earlier; `nil` for all.
  ///   - until: earlier than that; `nil` for all.
  ///   - bound: how far they are counted.
  /// - Throws: ``CatalogError/badRequest(_:)`` when they are too large together
  package func lineageEvents(
    from: PostgresTimestamp?, until: PostgresTimestamp?, isAscending: Bool, offset: Int, limit: Int, countTo bound: Int, _: Authorization
  ) async throws -> (documents: [[UInt8]], count: Int) {
    let time: SQL = "coalesce(happened_at, received_at)"
    var condition: SQL = "true"
    if let from { condition += " AND \(time) >= \(from)" }
    if let until { condition += " AND \(time) < \(until)" }
    let direction: SQL = isAscending ? "ASC" : "DESC"
    return try await readGraph { [condition] connection in
      let found = try connection.query(
        """
        SELECT id, octet_length(document)::bigint FROM lineage_events WHERE \(condition)
        ORDER BY \(time) \(direction), id \(direction) OFFSET \(Int64(offset)) LIMIT \(Int64(limit))
        """
      ) { row in (id: try row[0] as Int64, size: try row[1] as Int64) }
      guard found.count < 2 || found.reduce(0, { $0 + $1.size }) <= Self.maximumEventsBytes else {
        throw CatalogError.badRequest("These \(found.count) events are too large for one answer; ask for fewer with limit")
      }
      let documents = try connection.query("SELECT id, document FROM lineage_events WHERE id = ANY(\(found.map(\.id)))") { row in
        (try row[0] as Int64, try row.bytes(1))
      }
      let byID = Dictionary(documents) { first, _ in first }
      let count = try connection.first(
        "SELECT count(*) FROM (SELECT FROM lineage_events WHERE \(condition) LIMIT \(Int64(bound))) e"
      ) { row in try row[0] as Int64 }
      return (found.compactMap { byID[$0.id] }, Int(count ?? 0))
    }
  }

  private static let maximumEventsBytes: Int64 = 32 << 20

  // MARK: Columns

  /// Dependencies into columns of datasets, as whole datasets or one by one.
  package func columns(into nodes: [Int64], limit: Int, _: Authorization) async throws -> [ColumnDependency] {
    guard !nodes.isEmpty else { return [] }
    return try await columns("c.target_id = ANY(\(nodes))", limit)
  }

  /// Dependencies out of all columns of datasets.
  package func columns(outOf nodes: [Int64], limit: Int, _: Authorization) async throws -> [ColumnDependency] {
    guard !nodes.isEmpty else { return [] }
    return try await columns("c.source_id = ANY(\(nodes))", limit)
  }

  /// One step from these columns, upstream or downstream.
  package func columns(
    next places: [ColumnPlace], upstream isUpstream: Bool, limit: Int, _: Authorization
  ) async throws -> [ColumnDependency] {
    guard !places.isEmpty else { return [] }
    let near: SQL = isUpstream ? "c.target_id, c.target_column" : "c.source_id, c.source_column"
    return try await columns("(\(near)) IN (SELECT * FROM unnest(\(places.map(\.node)), \(places.map(\.column))))", limit)
  }

  /// Where a target has no column, the whole of it depends: that is left out.
  private func columns(_ condition: SQL, _ limit: Int) async throws -> [ColumnDependency] {
    try await readGraph { connection in
      try connection.query(
        """
        SELECT c.source_id, c.source_column, c.target_id, c.target_column, c.transformation, c.subtype, c.description
        FROM lineage_columns c WHERE \(condition) AND c.target_column <> ''
        ORDER BY c.target_id, c.target_column, c.source_id, c.source_column LIMIT \(Int64(limit))
        """
      ) { row in
        func unlessEmpty(_ column: Int) throws -> String? {
          let text: String = try row[column]
          return text.isEmpty ? nil : text
        }
        return ColumnDependency(
          source: ColumnPlace(node: try row[0], column: try row[1]), target: ColumnPlace(node: try row[2], column: try row[3]),
          transformation: try unlessEmpty(4), subtype: try unlessEmpty(5), description: try row[6])
      }
    }
  }

  // MARK: Datasets of the catalog

  /// What the catalog has written down of these datasets.
  package func describedDatasets(_ ids: [DatasetID], _: Authorization) async throws -> [DatasetID: DescribedDataset] {
    guard !ids.isEmpty else { return [:] }
    let rows = try await readGraph { connection in
      try connection.query(
        """
        SELECT id, kind, format, description, tags::text, head FROM datasets WHERE id = ANY(\(ids.map(\.uuid))) AND dropped_at IS NULL
        """
      ) { row in (try row[0] as DatasetID, try DescribedDataset(row)) }
    }
    return Dictionary(rows) { first, _ in first }
  }
}
