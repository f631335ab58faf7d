package import Governance
package import Iceberg
import Postgres

/// A dataset to be created.
package struct NewDataset: Sendable {
  package let id: DatasetID
  package let path: DatasetPath
  package let kind: DatasetKind
  package let location: String
  package let metadataLocation: String
  package let head: [UInt8]
  package let facts: DatasetFacts
  package let rows: HistoryRows
  /// Of what is neither table nor view.
  package let format: DatasetFormat?
  /// Of what has a log of its own.
  package let refresh: FirstRefresh?

  package init(
    id: DatasetID, path: DatasetPath, kind: DatasetKind, location: String, metadataLocation: String, head: [UInt8], facts: DatasetFacts,
    rows: HistoryRows, format: DatasetFormat? = nil, refresh: FirstRefresh? = nil
  ) {
    self.refresh = refresh
    self.id = id
    self.path = path
    self.kind = kind
    self.location = location
    self.metadataLocation = metadataLocation
    self.head = head
    self.facts = facts
    self.rows = rows
    self.format = format
  }
}

/// A dataset to be moved from one version to the next.
package struct DatasetSwap: Sendable {
  package let path: DatasetPath
  /// What it must still be.
  package let base: DatasetVersion
  package let location: String
  package let metadataLocation: String
  package let head: [UInt8]
  /// What it will be; its tags change otherwise.
  package let facts: DatasetFacts
  package let rows: HistoryRows
  /// Whether its current schema becomes another, which search must hear of.
  package let changesSchema: Bool

  package init(
    path: DatasetPath, base: DatasetVersion, location: String, metadataLocation: String, head: [UInt8], facts: DatasetFacts,
    rows: HistoryRows, changesSchema: Bool
  ) {
    self.path = path
    self.base = base
    self.location = location
    self.metadataLocation = metadataLocation
    self.head = head
    self.facts = facts
    self.rows = rows
    self.changesSchema = changesSchema
  }

  /// The expression `swapped`: one row if the dataset still was what it must be, and so were the policies.
  func expression(at revision: Int64) -> SQL {
    """
    WITH swapped AS (
      UPDATE datasets SET version = \(base.version + 1), location = \(location), metadata_location = \(metadataLocation),
        head = \(PostgresText(head)), owner = \(facts.owner), description = \(facts.description),
        format_version = \(Int16(facts.formatVersion)), schema_changes = schema_changes + \(changesSchema ? 1 : 0)::bigint,
        changed_at = now()
      WHERE id = \(base.id) AND version = \(base.version) AND identifier = \(path.text) AND dropped_at IS NULL
        AND \(revision) = (SELECT revision FROM access_revision WHERE is_the_one)
      RETURNING id)\(rows.expressions(version: base.version + 1))
    """
  }
}

extension DatasetSwap {
  /// Commits this swap by itself, in one round trip.
  ///
  /// - Returns: `false`, with nothing changed, when somebody else's change came first.
  func commit(_ change: Change, on connection: PostgresConnection) throws -> Bool {
    let statement: SQL = "\(expression(at: change.revision))\(change.expressions(when: "swapped")) SELECT count(*) FROM swapped"
    return try connection.first(statement) { row in try row[0] as Int64 } == 1
  }
}

extension CatalogStore {
  /// Commits one change of one dataset in one round trip: head, rows, audit event and idempotency record, or nothing.
  ///
  /// - Returns: `false`, with nothing changed, when somebody else's change came first.
  package func swap(_ swap: DatasetSwap, _: Authorization, _ change: Change) async throws -> Bool {
    let grouped = GroupedSwap(swap: swap, change: change)
    var isFirst = grouped.mayTravel
    let isDone = try await untilKnown(change.event.id) {
      if isFirst {
        isFirst = false
        if try await travels(grouped) { return true }
      }
      return try await Self.sayingPinned([swap], in: pool) {
        try await pool.run { connection in try swap.commit(change, on: connection) }
      }
    }
    if isDone { change.isDone() }
    return isDone
  }

  /// - Returns: `false`, with nothing changed, when it could not go with others: alone it will hear why.
  private func travels(_ swap: GroupedSwap) async throws -> Bool {
    do {
      return try await swaps.load(swap) != nil
    } catch PostgresError.server {
      // Perhaps another member's fault.
      return false
    }
  }

