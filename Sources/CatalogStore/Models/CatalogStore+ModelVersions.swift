import JSON
import Postgres
import TransparencyLog

extension CatalogStore {
  private static let versionColumns: SQL = """
    v.id, m.name, v.name, v.stage, v.developer, v.source, v.run, v.code_reference, v.container_digest, v.parameters::text,
    v.metrics::text, v.artifacts::text, v.version, v.created_by, v.created_at, v.changed_at, v.retired_at, v.retirement_reason
    """

  private static func modelVersion(_ row: PostgresRow) throws -> ModelVersion {
    let stage: String = try row[3]
    guard let stage = ModelStage(rawValue: stage) else { throw CatalogError.unavailable("The stage \(stage) needs a newer server") }
    var description = ModelVersionDescription()
    description.source = try row[5]
    description.run = try row[6]
    description.codeReference = try row[7]
    description.containerDigest = try row[8]
    description.parameters = try storedProperties(row[9] as PostgresText)
    description.metrics = try storedProperties(row[10] as PostgresText)
    description.artifacts = try storedProperties(row[11] as PostgresText)
    let retiredAt: PostgresTimestamp? = try row[16]
    let reason: String? = try row[17]
    return ModelVersion(
      id: try row[0], model: try row[1], name: try row[2], stage: stage, developer: try row[4], description: description,
      version: try row[12], createdBy: try row[13], createdAt: try row[14], changedAt: try row[15],
      retirement: retiredAt.map { ($0, reason ?? "") })
  }

