import Lineage
import Postgres

/// Columns: those along the edges of a trace, or a trace of one column.
extension LineageTracer {
  private static let columns: SQL = """
    c.source_id, c.source_column, c.target_id, c.target_column, c.job_id, c.transformation, c.subtype, c.is_masking, c.description
    """

  private static func column(_ row: PostgresRow) throws -> TracedColumn {
    func unlessEmpty(_ column: Int) throws -> String? {
      let text: String = try row[column]
      return text.isEmpty ? nil : text
    }
    return TracedColumn(
      source: try row[0], sourceColumn: try row[1], target: try row[2], targetColumn: try unlessEmpty(3), job: try row[4] as Int64,
      transformation: try unlessEmpty(5), subtype: try unlessEmpty(6), isMasking: try row[7], description: try row[8])
  }

  /// Dependencies of columns along the edges of a trace.
  mutating func readColumns() throws {
    let edges = trace.edges.filter { $0.kind == .job }
    let known: SQL = bounds.asOf.map { "AND c.first_seen_at <= \($0)" } ?? ""
    trace.columns += try connection.query(
      """
      SELECT \(Self.columns)
      FROM (SELECT DISTINCT * FROM unnest(\(edges.map(\.source)), \(edges.map(\.target)), \(edges.map(\.job)))) AS e (source, target, job)
      JOIN lineage_columns c ON c.target_id = e.target AND c.source_id = e.source AND c.job_id = e.job \(known)
      ORDER BY c.target_id, c.target_column, c.source_id, c.source_column LIMIT \(Int64(bounds.maximumColumns + 1))
      """, Self.column)
    let views = trace.edges.filter { $0.kind == .feature }
    guard !views.isEmpty else { return }
    let found = try features(of: Set(views.compactMap { nodes[$0.target]?.dataset }))
    for edge in views {
      guard let view = nodes[edge.target]?.dataset else { continue }
      trace.columns += (found[view] ?? []).map { Self.feature($0, edge) }
    }
  }

  private static func feature(_ name: String, _ edge: TracedEdge) -> TracedColumn {
    TracedColumn(source: edge.source, sourceColumn: name, target: edge.target, targetColumn: name, evidence: "inferred")
  }

  /// Features that are a source's columns of the same name, as those of batch and stream views are unless their names were mapped: hence
  /// inferred.
  private func features(of views: Set<DatasetID>) throws -> [DatasetID: [String]] {
    let rows = try connection.query(
      """
      SELECT f.dataset_id, f.name FROM features f JOIN feature_views v ON v.dataset_id = f.dataset_id
      WHERE f.dataset_id = ANY(\(views.map(\.uuid))) AND f.gone_at IS NULL AND v.kind IN ('batch', 'stream')
      ORDER BY f.dataset_id, f.place LIMIT \(Int64(bounds.maximumColumns + 1))
      """
    ) { row in (try row[0] as DatasetID, try row[1] as String) }
    return Dictionary(grouping: rows, by: \.0).mapValues { $0.map(\.1) }
  }

  // MARK: One column

  private struct Place: Hashable {
    let node: Int64
    let column: String
  }

  /// Follows a column from table to table. Upstream, what decides which rows there are counts, too; downstream such a dependency is told and
  /// not followed, since it is of all columns.
  mutating func follow(_ column: String, _ way: Way) throws {
    var frontier = [Place(node: trace.start, column: column)]
    var reached = Set(frontier)
    var seen = Set(trace.columns)
    for _ in 0..<bounds.depth where !frontier.isEmpty && !trace.isCut {
      var found = try jobColumns(from: frontier, way)
      found += try featureColumns(from: frontier, way)
      if way == .downstream { found += try trainingColumns(from: frontier) }
      let edges = try withStates(found.map(\.edge))
      frontier = []
      for (edge, column) in zip(edges, found.map(\.column)) {
        let place =
          way == .upstream
          ? Place(node: column.source, column: column.sourceColumn) : Place(node: column.target, column: column.targetColumn ?? "")
        guard trace.columns.count <= bounds.maximumColumns, take(edge, to: place.node) else {
          trace.isCut = true
          continue
        }
        if seen.insert(column).inserted { trace.columns.append(column) }
        if !place.column.isEmpty, reached.insert(place).inserted { frontier.append(place) }
      }
      try readNodes()
    }
  }

