package import CatalogStore
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
    let authorization = try authorize(.updateTable, path, as: .table, context)
    return try await commitLocks.withLock(path.text) {
      // What is in memory is most likely the present state, and the swap finds out: no need to ask first.
      // A refusal or a commit without effect is believed only of a state that Postgres has just confirmed.
      if let guess = cache.anyVersion(path.text), guess.version.kind == .table {
        do {
          if case .committed(let commit) = try await tryCommit(path, guess, request, authorization) {
            return try await loaded(commit.result, text: commit.document, authorization)
          }
        } catch CatalogError.stateUnknown(let message) {
          throw CatalogError.stateUnknown(message)
        } catch {}
      }
      for _ in 0..<options.commitAttempts {
        guard let version = try await store.datasetVersion(path, authorization), version.kind == .table else {
          throw CatalogError.missing(.table, path.identifier)
        }
        let base = try await cached(path, at: version, authorization)
        switch try await tryCommit(path, base, request, authorization) {
        case .committed(let commit): return try await loaded(commit.result, text: commit.document, authorization)
        case .nothingToDo: return try await loaded(base, authorization)
        case .overtaken: continue
        }
      }
      throw CatalogStore.overtaken(path)
    }
  }

  private enum Attempt {
    case committed(PreparedCommit)
    case nothingToDo
    /// Another commit came first; nothing was changed.
    case overtaken
  }

  private func tryCommit(
    _ path: DatasetPath, _ base: CachedDataset, _ request: TableChangeRequest, _ authorization: Authorization
  ) async throws -> Attempt {
    let storage = try await storages.storage(of: base.version.warehouse, authorization)
    guard let prepared = try PreparedCommit(path, base, request, in: storage, at: authorization.context.time) else { return .nothingToDo }
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
    return .committed(prepared)
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

  /// - Returns: `nil` when the request changes nothing.
  init?(_ path: DatasetPath, _ base: CachedDataset, _ request: TableChangeRequest, in storage: WarehouseStorage, at time: PostgresTimestamp)
    throws
  {
    let metadata = try base.metadata()
    for requirement in request.requirements { try requirement.check(metadata) }
    var builder = TableMetadataBuilder(base: metadata, nowMs: time.milliseconds)
    for update in request.updates { try builder.apply(update) }
    guard let commit = try builder.build(previousMetadataLocation: base.metadataLocation) else { return nil }
    let new = commit.metadata
    try storage.checkLocations(of: new, replacing: metadata)
    file = try MetadataFile.next(in: storage, location: new.location, properties: new.properties, after: base.metadataLocation)
    let head = new.headText()
    document = new.documentText(head: head)
    swap = DatasetSwap(
      path: path, base: base.version, location: try ObjectLocation(new.location).canonicalText, metadataLocation: file.description,
      head: head,
      rows: HistoryRows(commit))
    let version = DatasetVersion(
      id: base.version.id, warehouse: base.version.warehouse, kind: .table, version: base.version.version + 1)
    // Snapshots are slices of the text that they were read from: after some have gone, all of it would stay for the sake of the others.
    // Snapshots are slices of the text that they were read from: after some have gone, all of it would stay for the sake of the others.
    result =
      commit.removedSnapshotIDs.isEmpty
      ? CachedDataset(
        version: version, metadataLocation: file.description, metadata: new, textSizeBytes: document.count, headSizeBytes: head.count)
      : CachedDataset(version: version, metadataLocation: file.description, document: document)
    before = [
      "version": .int64(base.version.version), "metadata-location": .string(base.metadataLocation),
      "snapshot-id": .snapshot(metadata.currentSnapshotID),
    ]
    after = [
      "version": .int64(version.version), "metadata-location": .string(file.description),
      "snapshot-id": .snapshot(new.currentSnapshotID), "updates": .array(commit.changes.map { .string($0.action) }),
    ]
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
