import JSON

/// What an event adds to the graph: who ran what, which datasets were read and written in which version, what depends on what.
///
/// Datasets stand in `datasets` once each; all else names them by their place there.
package struct EventFacts: Sendable {
  package struct Run: Hashable, Sendable {
    package let id: RunID
    package let state: ReportedState
    package let nominalTime: NominalTime?
    package let parent: ParentRun?
    package let engine: ProcessingEngine?
    package let applicationID: String?
    package let errorMessage: String?
  }

  /// A dataset that was read or written.
  package struct Use: Hashable, Sendable {
    package let dataset: Int
    package let isOutput: Bool
    package let version: DatasetVersionClaim?
    /// Which part of it, as JSON.
    package let subset: [UInt8]?
  }

  package enum Node: Hashable, Sendable {
    case dataset(Int)
    case job(EntityName)
  }

  package struct Link: Hashable, Sendable {
    package let source: Node
    package let job: EntityName
    package let target: Node
  }

  package struct ColumnLink: Hashable, Sendable {
    package let source: Int
    package let sourceColumn: String
    package let target: Int
    /// `nil` for the whole target.
    package let targetColumn: String?
    package let transformation: Transformation?
  }

  package let timeUs: Int64
  package private(set) var datasets: [DatasetIdentity] = []
  package private(set) var job: EntityName?
  package private(set) var run: Run?
  package private(set) var uses: [Use] = []
  /// What the producer says itself of what flows into what. Where there is any, not all inputs flow into all outputs.
  package private(set) var links: [Link] = []
  package private(set) var columns: [ColumnLink] = []

  private var places: [EntityName: Int] = [:]

  package init(_ event: LineageEvent) {
    timeUs = event.timeUs
    switch event {
    case .run(let event):
      run = Run(
        id: event.run, state: ReportedState(event.state, timeUs: event.timeUs), nominalTime: event.runFacets.nominalTime,
        parent: event.runFacets.parent, engine: event.runFacets.processingEngine,
        applicationID: event.runFacets.applicationID ?? event.inputs.lazy.compactMap { $0.inputFacets.scanReport?.applicationID }.first,
        errorMessage: event.runFacets.error?.message)
      take(event.job, event.inputs, event.outputs)
    case .job(let event): take(event.job, event.inputs, event.outputs)
    case .dataset(let event): _ = place(event.dataset)
    }
  }

  private mutating func take(_ job: JobReference, _ inputs: [InputDataset], _ outputs: [OutputDataset]) {
    self.job = job.name
    var seen: Set<Use> = []
    func note(_ use: Use) { if seen.insert(use).inserted { uses.append(use) } }
    for input in inputs {
      let claim = DatasetVersionClaim(input)
      note(Use(dataset: place(input.dataset), isOutput: false, version: claim, subset: Self.bounded(input.inputFacets.subset)))
    }
    for output in outputs {
      let claim = DatasetVersionClaim(output)
      note(Use(dataset: place(output.dataset), isOutput: true, version: claim, subset: Self.bounded(output.outputFacets.subset)))
    }
    // Once all have their places with what is said of them.
    for dataset in inputs.map(\.dataset) + outputs.map(\.dataset) {
      let target = place(dataset)
      for dependency in dataset.facets.columnLineage?.dependencies ?? [] { add(dependency, into: target) }
      if let sources = dataset.facets.lineage { add(sources, into: .dataset(target), job.name) }
    }
    for entry in job.facets.lineage { add(entry.sources, into: node(entry.target, job.name), job.name) }
  }

  private mutating func add(_ dependency: ColumnLineage.Dependency, into target: Int) {
    columns.append(
      ColumnLink(
        source: place(dependency.source), sourceColumn: dependency.sourceColumn, target: target, targetColumn: dependency.column,
        transformation: dependency.transformation))
  }

  private mutating func add(_ sources: ExplicitLineage.Sources, into target: Node, _ job: EntityName) {
    for entity in sources.entities {
      let source = node(entity, job)
      guard source != target else { continue }
      // What flows into another job flows through that one.
      let through = if case .job(let other) = target { other } else { job }
      links.append(Link(source: source, job: through, target: target))
    }
    guard case .dataset(let place) = target else { return }
    for dependency in sources.columns { add(dependency, into: place) }
  }

  private mutating func node(_ entity: ExplicitLineage.Entity, _ own: EntityName) -> Node {
    switch entity {
    case .dataset(let name): .dataset(place(name))
    case .job(let name): .job(name)
    case .ownJob: .job(own)
    }
  }

  /// One that an event names twice is the one that it says more of.
  private mutating func place(_ dataset: DatasetReference) -> Int {
    let identity = DatasetIdentity(dataset)
    let place = place(dataset.name)
    let known = datasets[place]
    if known.symlinks.count < identity.symlinks.count || known.catalog == nil && identity.catalog != nil { datasets[place] = identity }
    return place
  }

  private mutating func place(_ name: EntityName) -> Int {
    if let place = places[name] { return place }
    places[name] = datasets.count
    datasets.append(DatasetIdentity(name))
    return datasets.count - 1
  }

  private static let maximumSubsetBytes = 65_536

  private static func bounded(_ json: JSONValue?) -> [UInt8]? {
    guard let json, json.raw.count <= maximumSubsetBytes else { return nil }
    return Array(json.raw)
  }
}

/// Which version of a dataset a producer says that it read or wrote, and how it knows.
package struct DatasetVersionClaim: Hashable, Sendable {
  package enum Source: String, Sendable {
    /// The facet `version`.
    case version
    /// Iceberg's own report, which counts more.
    case scanReport = "scan-report"
    case commitReport = "commit-report"
  }

  private static let maximumSizeBytes = 500

  package let text: String
  package let source: Source

  /// Iceberg's id, if it is one.
  package var snapshotID: Int64? { Int64(text) }

  fileprivate init?(_ text: String?, _ source: Source) {
    guard let text, !text.isEmpty, text.utf8.count <= Self.maximumSizeBytes else { return nil }
    self.text = text
    self.source = source
  }

  package init?(_ input: InputDataset) {
    if let id = input.inputFacets.scanReport?.snapshotID {
      self.init("\(id)", .scanReport)
    } else {
      self.init(input.dataset.facets.version, .version)
    }
  }

  package init?(_ output: OutputDataset) {
    if let id = output.outputFacets.commitReport?.snapshotID {
      self.init("\(id)", .commitReport)
    } else {
      self.init(output.dataset.facets.version, .version)
    }
  }
}

extension EventFacts.Run {
  /// What one event leaves open, another may say.
  package func completed(by other: Self) -> Self {
    EventFacts.Run(
      id: id, state: state, nominalTime: nominalTime ?? other.nominalTime, parent: parent ?? other.parent, engine: engine ?? other.engine,
      applicationID: applicationID ?? other.applicationID, errorMessage: errorMessage ?? other.errorMessage)
  }
}
