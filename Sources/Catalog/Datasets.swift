package import CatalogStore
package import Governance
import Iceberg
import JSON
import ObjectStorage
import Postgres
import TransparencyLog

// The operations on datasets that are neither Iceberg tables nor views. The catalog writes none of their files.

/// A dataset that is to be made known.
package struct RegisterDatasetRequest: Sendable {
  package var name: String
  package var format: DatasetFormat
  package var location: String?
  package var description: DatasetDescription

  package init(name: String, format: DatasetFormat, location: String?, description: DatasetDescription) {
    self.name = name
    self.format = format
    self.location = location
    self.description = description
  }
}

/// What is to become different about a dataset; `nil` stays as it is.
package struct DatasetChange: Sendable {
  package var setProperties: [String: String] = [:]
  package var removeProperties: [String] = []
  package var columns: [DescribedColumn]?
  /// An empty text for none.
  package var currentVersion: String?

  package init() {}

  fileprivate var isEmpty: Bool { setProperties.isEmpty && removeProperties.isEmpty && columns == nil && currentVersion == nil }

  fileprivate var questions: [PolicyQuestion] {
    let keys = Set(setProperties.keys).union(removeProperties)
    var questions: [PolicyQuestion] = []
    if keys.contains(GovernedProperty.ownerTeam) { questions.append(PolicyQuestion(.setOwner)) }
    if !keys.subtracting([GovernedProperty.ownerTeam]).isEmpty { questions.append(PolicyQuestion(.setProperties)) }
    if columns != nil || currentVersion != nil { questions.append(PolicyQuestion(.evolveSchema)) }
    return questions
  }

  fileprivate func applied(to base: DatasetDescription) -> DatasetDescription {
    var new = base
    new.properties.merge(setProperties) { $1 }
    for key in removeProperties { new.properties[key] = nil }
    if let columns { new.columns = columns }
    if let currentVersion { new.currentVersion = currentVersion.isEmpty ? nil : currentVersion }
    return new
  }
}

extension Catalog {
  /// The datasets of every kind in a namespace that the caller may know of, in order of their names.
  ///
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``
  package func listDatasets(in namespace: NamespacePath, _ page: PageRequest, _ context: OperationContext) async throws -> Page<
    ListedDataset
  > {
    let place = try await authorized(.listDatasets, [PolicyQuestion(.list)], namespace, context)
    return try await authorizer.visibleDatasets(in: place.facts, place.object.state, page, context)
  }

  /// - Throws: ``CatalogError/noSuchDataset(_:)``
  package func loadDataset(_ path: DatasetPath, _ context: OperationContext) async throws -> GenericDataset {
    try await generic(authorized(.loadDataset, [PolicyQuestion(.getMetadata)], path, as: .dataset, context), path)
  }

  /// Makes a dataset known that is there already.
  ///
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/alreadyExists(_:)``, ``CatalogError/badRequest(_:)``,
  ///   ``CatalogError/forbidden(_:)`` also for a location that is another dataset's
  package func registerDataset(
    _ request: RegisterDatasetRequest, in namespace: NamespacePath, _ context: OperationContext, answer: (GenericDataset) -> [UInt8]
  ) async throws -> GenericDataset {
    let path = try DatasetPath(namespace, request.name)
    let place = try await authorized(
      .registerDataset, [.making(.createDataset, properties: request.description.properties)], namespace,
      as: CatalogResource(.dataset, path.text), context)
    try request.description.check()
    try await requireVacant(path, for: .dataset)
    let location = try await location(of: request, at: path, place)
    try refuse(
      place.facts.zone.rules.refusals(ofArrival: request.format, at: location, in: place.facts.zone.zone), context)
    let new = NewDataset(
      id: .new(), path: path, kind: .dataset, location: location ?? "", metadataLocation: "", head: request.description.jsonText,
      facts: DatasetFacts(creating: request.description.properties, formatVersion: 0, by: context.caller), rows: HistoryRows(),
      format: request.format)
    let warehouse = try await storages.storage(named: path.warehouse, place.authorization).warehouse.id
    let made = GenericDataset(
      found: FoundDataset(
        version: DatasetVersion(id: new.id, warehouse: warehouse, kind: .dataset, version: 1), namespace: place.found.id, facts: new.facts,
        revision: 0),
      path: path, format: request.format, location: location, description: request.description, createdAt: context.time,
      changedAt: context.time)
    let event = AuditEvent(
      place.authorization,
      after: ["format": .string(request.format.rawValue), "location": location.map { .string($0) } ?? .null].merging(
        request.description.canonical
      ) { $1 })
    try await store.create(new, place.authorization, Change(place.authorization, event: event, answer: .json(answer(made))))
    return made
  }

