import Iceberg
import Postgres
import TransparencyLog

extension CatalogStore {
  private static let maximumGaps: Int64 = 5_000
  private static let maximumUnconfirmed = 200

  /// What was said of a version and is no input of it: what counts before what does not, the first said first.
  package func gaps(of version: ModelVersionID, _: Authorization) async throws -> [TrainingGap] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT dataset_id, identifier, state, source, grade, kind, reason, details::text, said_by, said_at FROM training_gaps
        WHERE model_version_id = \(version) ORDER BY kind = 'unconfirmed', said_at, id LIMIT \(Self.maximumGaps)
        """
      ) { row in
        let kind: String = try row[5]
        guard let kind = TrainingGap.Kind(rawValue: kind) else { throw CatalogError.unavailable("The gap \(kind) needs a newer server") }
        let statement = RunStatement(
          dataset: try row[0], path: try DatasetPath(storedText: row[1]), lives: true, state: try row[2], source: try row[3],
          grade: EvidenceGrade(rawValue: try row[4]) ?? .inferred, saidBy: try row[8], saidAt: try row[9],
          details: try storedProperties(row[7] as PostgresText))
        return TrainingGap(statement, kind, try row[6])
      }
    }
  }

  /// Notes gaps of a version, and that others are none any more. What was noted once stays although the report that told it goes with
  /// its table. Of those who are nobody's witnesses, no more is kept than the bound allows.
  ///
  /// - Parameter bound: what became inputs.
  package func note(
    _ gaps: [TrainingGap], bound: [RunStatement], of version: ModelVersion, _ authorization: Authorization
  ) async throws {
    let known = try await self.gaps(of: version.id, authorization)
    let signatures = Set(known.map(\.signature))
    let room = max(0, Self.maximumUnconfirmed - known.count { $0.kind == .unconfirmed })
    let unknown = gaps.filter { !signatures.contains($0.signature) }
    let new = unknown.filter { $0.kind != .unconfirmed } + unknown.filter { $0.kind == .unconfirmed }.prefix(room)
    let isBound = Set(bound.map(\.key))
    let gone = known.filter { isBound.contains($0.statement.key) }
    guard !new.isEmpty || !gone.isEmpty else { return }
    let event = AuditEvent(
      authorization, before: ["model-version": .string(version.title), "gaps": .array(gone.map(\.canonical))],
      after: ["model-version": .string(version.title), "gaps": .array(new.map(\.canonical))])
    let context = authorization.context
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      for gap in gone {
        let statement = gap.statement
        try connection.execute(
          """
          DELETE FROM training_gaps WHERE model_version_id = \(version.id) AND dataset_id = \(statement.dataset)
            AND state IS NOT DISTINCT FROM \(statement.state) AND source = \(statement.source) AND said_by = \(statement.saidBy)
          """)
      }
      for gap in new {
        let statement = gap.statement
        try connection.execute(
          """
          INSERT INTO training_gaps (id, model_version_id, dataset_id, identifier, state, source, grade, kind, reason, details, said_by,
            said_at, found_at)
          VALUES (\(PostgresUUID.timeOrdered()), \(version.id), \(statement.dataset), \(statement.path.text), \(statement.state),
            \(statement.source), \(statement.grade.rawValue), \(gap.kind.rawValue), \(gap.reason),
            \(storedText(statement.details))::jsonb, \(statement.saidBy), \(statement.saidAt), \(context.time))
          ON CONFLICT (model_version_id, dataset_id, state, source, said_by) DO UPDATE
            SET grade = excluded.grade, kind = excluded.kind, reason = excluded.reason, details = excluded.details
          """)
      }
    }
  }
}

extension TrainingGap {
  fileprivate struct Signature: Hashable {
    let key: RunStatement.Key
    let kind: Kind
    let grade: EvidenceGrade
  }

  /// What would be new about another one of the same.
  fileprivate var signature: Signature { Signature(key: statement.key, kind: kind, grade: statement.grade) }

  fileprivate var canonical: CanonicalValue {
    var facts: [String: CanonicalValue] = [
      "dataset": .string(statement.path.identifier.description), "warehouse": .string(statement.path.warehouse),
      "source": .string(statement.source), "said-by": .string(statement.saidBy), "gap": .string(kind.rawValue), "reason": .string(reason),
    ]
    if let state = statement.state { facts["state"] = .string(state) }
    return .object(facts)
  }
}
