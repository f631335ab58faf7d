package import CatalogStore
package import Governance
import Iceberg
package import Lineage

/// How a caller names where a trace starts.
package enum LineageReference: Hashable, Sendable {
  /// By the number that an earlier answer gave.
  case node(Int64)
  /// A table, a view or another dataset of the catalog; in one state, or in all that it was in.
  case dataset(DatasetPath, SnapshotChoice? = nil)
  case feature(DatasetPath)
  case column(DatasetPath, String)
  /// A dataset that the catalog does not know, as events name it.
  case external(EntityName)
  case job(EntityName)
  case run(RunID)
  /// All versions of a model.
  case model(String)
  case modelVersion(String, version: String)
}

/// A trace as its caller may see it.
package struct VisibleTrace: Sendable {
  package struct Node: Sendable {
    package let id: Int64
    package let kind: String
    /// `nil` for what the caller may not know of: it is there so that the path is whole, and says nothing of itself.
    package let name: EntityName?
    /// The dataset, or the model, of the catalog.
    package let object: AccessObject?
    /// How to ask for it again; `nil` for what is hidden or only somebody else's word.
    package let reference: LineageReference?
    /// Of what is neither a table nor a view.
    package let format: DatasetFormat?
    /// Of a model version its stage, of a run its state.
    package let stage: String?
    /// It was dropped.
    package let isGone: Bool
    /// A legal hold covers it; looked up for the nearest thousand datasets.
    package let isHeld: Bool
    /// In which it was read or written, as far as somebody said so.
    package let states: [(state: TracedState, facts: StateFacts?)]
  }

  package let start: Int64
  package let bounds: TraceBounds
  package let nodes: [Node]
  package let edges: [TracedEdge]
  package let columns: [TracedColumn]
  package let isCut: Bool
}

extension Catalog {
  package static let maximumTraceDepth = 100

  /// What something was made from, or what was made from it.
  ///
  /// Datasets and models of the catalog whose metadata the caller may not see, and jobs whose names might tell of them, are shown without
  /// names; so is everything else to who sees no dataset of it and reports no lineage.
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/noSuchModel(_:)`` and the like for what the caller may not know of;
  ///   ``CatalogError/noSuchDataset(_:)`` for what lineage does not know, ``CatalogError/noSuchSnapshot(_:)`` for a state that nobody knows,
  ///   ``CatalogError/badRequest(_:)`` for a branch or tag that is not there
  package func traceLineage(
    from reference: LineageReference, _ bounds: TraceBounds, _ context: OperationContext
  ) async throws -> VisibleTrace {
    let authorization = try await authorized(.traceLineage, [PolicyQuestion(.list)], catalog: CatalogResource(.server, ""), context)
    let start = try await start(of: reference, context)
    let missing = CatalogError.noSuchDataset("Lineage knows of no such dataset, job or run")
    guard let trace = try await store.trace(start, bounds, authorization) else { throw missing }
    let facts = try await store.facts(of: trace, authorization)
    let view = try await view(of: trace, facts, authorization)
    guard view.shown.contains(trace.start) else { throw missing }
    var states: [Int64: Set<TracedState>] = [:]
    for edge in trace.edges {
      if let state = edge.sourceState { states[edge.source, default: []].insert(state) }
      if let state = edge.targetState { states[edge.target, default: []].insert(state) }
    }
    if case .state(_, let state) = start { states[trace.start, default: []].insert(state) }
    return VisibleTrace(
      start: trace.start, bounds: bounds, nodes: try trace.nodes.map { try Self.node($0, states[$0.id] ?? [], facts, view) },
      edges: trace.edges.map { edge in
        var edge = edge
        if !view.shown.contains(edge.source) { edge.sourceState = nil }
        if !view.shown.contains(edge.target) { edge.targetState = nil }
        return edge
      }, columns: trace.columns.filter { view.shown.contains($0.source) && view.shown.contains($0.target) }, isCut: trace.isCut)
  }

  // MARK: Where it starts

  private func start(of reference: LineageReference, _ context: OperationContext) async throws -> TraceStart {
    switch reference {
    case .node(let id): return .node(id)
    case .external(let name): return .named(kind: "dataset", StorageAddress(name)?.name ?? name)
    case .job(let name): return .named(kind: "job", name)
    case .run(let id): return .run(id)
    case .model(let name):
      return .model(try await authorized(.traceLineage, [PolicyQuestion(.getMetadata)], model: name, context).model.id)
    case .modelVersion(let model, let version):
      let asked = try await authorized(.traceLineage, [PolicyQuestion(.getMetadata)], model: model, context)
      return .modelVersion(try await store.version(version, of: asked.model, asked.authorization).id)
    case .column(let path, let column): return .column(try await dataset(path, context).found.version.id, column)
    case .dataset(let path, nil): return .dataset(try await dataset(path, context).found.version.id)
    case .dataset(let path, let choice?):
      let asked = try await dataset(path, context)
      return .state(asked.found.version.id, try await state(choice, of: path, asked))
    case .feature(let path):
      let asked = try await dataset(path, context)
      guard asked.found.version.kind == .dataset, try await generic(asked, path).format == .featureView else {
        throw CatalogError.badRequest("\(path.identifier) is no feature view")
      }
      return .dataset(asked.found.version.id)
    }
  }

  private func dataset(_ path: DatasetPath, _ context: OperationContext) async throws -> AuthorizedDataset {
    let found = try await store.find(path)
    return try await authorized(
      .traceLineage, [PolicyQuestion(.getMetadata)], path, found, as: found?.version.kind ?? .dataset, context)
  }

