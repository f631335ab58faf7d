package import CatalogStore
import Iceberg
import JSON
import ObjectStorage

/// A table as it is answered to a client.
package struct LoadedTable: Sendable {
  /// `nil` for a staged table, which has no file yet.
  package let metadataLocation: String?
  /// The metadata document.
  package let metadata: [UInt8]
  /// What a client needs to reach the table's files.
  package let config: [String: String]
  /// What lets it.
  package var access = GrantedAccess.none
  /// Members of the answer that depend on who asks, without braces: labels, and what must be left out and masked.
  package var terms: [UInt8] = []
  /// Identifies this answer among those to the same request; `nil` for a staged table.
  package let etag: String?
}

/// The answer to a client that may hold the table already.
package enum TableAnswer: Sendable {
  case table(LoadedTable)
  /// What the client holds is still right.
  case notModified(etag: String)

  /// The table, if it is in the answer.
  package var table: LoadedTable? {
    if case .table(let table) = self { table } else { nil }
  }
}

/// Which snapshots a client wants to see (`snapshots=`).
package enum SnapshotSelection: String, Sendable {
  case all, refs
}

extension Catalog {
  /// The table, in the version that Postgres says is the present one.
  ///
  /// - Parameter knownETags: the tags that the caller holds, as `If-None-Match` lists them.
  package func loadTable(
    _ path: DatasetPath, snapshots: SnapshotSelection = .all, unless knownETags: String? = nil, _ context: OperationContext
  ) async throws -> TableAnswer {
    let found = try await store.find(path)
    if snapshots == .all, let found, let (known, authorization) = try await knownLoad(path, found, context) {
      try await recordRead(found, at: known.metadataLocation ?? "", authorization)
      if let knownETags, let tag = known.etag, knownETags.contains(tag) { return .notModified(etag: tag) }
      return .table(known)
    }
    let asked = try await authorized(.loadTable, [PolicyQuestion(.getMetadata)], path, found, as: .table, context)
    let authorization = asked.authorization
    var table = try await cached(path, at: asked.found, authorization)
    if let complete = table.withText() {
      cache.insert(complete, at: path.text)
      table = complete
    }
    let answer = try await loaded(table, of: asked.object, snapshots: snapshots, authorization)
    try await recordRead(asked.found, at: table.metadataLocation, authorization)
    if snapshots == .all, answer.access.generation.isEmpty, let etag = answer.etag,
      let decision = try authorizer.remembering(authorization, [.getMetadata, .readData], on: asked.object)
    {
      table.remember(CachedDataset.KnownLoad(decision: decision, terms: answer.terms, etag: etag))
    }
    if let knownETags, let tag = answer.etag, knownETags.contains(tag) { return .notModified(etag: tag) }
    return .table(answer)
  }

  /// The answer of an earlier load of this version by this caller, if nothing that it rested on has changed and it held no keys.
  private func knownLoad(
    _ path: DatasetPath, _ found: FoundDataset, _ context: OperationContext
  ) async throws -> (LoadedTable, Authorization)? {
    guard let table = cache.dataset(path.text, at: found.version),
      let principal = try await authorizer.principal(context, at: found.revision),
      let (load, authorization) = table.load({ authorizer.authorization(by: $0.decision, for: principal, context) })
    else { return nil }
    let storage = try await storages.storage(of: found.version.warehouse, authorization)
    guard storage.delegation.map({ $0.shared(with: context).isEmpty }) ?? true else { return nil }
    let answer = LoadedTable(
      metadataLocation: table.metadataLocation, metadata: table.document, config: storage.clientConfig, terms: load.terms, etag: load.etag)
    return (answer, authorization)
  }

  /// The dataset in memory, read from Postgres when it is not there in that version.
  func cached(_ path: DatasetPath, at found: FoundDataset, _ authorization: Authorization) async throws -> CachedDataset {
    if let known = cache.dataset(path.text, at: found.version) { return known }
    // It may have moved on since it was looked up: whatever is read now is newer, and right. Another one of its name is another one.
    guard let stored = try await store.dataset(path, authorization), stored.version.id == found.version.id else {
      throw CatalogError.missing(found.version.kind, path.identifier)
    }
    let dataset = CachedDataset(found: stored.found, metadataLocation: stored.metadataLocation, document: stored.document)
    cache.insert(dataset, at: path.text)
    return dataset
  }

  /// - Parameters:
  ///   - object: the table as policies know it, if it is at hand.
  ///   - text: its document, if it is.
  func loaded(
    _ table: CachedDataset, of object: GovernedObject? = nil, text: [UInt8]? = nil, snapshots: SnapshotSelection = .all,
    _ authorization: Authorization
  ) async throws -> LoadedTable {
    let storage = try await storages.storage(of: table.version.warehouse, authorization)
    var document = text ?? table.document
    let access = try await grantedAccess(
      to: { try await self.subject(table, object, authorization) }, table.places, in: storage, authorization)
    if snapshots == .refs { document = try TableMetadata(jsonText: document).referencedSnapshotsText() }
    // Also of what was just made or changed: its tag must be that of the next load. They are told when it is loaded, so that the answer
    // to a change can be given again word by word.
    var terms: [UInt8] = []
    if let object = try object ?? authorizer.rememberedObject(table.found, at: DatasetPath(of: authorization)), let zone = object.zone {
      terms = try self.terms(of: table, object, zone, authorization.context).members
    }
    return LoadedTable(
      metadataLocation: table.metadataLocation, metadata: document, config: storage.clientConfig, access: access,
      terms: authorization.action == .loadTable ? terms : [],
      etag: snapshots == .all && access.generation.isEmpty && terms.isEmpty
        ? table.etag : table.version.etag(snapshots, access, terms: terms))
  }
}

extension Catalog {
  private func subject(_ table: CachedDataset, _ object: GovernedObject?, _ authorization: Authorization) async throws -> AccessSubject {
    if let object { return AccessSubject(table.found, object) }
    return AccessSubject(table.found, try await authorizer.object(table.found, at: DatasetPath(of: authorization)))
  }
}

extension DatasetVersion {
  /// Identifies an answer that shows these snapshots of this version, on these terms, with this access to its files.
  func etag(_ snapshots: SnapshotSelection, _ access: GrantedAccess = .none, terms: [UInt8] = []) -> String {
    var tag = "\"\(id)-\(version)-\(snapshots.rawValue)"
    if !access.generation.isEmpty { tag += "-\(access.generation)" }
    if !terms.isEmpty {
      // FNV-1a: it tells answers apart, and keeps no secret.
      let hash = terms.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
      tag += "-" + String(hash, radix: 16)
    }
    return tag + "\""
  }
}

extension StoredDataset {
  /// The metadata document that these pieces make up.
  var document: [UInt8] {
    version.kind == .view ? head : TableMetadata.documentText(head: head, joinedSnapshots: snapshots, joinedLog: snapshotLog)
  }
}

extension WarehouseStorage {
  /// What clients need to reach the files themselves, apart from credentials.
  var clientConfig: [String: String] {
    guard root.scheme != .file else { return [:] }
    var config: [String: String] = [:]
    if let region = warehouse.storage["s3.region"] {
      config["s3.region"] = region
      config["client.region"] = region
    }
    if let endpoint = warehouse.storage["s3.endpoint"] {
      // ClickHouse doubles the path of an endpoint without its slash.
      config["s3.endpoint"] = endpoint.hasSuffix("/") ? endpoint : endpoint + "/"
    }
    if let pathStyle = warehouse.storage["s3.path-style-access"] { config["s3.path-style-access"] = pathStyle }
    return config
  }
}
