package import CatalogStore
import Governance
package import Iceberg
import ObjectStorage
import Postgres
import TransparencyLog

extension Catalog {
  /// Creates a table, or, for a staged one, only works out what it would be: nothing is stored until it is committed.
  ///
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/alreadyExists(_:)``, ``CatalogError/badRequest(_:)``
  package func createTable(_ request: CreateTableRequest, in namespace: NamespacePath, _ context: OperationContext) async throws
    -> LoadedTable
  {
    let path = try DatasetPath(namespace, request.name)
    let place = try await authorized(
      .createTable, [.making(.createTable, properties: request.properties)], namespace, as: CatalogResource(.table, path.text), context)
    let authorization = place.authorization
    let storage = try await storages.storage(named: path.warehouse, authorization)
    try await requireVacant(path, for: .table)

    let uuid = PostgresUUID.random()
    let rules = place.facts.zone.rules
    let location =
      try request.location.map { try storage.location($0, of: "location") }
      ?? storage.newLocation(for: path, uuid, under: rules.locationPrefix)
    let metadata = try TableMetadata.creating(
      uuid: uuid.description, location: location.description, schema: request.schema, spec: request.partitionSpec,
      sortOrder: request.writeOrder, properties: rules.properties(ofNewTable: request.properties), nowMs: context.time.milliseconds)
    try storage.checkLocations(of: metadata, replacing: nil)
    let facts = try CommitFacts(base: nil, commit: TableCommit(creating: metadata), snapshots: [])
    try refuse(rules.check(facts, in: place.facts.zone.zone, nowMs: context.time.milliseconds), context)
    if request.location != nil {
      try await requireOwnPlace(metadata.location, of: nil, path, uuid: metadata.uuid, in: storage, authorization)
    }
    guard !request.stageCreate else {
      // DuckDB writes data files before it commits, and makes no folders.
      try await storage.makeFolders(at: location)
      let document = metadata.documentText(head: metadata.headText())
      let object = GovernedObject(
        .new(), .table, at: path, DatasetFacts(creating: metadata.properties, formatVersion: metadata.formatVersion, by: context.caller),
        in: place.facts, place.object.state)
      let access = try await grantedAccess(
        to: { AccessSubject(dataset: nil, object: object, formatVersion: metadata.formatVersion) }, { TablePlaces(metadata) }, in: storage,
        authorization)
      return LoadedTable(metadataLocation: nil, metadata: document, config: storage.clientConfig, access: access, etag: nil)
    }
    return try await create(path, metadata, HistoryRows(), in: storage, place.found.id, authorization)
  }

  /// Commits a staged table: all of it is in the updates.
  func commitStagedTable(_ path: DatasetPath, _ request: TableChangeRequest, _ context: OperationContext) async throws -> LoadedTable {
    let staged = try await prepareStaged(path, request, context)
    return try await create(
      path, staged.commit.metadata, HistoryRows(staged.commit), in: staged.storage, staged.namespace, staged.authorization)
  }

  /// What a commit of a staged table makes, once that is allowed: to make it in its namespace, and to do to it what the commit does.
  func prepareStaged(_ path: DatasetPath, _ request: TableChangeRequest, _ context: OperationContext) async throws -> StagedCommit {
    let properties = request.updates.reduce(into: [String: String]()) { properties, update in
      if case .setProperties(let set) = update { properties.merge(set) { $1 } }
    }
    let place = try await authorized(
      .createTable, [.making(.createTable, properties: properties)], path.namespace, as: CatalogResource(.table, path.text), context)
    let storage = try await storages.storage(named: path.warehouse, place.authorization)
    try await requireVacant(path, for: .table)
    let commit = try storage.stagedTable(path, request, under: place.facts.zone.rules.locationPrefix, at: context.time)
    let new = commit.metadata
    let object = GovernedObject(
      .new(), .table, at: path, DatasetFacts(creating: new.properties, formatVersion: new.formatVersion, by: context.caller),
      in: place.facts, place.object.state)
    let authorization = try await govern(
      .createTable, commit, of: nil, nil, object, in: storage, seen: place.authorization, missing: .missing(path.identifier.namespace)
    ).authorization
    try await requireOwnPlace(new.location, of: nil, path, uuid: new.uuid, in: storage, authorization)
    return StagedCommit(commit: commit, storage: storage, namespace: place.found.id, authorization: authorization)
  }

  private func create(
    _ path: DatasetPath, _ metadata: TableMetadata, _ rows: HistoryRows, in storage: WarehouseStorage, _ namespace: NamespaceID,
    _ authorization: Authorization
  ) async throws -> LoadedTable {
    let prepared = try PreparedCreation(path, metadata, rows, in: storage, namespace, by: authorization.context.caller)
    let change = Change(
      authorization, event: AuditEvent(authorization, after: prepared.after), answer: .metadata(at: prepared.file.description))
    try await storage.makeFolders(at: try ObjectLocation(metadata.location))
    _ = try await withMetadataFiles([prepared.pendingFile]) {
      try await store.create(prepared.dataset, authorization, change)
      return true
    }
    cache.insert(prepared.result, at: path.text)
    return try await loaded(prepared.result, authorization)
  }

