import Iceberg
import Postgres
import TransparencyLog

/// A namespace as it is stored.
package struct StoredNamespace: Sendable {
  package let id: NamespaceID
  package let path: NamespacePath
  package let properties: [String: String]
  package let version: Int64
}

/// A namespace in a list, with what decisions ask of it.
struct ListedNamespace: Sendable {
  let namespace: Namespace
  /// Its last level.
  let key: String
  let id: NamespaceID
  let zone: ZoneID
  let owner: String?
  let description: String?
}

/// What an update of a namespace's properties did.
package struct NamespacePropertyChange: Sendable {
  package let updated: [String]
  package let removed: [String]
  package let missing: [String]
}

extension CatalogStore {
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``
  package func namespace(_ path: NamespacePath, _: Authorization) async throws -> StoredNamespace {
    try await pool.run { connection in try Self.namespace(path, on: connection) }
  }

  /// The namespace's row; with `locking`, held until the transaction ends, so that nothing is made in it or changed meanwhile.
  static func namespace(_ path: NamespacePath, on connection: PostgresConnection, locking: String = "") throws -> StoredNamespace {
    let found = try connection.first(
      """
      SELECT n.id, n.properties, n.version FROM namespaces n JOIN warehouses w ON w.id = n.warehouse_id
      WHERE w.name = \(path.warehouse) AND n.path = \(path.namespace.pathText) \(raw: locking)
      """
    ) { row in
      StoredNamespace(id: try row[0], path: path, properties: try storedProperties(row[1] as PostgresText), version: try row[2])
    }
    if let found { return found }
    let isWarehouse = try connection.first("SELECT true FROM warehouses WHERE name = \(path.warehouse)") { row in try row[0] as Bool }
    guard isWarehouse != nil else { throw CatalogError.noSuchWarehouse("Warehouse does not exist: \(path.warehouse)") }
    throw CatalogError.missing(path.namespace)
  }

  /// The namespaces directly below `parent`, which may be the root, by their last level, with what decisions ask of them.
  ///
  /// - Returns: one page and a row more, when there are more.
  func namespaces(below parent: NamespacePath, _ page: PageRequest) async throws -> [ListedNamespace] {
    let prefix = parent.namespace.levels.isEmpty ? "" : parent.namespace.pathText + "\u{1F}"
    return try await pool.run { connection in
      let inParent: SQL =
        parent.namespace.levels.isEmpty ? "n.parent_id IS NULL" : "n.parent_id = \(try Self.namespace(parent, on: connection).id)"
      return try connection.query(
        """
        SELECT n.path, n.id, n.zone_id, n.owner, n.properties FROM namespaces n JOIN warehouses w ON w.id = n.warehouse_id
        WHERE w.name = \(parent.warehouse) AND \(inParent)
          AND n.path > \(prefix + (page.after ?? "")) ORDER BY n.path LIMIT \(Int64(page.size + 1))
        """
      ) { row in
        let path: String = try row[0]
        return ListedNamespace(
          namespace: Namespace(pathText: path), key: String(decoding: path.utf8.dropFirst(prefix.utf8.count), as: UTF8.self),
          id: try row[1], zone: try row[2], owner: try row[3],
          description: try storedProperties(row[4] as PostgresText)[GovernedProperty.comment])
      }
    }
  }

