import Iceberg
import Postgres
import TransparencyLog

extension CatalogStore {
  /// Drops a dataset: its name is free, its row stays. With `purging`, a job deletes its files.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/noSuchView(_:)``
  package func drop(_ kind: DatasetKind, _ path: DatasetPath, purging: Bool, _ authorization: Authorization) async throws {
    let event = AuditEvent(authorization, after: ["purge": .bool(purging)])
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      let dropped = try Self.drop(kind, path, on: connection)
      if purging { try Self.enqueue(.purge, for: dropped.id, on: connection) }
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
        let dropped = try Self.drop(.table, path, on: connection)
        guard dropped.id == version.id, dropped.version == version.version else { throw VersionMoved() }
      }
      return true
    } catch is VersionMoved {
      return false
    }
  }

  private static func drop(
    _ kind: DatasetKind, _ path: DatasetPath, on connection: PostgresConnection
  ) throws -> (id: DatasetID, version: Int64) {
    let dropped = try connection.first(
      """
      UPDATE datasets SET dropped_at = now() WHERE identifier = \(path.text) AND kind = \(kind.rawValue) AND dropped_at IS NULL
      RETURNING id, version
      """
    ) { row in (id: try row[0] as DatasetID, version: try row[1] as Int64) }
    guard let dropped else { throw CatalogError.missing(kind, path.identifier) }
    return dropped
  }

  /// Gives a dataset another name, maybe in another namespace. Its files stay where they are.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/noSuchView(_:)``, ``CatalogError/noSuchNamespace(_:)``,
  ///   ``CatalogError/alreadyExists(_:)``
  package func rename(_ kind: DatasetKind, from source: DatasetPath, to target: DatasetPath, _ authorization: Authorization) async throws {
    let event = AuditEvent(
      authorization, before: ["identifier": .string(source.identifier.description)],
      after: ["identifier": .string(target.identifier.description)])
    let what = "Cannot rename \(source.identifier) to \(target.identifier)."
    let message = "\(what) \(kind == .table ? "Table" : "View") does not exist: \(source.identifier)"
    let missing: CatalogError = kind == .table ? .noSuchTable(message) : .noSuchView(message)
    do {
      try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
        let (old, new) = (PostgresText(source.text), PostgresText(target.text))
        let found = try DatasetVersion.find([old, new], on: connection)
        guard let renamed = found[old], renamed.kind == kind else { throw missing }
        if old == new { return }
        let namespace: StoredNamespace
        do {
          namespace = try Self.namespace(target.namespace, on: connection, locking: "FOR KEY SHARE OF n")
        } catch CatalogError.noSuchNamespace {
          throw CatalogError.noSuchNamespace("\(what) Namespace does not exist: \(target.identifier.namespace)")
        }
        if let occupant = found[new] {
          throw CatalogError.alreadyExists("\(what) \(occupant.kind == .table ? "Table" : "View") already exists")
        }
        // It may have been dropped or renamed since it was found.
        let count = try connection.execute(
          """
          UPDATE datasets SET namespace_id = \(namespace.id), identifier = \(target.text), name = \(target.identifier.name),
            version = version + 1, changed_at = now()
          WHERE id = \(renamed.id) AND identifier = \(source.text) AND dropped_at IS NULL
          """)
        guard count == 1 else { throw missing }
      }
    } catch let error as PostgresError where error.isUniqueViolation && error.constraint == "datasets_living" {
      throw CatalogError.alreadyExists("\(what) \(kind == .table ? "Table" : "View") already exists")
    }
  }
}
