import CatalogStore
import Lineage

/// Which nodes of the graph a caller may see by themselves, outside of a trace.
///
/// A dataset of the catalog is seen by who may see its metadata. What the catalog does not know is seen by who reports lineage, and beside
/// a dataset that the caller sees. A job that writes something hidden is hidden too, since jobs are often called after what they write. Who
/// may see all metadata sees everything.
struct NodeView {
  fileprivate(set) var shown: Set<Int64> = []
  /// Jobs that touch nothing hidden, so that what they say of themselves names nothing hidden.
  fileprivate(set) var open: Set<Int64> = []
  /// Datasets of the catalog that are there and that the caller sees.
  fileprivate(set) var living: Set<DatasetID> = []
  fileprivate(set) var seesAll = false
}

extension Catalog {
  /// Who asks for lineage, and may know that there is some.
  func lineageAuthorization(_ context: OperationContext) async throws -> Authorization {
    try await authorized(.traceLineage, [PolicyQuestion(.list)], catalog: CatalogResource(.server, ""), context)
  }

  func view(of nodes: [ListedNode], _ authorization: Authorization) async throws -> NodeView {
    let context = authorization.context
    let catalog = try await authorizer.object()
    var view = NodeView()
    view.seesAll = try authorizer.allows([PolicyQuestion(.getMetadata)], on: catalog, context)
    if view.seesAll {
      view.shown = Set(nodes.map(\.id))
      view.open = view.shown
      view.living = try await visibleDatasets(nodes.compactMap(\.dataset), authorization)
      return view
    }
    let reports = try authorizer.allows([PolicyQuestion(.reportLineage)], on: catalog, context)
    let jobs = nodes.filter { $0.kind == "job" }.map(\.id)
    let others = reports ? [] : nodes.filter { $0.kind != "job" && $0.dataset == nil }.map(\.id)
    let around = try await store.surroundings(ofJobs: jobs, datasets: others, authorization)
    let neighbours = Set(around.values.flatMap { $0.sources.union($0.targets) })
    let datasetOf = Dictionary(
      try await store.lineageNodes(Array(neighbours), authorization).compactMap { node in node.dataset.map { (node.id, $0) } }
    ) { first, _ in first }
    view.living = try await visibleDatasets(nodes.compactMap(\.dataset) + datasetOf.values, authorization)
    func isSeen(_ id: Int64) -> Bool { datasetOf[id].map { view.living.contains($0) } ?? false }
    func isHidden(_ id: Int64) -> Bool { datasetOf[id].map { !view.living.contains($0) } ?? false }
    for node in nodes {
      let beside = around[node.id] ?? NodeSurroundings()
      if let dataset = node.dataset {
        if view.living.contains(dataset) { view.shown.insert(node.id) }
      } else if node.kind != "job" {
        if reports || beside.sources.contains(where: isSeen) || beside.targets.contains(where: isSeen) { view.shown.insert(node.id) }
      } else if !beside.isCut, !beside.targets.contains(where: isHidden) {
        guard reports || beside.sources.contains(where: isSeen) || beside.targets.contains(where: isSeen) else { continue }
        view.shown.insert(node.id)
        if !beside.sources.contains(where: isHidden) { view.open.insert(node.id) }
      }
    }
    return view
  }

  private func visibleDatasets(_ ids: [DatasetID], _ authorization: Authorization) async throws -> Set<DatasetID> {
    guard !ids.isEmpty else { return [] }
    let hits = try await authorizer.visible(store.candidates(Array(Set(ids)), authorization), authorization.context)
    return Set(hits.map(\.candidate.id))
  }
}

/// A part of a list, by places from 0.
package struct LineagePage: Sendable {
  package static let maximumLimit = 1_000
  /// Lists are not walked further.
  package static let maximumOffset = 10_000

  package let offset: Int
  package let limit: Int

  package init(offset: Int, limit: Int) {
    self.offset = offset
    self.limit = limit
  }

  var end: Int { offset + limit }
}

/// A part of a list, and how many elements there are, as far as they were counted: at least one more than the page holds, if there is.
package struct LineageList<Element: Sendable>: Sendable {
  package let elements: [Element]
  package let count: Int
}

/// Goes through nodes until enough of them were found that the caller may see.
struct NodeWalk {
  private static let batch = 250
  /// So many are counted.
  private static let counted = 1_000
  /// So many names are looked at, hidden ones included.
  private static let maximumLooks = 20_000

  private let catalog: Catalog
  private let authorization: Authorization
  private let page: LineagePage
  private var found: [ListedNode] = []
  private var seen: Set<Int64> = []
  private var looks = 0

  init(_ catalog: Catalog, _ page: LineagePage, _ authorization: Authorization) {
    self.catalog = catalog
    self.page = page
    self.authorization = authorization
  }

  var list: LineageList<ListedNode> {
    LineageList(elements: Array(found.dropFirst(page.offset).prefix(page.limit)), count: found.count)
  }

  private var isEnough: Bool { found.count >= max(page.end + 1, Self.counted) || looks >= Self.maximumLooks }

  /// By namespace and name.
  mutating func go(_ kind: String, in namespace: String?, where isWanted: ([ListedNode]) async throws -> [ListedNode]) async throws {
    var after: EntityName?
    while !isEnough {
      let read = try await catalog.store.lineageNodes(kind, in: namespace, after: after, limit: Self.batch, authorization)
      try await take(read.nodes, looks: read.looks, where: isWanted)
      guard let next = read.next else { return }
      after = next
    }
  }

  /// Jobs by the latest events.
  mutating func goBack(events: Int, where isWanted: ([ListedNode]) async throws -> [ListedNode]) async throws {
    var before: Int64?
    var rest = events
    while found.count < page.end, rest > 0 {
      let read = try await catalog.store.recentLineageJobs(before: before, events: min(rest, 2_000), authorization)
      try await take(read.jobs, looks: 0, where: isWanted)
      rest -= 2_000
      guard let next = read.next else { return }
      before = next
    }
  }

  private mutating func take(
    _ nodes: [ListedNode], looks: Int, where isWanted: ([ListedNode]) async throws -> [ListedNode]
  ) async throws {
    self.looks += looks
    let fresh = try await isWanted(nodes.filter { seen.insert($0.id).inserted })
    let view = try await catalog.view(of: fresh, authorization)
    found += fresh.filter { view.shown.contains($0.id) }
  }
}