  /// A snapshot by its id need not be there any more; a branch or a tag must be.
  private func state(_ choice: SnapshotChoice, of path: DatasetPath, _ asked: AuthorizedDataset) async throws -> TracedState {
    switch choice {
    case .id(let id): return TracedState(String(id))
    case .ref(let name) where asked.found.version.kind != .table: return TracedState(name)
    case .ref, .time:
      guard asked.found.version.kind == .table else { throw CatalogError.badRequest("Of \(path.identifier) no times are known") }
      let metadata = try await cached(path, at: asked.found, asked.authorization).metadata()
      return TracedState(String(try choice.snapshot(of: metadata, path).id))
    }
  }

  // MARK: What is shown

  private struct TraceView {
    var shown: Set<Int64>
    var datasets: [DatasetID: SearchCandidate]
  }

  private static func node(
    _ node: TracedNode, _ states: Set<TracedState>, _ facts: TraceFacts, _ view: TraceView
  ) throws -> VisibleTrace.Node {
    guard view.shown.contains(node.id) else {
      return VisibleTrace.Node(
        id: node.id, kind: node.kind, name: nil, object: nil, reference: nil, format: nil, stage: nil, isGone: false, isHeld: false,
        states: [])
    }
    let candidate = node.dataset.flatMap { view.datasets[$0] }
    let path = try candidate?.path
    var object: AccessObject? = path.flatMap { path in candidate.map { .dataset($0.kind, path) } }
    if let model = node.model.flatMap({ facts.models[$0] }) { object = .model(model.name) }
    let reference: LineageReference? =
      switch node.kind {
      case "model": .model(node.name.name)
      case "model-version":
        node.name.name.lastIndex(of: "@").map { at in
          .modelVersion(String(node.name.name[..<at]), version: String(node.name.name[node.name.name.index(after: at)...]))
        }
      case "run": RunID(node.name.name).map { .run($0) }
      case "job": .job(node.name)
      default: path.map { .dataset($0) } ?? (node.id > 0 && node.dataset == nil ? .external(node.name) : node.id > 0 ? .node(node.id) : nil)
      }
    let known = node.dataset.flatMap { facts.states[$0] } ?? [:]
    return VisibleTrace.Node(
      id: node.id, kind: node.kind, name: node.name, object: object, reference: reference,
      format: candidate.flatMap { facts.formats[$0.id] }, stage: node.stage, isGone: node.dataset != nil && candidate == nil,
      isHeld: node.dataset.map { facts.held.contains($0) } ?? false,
      states: states.sorted { ($0.snapshotID ?? 0, $0.text) < ($1.snapshotID ?? 0, $1.text) }.map { ($0, known[$0]) })
  }

  /// Which nodes are shown with their names.
  private func view(of trace: LineageTrace, _ facts: TraceFacts, _ authorization: Authorization) async throws -> TraceView {
    let context = authorization.context
    let hits = try await authorizer.visible(
      store.candidates(trace.nodes.compactMap(\.dataset), authorization), context)
    let datasets = Dictionary(hits.map { ($0.candidate.id, $0.candidate) }) { first, _ in first }
    // Who may see all metadata may see what is left of datasets that were dropped.
    let catalog = try await authorizer.object()
    let seesAll = try authorizer.allows([PolicyQuestion(.getMetadata)], on: catalog, context)
    // What the catalog does not know, it cannot ask policies about: it is shown to who sees a dataset beside it, or reports lineage.
    let reports = try authorizer.allows([PolicyQuestion(.reportLineage)], on: catalog, context)
    let seesOthers = seesAll || reports || !datasets.isEmpty
    let state = try await authorizer.state()
    var models: Set<ModelID> = []
    for (id, model) in facts.models
    where try authorizer.allows([PolicyQuestion(.getMetadata)], on: GovernedObject(of: model, state), context) { models.insert(id) }
    var shown: Set<Int64> = []
    var jobs: Set<Int64> = []
    for node in trace.nodes {
      if node.kind == "job" { jobs.insert(node.id) }
      if let model = node.model {
        if models.contains(model) { shown.insert(node.id) }
      } else if let dataset = node.dataset {
        if datasets[dataset] != nil || seesAll { shown.insert(node.id) }
      } else if seesOthers, node.kind == "dataset" || seesAll {
        shown.insert(node.id)
      }
    }
    guard !seesAll, seesOthers else { return TraceView(shown: shown, datasets: datasets) }
    // Jobs are often called after what they write.
    var touches: Set<Int64> = []
    var hides: Set<Int64> = []
    let runs = Set(trace.nodes.filter { $0.kind == "run" }.map(\.id))
    for edge in trace.edges {
      guard let job = edge.job else { continue }
      let ends = [edge.source, edge.target].filter { !jobs.contains($0) && !runs.contains($0) }
      if ends.contains(where: shown.contains) { touches.insert(job) }
      if ends.contains(edge.target), !shown.contains(edge.target) { hides.insert(job) }
    }
    let own = jobs.filter { job in !hides.contains(job) && (touches.contains(job) || trace.edges.isEmpty) }
    // A run is seen with its job.
    let ownRuns = trace.nodes.filter { node in node.kind == "run" && node.job.map(own.contains) ?? false }.map(\.id)
    return TraceView(shown: shown.union(own).union(ownRuns), datasets: datasets)
  }
}