  /// Changes what is written down of a dataset.
  ///
  /// - Throws: ``CatalogError/noSuchDataset(_:)``, ``CatalogError/badRequest(_:)``
  package func updateDataset(
    _ path: DatasetPath, _ change: DatasetChange, _ context: OperationContext, answer: (GenericDataset) -> [UInt8]
  ) async throws -> GenericDataset {
    for _ in 0..<options.commitAttempts {
      let questions = change.questions
      let asked = try await authorized(
        .updateDataset, questions.isEmpty ? [PolicyQuestion(.setProperties)] : questions, path, as: .dataset, context)
      guard !change.isEmpty else {
        throw CatalogError.badRequest(
          "Nothing of the dataset \(path.identifier) is to change; give description, properties, columns or current-version")
      }
      let base = try await generic(asked, path)
      guard base.found.version == asked.found.version else { continue }
      let description = change.applied(to: base.description)
      try description.check()
      let version = base.found.version
      let swap = DatasetSwap(
        path: path, base: version, location: base.location ?? "", metadataLocation: "", head: description.jsonText,
        facts: base.found.facts.after(base.description.properties, description.properties, formatVersion: 0), rows: HistoryRows(),
        changesSchema: description.columns != base.description.columns)
      let made = GenericDataset(
        found: FoundDataset(
          version: DatasetVersion(id: version.id, warehouse: version.warehouse, kind: .dataset, version: version.version + 1),
          namespace: base.found.namespace, facts: swap.facts, revision: base.found.revision),
        path: path, format: base.format, location: base.location, description: description, createdAt: base.createdAt,
        changedAt: context.time)
      let event = AuditEvent(asked.authorization, before: base.description.canonical, after: description.canonical)
      if try await store.swap(
        swap, asked.authorization, Change(asked.authorization, event: event, answer: .json(answer(made))))
      {
        return made
      }
    }
    throw CatalogStore.overtaken(path)
  }

  /// Forgets a dataset. Its files stay: they are not the catalog's.
  ///
  /// - Throws: ``CatalogError/noSuchDataset(_:)``, ``CatalogError/forbidden(_:)``
  package func dropDataset(_ path: DatasetPath, _ context: OperationContext) async throws {
    try await drop(.dataset, .dropDataset, path, purging: false, context)
  }

  /// - Throws: ``CatalogError/noSuchDataset(_:)``, ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/alreadyExists(_:)``,
  ///   ``CatalogError/forbidden(_:)``
  package func renameDataset(from source: DatasetPath, to target: DatasetPath, _ context: OperationContext) async throws {
    try await rename(.dataset, .renameDataset, from: source, to: target, context)
  }

  /// What is stored of a dataset that was found.
  func generic(_ asked: AuthorizedDataset, _ path: DatasetPath) async throws -> GenericDataset {
    guard let dataset = try await store.genericDataset(path, asked.authorization), dataset.found.version.id == asked.found.version.id else {
      throw CatalogError.missing(.dataset, path.identifier)
    }
    return dataset
  }
}

extension DatasetDescription {
  func check() throws {
    guard columns.count <= 10_000 else { throw CatalogError.badRequest("There may be 10000 columns, not \(columns.count)") }
    var names: Set<[UInt8]> = []
    for column in columns {
      guard (1...255).contains(column.name.utf8.count), (1...10_000).contains(column.type.utf8.count) else {
        throw CatalogError.badRequest("A column's name is 1 to 255 bytes long and its type 1 to 10000")
      }
      guard names.insert(Array(column.name.utf8)).inserted else {
        throw CatalogError.badRequest("There are two columns \(column.name)")
      }
    }
    guard jsonText.count <= 4 << 20 else { throw CatalogError.badRequest("The description of the dataset is longer than 4 MB") }
  }

  var canonical: [String: CanonicalValue] {
    [
      "current-version": currentVersion.map { .string($0) } ?? .null,
      "properties": .object(properties.mapValues { .string($0) }),
      "columns": .array(
        columns.map {
          .object([
            "name": .string($0.name), "type": .string($0.type), "nullable": .bool($0.isNullable),
            "comment": $0.comment.map { .string($0) } ?? .null,
          ])
        }),
    ]
  }
}
