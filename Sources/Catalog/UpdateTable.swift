package import CatalogStore
import Governance
package import Iceberg
import JSON
import ObjectStorage
import Postgres
import TransparencyLog

/// What a client asks of one table: changes, and what must hold for them.
package struct TableChangeRequest: Sendable {
  package let requirements: [TableRequirement]
  package let updates: [TableUpdate]

  package init(requirements: [TableRequirement], updates: [TableUpdate]) {
    self.requirements = requirements
    self.updates = updates
  }

  /// Whether this commits a table that was staged.
  var isCreate: Bool { requirements.contains { if case .assertCreate = $0 { true } else { false } } }
}

extension Catalog {
  /// Commits changes to a table, or creates it when `assert-create` is among the requirements.
  ///
  /// A commit that loses against another one is tried again on the new state while its requirements hold.
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/commitFailed(_:)``, ``CatalogError/badRequest(_:)``,
  ///   ``CatalogError/stateUnknown(_:)``
  package func updateTable(_ path: DatasetPath, _ request: TableChangeRequest, _ context: OperationContext) async throws -> LoadedTable {
    if request.isCreate { return try await commitStagedTable(path, request, context) }
    return try await commitLocks.withLock(path.text) {
      // What is in memory is most likely the present state, and the swap finds out: no need to ask first.
      // A refusal or a commit without effect is believed only of a state that Postgres has just confirmed.
      if let guess = cache.anyVersion(path.text), guess.version.kind == .table {
        do {
          if let object = authorizer.rememberedObject(guess.found, at: path),
            case .committed(let commit, let authorization) = try await tryCommit(path, guess, request, object, context)
          {
            return try await loaded(commit.result, text: commit.document, authorization)
          }
        } catch CatalogError.stateUnknown(let message) {
          throw CatalogError.stateUnknown(message)
        } catch {}
      }
      for _ in 0..<options.commitAttempts {
        let asked = try await authorized(.updateTable, [PolicyQuestion(.getMetadata)], path, as: .table, context)
        let base = try await cached(path, at: asked.found, asked.authorization)
        switch try await tryCommit(path, base, request, asked.object, context) {
        case .committed(let commit, let authorization): return try await loaded(commit.result, text: commit.document, authorization)
        case .nothingToDo: return try await loaded(base, asked.authorization)
        case .overtaken: continue
        }
      }
      throw CatalogStore.overtaken(path)
    }
  }

  enum CommitAttempt {
    case committed(PreparedCommit, Authorization)
    case nothingToDo
    /// Another commit came first; nothing was changed.
    case overtaken
  }

  func tryCommit(
    _ path: DatasetPath, _ base: CachedDataset, _ request: TableChangeRequest, _ object: GovernedObject, _ context: OperationContext,
    as action: CatalogAction = .updateTable
  ) async throws -> CommitAttempt {
    let missing = CatalogError.missing(.table, path.identifier)
    let seen = try authorizer.authorize(action, [PolicyQuestion(.getMetadata)], on: object, context, missing: missing)
    let storage = try await storages.storage(of: base.version.warehouse, seen)
    let metadata = try base.metadata()
    guard let commit = try request.commit(to: metadata, at: base.metadataLocation, context.time) else { return .nothingToDo }
    let governed = try await govern(action, commit, of: metadata, base.found, object, in: storage, seen: seen, missing: missing)
    let authorization = governed.authorization
    try await requireOwnPlace(of: path, base.found, commit.metadata, replacing: metadata, in: storage, authorization)
    let prepared = try PreparedCommit(path, base, metadata, commit, breaches: governed.breaches, in: storage)
    let change = Change(
      authorization, event: AuditEvent(authorization, before: prepared.before, after: prepared.after),
      answer: .metadata(at: prepared.file.description))
    let isDone = try await withMetadataFiles([prepared.pendingFile(in: storage)]) {
      try await store.swap(prepared.swap, authorization, change)
    }
    guard isDone else {
      cache.remove(path.text)
      return .overtaken
    }
    cache.insert(prepared.result, at: path.text)
    return .committed(prepared, authorization)
  }
}

extension TableChangeRequest {
  /// What the request makes of a table whose metadata file is at `location`; `nil` when it changes nothing.
  ///
  /// - Throws: ``ModelError`` when a requirement does not hold or an update makes no sense
  func commit(to metadata: TableMetadata, at location: String, _ time: PostgresTimestamp) throws -> TableCommit? {
    for requirement in requirements { try requirement.check(metadata) }
    var builder = TableMetadataBuilder(base: metadata, nowMs: time.milliseconds)
    for update in updates { try builder.apply(update) }
    return try builder.build(previousMetadataLocation: location)
  }
}

