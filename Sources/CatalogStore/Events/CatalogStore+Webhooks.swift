import Iceberg
import Postgres
import TransparencyLog

extension CatalogStore {
  static let webhookColumns: SQL = """
    h.id, h.name, h.url, h.actions, h.object_kind, h.object_path, h.is_enabled, h.version, h.created_at,
    c.after_place, c.attempts, c.failing_since, c.last_error, c.paused_at
    """
  private static let webhookTables: SQL = "FROM webhooks h JOIN webhook_cursors c ON c.webhook_id = h.id"

  static func webhook(_ row: PostgresRow) throws -> StoredWebhook {
    let actions: [String] = try row[3]
    let kind: String? = try row[4]
    let attempts: Int32 = try row[10]
    return StoredWebhook(
      id: try row[0], name: try row[1], url: try row[2],
      filter: EventFilter(actions: Set(actions), object: try kind.map { try object($0, path: row[5]) }),
      isEnabled: try row[6], version: try row[7], createdAt: try row[8],
      progress: WebhookProgress(
        after: try row[9], attempts: Int(attempts), failingSince: try row[11], lastError: try row[12], pausedAt: try row[13]))
  }

  private static func object(_ kind: String, path: String?) throws -> AccessObject {
    guard let object = try AccessObject(kind: kind, path: (path ?? "").split(separator: "\u{1F}").map(String.init)) else {
      throw CatalogError.unavailable("A webhook for a \(kind) needs a newer server")
    }
    return object
  }

