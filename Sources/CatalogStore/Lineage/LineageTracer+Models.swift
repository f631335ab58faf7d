import Lineage
import Postgres

/// What models were trained on, and what feature views are computed from.
extension LineageTracer {
  /// Which bindings count: those of today, or those of the time that was asked for.
  private var boundThen: SQL {
    guard let asOf = bounds.asOf else { return "i.withdrawn_at IS NULL" }
    return "i.bound_at <= \(asOf) AND (i.withdrawn_at IS NULL OR i.withdrawn_at > \(asOf))"
  }

  /// What versions of models were trained on.
  mutating func inputs(of versions: [ModelVersionID]) throws -> [TracedEdge] {
    let rows = try connection.query(
      """
      SELECT i.model_version_id, i.dataset_id, n.id, coalesce(d.identifier, i.identifier), i.role,
        coalesce(i.snapshot_id::text, i.format_version), i.grade, i.bound_at, i.columns
      FROM training_inputs i LEFT JOIN datasets d ON d.id = i.dataset_id LEFT JOIN lineage_nodes n ON n.dataset_id = i.dataset_id
      WHERE i.model_version_id = ANY(\(versions.map(\.uuid))) AND \(boundThen) ORDER BY i.id LIMIT \(Int64(bounds.maximumEdges + 1))
      """
    ) { row in (try Input(row), version: try row[0] as ModelVersionID, node: try row[2] as Int64?, identifier: try row[3] as String) }
    return try rows.map { input, version, node, identifier in
      let dataset = input.dataset
      let source = try number(.dataset(dataset), known: node) { try Self.node($0, dataset, named: identifier) }
      return add(input, from: source, to: number(.version(version)) { TracedNode(id: $0, kind: "model-version", name: Self.nameless) })
    }
  }

  private static let nameless = EntityName(namespace: "", name: "")

  /// Which versions of models were trained on datasets, in states not older than the moments.
  mutating func trainings(on datasets: [(dataset: DatasetID, moment: PostgresTimestamp)], _ room: Int) throws -> [TracedEdge] {
    let rows = try connection.query(
      """
      SELECT i.model_version_id, i.dataset_id, m.name || '@' || v.name, v.stage, i.role,
        coalesce(i.snapshot_id::text, i.format_version), i.grade, i.bound_at, i.columns, v.model_id
      FROM unnest(\(datasets.map(\.dataset.uuid)), \(datasets.map(\.moment))) AS w (dataset, moment)
      JOIN training_inputs i ON i.dataset_id = w.dataset AND coalesce(to_timestamp(i.committed_at_ms / 1000.0), i.bound_at) >= w.moment
      JOIN model_versions v ON v.id = i.model_version_id JOIN models m ON m.id = v.model_id
      WHERE \(boundThen) ORDER BY i.id LIMIT \(Int64(room + 1))
      """
    ) { row in
      (
        try Input(row), version: try row[0] as ModelVersionID, name: try row[2] as String, stage: try row[3] as String,
        model: try row[9] as ModelID
      )
    }
    return rows.map { input, version, name, stage, model in
      let target = number(.version(version)) {
        TracedNode(id: $0, kind: "model-version", name: EntityName(namespace: "", name: name), model: model, stage: stage)
      }
      return add(input, from: number(.dataset(input.dataset)) { TracedNode(id: $0, kind: "dataset", name: Self.nameless) }, to: target)
    }
  }

  private struct Input {
    let dataset: DatasetID
    let role: String
    let state: String
    let grade: String
    let boundAt: PostgresTimestamp
    let columns: [String]

    init(_ row: PostgresRow) throws {
      dataset = try row[1]
      role = try row[4]
      state = try row[5]
      grade = try row[6]
      boundAt = try row[7]
      columns = try row[8] as [String]? ?? []
    }
  }

