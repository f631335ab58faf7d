package import CatalogStore
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
}

extension Catalog {
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``
  package func listViews(in namespace: NamespacePath, _ page: PageRequest, _ context: OperationContext) async throws -> Page<String> {
    try await store.datasetNames(.view, in: namespace, page, authorize(.listViews, namespace, context))
  }

  /// - Throws: ``CatalogError/noSuchView(_:)``
  package func viewExists(_ path: DatasetPath, _ context: OperationContext) async throws {
    _ = try await viewVersion(path, authorize(.loadView, path, as: .view, context))
  }

  /// - Throws: ``CatalogError/noSuchView(_:)``
  package func loadView(_ path: DatasetPath, _ context: OperationContext) async throws -> LoadedView {
    let authorization = try authorize(.loadView, path, as: .view, context)
    return try await loaded(try await cached(path, at: viewVersion(path, authorization), authorization), authorization)
  }

  /// - Throws: ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/alreadyExists(_:)``, ``CatalogError/badRequest(_:)``
  package func createView(_ request: CreateViewRequest, in namespace: NamespacePath, _ context: OperationContext) async throws -> LoadedView
  {
    let path = try DatasetPath(namespace, request.name)
    let authorization = try authorize(.createView, path, as: .view, context)
    let storage = try await storages.storage(named: path.warehouse, authorization)
    try await requireVacant(path, for: .view, authorization)
    let uuid = PostgresUUID.random()
    let location = try request.location.map { try storage.location($0, of: "location") } ?? storage.newLocation(for: path, uuid)
    let metadata = try ViewMetadata.creating(
      uuid: uuid.description, location: location.description, schema: request.schema, version: request.viewVersion,
      properties: request.properties, nowMs: context.time.milliseconds)
    return try await create(path, metadata, in: storage, authorization)
  }

  /// Takes in a view whose metadata file exists.
  ///
  /// - Throws: ``CatalogError/fileNotFound(_:)``, ``CatalogError/alreadyExists(_:)``, ``CatalogError/badRequest(_:)``
  package func registerView(_ request: RegisterViewRequest, in namespace: NamespacePath, _ context: OperationContext) async throws
    -> LoadedView
  {
    let path = try DatasetPath(namespace, request.name)
    let authorization = try authorize(.registerView, path, as: .view, context)
    let storage = try await storages.storage(named: path.warehouse, authorization)
    try await requireVacant(path, for: .view, authorization)
    let bytes = try await MetadataFile.read(request.metadataLocation, in: storage, maximumSizeBytes: options.maximumMetadataSizeBytes)
    let metadata = try ViewMetadata(jsonText: bytes)
    _ = try storage.location(metadata.location, of: "location")
    let created = try CreatedView(path, metadata, metadataLocation: request.metadataLocation, in: storage)
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
    let authorization = try authorize(.replaceView, path, as: .view, context)
    return try await commitLocks.withLock(path.text) {
      for _ in 0..<options.commitAttempts {
        let base = try await cached(path, at: viewVersion(path, authorization), authorization)
        let storage = try await storages.storage(of: base.version.warehouse, authorization)
        let old = try ViewMetadata(jsonText: base.document)
        for requirement in requirements { try old.check(requirement) }
        var builder = ViewMetadataBuilder(base: old, nowMs: context.time.milliseconds)
        for update in updates { try builder.apply(update) }
        guard let new = try builder.build() else { return try await loaded(base, authorization) }
        _ = try storage.location(new.location, of: "location")
        if let done = try await swap(path, base, to: new, updates.map(\.action), in: storage, authorization) {
          return try await loaded(done, authorization)
        }
      }
      throw CatalogStore.overtaken(path)
    }
  }

  /// - Throws: ``CatalogError/noSuchView(_:)``
  package func dropView(_ path: DatasetPath, _ context: OperationContext) async throws {
    try await store.drop(.view, path, purging: false, authorize(.dropView, path, as: .view, context))
    cache.remove(path.text)
  }

  /// - Throws: ``CatalogError/noSuchView(_:)``, ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/alreadyExists(_:)``
  package func renameView(from source: DatasetPath, to target: DatasetPath, _ context: OperationContext) async throws {
    try await store.rename(.view, from: source, to: target, authorize(.renameView, source, as: .view, context))
    cache.remove(source.text)
  }

  // MARK: Parts

  private func viewVersion(_ path: DatasetPath, _ authorization: Authorization) async throws -> DatasetVersion {
    guard let found = try await store.datasetVersion(path, authorization), found.kind == .view else {
      throw CatalogError.missing(.view, path.identifier)
    }
    return found
  }

  private func loaded(_ view: CachedDataset, _ authorization: Authorization) async throws -> LoadedView {
    let storage = try await storages.storage(of: view.version.warehouse, authorization)
    return LoadedView(metadataLocation: view.metadataLocation, metadata: view.document, config: storage.clientConfig)
  }

  private func create(
    _ path: DatasetPath, _ metadata: ViewMetadata, in storage: WarehouseStorage, _ authorization: Authorization
  ) async throws -> LoadedView {
    let file = try MetadataFile.next(in: storage, location: metadata.location, properties: metadata.properties, after: nil)
    let created = try CreatedView(path, metadata, metadataLocation: file.description, in: storage)
    _ = try await withMetadataFiles([PendingFile(location: file, document: created.result.document, storage: storage)]) {
      try await store.create(created.dataset, authorization, created.change(authorization))
      return true
    }
    cache.insert(created.result, at: path.text)
    return try await loaded(created.result, authorization)
  }

  /// - Returns: `nil` when another commit came first.
  private func swap(
    _ path: DatasetPath, _ base: CachedDataset, to new: ViewMetadata, _ actions: [String], in storage: WarehouseStorage,
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
      head: document, rows: HistoryRows())
    let isDone = try await withMetadataFiles([PendingFile(location: file, document: document, storage: storage)]) {
      try await store.swap(swap, authorization, Change(authorization, event: event, answer: .metadata(at: file.description)))
    }
    guard isDone else {
      cache.remove(path.text)
      return nil
    }
    let result = CachedDataset(version: version, metadataLocation: file.description, document: document)
    cache.insert(result, at: path.text)
    return result
  }
}

/// A new view, serialised, not yet durable.
private struct CreatedView {
  let dataset: NewDataset
  let result: CachedDataset
  let uuid: String

  init(_ path: DatasetPath, _ metadata: ViewMetadata, metadataLocation: String, in storage: WarehouseStorage) throws {
    let document = metadata.jsonText
    dataset = NewDataset(
      id: .new(), path: path, kind: .view, location: try ObjectLocation(metadata.location).canonicalText,
      metadataLocation: metadataLocation, head: document,
      rows: HistoryRows())
    let version = DatasetVersion(id: dataset.id, warehouse: storage.warehouse.id, kind: .view, version: 1)
    result = CachedDataset(version: version, metadataLocation: metadataLocation, document: document)
    uuid = metadata.uuid
  }

  func change(_ authorization: Authorization) -> Change {
    let event = AuditEvent(
      authorization,
      after: ["version": .int64(1), "metadata-location": .string(result.metadataLocation), "view-uuid": .string(uuid)])
    return Change(authorization, event: event, answer: .metadata(at: result.metadataLocation))
  }
}