  /// - Throws: ``CatalogError/namespaceAlreadyExists(_:)``; ``CatalogError/noSuchNamespace(_:)`` for a parent that does not exist.
  package func createNamespace(
    _ path: NamespacePath, properties: [String: String], owner: String?, in wantedZone: ZoneID?, _ authorization: Authorization,
    answer: [UInt8]
  ) async throws {
    let event = AuditEvent(authorization, after: ["properties": .map(properties)])
    let namespace = path.namespace
    let parent = Namespace(levels: namespace.levels.dropLast())
    do {
      try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
        let warehouse = try Self.warehouseID(path.warehouse, on: connection)
        let parentID: NamespaceID? =
          parent.levels.isEmpty
          ? nil : try Self.namespace(.init(warehouse: path.warehouse, namespace: parent), on: connection, locking: "FOR KEY SHARE OF n").id
        let zone = try Self.zone(ofNew: namespace, asking: properties["zone"], parent: parentID, in: warehouse, on: connection)
        if let wantedZone, zone != wantedZone {
          throw CatalogError.commitFailed("The zones of the warehouse were changed meanwhile; try again")
        }
        try connection.execute(
          """
          INSERT INTO namespaces (id, warehouse_id, parent_id, zone_id, path, properties, owner)
          VALUES (\(NamespaceID.new()), \(warehouse), \(parentID), \(zone), \(namespace.pathText), \(storedText(properties)), \(owner))
          """)
      }
    } catch let error as PostgresError where error.isUniqueViolation && error.constraint == "namespaces_warehouse_id_path_key" {
      throw CatalogError.namespaceAlreadyExists("Cannot create namespace \(namespace). Namespace already exists: \(namespace)")
    }
  }

  /// - Throws: ``CatalogError/noSuchNamespace(_:)``, ``CatalogError/namespaceNotEmpty(_:)``
  package func dropNamespace(_ path: NamespacePath, _ authorization: Authorization) async throws {
    try await commit(Change(authorization, event: AuditEvent(authorization), answer: .noContent)) { connection in
      // The lock keeps others from making something in it between the count and the end.
      let found = try Self.namespace(path, on: connection, locking: "FOR UPDATE OF n")
      let counts = try connection.first(
        """
        SELECT (SELECT count(*) FROM namespaces WHERE parent_id = \(found.id)),
          (SELECT count(*) FROM datasets WHERE namespace_id = \(found.id) AND kind = 'table' AND dropped_at IS NULL),
          (SELECT count(*) FROM datasets WHERE namespace_id = \(found.id) AND kind = 'view' AND dropped_at IS NULL),
          (SELECT count(*) FROM datasets WHERE namespace_id = \(found.id) AND kind = 'dataset' AND dropped_at IS NULL),
          (SELECT count(*) FROM datasets WHERE namespace_id = \(found.id) AND dropped_at IS NOT NULL)
        """
      ) { row in [try row[0], try row[1], try row[2], try row[3], try row[4]] as [Int64] }
      for (count, what) in zip(counts ?? [], ["child namespace(s)", "table(s)", "view(s)", "dataset(s)"]) where count > 0 {
        throw CatalogError.namespaceNotEmpty("Namespace \(path.namespace) is not empty. Contains \(count) \(what).")
      }
      try connection.execute("DELETE FROM namespaces WHERE id = \(found.id)")
      try Self.revokeGrants(onGone: [found.id.uuid], authorization.context, on: connection)
    }
  }

  /// Sets and removes properties; removing what is not there is no error.
  ///
  /// - Throws: ``CatalogError/noSuchNamespace(_:)``
  package func updateNamespaceProperties(
    _ path: NamespacePath, removals: [String], updates: [String: String], _ authorization: Authorization,
    answer: @escaping @Sendable (NamespacePropertyChange) -> [UInt8]
  ) async throws -> NamespacePropertyChange {
    try await untilUnmoved("The namespace \(path.namespace)") {
      let base = try await namespace(path, authorization)
      let missing = removals.filter { base.properties[$0] == nil }
      let removed = removals.filter { base.properties[$0] != nil }
      let change = NamespacePropertyChange(updated: updates.keys.sorted(), removed: removed, missing: missing)
      var properties = base.properties.merging(updates) { $1 }
      for key in removed { properties[key] = nil }
      let newTeam = properties[GovernedProperty.ownerTeam]
      let touched = Set(removed).union(updates.keys)
      let event = AuditEvent(
        authorization, before: ["properties": .map(base.properties.filter { touched.contains($0.key) })],
        after: ["properties": .map(properties.filter { touched.contains($0.key) })])
      let text = storedText(properties)
      try await commit(Change(authorization, event: event, answer: .json(answer(change)))) { connection in
        let swapped = try connection.execute(
          """
          UPDATE namespaces SET properties = \(text), version = version + 1 WHERE id = \(base.id) AND version = \(base.version)
          """)
        if swapped == 0 { throw VersionMoved() }
        guard !touched.isDisjoint(with: GovernedProperty.all) else { return }
        if touched.contains(GovernedProperty.ownerTeam) {
          let owner = newTeam.map { OwnerName.team($0) }
          try connection.execute("UPDATE namespaces SET owner = \(owner) WHERE id = \(base.id)")
        }
        try Self.changeAccess(on: connection)
      }
      return change
    }
  }
}

/// Somebody changed the row between our look and our change.
struct VersionMoved: Error {}

extension CanonicalValue {
  static func map(_ properties: [String: String]) -> CanonicalValue { .object(properties.mapValues { .string($0) }) }
}
