package import CatalogStore
package import Lineage
package import Postgres

/// A dataset, as the caller may see it.
package struct ReportedDataset: Sendable {
  package struct Field: Sendable {
    package let name: String
    package let type: String?
    package let description: String?
    package var tags: [String] = []
  }

  /// A column that was made from one of this or another dataset.
  package struct ColumnSource: Sendable {
    package let column: String
    package let source: EntityName
    package let dependency: ColumnDependency
  }

  package let node: ListedNode
  package var fields: [Field]
  package let tags: [String]
  package let description: String?
  /// What the catalog calls its format, for what is neither table nor view.
  package let format: String?
  package let account: DatasetAccount
  package let facets: FacetSet
  /// Of a dataset that the catalog had.
  package let isDropped: Bool
  package let lastModifiedAt: PostgresTimestamp?
  package let columns: [ColumnSource]
}

/// What a run wrote of a dataset.
package struct ReportedVersion: Sendable {
  package let dataset: ReportedDataset
  /// As it was told; else the run's id.
  package let version: String
  package let firstSeenAt: PostgresTimestamp
  /// `nil` where the caller may not see it.
  package let run: ReportedRun?
  package let account: DatasetAccount
}

extension Catalog {
  private static let latestWriters = 3
  private static let eventsOfWriter = 5
  private static let maximumColumnSources = 5_000
  /// Rows of one dataset that versions are looked for in.
  private static let maximumWrites = 2_000

  /// Datasets of a namespace by name.
  package func lineageDatasets(
    in namespace: String, _ page: LineagePage, _ context: OperationContext
  ) async throws -> LineageList<ReportedDataset> {
    let authorization = try await lineageAuthorization(context)
    var walk = NodeWalk(self, page, authorization)
    try await walk.go("dataset", in: namespace) { $0 }
    return try await LineageList(elements: reportedDatasets(walk.list.elements, authorization), count: walk.list.count)
  }

  /// - Throws: ``CatalogError/noSuchDataset(_:)`` for one that the caller may not know of
  package func lineageDataset(_ name: EntityName, _ context: OperationContext) async throws -> ReportedDataset {
    let authorization = try await lineageAuthorization(context)
    let node = try await visibleDataset(name, authorization)
    guard let dataset = try await reportedDatasets([node], isAlone: true, authorization).first else { throw Self.noSuchDataset(name) }
    return dataset
  }

  /// What runs wrote of a dataset, the latest first, each version once.
  package func lineageVersions(
    of name: EntityName, _ page: LineagePage, _ context: OperationContext
  ) async throws -> LineageList<ReportedVersion> {
    let authorization = try await lineageAuthorization(context)
    let node = try await visibleDataset(name, authorization)
    let writes = try await versions(of: node, authorization)
    let shown = Array(writes.dropFirst(page.offset).prefix(page.limit))
    return LineageList(elements: try await reportedVersions(shown, of: node, authorization), count: writes.count)
  }

  /// - Throws: ``CatalogError/noSuchDataset(_:)`` for a dataset that the caller may not know of, ``CatalogError/noSuchSnapshot(_:)``
  package func lineageVersion(
    _ version: String, of name: EntityName, _ context: OperationContext
  ) async throws -> ReportedVersion {
    let authorization = try await lineageAuthorization(context)
    let node = try await visibleDataset(name, authorization)
    let found = try await versions(of: node, authorization).first { $0.name == version }
    guard let reported = try await reportedVersions(found.map { [$0] } ?? [], of: node, authorization).first else {
      throw CatalogError.noSuchSnapshot("Lineage knows of no version \(version) of \(name.name)")
    }
    return reported
  }

  // MARK: Parts

  static func noSuchDataset(_ name: EntityName) -> CatalogError {
    .noSuchDataset("Lineage knows of no dataset \(name.name) in the namespace \(name.namespace)")
  }

  private func visibleDataset(_ name: EntityName, _ authorization: Authorization) async throws -> ListedNode {
    let found = try await store.lineageDatasets([name], options.lineage.aliases, authorization)
    let nodes = try await store.lineageNodes(Array(found.values), authorization)
    let view = try await view(of: nodes, authorization)
    guard let node = nodes.first, view.shown.contains(node.id) else { throw Self.noSuchDataset(name) }
    return node
  }

