package import Governance
import JSON
import Postgres
import TransparencyLog

extension CatalogStore {
  private static let ruleColumns: SQL = "g.id, g.document, g.object_kind, g.object_name, g.tag_key, g.tag_value, g.defined_by, g.defined_at"

  private static func rule(_ row: PostgresRow) throws -> StoredRetentionRule {
    let kind: String = try row[2]
    let key: String? = try row[4]
    let scope: RetentionScope? =
      if let key { .tag(key: key, value: try row[5]) } else { try AccessObject(kind: kind, row, at: 8).map(RetentionScope.object) }
    return StoredRetentionRule(
      id: try row[0], rule: try RetentionRule(jsonText: (row[1] as PostgresText).bytes), scope: scope, scopeName: try row[3],
      definedBy: try row[6], definedAt: try row[7])
  }

  /// The rules that hold, by name.
  package func retentionRules(_ page: PageRequest, _: Authorization) async throws -> Page<StoredRetentionRule> {
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.ruleColumns), \(AccessObject.columns) FROM retention_rules g \(AccessObject.tables)
        WHERE g.ended_at IS NULL AND g.name > \(page.after ?? "") ORDER BY g.name LIMIT \(Int64(page.size + 1))
        """, Self.rule)
    }
    return Page(rows, size: page.size, key: \.rule.name, element: { $0 })
  }

  /// The rule of that name that holds.
  package func retentionRule(_ name: String) async throws -> StoredRetentionRule? {
    try await pool.run { connection in try Self.retentionRule(name, on: connection) }
  }

  private static func retentionRule(_ name: String, on connection: PostgresConnection) throws -> StoredRetentionRule? {
    try connection.first(
      """
      SELECT \(ruleColumns), \(AccessObject.columns) FROM retention_rules g \(AccessObject.tables)
      WHERE g.ended_at IS NULL AND g.name = \(name)
      """, Self.rule)
  }

  /// Makes a rule; one of the same name ends.
  ///
  /// - Parameter before: the one that it replaces, as the caller was allowed to.
  /// - Throws: ``CatalogError/commitFailed(_:)`` when another one is there by now; what says that the object is not there
  package func define(
    _ rule: StoredRetentionRule, replacing before: StoredRetentionRule?, _ authorization: Authorization, answer: [UInt8]
  ) async throws {
    guard let scope = rule.scope else { throw CatalogError.badRequest("The rule \(rule.rule.name) is for nothing") }
    let event = AuditEvent(authorization, before: before?.auditFacts ?? [:], after: rule.auditFacts)
    let context = authorization.context
    do {
      try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
        try Self.end(before, rule.rule.name, context, on: connection)
        var kind = "tag"
        var (object, key, value): (PostgresUUID?, String?, String?) = (nil, nil, nil)
        switch scope {
        case .object(let named):
          kind = named.storedKind
          if case .model = named {
            throw CatalogError.badRequest("A rule of retention is for data; a model's own days keep what it was trained on")
          }
          object = try Self.locate(named, on: connection, locking: true)
        case .tag(let tag, let text): (key, value) = (tag, text)
        }
        try connection.execute(
          """
          INSERT INTO retention_rules (id, name, object_kind, object_id, tag_key, tag_value, object_name, document, outcome, has_maximum,
            defined_by, defined_at)
          VALUES (\(rule.id), \(rule.rule.name), \(kind), \(object), \(key), \(value), \(rule.scopeName),
            \(PostgresText(rule.rule.jsonText)), \(rule.rule.outcome.rawValue), \(rule.rule.maximum != nil), \(rule.definedBy),
            \(rule.definedAt))
          """)
      }
    } catch let error as PostgresError where error.isUniqueViolation && error.constraint == "retention_rules_now" {
      throw Self.ruleMoved(rule.rule.name)
    }
  }

  /// - Throws: ``CatalogError/commitFailed(_:)``
  package func end(_ rule: StoredRetentionRule, _ authorization: Authorization) async throws {
    let event = AuditEvent(authorization, before: rule.auditFacts)
    let context = authorization.context
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      try Self.end(rule, rule.rule.name, context, on: connection)
    }
  }

  private static func end(
    _ rule: StoredRetentionRule?, _ name: String, _ context: OperationContext, on connection: PostgresConnection
  ) throws {
    guard let rule else { return }
    let count = try connection.execute(
      """
      UPDATE retention_rules SET ended_by = \(context.principal), ended_at = \(context.time) WHERE id = \(rule.id) AND ended_at IS NULL
      """)
    guard count == 1 else { throw ruleMoved(name) }
  }

  private static func ruleMoved(_ name: String) -> CatalogError {
    .commitFailed("The retention rule \(name) was changed by somebody else; look at it and try again")
  }

  // MARK: One dataset

  /// All that the retention of a table rests on beside its metadata and its zone; `nil` for one that was dropped.
  package func retentionFacts(of dataset: DatasetID, nowMs: Int64, _: Authorization) async throws -> RetentionFacts? {
    try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
      let created = try connection.first("SELECT created_at FROM datasets WHERE id = \(dataset) AND dropped_at IS NULL") { row in
        try row[0] as PostgresTimestamp
      }
      guard let created else { return nil }
      var facts = RetentionFacts(nowMs: nowMs, createdAtMs: created.milliseconds)
      facts.rules = try Self.rules(on: dataset, on: connection)
      facts.pins = try Self.pins(of: dataset, on: connection)
      facts.holds = try Self.holds(on: dataset, on: connection)
      facts.models = try connection.query(
        """
        SELECT DISTINCT m.name || '@' || v.name, i.snapshot_id, v.retired_at
        FROM training_inputs i JOIN model_versions v ON v.id = i.model_version_id JOIN models m ON m.id = v.model_id
        WHERE i.dataset_id = \(dataset) AND i.withdrawn_at IS NULL ORDER BY 1, 2
        """
      ) { row in
        let retired: PostgresTimestamp? = try row[2]
        return TrainedModelVersion(name: try row[0], snapshotID: try row[1], retiredAtMs: retired?.milliseconds)
      }
      return facts
    }
  }

  /// Rules that hold for a dataset, by name.
  private static func rules(on dataset: DatasetID, on connection: PostgresConnection) throws -> [RetentionRuleInForce] {
    try connection.query(
      """
      SELECT r.id, r.document, r.object_kind, r.object_name,
        (SELECT min(t.since) FROM tag_times t
          WHERE t.dataset_id = d.id AND t.key = r.tag_key AND (r.tag_value IS NULL OR t.value = r.tag_value))
      FROM datasets d, retention_rules r
      WHERE d.id = \(dataset) AND r.ended_at IS NULL
        AND lies_within(d.id, d.warehouse_id, d.namespace_id, d.tags, r.object_kind, r.object_id, r.tag_key, r.tag_value)
      ORDER BY r.name
      """
    ) { row in
      let id: RetentionRuleID = try row[0]
      let since: PostgresTimestamp? = try row[4]
      return RetentionRuleInForce(
        id: id.description, rule: try RetentionRule(jsonText: (row[1] as PostgresText).bytes), scope: try row[3],
        taggedAtMs: since?.milliseconds)
    }
  }

  /// Living tables in an object, by name.
  package func tables(in object: AccessObject, _ page: PageRequest, _: Authorization) async throws -> Page<DatasetPath> {
    let rows = try await pool.run { connection in
      let id = try Self.locate(object, on: connection, locking: false)
      var condition: SQL = "true"
      if let id { condition = "lies_within(d.id, d.warehouse_id, d.namespace_id, d.tags, \(object.storedKind), \(id), NULL, NULL)" }
      return try connection.query(
        """
        SELECT d.identifier FROM datasets d
        WHERE d.kind = 'table' AND d.dropped_at IS NULL AND d.identifier > \(page.after ?? "") AND \(condition)
        ORDER BY d.identifier LIMIT \(Int64(page.size + 1))
        """
      ) { row in try DatasetPath(stored: row[0]) }
    }
    return Page(rows, size: page.size, key: \.text, element: { $0 })
  }
}

extension StoredRetentionRule {
  var auditFacts: [String: CanonicalValue] {
    [
      "id": .string(id.description), "name": .string(rule.name), "scope": .string(scopeName),
      "rule": .string(String(decoding: rule.jsonText, as: UTF8.self)),
    ]
  }
}

extension CatalogStore {
  /// The name of a dataset by its identity; `nil` for one that was dropped.
  package func livingPath(of dataset: DatasetID, _: Authorization) async throws -> DatasetPath? {
    try await pool.run { connection in
      try connection.first("SELECT identifier FROM datasets WHERE id = \(dataset) AND dropped_at IS NULL") { row in
        try DatasetPath(stored: row[0])
      }
    }
  }
}
