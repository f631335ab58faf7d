package import CatalogStore
package import Lineage

/// How Marquez names a node: kind, namespace, name, and the column of a column, with colons between them.
///
/// Namespaces and names hold colons too, so a text may be read in several ways; which one is meant is known by what there is.
package enum NodeIdentifier: Sendable {
  case dataset(readings: [EntityName])
  case job(readings: [EntityName])
  case column(readings: [(dataset: EntityName, column: String)])
}

/// A graph as Marquez draws it: datasets flow into jobs and jobs into datasets.
package struct MarquezGraph: Sendable {
  package struct Edge: Hashable, Sendable {
    package let origin: Int64
    package let destination: Int64
  }

  package let jobs: [ReportedJob]
  package let datasets: [ReportedDataset]
  package let edges: Set<Edge>
}

/// Columns, and what they were made from.
package struct MarquezColumns: Sendable {
  package let datasets: [Int64: ReportedDataset]
  package let places: [ColumnPlace]
  package let dependencies: [ColumnDependency]
}

extension Catalog {
  private static let maximumGraphNodes = 1_000
  private static let maximumGraphEdges = 10_000
  private static let maximumColumns = 5_000

  /// What flowed into a dataset or job and what flowed out of it, as far as the caller may see it. What is hidden is not there.
  ///
  /// - Parameter depth: steps from dataset to dataset, in each direction.
  /// - Throws: ``CatalogError/noSuchDataset(_:)``
  package func marquezGraph(
    of identifier: NodeIdentifier, depth: Int, _ context: OperationContext
  ) async throws -> MarquezGraph {
    let authorization = try await lineageAuthorization(context)
    let start = try await visibleStart(identifier, authorization)
    var shown: Set<Int64> = [start.id]
    var edges: Set<MarquezGraph.Edge> = []
    for direction in [TraceDirection.upstream, .downstream] {
      var bounds = TraceBounds(direction: direction, depth: depth)
      bounds.maximumNodes = Self.maximumGraphNodes / 2
      bounds.maximumEdges = Self.maximumGraphEdges
      let trace: VisibleTrace
      do { trace = try await traceLineage(from: .node(start.id), bounds, context) } catch CatalogError.noSuchDataset {
        // What lies on this side says nothing of itself to the caller.
        continue
      }
      shown.formUnion(trace.nodes.filter { $0.name != nil }.map(\.id))
      for edge in trace.edges {
        // Without a job it leads to a model or a feature view, which Marquez does not know.
        guard let job = edge.job else { continue }
        if edge.source != job { edges.insert(MarquezGraph.Edge(origin: edge.source, destination: job)) }
        if edge.target != job { edges.insert(MarquezGraph.Edge(origin: job, destination: edge.target)) }
      }
    }
    let nodes = try await store.lineageNodes(Array(shown), authorization).sorted { $0.id < $1.id }
    let kinds = Dictionary(nodes.map { ($0.id, $0.kind) }) { first, _ in first }
    func isDrawn(_ id: Int64) -> Bool { kinds[id] == "job" || kinds[id] == "dataset" }
    return MarquezGraph(
      jobs: try await reportedJobs(nodes.filter { $0.kind == "job" }, runs: 1, authorization),
      datasets: try await reportedDatasets(nodes.filter { $0.kind == "dataset" }, withColumns: false, authorization),
      edges: edges.filter { isDrawn($0.origin) && isDrawn($0.destination) })
  }