  /// Commits changes of several datasets, some of them new, together or not at all.
  ///
  /// - Returns: `false`, with nothing changed, when somebody else changed one of them first.
  /// - Throws: ``CatalogError/alreadyExists(_:)``, ``CatalogError/noSuchNamespace(_:)``
  package func commit(swaps: [DatasetSwap], creations: [NewDataset], _: Authorization, _ change: Change) async throws -> Bool {
    // One order for everybody, so that two of these never wait for each other.
    let swaps = swaps.sorted { $0.base.id.uuid < $1.base.id.uuid }
    do {
      try await Self.sayingPinned(swaps, in: pool) {
        try await commit(change) { connection in
          for creation in creations { try Self.insert(creation, on: connection) }
          for swap in swaps {
            let count = try connection.first("\(swap.expression(at: change.revision)) SELECT count(*) FROM swapped") { row in
              try row[0] as Int64
            }
            guard count == 1 else { throw VersionMoved() }
          }
        }
      }
      return true
    } catch is VersionMoved {
      return false
    }
  }

  /// The refusal of a commit that lost against another.
  package static func overtaken(_ path: DatasetPath) -> CatalogError {
    .commitFailed("Commit failed: \(path.identifier) was changed by another commit; refresh and try again")
  }

  /// - Parameter replaced: a dataset of the same name that is dropped for it.
  /// - Throws: ``CatalogError/alreadyExists(_:)``, ``CatalogError/noSuchNamespace(_:)``; ``CatalogError/forbidden(_:)`` when that is pinned
  package func create(_ dataset: NewDataset, replacing replaced: DatasetID? = nil, _ authorization: Authorization, _ change: Change)
    async throws
  {
    do {
      try await replace(replaced, by: dataset, authorization, change)
    } catch is VersionMoved {
      throw Self.overtaken(dataset.path)
    }
  }

  private func replace(_ replaced: DatasetID?, by dataset: NewDataset, _ authorization: Authorization, _ change: Change) async throws {
    try await Self.sayingPinned(dataset.path, replaced ?? dataset.id, in: pool) {
      try await commit(change) { connection in
        if let replaced {
          try Self.keepAccess(authorization, on: connection)
          // Only under this name: it may have been renamed since it was found.
          try connection.execute(
            """
            UPDATE datasets SET dropped_at = now() WHERE id = \(replaced) AND identifier = \(dataset.path.text) AND dropped_at IS NULL
            """)
        }
        try Self.insert(dataset, on: connection)
      }
    }
  }

  static func insert(_ dataset: NewDataset, on connection: PostgresConnection) throws {
    let namespace = try namespace(dataset.path.namespace, on: connection, locking: "FOR KEY SHARE OF n")
    let count = try connection.first(
      """
      WITH swapped AS (
        INSERT INTO datasets (id, warehouse_id, namespace_id, kind, identifier, name, version, location, metadata_location, head,
          owner, description, format_version, format)
        SELECT \(dataset.id), warehouse_id, id, \(dataset.kind.rawValue), \(dataset.path.text), \(dataset.path.identifier.name), 1,
          \(dataset.location), \(dataset.metadataLocation), \(PostgresText(dataset.head)), \(dataset.facts.owner),
          \(dataset.facts.description), \(Int16(dataset.facts.formatVersion)), \(dataset.format?.rawValue)
        FROM namespaces WHERE id = \(namespace.id)
        ON CONFLICT (identifier) WHERE dropped_at IS NULL DO NOTHING
        RETURNING id)\(dataset.rows.expressions(version: 1))
      SELECT count(*) FROM swapped
      """
    ) { row in try row[0] as Int64 }
    guard count == 1 else { throw try alreadyExists(dataset, on: connection) }
    if let refresh = dataset.refresh { try begin(refresh, of: dataset.id, on: connection) }
  }

  private static func alreadyExists(_ dataset: NewDataset, on connection: PostgresConnection) throws -> CatalogError {
    let text = PostgresText(dataset.path.text)
    let found = try DatasetVersion.find([text], on: connection)[text]
    let other = found?.version.kind ?? dataset.kind
    return .occupied(dataset.path.identifier, by: other, wanted: dataset.kind)
  }
}

extension CatalogError {
  /// The refusal to create something where something is.
  package static func occupied(_ identifier: TableIdentifier, by found: DatasetKind, wanted: DatasetKind) -> CatalogError {
    .alreadyExists("\(found.title) \(found == wanted ? "" : "with same name ")already exists: \(identifier)")
  }
}