  private func jobColumns(from frontier: [Place], _ way: Way) throws -> [(column: TracedColumn, edge: TracedEdge)] {
    let frontier = frontier.filter { $0.node > 0 }
    guard !frontier.isEmpty else { return [] }
    let condition: SQL =
      switch way {
      case .upstream: "c.target_id = w.node AND c.target_column = ANY(ARRAY[w.name, ''])"
      case .downstream: "c.source_id = w.node AND c.source_column = w.name"
      }
    let known: SQL = bounds.asOf.map { "AND c.first_seen_at <= \($0)" } ?? ""
    return try connection.query(
      """
      SELECT \(Self.columns), e.first_seen_at, e.last_seen_at, e.last_run_id, e.evidence
      FROM unnest(\(frontier.map(\.node)), \(frontier.map(\.column))) AS w (node, name)
      JOIN lineage_columns c ON \(condition) \(known)
      JOIN lineage_edges e ON e.target_id = c.target_id AND e.source_id = c.source_id AND e.job_id = c.job_id
      ORDER BY c.target_id, c.target_column, c.source_id, c.source_column LIMIT \(Int64(bounds.maximumEdges + 1))
      """
    ) { row in
      let column = try Self.column(row)
      let last: PostgresTimestamp = try row[10]
      let run: PostgresUUID? = try row[11]
      return (
        column,
        TracedEdge(
          .job, from: column.source, to: column.target, job: column.job, firstSeenAt: try row[9], lastSeenAt: last,
          lastRun: bounds.asOf.map { last <= $0 } ?? true ? run : nil, evidence: try row[12])
      )
    }
  }

  private mutating func featureColumns(from frontier: [Place], _ way: Way) throws -> [(column: TracedColumn, edge: TracedEdge)] {
    let datasets = frontier.compactMap { nodes[$0.node]?.dataset }
    guard !datasets.isEmpty else { return [] }
    let edges = try featureEdges(of: datasets, way)
    guard !edges.isEmpty else { return [] }
    let names = Dictionary(grouping: frontier, by: \.node).mapValues { Set($0.map(\.column)) }
    let found = try features(of: Set(edges.compactMap { dataset(of: $0.target) }))
    return edges.flatMap { edge in
      let wanted = names[way == .upstream ? edge.target : edge.source] ?? []
      let own = dataset(of: edge.target).flatMap { found[$0] } ?? []
      return own.filter(wanted.contains).map { (column: Self.feature($0, edge), edge: edge) }
    }
  }

  /// Versions that were trained on all columns, or on those among others.
  private mutating func trainingColumns(from frontier: [Place]) throws -> [(column: TracedColumn, edge: TracedEdge)] {
    let datasets = Set(frontier.compactMap { nodes[$0.node]?.dataset })
    guard !datasets.isEmpty else { return [] }
    let names = Dictionary(grouping: frontier, by: \.node).mapValues { $0.map(\.column) }
    // What it says of columns is taken from here: of all that a version was trained on only these are asked for.
    let before = trace.columns
    let edges = try trainings(on: datasets.map { ($0, Self.beginningOfTime) }, bounds.maximumEdges)
    let said = Dictionary(grouping: trace.columns.dropFirst(before.count)) { [$0.source, $0.target] }
    trace.columns = before
    return edges.flatMap { edge in
      let columns = said[[edge.source, edge.target]].map { Set($0.map(\.sourceColumn)) }
      return (names[edge.source] ?? []).filter { columns?.contains($0) ?? true }.map {
        (
          column: TracedColumn(source: edge.source, sourceColumn: $0, target: edge.target, targetColumn: $0, evidence: edge.evidence),
          edge: edge
        )
      }
    }
  }
}
