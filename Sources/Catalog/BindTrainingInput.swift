package import CatalogStore
import Crypto
import Governance
import Iceberg
import ObjectStorage
import Postgres

/// A state of a dataset by name, and what it was used for.
package struct NamedTrainingInput: Sendable {
  package let path: DatasetPath
  /// A table's snapshot; of another format, `id` is a file set's snapshot or the number of a version, `ref` a version by its name.
  /// `nil` for the present state.
  package let choice: SnapshotChoice?
  package let role: TrainingRole
  package let rowFilter: String?
  package let columns: [String]?
  /// Of a feature view: states of what it is computed from; their present ones where none is named.
  package let sources: [NamedTrainingSource]

  package init(
    path: DatasetPath, choice: SnapshotChoice?, role: TrainingRole, rowFilter: String? = nil, columns: [String]? = nil,
    sources: [NamedTrainingSource] = []
  ) {
    self.path = path
    self.choice = choice
    self.role = role
    self.rowFilter = rowFilter
    self.columns = columns
    self.sources = sources
  }
}

extension Catalog {
  private static let maximumInputs = 1_000

  /// Binds a version of a model to what it was trained on: resolved now, to states that never change.
  ///
  /// - Throws: ``CatalogError/noSuchModel(_:)``, ``CatalogError/noSuchTable(_:)``, ``CatalogError/badRequest(_:)`` for a state that is not
  ///   there, ``CatalogError/noSuchSnapshot(_:)`` for one that goes at the same moment, ``CatalogError/unprocessable(_:)`` for a retired
  ///   version
  package func bindTrainingInputs(
    _ inputs: [NamedTrainingInput], to name: String, of model: String, _ evidence: Evidence, _ context: OperationContext
  ) async throws {
    let asked = try await authorized(.bindTrainingInput, [PolicyQuestion(.updateModel)], model: model, context)
    guard !inputs.isEmpty else { throw CatalogError.badRequest("Give 1 to \(Self.maximumInputs) inputs, not 0") }
    try Self.check(inputs)
    let version = try await store.version(name, of: asked.model, asked.authorization)
    try version.requireUse()
    var new: [NewTrainingInput] = []
    for input in inputs { new += try await resolve(input, below: [], context) }
    try await store.bind(new, to: version, of: asked.model, evidence, asked.authorization)
    if asked.model.description.isRegulated { await tagPins() }
  }

  static func check(_ inputs: [NamedTrainingInput]) throws {
    guard inputs.count <= maximumInputs else {
      throw CatalogError.badRequest("Give at most \(maximumInputs) inputs, not \(inputs.count)")
    }
    for input in inputs {
      guard input.rowFilter?.utf8.count ?? 0 <= 100_000, input.columns?.count ?? 0 <= 10_000 else {
        throw CatalogError.badRequest("A row filter has at most 100000 bytes, and there are at most 10000 columns")
      }
    }
  }

  /// - Throws: ``CatalogError/noSuchModel(_:)``, ``CatalogError/badRequest(_:)``
  package func withdrawTrainingInput(
    _ input: TrainingInputID, from name: String, of model: String, reason: String, _ context: OperationContext
  ) async throws {
    let asked = try await authorized(.withdrawTrainingInput, [PolicyQuestion(.getMetadata)], model: model, context)
    // A pin ends by it: of a regulated model, only those who approve its versions may say so.
    let isRegulated = asked.model.description.isRegulated
    let authorization = try authorizer.authorize(
      .withdrawTrainingInput, [PolicyQuestion(isRegulated ? .approveModel : .updateModel)], on: asked.object, context,
      missing: CatalogError.noSuchModel("There is no model \(model)"))
    guard (1...10_000).contains(reason.utf8.count) else { throw CatalogError.badRequest("Say why it is withdrawn, in 1 to 10000 bytes") }
    let version = try await store.version(name, of: asked.model, authorization)
    try await store.withdraw(input, from: version, isRegulated: isRegulated, reason: reason, authorization)
  }

  /// Finds out which state is meant, and all that is to be kept of it.
  /// - Parameter above: feature views that come from what is resolved.
  /// - Returns: the input, and behind a feature view what that is computed from.
  func resolve(
    _ input: NamedTrainingInput, below above: Set<DatasetID>, _ context: OperationContext
  ) async throws -> [NewTrainingInput] {
    guard let found = try await store.find(input.path), found.version.kind != .view else {
      // The same words whether it is a view, not there, or not for this caller.
      _ = try await authorized(.bindTrainingInput, [PolicyQuestion(.getMetadata)], input.path, nil, as: .table, context)
      throw CatalogError.missing(.table, input.path.identifier)
    }
    let asked = try await authorized(
      .bindTrainingInput, [PolicyQuestion(.getMetadata)], input.path, found, as: found.version.kind, context)
    let dataset = found.version.kind == .table ? nil : try await generic(asked, input.path)
    if dataset?.format == .featureView, let view = try await store.featureViews([found.version.id], asked.authorization).first,
      let facts = view.facts
    {
      return try await resolve(input, view: view, facts, asked, below: above, context)
    }
    let isBehind = !above.isEmpty
    guard isBehind || input.sources.isEmpty else {
      throw CatalogError.badRequest("\(input.path.identifier) is no feature view; only these have sources")
    }
    let bound: BoundState
    if let dataset { bound = try await state(of: dataset, input, asked) } else { bound = try await tableState(input, asked) }
    return [
      NewTrainingInput(
        role: input.role, dataset: found, format: dataset?.format, path: input.path, bound: bound, rowFilter: input.rowFilter,
        columns: input.columns)
    ]
  }

