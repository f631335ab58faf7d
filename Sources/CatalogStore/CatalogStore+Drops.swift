import Iceberg
import Postgres
import TransparencyLog

extension CatalogStore {
  /// Drops a dataset: its name is free, its row stays. With `purging`, a job deletes its files.
  ///
  /// - Returns: `false`, with nothing changed, when it is not what was found any more.
  package func drop(_ found: FoundDataset, _ path: DatasetPath, purging: Bool, _ authorization: Authorization) async throws -> Bool {
    let event = AuditEvent(authorization, after: ["purge": .bool(purging)])
    do {
      try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
        try Self.drop(found.version.id, path, on: connection)
        if purging { try Self.enqueue(.purge, for: found.version.id, on: connection) }
      }
      return true
    } catch is VersionMoved {
      return false
    }
  }

  /// Drops a table and tells where its metadata lies, so that it can be registered elsewhere.
  ///
  /// - Returns: `false`, with nothing changed, when it changed since `version`.
  /// - Throws: ``CatalogError/noSuchTable(_:)``
  package func unregister(
    _ path: DatasetPath, at version: DatasetVersion, metadataLocation: String, _ authorization: Authorization
  ) async throws -> Bool {
    let event = AuditEvent(authorization, after: ["metadata-location": .string(metadataLocation)])
    do {
      try await commit(Change(authorization, event: event, answer: .metadata(at: metadataLocation))) { connection in
        guard try Self.drop(version.id, path, on: connection) == version.version else { throw VersionMoved() }
      }
      return true
    } catch is VersionMoved {
      return false
    }
  }

  /// - Returns: the version that was dropped.
  @discardableResult
  static func drop(_ id: DatasetID, _ path: DatasetPath, on connection: PostgresConnection) throws -> Int64 {
    let version = try connection.first(
      """
      UPDATE datasets SET dropped_at = now() WHERE id = \(id) AND identifier = \(path.text) AND dropped_at IS NULL RETURNING version
      """
    ) { row in try row[0] as Int64 }
    guard let version else { throw VersionMoved() }
    return version
  }

  /// Gives a dataset another name, maybe in another namespace. Its files stay where they are, its grants and tags stay with it.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/noSuchView(_:)``, ``CatalogError/noSuchNamespace(_:)``,
  ///   ``CatalogError/alreadyExists(_:)``
  package func rename(
    _ asked: FoundDataset, from source: DatasetPath, to target: DatasetPath, _ authorization: Authorization
  ) async throws {
    let event = AuditEvent(
      authorization, before: ["identifier": .string(source.identifier.description)],
      after: ["identifier": .string(target.identifier.description)])
    try await Self.sayingOccupied(asked.version.kind, from: source, to: target) {
      try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
        try Self.rename(asked, from: source, to: target, on: connection)
      }
    }
  }

  static func sayingOccupied(
    _ kind: DatasetKind, from source: DatasetPath, to target: DatasetPath, _ body: () async throws -> Void
  ) async throws {
    do { try await body() } catch let error as PostgresError where error.isUniqueViolation && error.constraint == "datasets_living" {
      throw CatalogError.alreadyExists(
        "Cannot rename \(source.identifier) to \(target.identifier). \(kind.title) already exists")
    }
  }

  static func rename(
    _ asked: FoundDataset, from source: DatasetPath, to target: DatasetPath, on connection: PostgresConnection
  ) throws {
    let kind = asked.version.kind
    let what = "Cannot rename \(source.identifier) to \(target.identifier)."
    let missing = CatalogError.missing(kind, source.identifier, saying: what)
    let (old, new) = (PostgresText(source.text), PostgresText(target.text))
    let found = try DatasetVersion.find([old, new], on: connection)
    guard let renamed = found[old]?.version, renamed.id == asked.version.id else { throw missing }
    if old == new { return }
    let namespace: StoredNamespace
    do {
      namespace = try Self.namespace(target.namespace, on: connection, locking: "FOR KEY SHARE OF n")
    } catch CatalogError.noSuchNamespace {
      throw CatalogError.noSuchNamespace("\(what) Namespace does not exist: \(target.identifier.namespace)")
    }
    if let occupant = found[new] {
      throw CatalogError.alreadyExists("\(what) \(occupant.version.kind.title) already exists")
    }
    // It may have been dropped or renamed since it was found.
    let count = try connection.execute(
      """
      UPDATE datasets SET namespace_id = \(namespace.id), identifier = \(target.text), name = \(target.identifier.name),
        version = version + 1, changed_at = now()
      WHERE id = \(renamed.id) AND identifier = \(source.text) AND dropped_at IS NULL
      """)
    guard count == 1 else { throw missing }
    // The way to a granted object is granted with it.
    try connection.execute(
      """
      UPDATE access_revision SET revision = revision + 1
      WHERE EXISTS (SELECT FROM grants WHERE object_id = \(renamed.id.uuid) AND revoked_at IS NULL)
      """)
  }
}