  /// Refuses a name that is taken, before anything is written. The transaction checks again.
  func requireVacant(_ path: DatasetPath, for wanted: DatasetKind) async throws {
    if let found = try await store.find(path) {
      throw CatalogError.occupied(path.identifier, by: found.version.kind, wanted: wanted)
    }
  }
}

/// The commit of a staged table, allowed.
struct StagedCommit {
  let commit: TableCommit
  let storage: WarehouseStorage
  let namespace: NamespaceID
  let authorization: Authorization
}

/// A new table, decided and serialised, not yet durable.
struct PreparedCreation: Sendable {
  let dataset: NewDataset
  let file: ObjectLocation
  let pendingFile: PendingFile
  let result: CachedDataset
  let after: [String: CanonicalValue]

  init(
    _ path: DatasetPath, _ metadata: TableMetadata, _ rows: HistoryRows, in storage: WarehouseStorage, _ namespace: NamespaceID,
    by caller: Caller
  ) throws {
    file = try MetadataFile.next(in: storage, location: metadata.location, properties: metadata.properties, after: nil)
    let head = metadata.headText()
    let document = metadata.documentText(head: head)
    dataset = NewDataset(
      id: .new(), path: path, kind: .table, location: try ObjectLocation(metadata.location).canonicalText,
      metadataLocation: file.description, head: head,
      facts: DatasetFacts(creating: metadata.properties, formatVersion: metadata.formatVersion, by: caller), rows: rows)
    pendingFile = PendingFile(location: file, document: document, storage: storage)
    let version = DatasetVersion(id: dataset.id, warehouse: storage.warehouse.id, kind: .table, version: 1)
    result = CachedDataset(
      found: FoundDataset(version: version, namespace: namespace, facts: dataset.facts, revision: 0), metadataLocation: file.description,
      document: document)
    after = [
      "version": .int64(1), "metadata-location": .string(file.description), "table-uuid": .string(metadata.uuid ?? ""),
      "snapshot-id": .snapshot(metadata.currentSnapshotID),
    ]
  }
}

extension WarehouseStorage {
  /// The table that the updates of a staged commit make.
  func stagedTable(
    _ path: DatasetPath, _ request: TableChangeRequest, under prefix: String?, at time: PostgresTimestamp
  ) throws -> TableCommit {
    for requirement in request.requirements { try requirement.check(nil) }
    let uuid = PostgresUUID.random()
    var builder = try TableMetadataBuilder(
      creatingWith: request.updates, uuid: uuid.description, location: newLocation(for: path, uuid, under: prefix).description,
      nowMs: time.milliseconds)
    for update in request.updates { try builder.apply(update) }
    guard let commit = try builder.build(previousMetadataLocation: nil) else {
      throw CatalogError.badRequest("The commit creates \(path.identifier) but holds no updates")
    }
    _ = try location(commit.metadata.location, of: "location")
    try checkLocations(of: commit.metadata, replacing: nil)
    return commit
  }

  /// A place of its own for a new dataset: `<warehouse>/<levels>/<name>-<uuid>`.
  ///
  /// The name is for people; the identity keeps apart datasets that bear it one after another.
  ///
  /// - Parameter prefix: what the zone says that its locations begin with.
  func newLocation(for path: DatasetPath, _ uuid: PostgresUUID, under prefix: String? = nil) throws -> ObjectLocation {
    var place = try prefix.map { try location($0, of: "zone's location prefix") } ?? root
    for level in path.identifier.namespace.levels { place = try place.appending(plain(level)) }
    return try place.appending("\(plain(path.identifier.name))-\(uuid)")
  }

  /// Letters, digits and a few marks pass; the rest, which some client would encode or refuse, becomes `_`.
  private func plain(_ name: String) -> String {
    let text = name.unicodeScalars.prefix(64).map { scalar -> Character in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "-", "_": Character(scalar)
      default: "_"
      }
    }
    return String(text)
  }

  func makeFolders(at location: ObjectLocation) async throws {
    try await objects.makeFolder(try location.appending("metadata"))
    try await objects.makeFolder(try location.appending("data"))
  }
}

extension DatasetPath {
  /// The dataset `name` in a namespace.
  package init(_ namespace: NamespacePath, _ name: String) throws {
    try self.init(checking: namespace.warehouse, TableIdentifier(namespace: namespace.namespace, name: name))
  }

  /// A name from outside, which must fit into the index.
  package init(checking warehouse: String, _ identifier: TableIdentifier) throws {
    self.init(warehouse: warehouse, identifier: identifier)
    guard text.utf8.count <= Self.maximumSizeBytes else {
      throw CatalogError.badRequest(
        "The name \(identifier.name.prefix(40))… with its namespace is longer than \(Self.maximumSizeBytes) bytes")
    }
  }

  /// What an index entry of Postgres can hold, with room to spare.
  package static let maximumSizeBytes = 2_000
}