  /// What columns were made from, and with `downstream` what was made from them, as far as the caller may see both ends.
  ///
  /// - Parameter depth: steps from column to column, in each direction.
  /// - Throws: ``CatalogError/noSuchDataset(_:)``
  package func marquezColumns(
    of identifier: NodeIdentifier, depth: Int, downstream: Bool, _ context: OperationContext
  ) async throws -> MarquezColumns {
    let authorization = try await lineageAuthorization(context)
    let (start, column) = try await columnStart(identifier, authorization)
    var found: Set<ColumnDependency> = []
    for isUpstream in downstream ? [true, false] : [true] {
      let room = Self.maximumColumns
      var step: [ColumnDependency]
      if let column {
        let place = ColumnPlace(node: start.id, column: column)
        step = try await store.columns(next: [place], upstream: isUpstream, limit: room, authorization)
      } else if start.kind == "job" {
        let targets = try await store.surroundings(ofJobs: [start.id], datasets: [], authorization)[start.id]?.targets ?? []
        let sides = Array(targets)
        step =
          try await isUpstream
          ? store.columns(into: sides, limit: room, authorization) : store.columns(outOf: sides, limit: room, authorization)
      } else {
        step =
          try await isUpstream
          ? store.columns(into: [start.id], limit: room, authorization) : store.columns(outOf: [start.id], limit: room, authorization)
      }
      var reached: Set<ColumnPlace> = []
      var rest = depth
      while !step.isEmpty, rest > 0, found.count < room {
        found.formUnion(step)
        rest -= 1
        let next = Set(step.map { isUpstream ? $0.source : $0.target }).subtracting(reached)
        reached.formUnion(next)
        guard rest > 0 else { break }
        step = try await store.columns(next: Array(next), upstream: isUpstream, limit: room, authorization)
      }
    }
    let ids = Set(found.flatMap { [$0.source.node, $0.target.node] }).union(start.kind == "job" ? [] : [start.id])
    let nodes = try await store.lineageNodes(Array(ids), authorization)
    let view = try await view(of: nodes, authorization)
    let shown = nodes.filter { view.shown.contains($0.id) }
    let datasets = try await reportedDatasets(shown, withColumns: false, authorization)
    let byID = Dictionary(datasets.map { ($0.node.id, $0) }) { first, _ in first }
    let dependencies = found.filter { byID[$0.source.node] != nil && byID[$0.target.node] != nil }
    var places = Set(dependencies.flatMap { [$0.source, $0.target] })
    if let column { places.insert(ColumnPlace(node: start.id, column: column)) }
    return MarquezColumns(
      datasets: byID, places: places.sorted { ($0.node, $0.column) < ($1.node, $1.column) },
      dependencies: dependencies.sorted {
        ($0.target.node, $0.target.column, $0.source.node, $0.source.column) < (
          $1.target.node, $1.target.column, $1.source.node, $1.source.column
        )
      })
  }

  // MARK: Parts

  private static let noSuchNode = CatalogError.noSuchDataset(
    "Lineage knows of no such node; a nodeId is dataset:NAMESPACE:NAME, job:NAMESPACE:NAME or, for columns, datasetField:NAMESPACE:NAME:COLUMN"
  )

  private func visibleStart(_ identifier: NodeIdentifier, _ authorization: Authorization) async throws -> ListedNode {
    let names: [EntityName]
    let found: [EntityName: Int64]
    switch identifier {
    case .dataset(let readings):
      names = readings
      found = try await store.lineageDatasets(readings, options.lineage.aliases, authorization)
    case .job(let readings):
      names = readings
      found = try await store.lineageJobs(readings, authorization)
    case .column:
      throw CatalogError.badRequest(
        "A graph of datasets and jobs starts at one of them, not at a column; ask /api/v1/column-lineage for that")
    }
    let nodes = try await store.lineageNodes(Array(found.values), authorization)
    let view = try await view(of: nodes, authorization)
    for name in names {
      if let node = nodes.first(where: { $0.id == found[name] }), view.shown.contains(node.id) { return node }
    }
    throw Self.noSuchNode
  }

  private func columnStart(
    _ identifier: NodeIdentifier, _ authorization: Authorization
  ) async throws -> (node: ListedNode, column: String?) {
    guard case .column(let readings) = identifier else { return (try await visibleStart(identifier, authorization), nil) }
    let found = try await store.lineageDatasets(readings.map(\.dataset), options.lineage.aliases, authorization)
    let nodes = try await store.lineageNodes(Array(found.values), authorization)
    let view = try await view(of: nodes, authorization)
    let datasets = try await reportedDatasets(nodes.filter { view.shown.contains($0.id) }, withColumns: false, authorization)
    for (name, column) in readings {
      guard let dataset = datasets.first(where: { $0.node.id == found[name] }) else { continue }
      if dataset.fields.contains(where: { $0.name == column }) { return (dataset.node, column) }
      let place = ColumnPlace(node: dataset.node.id, column: column)
      for isUpstream in [true, false] where try await !store.columns(next: [place], upstream: isUpstream, limit: 1, authorization).isEmpty {
        return (dataset.node, column)
      }
    }
    throw Self.noSuchNode
  }
}
