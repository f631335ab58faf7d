package import CatalogStore
import JSON
package import Lineage
import Postgres

/// A job, as the caller may see it.
package struct ReportedJob: Sendable {
  package let node: ListedNode
  package let inputs: [EntityName]
  package let outputs: [EntityName]
  /// The latest first.
  package let runs: [ReportedRun]
  /// That started its latest run.
  package let parent: EntityName?
  package let account: JobAccount
  /// `nil` where they may name something hidden.
  package let facets: FacetSet?
}

/// A run, as the caller may see it.
package struct ReportedRun: Sendable {
  package struct Use: Sendable {
    package let name: EntityName
    /// `nil` where none was told.
    package let version: String?
  }

  package let run: StoredRun
  package let job: EntityName
  package var inputs: [Use] = []
  package var outputs: [Use] = []
  /// `nil` where they were not asked for, or may name something hidden.
  package var facets: FacetSet?
  package var jobFacets: FacetSet?
}

extension Catalog {
  static let latestRuns = 10
  /// Events of a run that are read for its facets.
  private static let eventsOfRun = 20

  /// Jobs of a namespace by name.
  package func lineageJobs(
    in namespace: String, states: Set<RunCondition>?, _ page: LineagePage, _ context: OperationContext
  ) async throws -> LineageList<ReportedJob> {
    let authorization = try await lineageAuthorization(context)
    var walk = NodeWalk(self, page, authorization)
    try await walk.go("job", in: namespace) { try await jobs($0, states, authorization) }
    return try await LineageList(elements: reportedJobs(walk.list.elements, authorization), count: walk.list.count)
  }

  /// Jobs of all namespaces: those of the latest events first, the others by name.
  package func lineageJobs(
    states: Set<RunCondition>?, _ page: LineagePage, _ context: OperationContext
  ) async throws -> LineageList<ReportedJob> {
    let authorization = try await lineageAuthorization(context)
    var walk = NodeWalk(self, page, authorization)
    try await walk.goBack(events: 20_000) { try await jobs($0, states, authorization) }
    try await walk.go("job", in: nil) { try await jobs($0, states, authorization) }
    return try await LineageList(elements: reportedJobs(walk.list.elements, authorization), count: walk.list.count)
  }

  /// - Throws: ``CatalogError/noSuchDataset(_:)`` for a job that the caller may not know of
  package func lineageJob(_ name: EntityName, _ context: OperationContext) async throws -> ReportedJob {
    let authorization = try await lineageAuthorization(context)
    let node = try await visibleJob(name, authorization)
    let jobs = try await reportedJobs([node], isAlone: true, authorization)
    guard let job = jobs.first else { throw Self.noSuchJob(name) }
    return job
  }

  /// Runs of a job, the latest first.
  package func lineageRuns(
    of name: EntityName, _ page: LineagePage, _ context: OperationContext
  ) async throws -> LineageList<ReportedRun> {
    let authorization = try await lineageAuthorization(context)
    let node = try await visibleJob(name, authorization)
    let (runs, count) = try await store.runs(
      of: node.id, offset: page.offset, limit: page.limit, countTo: LineagePage.maximumOffset, authorization)
    return LineageList(
      elements: try await withUses(runs.map { ReportedRun(run: $0, job: node.name) }, authorization), count: count)
  }

  /// - Throws: ``CatalogError/noSuchDataset(_:)`` for a run that the caller may not know of
  package func lineageRun(_ id: RunID, _ context: OperationContext) async throws -> ReportedRun {
    let authorization = try await lineageAuthorization(context)
    let uuid = PostgresUUID(high: id.high, low: id.low)
    let run = try await store.run(uuid, authorization)
    let nodes = try await store.lineageNodes(run.map { [$0.job] } ?? [], authorization)
    let view = try await view(of: nodes, authorization)
    guard let run, let node = nodes.first, view.shown.contains(node.id) else {
      throw CatalogError.noSuchDataset("Lineage knows of no run \(id)")
    }
    var reported = try await withUses([ReportedRun(run: run, job: node.name)], authorization)[0]
    guard view.open.contains(node.id) else { return reported }
    let documents = try await store.lineageDocuments(ofRuns: [uuid], each: Self.eventsOfRun, authorization)
    let account = RunAccount(id, Self.events(documents[uuid] ?? []))
    let parents = try await store.lineageNodes(run.parentJob.map { [$0] } ?? [], authorization)
    let seesParent = try await self.view(of: parents, authorization).shown.count == parents.count
    reported.facets = seesParent ? account.facets : account.facets.dropping(["parent"])
    reported.jobFacets = account.jobFacets
    return reported
  }

  // MARK: Parts

  static func noSuchJob(_ name: EntityName) -> CatalogError {
    .noSuchDataset("Lineage knows of no job \(name.name) in the namespace \(name.namespace)")
  }