  // MARK: Tables

  private func tableState(_ input: NamedTrainingInput, _ asked: AuthorizedDataset) async throws -> BoundState {
    let table = try await cached(input.path, at: asked.found, asked.authorization)
    let metadata = try table.metadata()
    let choice = input.choice ?? .ref(SnapshotReference.mainBranch)
    let snapshot = try choice.snapshot(of: metadata, input.path)
    let summary = try snapshot.summary
    let storage = try await storages.storage(of: asked.found.version.warehouse, asked.authorization)
    var bound = BoundState(.snapshot(snapshot.id), location: metadata.location)
    switch choice {
    case .id: break
    case .ref(let name): bound.askedFor = metadata.refs[name].map { "\($0.kind.rawValue) \(name)" }
    case .time(let time): bound.askedFor = "time \(time)"
    }
    bound.schemaID = snapshot.schemaID ?? metadata.currentSchemaID
    bound.committedAtMs = snapshot.timestampMs
    bound.recordCount = summary["total-records"].flatMap { Int64($0) }
    bound.fileCount = summary["total-data-files"].flatMap { Int64($0) }
    bound.sizeBytes = summary["total-files-size"].flatMap { Int64($0) }
    bound.metadataLocation = table.metadataLocation
    bound.metadataSHA256 = try await Self.digest(content(table.metadataLocation, "metadata file", in: storage))
    bound.manifestList = snapshot.manifestList
    let list = try await snapshot.manifestList.asyncMap { list in
      try await content(list, "manifest list of snapshot \(snapshot.id)", in: storage)
    }
    bound.manifestListSHA256 = list.map(Self.digest)
    bound.recording.files = try await manifestsToRecord(of: snapshot, list: list, asked, in: storage)
    return bound
  }

  /// SHA-256
  private static func digest(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

  /// A file as it lies there.
  private func content(_ text: String, _ what: String, in storage: WarehouseStorage) async throws -> [UInt8] {
    let location = try storage.location(text, of: what)
    do {
      return try await storage.objects.read(location, maximumSizeBytes: options.maximumMetadataSizeBytes)
    } catch .notFound {
      throw CatalogError.badRequest("The \(what) \(text) is not there, so nothing can be bound to it: its data is lost or was moved")
    } catch {
      throw CatalogError.unavailable("The \(what) \(text) cannot be read: \(error)")
    }
  }

  // MARK: Other formats

  private func state(
    of dataset: GenericDataset, _ input: NamedTrainingInput, _ asked: AuthorizedDataset
  ) async throws -> BoundState {
    let location = dataset.location ?? ""
    if dataset.format.hasLog {
      // Outside the warehouse the server opens nothing: there the caller's word is all there is.
      let storage = try await storages.storage(of: asked.found.version.warehouse, asked.authorization)
      if let place = try? storage.location(location, of: "location") { return try await loggedState(of: dataset, input, at: place, asked) }
    }
    guard dataset.format == .files else { return try versionState(of: dataset, input) }
    let wanted: FileSetSnapshot?
    switch input.choice {
    case .id(let id): wanted = try await store.snapshot(id, of: asked.found.version.id, asked.authorization)
    case nil: wanted = try await newestSnapshot(of: asked.found.version.id, asked.authorization)
    case .ref, .time: throw CatalogError.badRequest("A file set has no branches, tags or times; name a snapshot by its id")
    }
    guard let wanted else {
      throw CatalogError.badRequest(
        "The file set \(input.path.identifier) has no such snapshot; freeze one first: moraine dataset freeze \(input.path.identifier)")
    }
    var bound = BoundState(.fileSetSnapshot(wanted.id), location: location)
    bound.committedAtMs = wanted.frozenAt.milliseconds
    bound.fileCount = wanted.objects
    bound.sizeBytes = wanted.sizeBytes
    bound.root = wanted.root
    return bound
  }

  private func newestSnapshot(of dataset: DatasetID, _ authorization: Authorization) async throws -> FileSetSnapshot? {
    var newest: FileSetSnapshot?
    var after: String?
    repeat {
      let page = try await store.snapshots(of: dataset, PageRequest(after: after), authorization)
      newest = page.elements.last ?? newest
      after = page.next
    } while after != nil
    return newest
  }

  /// A version that the format itself numbers: its files are not the catalog's.
  private func versionState(of dataset: GenericDataset, _ input: NamedTrainingInput) throws -> BoundState {
    let text: String?
    switch input.choice {
    case .id(let id): text = String(id)
    case .ref(let name): text = name
    case nil: text = dataset.description.currentVersion
    case .time:
      throw CatalogError.badRequest("Of a \(dataset.format.rawValue) dataset the catalog keeps no times; name a version of it")
    }
    guard let text, (1...1_024).contains(text.utf8.count) else {
      throw CatalogError.badRequest(
        "The catalog knows no version of the \(dataset.format.rawValue) dataset \(input.path.identifier); name the one that was used: \(input.path.identifier)@VERSION"
      )
    }
    return BoundState(.formatVersion(text), location: dataset.location ?? "")
  }
}
