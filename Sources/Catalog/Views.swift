package import CatalogStore
import Governance
package import Iceberg
import JSON
import ObjectStorage
import Postgres
import TransparencyLog

// The operations on views. A view's metadata is one document: it has no rows beside its head.

/// A view as it is answered to a client.
package struct LoadedView: Sendable {
  package let metadataLocation: String
  package let metadata: [UInt8]
  package let config: [String: String]
  /// As for tables.
  package var terms: [UInt8] = []
}

extension Catalog {
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``
  package func listViews(in namespace: NamespacePath, _ page: PageRequest, _ context: OperationContext) async throws -> Page<String> {
    let place = try await authorized(.listViews, [PolicyQuestion(.list)], namespace, context)
    return try await authorizer.visibleDatasets(.view, in: place.facts, place.object.state, page, context)
  }

  /// - Throws: ``CatalogError/noSuchView(_:)``
  package func viewExists(_ path: DatasetPath, _ context: OperationContext) async throws {
    _ = try await authorized(.loadView, [PolicyQuestion(.list)], path, as: .view, context)
  }

  /// - Throws: ``CatalogError/noSuchView(_:)``
  package func loadView(_ path: DatasetPath, _ context: OperationContext) async throws -> LoadedView {
    let asked = try await authorized(.loadView, [PolicyQuestion(.getMetadata)], path, as: .view, context)
    let view = try await cached(path, at: asked.found, asked.authorization)
    var answer = try await loaded(view, asked.authorization)
    try await recordRead(asked.found, at: view.metadataLocation, asked.authorization)
    if let zone = asked.object.zone { answer.terms = try terms(ofView: view, asked.object, zone, context).members }
    return answer
  }

  /// - Throws: ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/alreadyExists(_:)``, ``CatalogError/badRequest(_:)``
  package func createView(_ request: CreateViewRequest, in namespace: NamespacePath, _ context: OperationContext) async throws -> LoadedView
  {
    let path = try DatasetPath(namespace, request.name)
    let place = try await authorized(
      .createView, [.making(.createView, properties: request.properties, formatVersion: 1)], namespace,
      as: CatalogResource(.view, path.text), context)
    let authorization = place.authorization
    let storage = try await storages.storage(named: path.warehouse, authorization)
    try await requireVacant(path, for: .view)
    let uuid = PostgresUUID.random()
    let location =
      try request.location.map { try storage.location($0, of: "location") }
      ?? storage.newLocation(for: path, uuid, under: place.facts.zone.rules.locationPrefix)
    let metadata = try ViewMetadata.creating(
      uuid: uuid.description, location: location.description, schema: request.schema, version: request.viewVersion,
      properties: request.properties, nowMs: context.time.milliseconds)
    return try await create(path, metadata, in: storage, place.found.id, authorization)
  }

  /// Takes in a view whose metadata file exists.
  ///
  /// - Throws: ``CatalogError/fileNotFound(_:)``, ``CatalogError/alreadyExists(_:)``, ``CatalogError/badRequest(_:)``
  package func registerView(_ request: RegisterViewRequest, in namespace: NamespacePath, _ context: OperationContext) async throws
    -> LoadedView
  {
    let path = try DatasetPath(namespace, request.name)
    let reading = try await authorized(.registerView, [.making(.createView, properties: GovernedProperty.complete)], namespace, context)
    let storage = try await storages.storage(named: path.warehouse, reading.authorization)
    try await requireVacant(path, for: .view)
    let bytes = try await MetadataFile.read(request.metadataLocation, in: storage, maximumSizeBytes: options.maximumMetadataSizeBytes)
    let metadata = try ViewMetadata(jsonText: bytes)
    _ = try storage.location(metadata.location, of: "location")
    let place = try await authorized(
      .registerView, [.making(.createView, properties: metadata.properties, formatVersion: metadata.formatVersion)], namespace,
      as: CatalogResource(.view, path.text), context)
    let authorization = place.authorization
    let created = try CreatedView(
      path, metadata, metadataLocation: request.metadataLocation, in: storage, place.found.id, by: context.caller)
    try await store.create(created.dataset, authorization, created.change(authorization))
    cache.insert(created.result, at: path.text)
    return try await loaded(created.result, authorization)
  }

  /// Commits changes to a view. One that loses against another is tried again while its requirements hold.
  ///
  /// - Throws: ``CatalogError/noSuchView(_:)``, ``CatalogError/commitFailed(_:)``, ``CatalogError/badRequest(_:)``
  package func replaceView(
    _ path: DatasetPath, requirements: [TableRequirement], updates: [ViewUpdate], _ context: OperationContext
  ) async throws -> LoadedView {
    return try await commitLocks.withLock(path.text) {
      for _ in 0..<options.commitAttempts {
        let asked = try await authorized(.replaceView, [PolicyQuestion(.getMetadata)], path, as: .view, context)
        let base = try await cached(path, at: asked.found, asked.authorization)
        let storage = try await storages.storage(of: base.version.warehouse, asked.authorization)
        let old = try ViewMetadata(jsonText: base.document)
        for requirement in requirements { try old.check(requirement) }
        var builder = ViewMetadataBuilder(base: old, nowMs: context.time.milliseconds)
        for update in updates { try builder.apply(update) }
        guard let new = try builder.build() else { return try await loaded(base, asked.authorization) }
        let authorization = try authorizer.authorize(
          .replaceView, old.questions(about: new), on: asked.object, context, missing: .missing(.view, path.identifier))
        let team = new.properties[GovernedProperty.ownerTeam]
        if team != old.properties[GovernedProperty.ownerTeam] { try asked.object.state.requireTeam(team) }
        _ = try storage.location(new.location, of: "location")
        if let done = try await swap(path, base, old, to: new, updates.map(\.action), in: storage, authorization) {
          return try await loaded(done, authorization)
        }
      }
      throw CatalogStore.overtaken(path)
    }
  }

