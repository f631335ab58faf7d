package import CatalogStore
package import Lineage

/// How a caller names where a trace starts.
package enum LineageReference: Hashable, Sendable {
  /// By the number that an earlier answer gave.
  case node(Int64)
  /// A table, a view or another dataset of the catalog.
  case dataset(DatasetPath)
  /// A dataset that the catalog does not know, as events name it.
  case external(EntityName)
  case job(EntityName)
}

/// A trace as its caller may see it.
package struct VisibleTrace: Sendable {
  package struct Node: Sendable {
    package let id: Int64
    package let kind: String
    /// `nil` for what the caller may not know of: it is there so that the path is whole, and says nothing of itself.
    package let name: EntityName?
    /// Of the catalog.
    package let dataset: (kind: DatasetKind, path: DatasetPath)?
  }

  package let start: Int64?
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
  /// Datasets of the catalog whose metadata the caller may not see, and jobs whose names might tell of them, are shown without names; so
  /// is everything else to who sees no dataset of it and reports no lineage.
  /// - Throws: ``CatalogError/noSuchTable(_:)`` and the like for a dataset that the caller may not know of;
  ///   ``CatalogError/noSuchDataset(_:)`` for what lineage does not know.
  package func traceLineage(
    from reference: LineageReference, _ bounds: TraceBounds, _ context: OperationContext
  ) async throws -> VisibleTrace {
    let authorization = try await authorized(.traceLineage, [PolicyQuestion(.list)], catalog: CatalogResource(.server, ""), context)
    let start: TraceStart
    switch reference {
    case .node(let id): start = .node(id)
    case .external(let name): start = .named(kind: "dataset", StorageAddress(name)?.name ?? name)
    case .job(let name): start = .named(kind: "job", name)
    case .dataset(let path):
      let found = try await store.find(path)
      let kind = found?.version.kind ?? .dataset
      let asked = try await authorized(.traceLineage, [PolicyQuestion(.getMetadata)], path, found, as: kind, context)
      start = .dataset(asked.found.version.id)
    }
    guard let trace = try await store.trace(start, bounds, authorization) else {
      // The dataset is there; nobody has told of it.
      if case .dataset = reference {
        return VisibleTrace(start: nil, bounds: bounds, nodes: [], edges: [], columns: [], isCut: false)
      }
      throw CatalogError.noSuchDataset("Lineage knows of no such dataset or job")
    }
    let view = try await view(of: trace, authorization)
    guard view.shown.contains(trace.start) else { throw CatalogError.noSuchDataset("Lineage knows of no such dataset or job") }
    return VisibleTrace(
      start: trace.start, bounds: bounds,
      nodes: try trace.nodes.map { node in
        VisibleTrace.Node(
          id: node.id, kind: node.kind, name: view.shown.contains(node.id) ? node.name : nil,
          dataset: try node.dataset.flatMap { view.datasets[$0] }.map { ($0.kind, try $0.path) })
      },
      edges: trace.edges, columns: trace.columns.filter { view.shown.contains($0.source) && view.shown.contains($0.target) },
      isCut: trace.isCut)
  }

  private struct TraceView {
    var shown: Set<Int64>
    var datasets: [DatasetID: SearchCandidate]
  }

  /// Which nodes are shown with their names.
  private func view(of trace: LineageTrace, _ authorization: Authorization) async throws -> TraceView {
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
    var shown: Set<Int64> = []
    var jobs: Set<Int64> = []
    for node in trace.nodes {
      if node.kind == "job" { jobs.insert(node.id) }
      if let dataset = node.dataset {
        if datasets[dataset] != nil || seesAll { shown.insert(node.id) }
      } else if seesOthers, node.kind != "job" || seesAll {
        shown.insert(node.id)
      }
    }
    guard !seesAll, seesOthers else { return TraceView(shown: shown, datasets: datasets) }
    // Jobs are often called after what they write.
    var touches: Set<Int64> = []
    var hides: Set<Int64> = []
    for edge in trace.edges {
      let ends = [edge.source, edge.target].filter { !jobs.contains($0) }
      if ends.contains(where: shown.contains) { touches.insert(edge.job) }
      if !jobs.contains(edge.target), !shown.contains(edge.target) { hides.insert(edge.job) }
    }
    let own = jobs.filter { job in !hides.contains(job) && (touches.contains(job) || trace.edges.isEmpty) }
    return TraceView(shown: shown.union(own), datasets: datasets)
  }
}