extension PreparedCommit {
  func pendingFile(in storage: WarehouseStorage) -> PendingFile { PendingFile(location: file, document: document, storage: storage) }
}

/// A change of one table, decided and serialised, not yet durable.
struct PreparedCommit: Sendable {
  let swap: DatasetSwap
  let file: ObjectLocation
  let document: [UInt8]
  /// The dataset as it will be.
  let result: CachedDataset
  let before: [String: CanonicalValue]
  let after: [String: CanonicalValue]

  init(
    _ path: DatasetPath, _ base: CachedDataset, _ metadata: TableMetadata, _ commit: TableCommit, breaches: [ContractBreach] = [],
    in storage: WarehouseStorage
  ) throws {
    var rows = HistoryRows(commit)
    rows.breaches = breaches
    let new = commit.metadata
    try storage.checkLocations(of: new, replacing: metadata)
    file = try MetadataFile.next(in: storage, location: new.location, properties: new.properties, after: base.metadataLocation)
    let head = new.headText()
    document = new.documentText(head: head)
    swap = DatasetSwap(
      path: path, base: base.version, location: try ObjectLocation(new.location).canonicalText, metadataLocation: file.description,
      head: head, facts: base.found.facts.after(metadata.properties, new.properties, formatVersion: new.formatVersion),
      rows: rows, changesSchema: new.currentSchema != metadata.currentSchema)
    let version = DatasetVersion(
      id: base.version.id, warehouse: base.version.warehouse, kind: .table, version: base.version.version + 1)
    let found = FoundDataset(version: version, namespace: base.found.namespace, facts: swap.facts, revision: base.found.revision)
    // Snapshots are slices of the text that they were read from: after some have gone, all of it would stay for the sake of the others.
    result =
      commit.removedSnapshotIDs.isEmpty
      ? CachedDataset(
        found: found, metadataLocation: file.description, metadata: new, textSizeBytes: document.count, headSizeBytes: head.count)
      : CachedDataset(found: found, metadataLocation: file.description, document: document)
    before = [
      "version": .int64(base.version.version), "metadata-location": .string(base.metadataLocation),
      "snapshot-id": .snapshot(metadata.currentSnapshotID),
    ]
    var after: [String: CanonicalValue] = [
      "version": .int64(version.version), "metadata-location": .string(file.description),
      "snapshot-id": .snapshot(new.currentSnapshotID), "updates": .array(commit.changes.map { .string($0.action) }),
    ]
    if !breaches.isEmpty { after["contract-breaches"] = .array(breaches.map { .string($0.violation.clause) }) }
    self.after = after
  }
}

extension DatasetFacts {
  /// What becomes of them when properties change.
  func after(_ old: [String: String], _ new: [String: String], formatVersion: Int) -> DatasetFacts {
    var facts = self
    facts.formatVersion = formatVersion
    facts.description = new[GovernedProperty.comment]
    let team = new[GovernedProperty.ownerTeam]
    if team != old[GovernedProperty.ownerTeam] { facts.owner = team.map(OwnerName.team) }
    return facts
  }

  /// Of something new: it belongs to the team that it names, else to who makes it.
  init(creating properties: [String: String], formatVersion: Int, by caller: Caller) {
    self.init(
      owner: properties[GovernedProperty.ownerTeam].map(OwnerName.team) ?? OwnerName.creator(caller),
      description: properties[GovernedProperty.comment], formatVersion: formatVersion)
  }
}

extension HistoryRows {
  init(_ commit: TableCommit) {
    self.init()
    addedSnapshots = commit.addedSnapshots
    removedSnapshotIDs = commit.removedSnapshotIDs
    removedLogEntries = commit.removedLogEntryCount
    addedLogEntries = commit.addedLogEntries
  }
}

extension CanonicalValue {
  /// A snapshot id, in text: it may be beyond what JSON numbers hold exactly.
  static func snapshot(_ id: Int64?) -> CanonicalValue { id.map { .string(String($0)) } ?? .null }
}

extension WarehouseStorage {
  /// Checks every place that the metadata sends writers to and that the base did not already name.
  func checkLocations(of new: TableMetadata, replacing base: TableMetadata?) throws {
    if new.location != base?.location { _ = try location(new.location, of: "location") }
    for key in ["write.metadata.path", "write.data.path", "write.object-storage.path", "write.folder-storage.path"] {
      guard let path = new.properties[key], path != base?.properties[key] else { continue }
      _ = try location(path, of: "property \(key)")
    }
  }
}