  private func visibleJob(_ name: EntityName, _ authorization: Authorization) async throws -> ListedNode {
    let found = try await store.lineageJobs([name], authorization)
    let nodes = try await store.lineageNodes(Array(found.values), authorization)
    let view = try await view(of: nodes, authorization)
    guard let node = nodes.first, view.shown.contains(node.id) else { throw Self.noSuchJob(name) }
    return node
  }

  private func jobs(
    _ nodes: [ListedNode], _ states: Set<RunCondition>?, _ authorization: Authorization
  ) async throws -> [ListedNode] {
    guard let states else { return nodes }
    let runs = try await store.latestRuns(of: nodes.map(\.id), each: 1, authorization)
    return nodes.filter { runs[$0.id]?.first.map { states.contains(RunCondition($0)) } ?? false }
  }

  /// Events that can be read, in their order.
  static func events(_ documents: [[UInt8]]) -> [LineageEvent] {
    documents.compactMap { try? LineageEvent(jsonText: $0, limits: .init(maximumDepth: 1_000)) }
  }

  /// What is known of jobs that the caller may see.
  ///
  /// - Parameter isAlone: whether to read more of its events, for its facets.
  func reportedJobs(
    _ nodes: [ListedNode], isAlone: Bool = false, runs limit: Int = latestRuns, _ authorization: Authorization
  ) async throws -> [ReportedJob] {
    let ids = nodes.map(\.id)
    let around = try await store.surroundings(ofJobs: ids, datasets: [], authorization)
    let runs = try await store.latestRuns(of: ids, each: limit, authorization)
    let parents = runs.values.compactMap { $0.first?.parentJob }
    let beside = Set(around.values.flatMap { $0.sources.union($0.targets) } + parents)
    let others = try await store.lineageNodes(Array(beside), authorization)
    let view = try await view(of: others + nodes, authorization)
    let names = Dictionary(others.filter { view.shown.contains($0.id) }.map { ($0.id, $0) }) { first, _ in first }
    func datasets(_ ids: Set<Int64>?) -> [EntityName] {
      (ids ?? []).compactMap { names[$0] }.filter { $0.kind == "dataset" }.map(\.name).sorted {
        ($0.namespace, $0.name) < ($1.namespace, $1.name)
      }
    }
    let documents = try await store.lineageDocuments(nodes.compactMap(\.lastEvent), authorization)
    let latest = isAlone ? runs.values.compactMap(\.first?.id) : []
    let documentsOfRuns = try await store.lineageDocuments(ofRuns: latest, each: Self.eventsOfRun, authorization)
    return nodes.map { node in
      let run = runs[node.id]?.first
      let ofRun = Self.events(run.flatMap { documentsOfRuns[$0.id] } ?? [])
      let account = JobAccount(node.name, Self.events(node.lastEvent.flatMap { documents[$0] }.map { [$0] } ?? []) + ofRun)
      let isOpen = view.open.contains(node.id)
      let parent = run?.parentJob.flatMap { names[$0]?.name }
      var reported = (runs[node.id] ?? []).map { ReportedRun(run: $0, job: node.name) }
      if isAlone, isOpen, let run {
        let account = RunAccount(RunID(high: run.id.high, low: run.id.low), ofRun)
        reported[0].facets = run.parentJob == nil || parent != nil ? account.facets : account.facets.dropping(["parent"])
        reported[0].jobFacets = account.jobFacets
      }
      return ReportedJob(
        node: node, inputs: datasets(around[node.id]?.sources), outputs: datasets(around[node.id]?.targets), runs: reported,
        parent: parent, account: account, facets: isOpen ? account.facets : nil)
    }
  }

  /// With what they read and wrote, as far as the caller may see it.
  private func withUses(_ runs: [ReportedRun], _ authorization: Authorization) async throws -> [ReportedRun] {
    let uses = try await store.uses(of: runs.map(\.run.id), limit: 20_000, authorization)
    let nodes = try await store.lineageNodes(Array(Set(uses.map(\.node))), authorization)
    let view = try await view(of: nodes, authorization)
    let names = Dictionary(nodes.filter { view.shown.contains($0.id) }.map { ($0.id, $0.name) }) { first, _ in first }
    let usesOf = Dictionary(grouping: uses, by: \.run)
    return runs.map { run in
      var run = run
      for use in usesOf[run.run.id] ?? [] {
        guard let name = names[use.node] else { continue }
        let reported = ReportedRun.Use(name: name, version: use.version.isEmpty ? nil : use.version)
        if use.isOutput { run.outputs.append(reported) } else { run.inputs.append(reported) }
      }
      return run
    }
  }
}

/// Where a run stands, in Marquez's words.
package enum RunCondition: String, Sendable, CaseIterable {
  /// Known, and not said to have begun.
  case new = "NEW"
  case running = "RUNNING"
  case completed = "COMPLETED"
  case aborted = "ABORTED"
  case failed = "FAILED"

  package init(_ run: StoredRun) {
    switch run.state {
    case .start, .running: self = .running
    case .complete: self = .completed
    case .abort: self = .aborted
    case .fail: self = .failed
    case .other: self = run.startedAt == nil ? .new : .running
    }
  }
}
