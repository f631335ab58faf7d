package import JSON

/// Facets of one entity that several events tell: of each name the one that was told first to this set, so the latest event goes first.
package struct FacetSet: Sendable {
  package private(set) var facets: [(name: String, text: [UInt8])] = []
  private var names: Set<String> = []

  package init() {}

  package var isEmpty: Bool { facets.isEmpty }

  mutating func add(_ other: Facets) {
    for (name, facet) in other.all where names.insert(name).inserted {
      // One that was deleted is none, whatever was said of it before.
      guard facet.kind == .object, (try? facet.object().optional("_deleted")?.bool()) != true else { continue }
      facets.append((name, Array(facet.raw)))
    }
  }

  /// Those of these names.
  package func keeping(_ wanted: Set<String>) -> FacetSet { filtered { wanted.contains($0) } }

  /// All but these.
  package func dropping(_ unwanted: Set<String>) -> FacetSet { filtered { !unwanted.contains($0) } }

  private func filtered(_ isWanted: (String) -> Bool) -> FacetSet {
    var set = self
    set.facets.removeAll { !isWanted($0.name) }
    return set
  }
}

extension FacetSet: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      for facet in facets {
        $0.key(facet.name)
        $0.raw(facet.text)
      }
    }
  }
}

/// What events say of a job.
package struct JobAccount: Sendable {
  package private(set) var type: JobType?
  package private(set) var documentation: String?
  package private(set) var location: String?
  package private(set) var tags: [String] = []
  package private(set) var facets = FacetSet()

  /// - Parameter events: the latest first; those of other jobs are passed over.
  package init(_ name: EntityName, _ events: [LineageEvent]) {
    for event in events {
      let job: JobReference
      switch event {
      case .run(let event): job = event.job
      case .job(let event): job = event.job
      case .dataset: continue
      }
      guard job.name == name else { continue }
      type = type ?? job.facets.type
      documentation = documentation ?? job.facets.documentation
      location = location ?? job.facets.sourceLocation?.url
      if tags.isEmpty { tags = job.facets.facets.tags }
      facets.add(job.facets.facets)
    }
  }
}

/// What events say of a run.
package struct RunAccount: Sendable {
  package private(set) var facets = FacetSet()
  package private(set) var jobFacets = FacetSet()

  /// - Parameter events: the latest first; those of other runs are passed over.
  package init(_ id: RunID, _ events: [LineageEvent]) {
    for case .run(let event) in events where event.run == id {
      facets.add(event.runFacets.facets)
      jobFacets.add(event.job.facets.facets)
    }
  }
}

/// What events say of a dataset.
package struct DatasetAccount: Sendable {
  /// Facets that tell of the dataset alone, and of no other.
  private static let own: Set<String> = [
    "schema", "documentation", "ownership", "dataSource", "version", "storage", "datasetType", "tags", "dataQualityMetrics",
    "dataQualityAssertions",
  ]

  package private(set) var schema: [SchemaField] = []
  package private(set) var documentation: String?
  package private(set) var source: String?
  package private(set) var lifecycle: String?
  package private(set) var tags: [String] = []
  package private(set) var facets = FacetSet()

  /// - Parameters:
  ///   - names: every name of it.
  ///   - events: the latest first; what they say of other datasets is passed over.
  package init(_ names: Set<EntityName>, _ events: [LineageEvent]) {
    func isMeant(_ dataset: DatasetReference) -> Bool {
      names.contains(dataset.name) || StorageAddress(dataset.name).map { names.contains($0.name) } == true
    }
    for event in events {
      var inputs: [InputDataset] = []
      var outputs: [OutputDataset] = []
      switch event {
      case .run(let event): (inputs, outputs) = (event.inputs, event.outputs)
      case .job(let event): (inputs, outputs) = (event.inputs, event.outputs)
      case .dataset(let event): if isMeant(event.dataset) { add(event.dataset.facets) }
      }
      // What was written is newer than what was read.
      for output in outputs where isMeant(output.dataset) { add(output.dataset.facets, output.outputFacets.facets) }
      for input in inputs where isMeant(input.dataset) { add(input.dataset.facets, input.inputFacets.facets) }
    }
  }

  private mutating func add(_ facets: DatasetFacets, _ further: Facets? = nil) {
    if schema.isEmpty { schema = facets.schema }
    documentation = documentation ?? facets.documentation
    source = source ?? facets.source?.name
    lifecycle = lifecycle ?? facets.lifecycleStateChange?.change
    if tags.isEmpty { tags = facets.facets.tags }
    self.facets.add(facets.facets)
    if let further { self.facets.add(further) }
  }

  /// The facets that name nothing but the dataset.
  package var ownFacets: FacetSet { facets.keeping(Self.own) }
}

extension Facets {
  /// `key` or `key=value` (TagsJobFacet, TagsDatasetFacet); those of columns are left out.
  fileprivate var tags: [String] {
    guard let list = try? facet("tags")?.optional("tags")?.array() else { return [] }
    return list.compactMap { json in
      guard let tag = try? json.object(), (try? tag.text("field")) == nil, let key = try? tag.text("key") else { return nil }
      guard let value = try? tag.text("value"), !value.isEmpty, value != "true" else { return key }
      return "\(key)=\(value)"
    }
  }
}