  private mutating func add(_ input: Input, from source: Int64, to target: Int64) -> TracedEdge {
    if bounds.maximumColumns > 0 {
      trace.columns += input.columns.map {
        TracedColumn(source: source, sourceColumn: $0, target: target, targetColumn: $0, evidence: input.grade)
      }
    }
    return TracedEdge(
      .training, from: source, to: target, firstSeenAt: input.boundAt, lastSeenAt: input.boundAt, evidence: input.grade, role: input.role,
      sourceState: TracedState(input.state))
  }

  /// The versions of a model, the latest first.
  mutating func versions(of model: ModelID) throws -> [TracedEdge] {
    let start = trace.start
    let then: SQL = bounds.asOf.map { "AND v.created_at <= \($0)" } ?? ""
    let rows = try connection.query(
      """
      SELECT v.id, m.name || '@' || v.name, v.stage, v.created_at FROM model_versions v JOIN models m ON m.id = v.model_id
      WHERE v.model_id = \(model) \(then) ORDER BY v.created_at DESC, v.id LIMIT \(Int64(bounds.maximumNodes))
      """
    ) { row in
      (id: try row[0] as ModelVersionID, name: try row[1] as String, stage: try row[2] as String, at: try row[3] as PostgresTimestamp)
    }
    return rows.map { version in
      let source = number(.version(version.id)) {
        TracedNode(
          id: $0, kind: "model-version", name: EntityName(namespace: "", name: version.name), model: model, stage: version.stage)
      }
      return TracedEdge(.version, from: source, to: start, firstSeenAt: version.at, lastSeenAt: version.at, evidence: "declared")
    }
  }

  // MARK: Feature views

  /// What feature views are computed from, or which are computed from these datasets. Moments do not count: nobody knows when values flowed.
  /// A view that was dropped still says what it was computed from, but nothing flows into it.
  mutating func featureEdges(of datasets: [DatasetID], _ way: Way) throws -> [TracedEdge] {
    let known: SQL = bounds.asOf.map { "AND v.created_at <= \($0)" } ?? ""
    let lives: SQL = bounds.asOf.map { "(v.dropped_at IS NULL OR v.dropped_at > \($0))" } ?? "v.dropped_at IS NULL"
    let condition: SQL =
      switch way {
      case .upstream: "s.dataset_id = ANY(\(datasets.map(\.uuid)))"
      case .downstream: "s.source_id = ANY(\(datasets.map(\.uuid))) AND \(lives)"
      }
    let rows = try connection.query(
      """
      SELECT s.dataset_id, vn.id, v.identifier, s.source_id, n.id, d.identifier, coalesce(s.kind, s.role), coalesce(s.location, s.name),
        v.created_at, f.imported_at
      FROM feature_view_sources s JOIN feature_views f ON f.dataset_id = s.dataset_id JOIN datasets v ON v.id = s.dataset_id
      LEFT JOIN lineage_nodes vn ON vn.dataset_id = s.dataset_id
      LEFT JOIN datasets d ON d.id = s.source_id LEFT JOIN lineage_nodes n ON n.dataset_id = s.source_id
      WHERE \(condition) AND s.role <> 'request' \(known) ORDER BY s.dataset_id, s.place LIMIT \(Int64(bounds.maximumEdges + 1))
      """
    ) { row in
      (
        view: try row[0] as DatasetID, viewNode: try row[1] as Int64?, viewName: try row[2] as String, dataset: try row[3] as DatasetID?,
        node: try row[4] as Int64?, identifier: try row[5] as String?,
        source: EntityName(namespace: try row[6], name: try row[7]), first: try row[8] as PostgresTimestamp,
        last: try row[9] as PostgresTimestamp
      )
    }
    return try rows.map { row in
      let target = try number(.dataset(row.view), known: row.viewNode) { try Self.node($0, row.view, named: row.viewName) }
      let source =
        if let dataset = row.dataset, let identifier = row.identifier {
          try number(.dataset(dataset), known: row.node) { try Self.node($0, dataset, named: identifier) }
        } else {
          number(.source(row.source)) { TracedNode(id: $0, kind: "dataset", name: row.source) }
        }
      return TracedEdge(.feature, from: source, to: target, firstSeenAt: row.first, lastSeenAt: row.last, evidence: "declared")
    }
  }
}
