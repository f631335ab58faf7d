package import CatalogStore
package import Features
package import Iceberg
import Postgres

/// What is to be made of a registry.
package struct FeatureImportRequest: Sendable {
  package var registry: FeatureRegistry
  /// Which of the registry's projects; `nil` for its only one.
  package var project: String?
  /// Where views go; `nil` for a namespace that is called like the project.
  package var namespace: Namespace?
  /// Whether views and services go that came from this project and that it has no more.
  package var prunes = false
  /// Whether only to say what would be done.
  package var isDryRun = false

  package init(registry: FeatureRegistry) { self.registry = registry }

  /// - Throws: ``CatalogError/badRequest(_:)`` for a project that is not the registry's, or when it is not clear which is meant
  func chosenProject() throws -> String {
    if let project {
      guard registry.projects.isEmpty || registry.projects.contains(project) else {
        throw CatalogError.badRequest(
          "The registry has no project \(project); it has \(registry.projects.joined(separator: ", "))")
      }
      return project
    }
    guard registry.projects.count < 2 else {
      throw CatalogError.badRequest(
        "The registry has several projects; say which is meant with project: \(registry.projects.joined(separator: ", "))")
    }
    guard let only = registry.projects.first else {
      throw CatalogError.badRequest("The registry does not say its project; give a name for it with project")
    }
    return only
  }
}

/// What an import did, or would do.
package struct FeatureImportReport: Sendable {
  package enum Kind: String, Sendable {
    case created, changed
    /// The registry has it no more; it goes only when that is asked for.
    case gone
  }

  package enum Thing: String, Sendable {
    case namespace
    case view = "feature-view"
    case service = "feature-service"
  }

  package struct Change: Sendable {
    package let kind: Kind
    package let thing: Thing
    package let name: String
    /// What of it, for people.
    package let details: [String]
  }

  /// A source that is none of our datasets.
  package struct UnresolvedSource: Hashable, Sendable {
    package let view: String
    package let source: FeatureViewFacts.Source
  }

  package let project: String
  package let namespace: NamespacePath
  package let isDryRun: Bool
  package let prunes: Bool
  package var changes: [Change] = []
  /// How many views and services are as the registry says already.
  package var unchanged = 0
  package var unresolved: [UnresolvedSource] = []
  /// Entities that no view describes: there is nothing that they could be written down with.
  package var unusedEntities: [String] = []
}

/// A registry's project in our words.
struct WantedFeatures {
  var views: [(name: String, facts: FeatureViewFacts)] = []
  var services: [FeatureServiceFacts] = []
  let unusedEntities: [String]

  static let maximumViews = 1_000