  /// - Throws: ``CatalogError/noSuchView(_:)``
  package func dropView(_ path: DatasetPath, _ context: OperationContext) async throws {
    try await drop(.view, .dropView, path, purging: false, context)
  }

  /// - Throws: ``CatalogError/noSuchView(_:)``, ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/alreadyExists(_:)``
  package func renameView(from source: DatasetPath, to target: DatasetPath, _ context: OperationContext) async throws {
    try await rename(.view, .renameView, from: source, to: target, context)
  }

  // MARK: Parts

  private func loaded(_ view: CachedDataset, _ authorization: Authorization) async throws -> LoadedView {
    let storage = try await storages.storage(of: view.version.warehouse, authorization)
    return LoadedView(metadataLocation: view.metadataLocation, metadata: view.document, config: storage.clientConfig)
  }

  private func create(
    _ path: DatasetPath, _ metadata: ViewMetadata, in storage: WarehouseStorage, _ namespace: NamespaceID, _ authorization: Authorization
  ) async throws -> LoadedView {
    let file = try MetadataFile.next(in: storage, location: metadata.location, properties: metadata.properties, after: nil)
    let created = try CreatedView(
      path, metadata, metadataLocation: file.description, in: storage, namespace, by: authorization.context.caller)
    _ = try await withMetadataFiles([PendingFile(location: file, document: created.result.document, storage: storage)]) {
      try await store.create(created.dataset, authorization, created.change(authorization))
      return true
    }
    cache.insert(created.result, at: path.text)
    return try await loaded(created.result, authorization)
  }

  /// - Returns: `nil` when another commit came first.
  private func swap(
    _ path: DatasetPath, _ base: CachedDataset, _ old: ViewMetadata, to new: ViewMetadata, _ actions: [String],
    in storage: WarehouseStorage,
    _ authorization: Authorization
  ) async throws -> CachedDataset? {
    let file = try MetadataFile.next(in: storage, location: new.location, properties: new.properties, after: base.metadataLocation)
    let document = new.jsonText
    let version = DatasetVersion(
      id: base.version.id, warehouse: base.version.warehouse, kind: .view, version: base.version.version + 1)
    let event = AuditEvent(
      authorization,
      before: ["version": .int64(base.version.version), "metadata-location": .string(base.metadataLocation)],
      after: [
        "version": .int64(version.version), "metadata-location": .string(file.description),
        "updates": .array(actions.map { .string($0) }),
      ])
    let swap = DatasetSwap(
      path: path, base: base.version, location: try ObjectLocation(new.location).canonicalText, metadataLocation: file.description,
      head: document, facts: base.found.facts.after(old.properties, new.properties, formatVersion: new.formatVersion), rows: HistoryRows(),
      changesSchema: new.currentSchema != old.currentSchema)
    let isDone = try await withMetadataFiles([PendingFile(location: file, document: document, storage: storage)]) {
      try await store.swap(swap, authorization, Change(authorization, event: event, answer: .metadata(at: file.description)))
    }
    guard isDone else {
      cache.remove(path.text)
      return nil
    }
    let found = FoundDataset(version: version, namespace: base.found.namespace, facts: swap.facts, revision: base.found.revision)
    let result = CachedDataset(found: found, metadataLocation: file.description, document: document)
    cache.insert(result, at: path.text)
    return result
  }
}

/// A new view, serialised, not yet durable.
private struct CreatedView {
  let dataset: NewDataset
  let result: CachedDataset
  let uuid: String

  init(
    _ path: DatasetPath, _ metadata: ViewMetadata, metadataLocation: String, in storage: WarehouseStorage, _ namespace: NamespaceID,
    by caller: Caller
  ) throws {
    let document = metadata.jsonText
    dataset = NewDataset(
      id: .new(), path: path, kind: .view, location: try ObjectLocation(metadata.location).canonicalText,
      metadataLocation: metadataLocation, head: document,
      facts: DatasetFacts(creating: metadata.properties, formatVersion: metadata.formatVersion, by: caller), rows: HistoryRows())
    let version = DatasetVersion(id: dataset.id, warehouse: storage.warehouse.id, kind: .view, version: 1)
    result = CachedDataset(
      found: FoundDataset(version: version, namespace: namespace, facts: dataset.facts, revision: 0), metadataLocation: metadataLocation,
      document: document)
    uuid = metadata.uuid
  }

  func change(_ authorization: Authorization) -> Change {
    let event = AuditEvent(
      authorization,
      after: ["version": .int64(1), "metadata-location": .string(result.metadataLocation), "view-uuid": .string(uuid)])
    return Change(authorization, event: event, answer: .metadata(at: result.metadataLocation))
  }
}

extension ViewMetadata {
  fileprivate var currentSchema: Schema? { schemas.first { $0.id == currentVersion?.schemaID } }

  /// What policies are asked about turning this view into another.
  fileprivate func questions(about new: ViewMetadata) -> [PolicyQuestion] {
    var questions: [PolicyQuestion] = []
    if versions != new.versions || currentVersionID != new.currentVersionID || schemas != new.schemas {
      questions.append(PolicyQuestion(.evolveSchema))
    }
    let touched = Set(properties.keys).union(new.properties.keys).filter { properties[$0] != new.properties[$0] }
    questions += PolicyQuestion.changing(touched)
    if formatVersion != new.formatVersion { questions.append(PolicyQuestion(.setProperties)) }
    if location != new.location { questions.append(PolicyQuestion(.setLocation)) }
    return questions.isEmpty ? [PolicyQuestion(.setProperties)] : questions
  }
}