  /// Versions of a model, the newest first.
  package func versions(of model: Model, _ page: PageRequest, _: Authorization) async throws -> Page<ModelVersion> {
    let before = try page.after.map { text in
      guard let id = PostgresUUID(text) else { throw PageRequest.foreignToken }
      return id
    }
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.versionColumns) FROM model_versions v JOIN models m ON m.id = v.model_id
        WHERE v.model_id = \(model.id) AND (\(before)::uuid IS NULL OR v.id < \(before)::uuid) ORDER BY v.id DESC
        LIMIT \(Int64(page.size + 1))
        """, Self.modelVersion)
    }
    return Page(rows, size: page.size, key: { $0.id.description }, element: { $0 })
  }

  /// - Throws: ``CatalogError/noSuchModel(_:)``
  package func version(_ name: String, of model: Model, _: Authorization) async throws -> ModelVersion {
    try await pool.run { connection in try Self.version(name, of: model, on: connection) }
  }

  private static func version(
    _ name: String, of model: Model, on connection: PostgresConnection, locking: String = ""
  ) throws -> ModelVersion {
    let found = try connection.first(
      """
      SELECT \(versionColumns) FROM model_versions v JOIN models m ON m.id = v.model_id
      WHERE v.model_id = \(model.id) AND v.name = \(name) \(raw: locking)
      """, modelVersion)
    guard let found else { throw CatalogError.noSuchModel("The model \(model.name) has no version \(name)") }
    return found
  }

  /// - Throws: ``CatalogError/alreadyExists(_:)``
  package func createVersion(
    _ name: String, of model: Model, _ description: ModelVersionDescription, stage: ModelStage, developer: String,
    _ authorization: Authorization, answer: @escaping @Sendable (ModelVersion) -> [UInt8]
  ) async throws -> ModelVersion {
    let context = authorization.context
    let new = ModelVersion(
      id: .new(), model: model.name, name: name, stage: stage, developer: developer, description: description, version: 1,
      createdBy: context.principal, createdAt: context.time, changedAt: context.time, retirement: nil)
    let event = AuditEvent(authorization, after: new.auditFacts)
    try await commit(Change(authorization, event: event, answer: .json(answer(new)))) { connection in
      let isNew = try Self.insert(new, of: model.id, on: connection)
      guard isNew else { throw CatalogError.alreadyExists("The model \(model.name) has a version \(name) already") }
    }
    return new
  }

  /// Changes what is said of a version that is not retired.
  ///
  /// - Throws: ``CatalogError/noSuchModel(_:)``, ``CatalogError/unprocessable(_:)``
  package func updateVersion(
    _ name: String, of model: Model, stage: ModelStage?, _ change: @escaping @Sendable (inout ModelVersionDescription) -> Void,
    _ authorization: Authorization, answer: @escaping @Sendable (ModelVersion) -> [UInt8]
  ) async throws -> ModelVersion {
    let context = authorization.context
    return try await untilUnmoved("The version \(model.name)@\(name)") {
      let base = try await version(name, of: model, authorization)
      try base.requireUse()
      var description = base.description
      change(&description)
      let new = ModelVersion(
        id: base.id, model: base.model, name: base.name, stage: stage ?? base.stage, developer: base.developer, description: description,
        version: base.version + 1, createdBy: base.createdBy, createdAt: base.createdAt, changedAt: context.time, retirement: nil)
      let event = AuditEvent(authorization, before: base.auditFacts, after: new.auditFacts)
      try await commit(Change(authorization, event: event, answer: .json(answer(new)))) { connection in
        try Self.update(new, from: base, on: connection)
      }
      return new
    }
  }

  /// - Returns: `false` when the model has a version of that name.
  static func insert(_ new: ModelVersion, of model: ModelID, on connection: PostgresConnection) throws -> Bool {
    let description = new.description
    return try connection.execute(
      """
      INSERT INTO model_versions (id, model_id, name, stage, developer, source, run, code_reference, container_digest, parameters,
        metrics, artifacts, created_by, created_at, changed_at)
      VALUES (\(new.id), \(model), \(new.name), \(new.stage.rawValue), \(new.developer), \(description.source), \(description.run),
        \(description.codeReference), \(description.containerDigest), \(storedText(description.parameters))::jsonb,
        \(storedText(description.metrics))::jsonb, \(storedText(description.artifacts))::jsonb, \(new.createdBy), \(new.createdAt),
        \(new.changedAt))
      ON CONFLICT (model_id, name) DO NOTHING
      """) == 1
  }

  /// - Throws: `VersionMoved` when somebody else changed it since `base` was read.
  static func update(_ new: ModelVersion, from base: ModelVersion, on connection: PostgresConnection) throws {
    let description = new.description
    let count = try connection.execute(
      """
      UPDATE model_versions SET stage = \(new.stage.rawValue), source = \(description.source), run = \(description.run),
        code_reference = \(description.codeReference), container_digest = \(description.containerDigest),
        parameters = \(storedText(description.parameters))::jsonb, metrics = \(storedText(description.metrics))::jsonb,
        artifacts = \(storedText(description.artifacts))::jsonb, version = version + 1, changed_at = \(new.changedAt)
      WHERE id = \(base.id) AND version = \(base.version)
      """)
    guard count == 1 else { throw VersionMoved() }
  }

  /// Takes a version out of use. The duty to keep what it was trained on ends so many days later.
  ///
  /// - Throws: ``CatalogError/noSuchModel(_:)``, ``CatalogError/unprocessable(_:)`` for one that is retired.
  package func retireVersion(
    _ name: String, of model: Model, reason: String, _ authorization: Authorization, answer: @escaping @Sendable (ModelVersion) -> [UInt8]
  ) async throws -> ModelVersion {
    let context = authorization.context
    return try await untilUnmoved("The version \(model.name)@\(name)") {
      let base = try await version(name, of: model, authorization)
      try base.requireUse()
      let new = ModelVersion(
        id: base.id, model: base.model, name: base.name, stage: .retired, developer: base.developer, description: base.description,
        version: base.version + 1, createdBy: base.createdBy, createdAt: base.createdAt, changedAt: context.time,
        retirement: (context.time, reason))
      let days = Int64(model.description.keepDaysAfterRetirement)
      let end = PostgresTimestamp(microseconds: context.time.microseconds + days * 86_400_000_000)
      var after = new.auditFacts
      after["keep-training-data-until-ms"] = .int64(end.milliseconds)
      after["reason"] = .string(reason)
      let event = AuditEvent(authorization, before: base.auditFacts, after: after)
      try await commit(Change(authorization, event: event, answer: .json(answer(new)))) { connection in
        let count = try connection.execute(
          """
          UPDATE model_versions SET stage = 'retired', retired_at = \(context.time), retirement_reason = \(reason), version = version + 1,
            changed_at = \(new.changedAt)
          WHERE id = \(base.id) AND version = \(base.version)
          """)
        guard count == 1 else { throw VersionMoved() }
        try connection.execute("UPDATE pins SET keep_until = \(end) WHERE model_version_id = \(base.id) AND keep_until IS NULL")
      }
      return new
    }
  }

  // MARK: Approvals

  /// What was said of a version, the oldest first.
  package func approvals(of version: ModelVersion, _: Authorization) async throws -> [ModelApproval] {
    try await pool.run { connection in
      try connection.query(
        "SELECT decision, approver, comment, decided_at FROM model_approvals WHERE model_version_id = \(version.id) ORDER BY id LIMIT 1000"
      ) { row in
        ModelApproval(
          decision: ModelApproval.Decision(rawValue: try row[0]) ?? .rejected, approver: try row[1], comment: try row[2],
          decidedAt: try row[3])
      }
    }
  }

  package func approve(
    _ version: ModelVersion, _ approval: ModelApproval, _ authorization: Authorization, answer: [UInt8]
  ) async throws {
    let event = AuditEvent(
      authorization,
      after: [
        "decision": .string(approval.decision.rawValue), "comment": .string(approval.comment), "model-version": .string(version.title),
      ])
    try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
      try connection.execute(
        """
        INSERT INTO model_approvals (id, model_version_id, decision, approver, comment, decided_at)
        VALUES (\(PostgresUUID.timeOrdered()), \(version.id), \(approval.decision.rawValue), \(approval.approver), \(approval.comment),
          \(approval.decidedAt))
        """)
    }
  }
}

extension ModelVersion {
  /// - Throws: ``CatalogError/unprocessable(_:)``
  package func requireUse() throws {
    if let retirement {
      throw CatalogError.unprocessable("The version \(title) was retired (\(retirement.reason)) and stays as it is")
    }
  }

  var auditFacts: [String: CanonicalValue] {
    var facts: [String: CanonicalValue] = [
      "version": .string(name), "stage": .string(stage.rawValue), "developer": .string(developer),
      "parameters": .object(description.parameters.mapValues { .string($0) }),
      "metrics": .object(description.metrics.mapValues { .string($0) }),
      "artifacts": .object(description.artifacts.mapValues { .string($0) }),
    ]
    for (key, value) in [
      ("code-reference", description.codeReference), ("container-digest", description.containerDigest), ("source", description.source),
      ("run", description.run),
    ] { facts[key] = value.map { .string($0) } }
    return facts
  }
}