  /// - Parameters:
  ///   - ids: of the project's views, by name.
  ///   - link: the dataset that a source is, for a view of that name.
  init(
    _ registry: FeatureRegistry, project: String, ids: [PostgresText: DatasetID],
    link: (_ view: String, FeatureSource) -> DatasetID?
  ) {
    let entities = Dictionary(registry.entities.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for view in registry.views {
      views.append((view.name, FeatureViewFacts(view, project, entities, ids) { link(view.name, $0) }))
    }
    let used = Set(registry.views.flatMap(\.entities))
    unusedEntities = registry.entities.map(\.name).filter { !used.contains($0) }
    services = registry.services.map { service in
      FeatureServiceFacts(
        name: service.name, project: project, description: service.description, owner: service.owner, tags: service.tags,
        selections: service.selections.map {
          .init(view: $0.view, dataset: ids[PostgresText($0.view)], alias: $0.alias, features: $0.features, joinKeys: $0.joinKeys)
        })
    }
  }

  /// - Throws: ``CatalogError/badRequest(_:)`` for what is too much, and for names that are there twice
  static func check(_ registry: FeatureRegistry) throws {
    for (what, names) in [("feature views", registry.views.map(\.name)), ("feature services", registry.services.map(\.name))] {
      guard names.count <= maximumViews else {
        throw CatalogError.badRequest("A project may have \(maximumViews) \(what), not \(names.count)")
      }
      var known: Set<PostgresText> = []
      for name in names where !known.insert(PostgresText(name)).inserted {
        throw CatalogError.badRequest("The project has two \(what) named \(name)")
      }
    }
  }

  /// The sources of a project's views that may be datasets.
  static func sources(of registry: FeatureRegistry) -> [(view: String, source: FeatureSource)] {
    registry.views.flatMap { view in FeatureViewFacts.sources(of: view).map { (view.name, $0.source) } }
  }
}

extension FeatureViewFacts {
  fileprivate init(
    _ view: FeatureView, _ project: String, _ entities: [String: FeatureEntity], _ ids: [PostgresText: DatasetID],
    link: (FeatureSource) -> DatasetID?
  ) {
    let types = Dictionary(view.joinKeys.map { ($0.name, $0.valueType) }, uniquingKeysWith: { first, _ in first })
    var features: [Feature] = []
    var names: Set<PostgresText> = []
    for feature in view.features where names.insert(PostgresText(feature.name)).inserted { features.append(feature) }
    self.init(
      project: project, kind: view.kind,
      entities: view.entities.map { name in
        let entity = entities[name]
        return Entity(
          name: name,
          joinKeys: (entity?.joinKeys ?? []).map { Field(name: $0, valueType: (types[$0] ?? nil) ?? entity?.valueType) },
          valueType: entity?.valueType, description: entity?.description)
      },
      features: features, timestampField: view.timestampField,
      createdTimestampField: view.source?.createdTimestampColumn ?? view.streamSource?.createdTimestampColumn,
      ttlMs: view.ttl.map { max(1, $0.components.seconds * 1_000 + $0.components.attoseconds / 1_000_000_000_000_000) },
      isOnline: view.isOnline, description: view.description, owner: view.owner, tags: view.tags,
      sources: Self.sources(of: view).map { role, source in
        Source(
          role: role, name: source.name, kind: source.kind, location: source.location, query: source.query, format: source.format,
          dataset: link(source))
      }
        + view.inputs.map { input in
          switch input {
          case .view(let name, let features):
            Source(role: .view, name: name, fields: features.map { Field(name: $0, valueType: nil) }, dataset: ids[PostgresText(name)])
          case .request(let source):
            Source(
              role: .request, name: source.name, kind: source.kind,
              fields: source.requestFields.map { Field(name: $0.name, valueType: $0.valueType) })
          }
        })
  }

  /// Where a view's data comes from: a stream's past, which its view names too, is there once.
  fileprivate static func sources(of view: FeatureView) -> [(role: Source.Role, source: FeatureSource)] {
    var found: [(Source.Role, FeatureSource)] = []
    if let source = view.source { found.append((.batch, source)) }
    if let stream = view.streamSource {
      found.append((.stream, stream))
      if let past = stream.batchSource, past.location != view.source?.location || past.query != view.source?.query {
        found.append((.batch, past))
      }
    }
    return found
  }

  /// What is written down of the dataset: its features are its columns.
  var columns: [DescribedColumn] {
    let keys = entities.flatMap(\.joinKeys)
    var names: Set<PostgresText> = []
    var columns: [DescribedColumn] = []
    for key in keys where names.insert(PostgresText(key.name)).inserted {
      columns.append(DescribedColumn(name: key.name, type: key.valueType ?? "UNKNOWN", isNullable: false, comment: nil))
    }
    for feature in features where names.insert(PostgresText(feature.name)).inserted {
      columns.append(
        DescribedColumn(name: feature.name, type: feature.valueType ?? "UNKNOWN", isNullable: true, comment: feature.description))
    }
    return columns
  }

  /// A source that might be a dataset and is none of ours; what a request says comes from nowhere.
  var unresolved: [Source] { sources.filter { $0.dataset == nil && $0.role != .request } }
}