  /// Webhooks by name.
  package func webhooks(_ page: PageRequest, _: Authorization) async throws -> Page<StoredWebhook> {
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.webhookColumns) \(Self.webhookTables) WHERE h.name > \(page.after ?? "")
        ORDER BY h.name LIMIT \(Int64(page.size + 1))
        """, Self.webhook)
    }
    return Page(rows, size: page.size, key: \.name, element: { $0 })
  }

  /// - Throws: ``CatalogError/noSuchWebhook(_:)``
  package func webhook(_ name: String, _: Authorization) async throws -> StoredWebhook {
    let found = try await pool.run { connection in
      try connection.first("SELECT \(Self.webhookColumns) \(Self.webhookTables) WHERE h.name = \(name)", Self.webhook)
    }
    guard let found else { throw Self.missing(webhook: name) }
    return found
  }

  /// The key of a webhook's signatures.
  ///
  /// - Throws: ``CatalogError/noSuchWebhook(_:)``
  package func secret(of webhook: StoredWebhook, _: Authorization) async throws -> [UInt8] {
    let found = try await pool.run { connection in
      try connection.first("SELECT secret FROM webhooks WHERE id = \(webhook.id)") { row in try row[0] as [UInt8] }
    }
    guard let found else { throw Self.missing(webhook: webhook.name) }
    return found
  }

  private static func missing(webhook name: String) -> CatalogError { .noSuchWebhook("There is no webhook \(name)") }

  /// - Parameter secret: the key of its signatures: 32 bytes.
  /// - Throws: ``CatalogError/alreadyExists(_:)``
  package func createWebhook(_ webhook: StoredWebhook, secret: [UInt8], _ authorization: Authorization, answer: [UInt8]) async throws {
    let event = AuditEvent(authorization, after: webhook.auditFacts)
    do {
      try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
        try connection.execute(
          """
          INSERT INTO webhooks (id, name, url, actions, object_kind, object_path, secret, is_enabled, version, created_at)
          VALUES (\(webhook.id), \(webhook.name), \(webhook.url), \(webhook.filter.actionNames), \(webhook.filter.object?.kindName),
            \(webhook.filter.objectPath), \(secret), \(webhook.isEnabled), \(webhook.version), \(webhook.createdAt))
          """)
        try connection.execute(
          "INSERT INTO webhook_cursors (webhook_id, after_place) VALUES (\(webhook.id), \(webhook.progress.after))")
      }
    } catch let error as PostgresError where error.isUniqueViolation && error.constraint == "webhooks_name_key" {
      throw CatalogError.alreadyExists("The webhook \(webhook.name) exists already")
    }
  }

  /// - Returns: the webhook as it is afterwards.
  /// - Throws: ``CatalogError/noSuchWebhook(_:)``
  package func updateWebhook(
    _ name: String, _ change: WebhookChange, _ authorization: Authorization, answer: @escaping @Sendable (StoredWebhook) -> [UInt8]
  ) async throws -> StoredWebhook {
    try await untilUnmoved("The webhook \(name)") {
      let base = try await webhook(name, authorization)
      let new = base.changed(change)
      let event = AuditEvent(authorization, before: base.auditFacts, after: new.auditFacts)
      try await commit(Change(authorization, event: event, answer: .json(answer(new)))) { connection in
        let swapped = try connection.execute(
          """
          UPDATE webhooks SET url = \(new.url), actions = \(new.filter.actionNames), object_kind = \(new.filter.object?.kindName),
            object_path = \(new.filter.objectPath), is_enabled = \(new.isEnabled), version = \(new.version)
          WHERE id = \(base.id) AND version = \(base.version)
          """)
        if swapped == 0 { throw VersionMoved() }
        // Whoever delivers now stops when it looks for its lease, and the next one begins anew.
        try connection.execute(
          """
          UPDATE webhook_cursors SET after_place = coalesce(\(change.after), after_place), lease = NULL, leased_until = NULL,
            next_attempt_at = now()
          WHERE webhook_id = \(base.id)
          """)
        if change.isEnabled == true {
          try connection.execute(
            """
            UPDATE webhook_cursors SET attempts = 0, failing_since = NULL, last_error = NULL, paused_at = NULL
            WHERE webhook_id = \(base.id)
            """)
        }
      }
      return new
    }
  }

  /// - Throws: ``CatalogError/noSuchWebhook(_:)``
  package func dropWebhook(_ name: String, _ authorization: Authorization) async throws {
    let base = try await webhook(name, authorization)
    let event = AuditEvent(authorization, before: base.auditFacts)
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      guard try connection.execute("DELETE FROM webhooks WHERE id = \(base.id)") == 1 else { throw Self.missing(webhook: name) }
    }
  }
}

extension AccessObject {
  /// Those that this server knows; another one delivers what a newer one was told to.
  static let filterKinds = ["catalog", "warehouse", "zone", "namespace", "table", "view", "dataset", "model"]

  /// An object of a stored kind and path; `nil` where the two do not fit.
  init?(kind: String, path: [String]) throws {
    let levels = Array(path.dropFirst())
    switch (kind, path.count) {
    case ("catalog", 0): self = .catalog
    case ("warehouse", 1): self = .warehouse(path[0])
    case ("zone", 2): self = .zone(path[1], warehouse: path[0])
    case ("namespace", 2...): self = .namespace(NamespacePath(warehouse: path[0], namespace: Namespace(levels: levels)))
    case ("model", 1): self = .model(path[0])
    case (_, 3...):
      guard let kind = DatasetKind(rawValue: kind) else { return nil }
      let identifier = try TableIdentifier(namespace: Namespace(levels: levels.dropLast()), name: path[path.count - 1])
      self = .dataset(kind, DatasetPath(warehouse: path[0], identifier: identifier))
    default: return nil
    }
  }
}

extension EventFilter {
  var actionNames: [String] { actions.sorted() }
  var objectPath: String? { object?.path.joined(separator: "\u{1F}") }
}

extension StoredWebhook {
  fileprivate func changed(_ change: WebhookChange) -> StoredWebhook {
    let filter = EventFilter(actions: change.actions ?? filter.actions, object: change.object ?? filter.object)
    let old = progress
    let after = change.after ?? old.after
    return StoredWebhook(
      id: id, name: name, url: change.url ?? url, filter: filter, isEnabled: change.isEnabled ?? isEnabled, version: version + 1,
      createdAt: createdAt,
      progress: change.isEnabled == true
        ? WebhookProgress(after: after)
        : WebhookProgress(
          after: after, attempts: old.attempts, failingSince: old.failingSince, lastError: old.lastError, pausedAt: old.pausedAt))
  }

  /// Without the query of its address, which may hold a key of the receiver's.
  var auditFacts: [String: CanonicalValue] {
    [
      "webhook": .string(name), "url": .string(String(url.prefix { $0 != "?" })), "enabled": .bool(isEnabled),
      "actions": .array(filter.actionNames.map { .string($0) }),
      "object": filter.object.map { .string("\($0.kindName) \($0.title)") } ?? .null, "after": .int64(progress.after),
      "version": .int64(version),
    ]
  }
}