  /// What is known of datasets that the caller may see.
  ///
  /// - Parameter isAlone: whether to read the events of the runs that wrote it last, too, and those of its columns' sources.
  func reportedDatasets(
    _ nodes: [ListedNode], isAlone: Bool = false, withColumns: Bool = true, _ authorization: Authorization
  ) async throws -> [ReportedDataset] {
    let ids = nodes.map(\.id)
    let view = try await view(of: nodes, authorization)
    let names = try await store.lineageNames(of: ids, authorization)
    let described = try await store.describedDatasets(nodes.compactMap(\.dataset), authorization)
    let documents = try await store.lineageDocuments(nodes.compactMap(\.lastEvent), authorization)
    let modified = try await store.lastModified(ids, authorization)
    var ofWriters: [[UInt8]] = []
    if isAlone, let node = nodes.first {
      let runs = try await store.writes(of: node.id, limit: Self.latestWriters, authorization).map(\.run)
      let found = try await store.lineageDocuments(ofRuns: Array(Set(runs)), each: Self.eventsOfWriter, authorization)
      ofWriters = runs.flatMap { found[$0] ?? [] }
    }
    let columns = withColumns ? try await columnSources(of: ids, authorization) : [:]
    return nodes.map { node in
      let catalog = node.dataset.flatMap { described[$0] }
      let texts = (node.lastEvent.flatMap { documents[$0] }.map { [$0] } ?? []) + ofWriters
      let account = DatasetAccount(names[node.id] ?? [node.name], Self.events(texts))
      let fields = catalog.map { catalog in
        catalog.columns.map { column in
          ReportedDataset.Field(name: column.name, type: column.type, description: column.description, tags: Self.texts(column.tags))
        }
      }
      return ReportedDataset(
        node: node, fields: fields ?? account.fields, tags: catalog.map { Self.texts($0.tags) } ?? account.tags,
        description: catalog.map(\.description) ?? account.documentation, format: catalog?.format, account: account,
        facets: view.seesAll ? account.facets : account.ownFacets, isDropped: node.dataset.map { !view.living.contains($0) } ?? false,
        lastModifiedAt: modified[node.id], columns: columns[node.id] ?? [])
    }
  }

  private static func texts(_ tags: [String: String]) -> [String] { tags.map { "\($0)=\($1)" }.sorted() }

  private func columnSources(of ids: [Int64], _ authorization: Authorization) async throws -> [Int64: [ReportedDataset.ColumnSource]] {
    let found = try await store.columns(into: ids, limit: Self.maximumColumnSources, authorization)
    let sources = try await store.lineageNodes(Array(Set(found.map(\.source.node))), authorization)
    let view = try await view(of: sources, authorization)
    let names = Dictionary(sources.filter { view.shown.contains($0.id) }.map { ($0.id, $0.name) }) { first, _ in first }
    let reported = found.compactMap { dependency in
      names[dependency.source.node].map {
        (
          dependency.target.node,
          ReportedDataset.ColumnSource(column: dependency.target.column, source: $0, dependency: dependency)
        )
      }
    }
    return Dictionary(grouping: reported, by: \.0).mapValues { $0.map(\.1) }
  }

  private struct Version {
    let name: String
    let write: StoredUse
  }

  /// A run that tells of a version has not written another one besides; of versions that several runs tell of, the first wrote it.
  private func versions(of node: ListedNode, _ authorization: Authorization) async throws -> [Version] {
    let writes = try await store.writes(of: node.id, limit: Self.maximumWrites, authorization)
    let told = Set(writes.filter { !$0.version.isEmpty }.map(\.run))
    var versions: [Version] = []
    var places: [String: Int] = [:]
    for write in writes where !write.version.isEmpty || !told.contains(write.run) {
      let version = Version(name: write.version.isEmpty ? write.run.description : write.version, write: write)
      if let place = places[version.name] {
        versions[place] = version
      } else {
        places[version.name] = versions.count
        versions.append(version)
      }
    }
    return versions
  }

  private func reportedVersions(
    _ versions: [Version], of node: ListedNode, _ authorization: Authorization
  ) async throws -> [ReportedVersion] {
    guard !versions.isEmpty, let dataset = try await reportedDatasets([node], withColumns: false, authorization).first else { return [] }
    let ids = Array(Set(versions.map(\.write.run)))
    let runs = try await store.runs(ids, authorization)
    let jobs = try await store.lineageNodes(Array(Set(runs.values.map(\.job))), authorization)
    let view = try await view(of: jobs, authorization)
    let names = Dictionary(jobs.filter { view.shown.contains($0.id) }.map { ($0.id, $0.name) }) { first, _ in first }
    let documents = try await store.lineageDocuments(ofRuns: ids, each: Self.eventsOfWriter, authorization)
    let ownNames = try await store.lineageNames(of: [node.id], authorization)[node.id] ?? [node.name]
    return versions.map { version in
      let run = runs[version.write.run].flatMap { run in names[run.job].map { ReportedRun(run: run, job: $0) } }
      return ReportedVersion(
        dataset: dataset, version: version.name, firstSeenAt: version.write.firstSeenAt, run: run,
        account: DatasetAccount(ownNames, Self.events(documents[version.write.run] ?? [])))
    }
  }
}

extension DatasetAccount {
  package var fields: [ReportedDataset.Field] {
    schema.map { ReportedDataset.Field(name: $0.name, type: $0.type, description: $0.description) }
  }
}
