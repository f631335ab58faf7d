package import Governance
package import Postgres
import TransparencyLog

extension CatalogStore {
  private static let decisionColumns: SQL = """
    q.id, q.dataset_id, q.identifier, r.name, r.object_name, q.due_at, q.outcome, q.holds, q.pins, q.model_versions, q.opened_at, q.answer,
    q.keep_until, q.comment, q.answered_by, q.answered_at
    """

  private static func decision(_ row: PostgresRow) throws -> RetentionDecision {
    let outcome: String = try row[6]
    let answer: String? = try row[11]
    return RetentionDecision(
      id: try row[0], dataset: try row[1], path: try DatasetPath(stored: row[2]), rule: try row[3], ruleScope: try row[4],
      dueAt: try row[5], outcome: RetentionRule.Outcome(rawValue: outcome) ?? .ask, holds: try row[7], pins: try row[8],
      modelVersions: try row[9], openedAt: try row[10], answer: answer.flatMap(RetentionDecision.Answer.init), keepUntil: try row[12],
      comment: try row[13], answeredBy: try row[14], answeredAt: try row[15])
  }

  /// Decisions, the newest first.
  ///
  /// - Parameter onlyOpen: those that wait for an answer.
  package func retentionDecisions(onlyOpen: Bool, _ page: PageRequest, _: Authorization) async throws -> Page<RetentionDecision> {
    let before = try page.after.map { text in
      guard let id = PostgresUUID(text) else { throw PageRequest.foreignToken }
      return id
    }
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.decisionColumns) FROM retention_decisions q JOIN retention_rules r ON r.id = q.rule_id
        WHERE (NOT \(onlyOpen) OR q.answer IS NULL) AND (\(before)::uuid IS NULL OR q.id < \(before)::uuid)
        ORDER BY q.id DESC LIMIT \(Int64(page.size + 1))
        """, Self.decision)
    }
    return Page(rows, size: page.size, key: \.id.description, element: { $0 })
  }

  package func retentionDecision(_ id: RetentionDecisionID) async throws -> RetentionDecision? {
    try await pool.run { connection in
      try connection.first(
        "SELECT \(Self.decisionColumns) FROM retention_decisions q JOIN retention_rules r ON r.id = q.rule_id WHERE q.id = \(id)",
        Self.decision)
    }
  }

  /// Asks a person, unless somebody has been asked the same and has not answered, or has answered that it stays for now.
  ///
  /// - Returns: whether somebody was asked.
  package func openDecision(
    on found: FoundDataset, _ path: DatasetPath, _ due: DueRule, _ facts: RetentionFacts, _ authorization: Authorization
  ) async throws -> Bool {
    guard let uuid = PostgresUUID(due.rule.id) else { return false }
    let rule = RetentionRuleID(uuid)
    let isSettled = try await pool.run { connection in
      try connection.first(
        """
        SELECT true FROM retention_decisions WHERE dataset_id = \(found.version.id) AND rule_id = \(rule)
          AND (answer IS NULL OR answer = 'keep' AND (keep_until IS NULL OR keep_until > now())) LIMIT 1
        """
      ) { row in try row[0] as Bool } ?? false
    }
    if isSettled { return false }
    let id = RetentionDecisionID.new()
    let holds = Array(Set(facts.holds.map(\.name))).sorted()
    let models = Array(Set(facts.models.map(\.name) + facts.pins.compactMap(\.modelVersion))).sorted()
    let event = AuditEvent(
      authorization,
      after: [
        "decision": .string(id.description), "rule": .string(due.rule.rule.name), "holds": .array(holds.map { .string($0) }),
        "model-versions": .array(models.map { .string($0) }),
      ])
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      try connection.execute(
        """
        INSERT INTO retention_decisions (id, dataset_id, identifier, rule_id, due_at, outcome, holds, pins, model_versions, opened_at)
        VALUES (\(id), \(found.version.id), \(path.text), \(rule), \(PostgresTimestamp(milliseconds: max(0, due.dueAtMs))),
          \(due.rule.rule.outcome.rawValue), \(holds), \(facts.pins.map(\.reason)), \(models), \(authorization.context.time))
        ON CONFLICT DO NOTHING
        """)
    }
    return true
  }

  /// Answers a decision; with `drop` or `purge` the dataset goes in the same transaction.
  ///
  /// - Throws: ``CatalogError/commitFailed(_:)`` when somebody has answered or the dataset is another by now.
  package func answer(
    _ decision: RetentionDecision, _ answer: RetentionDecision.Answer, comment: String, keepUntil: PostgresTimestamp?,
    dropping found: FoundDataset?, _ path: DatasetPath, _ authorization: Authorization, reply: [UInt8]
  ) async throws {
    let event = AuditEvent(
      authorization,
      after: [
        "decision": .string(decision.id.description), "answer": .string(answer.rawValue), "comment": .string(comment),
        "model-versions": .array(decision.modelVersions.map { .string($0) }),
      ])
    let context = authorization.context
    do {
      try await commit(Change(authorization, event: event, answer: .json(reply))) { connection in
        let count = try connection.execute(
          """
          UPDATE retention_decisions SET answer = \(answer.rawValue), comment = \(comment), keep_until = \(keepUntil),
            answered_by = \(context.principal), answered_at = \(context.time)
          WHERE id = \(decision.id) AND answer IS NULL
          """)
        guard count == 1 else { throw CatalogError.commitFailed("Somebody else has answered this by now") }
        guard let found, answer != .keep else { return }
        try Self.drop(found.version.id, path, on: connection)
        if answer == .purge { try Self.enqueue(.purge, for: found.version.id, on: connection) }
      }
    } catch is VersionMoved {
      throw CatalogError.commitFailed("\(path.identifier) is not what it was; look at it and try again")
    } catch let error as PostgresError where error.isForeignKeyViolation {
      throw CatalogError.forbidden("\(path.identifier) is pinned; its pins must end first")
    }
  }
}
