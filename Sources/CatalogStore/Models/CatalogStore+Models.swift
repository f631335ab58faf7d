import JSON
import Postgres
import TransparencyLog

extension CatalogStore {
  private static let modelColumns: SQL = """
    m.id, m.name, m.owner, m.purpose, m.risk_tier, m.is_regulated, m.regulation_profiles, m.keep_days_after_retirement, m.version,
    m.created_by, m.created_at, m.changed_at
    """

  private static func model(_ row: PostgresRow) throws -> Model {
    let tier: String = try row[4]
    guard let tier = RiskTier(rawValue: tier) else { throw CatalogError.unavailable("A model of the tier \(tier) needs a newer server") }
    return Model(
      id: try row[0], name: try row[1], owner: try row[2],
      description: ModelDescription(
        purpose: try row[3], tier: tier, isRegulated: try row[5], profiles: try row[6], keepDaysAfterRetirement: Int(try row[7] as Int32)),
      version: try row[8], createdBy: try row[9], createdAt: try row[10], changedAt: try row[11])
  }

  /// Models in order of their names.
  package func models(_ page: PageRequest, _: Authorization) async throws -> [Model] {
    try await pool.run { connection in
      try connection.query(
        "SELECT \(Self.modelColumns) FROM models m WHERE m.name > \(page.after ?? "") ORDER BY m.name LIMIT \(Int64(page.size + 1))",
        Self.model)
    }
  }

  /// The model of that name, with the revision of the access state at that moment; needs no permission, it is what one is asked for.
  package func foundModel(_ name: String) async throws -> (model: Model, revision: Int64)? {
    try await pool.run { connection in
      try connection.first(
        """
        SELECT \(Self.modelColumns), (SELECT revision FROM access_revision WHERE is_the_one) FROM models m WHERE m.name = \(name)
        """
      ) { row in (try Self.model(row), try row[12] as Int64) }
    }
  }

  static func model(_ name: String, on connection: PostgresConnection, locking: String = "") throws -> Model {
    let found = try connection.first("SELECT \(modelColumns) FROM models m WHERE m.name = \(name) \(raw: locking)", model)
    guard let found else { throw CatalogError.noSuchModel("There is no model \(name)") }
    return found
  }

  static func models(_ ids: [ModelID], on connection: PostgresConnection) throws -> [Model] {
    try connection.query("SELECT \(modelColumns) FROM models m WHERE m.id = ANY(\(ids.map(\.uuid)))", model)
  }

  /// - Throws: ``CatalogError/alreadyExists(_:)``, ``CatalogError/unprocessable(_:)`` for an owner who is nobody.
  package func createModel(
    _ name: String, _ description: ModelDescription, owner: GranteeName?, defaultOwner: String?, _ authorization: Authorization,
    answer: @escaping @Sendable (Model) -> [UInt8]
  ) async throws -> Model {
    let context = authorization.context
    let named = try await pool.run { connection in try owner.map { try Self.answerable($0, on: connection).description } }
    let owner = named ?? defaultOwner
    let new = Model(
      id: .new(), name: name, owner: owner, description: description, version: 1, createdBy: context.principal, createdAt: context.time,
      changedAt: context.time)
    let event = AuditEvent(authorization, after: new.auditFacts)
    try await commit(Change(authorization, event: event, answer: .json(answer(new)))) { connection in try Self.insert(new, on: connection) }
    return new
  }

  /// - Throws: ``CatalogError/alreadyExists(_:)``
  static func insert(_ new: Model, on connection: PostgresConnection) throws {
    let description = new.description
    let count = try connection.execute(
      """
      INSERT INTO models (id, name, owner, purpose, risk_tier, is_regulated, regulation_profiles, keep_days_after_retirement, created_by,
        created_at, changed_at)
      VALUES (\(new.id), \(new.name), \(new.owner), \(description.purpose), \(description.tier.rawValue), \(description.isRegulated),
        \(description.profiles), \(Int32(description.keepDaysAfterRetirement)), \(new.createdBy), \(new.createdAt), \(new.changedAt))
      ON CONFLICT (name) DO NOTHING
      """)
    guard count == 1 else { throw CatalogError.alreadyExists("There is a model \(new.name) already") }
  }

  /// Changes what is said of a model. One that becomes regulated has what its versions were trained on pinned, as far as it is there.
  ///
  /// - Throws: ``CatalogError/noSuchModel(_:)``, ``CatalogError/unprocessable(_:)``
  package func updateModel(
    _ base: Model, owner: GranteeName?, _ change: @escaping @Sendable (inout ModelDescription) -> Void, _ authorization: Authorization,
    answer: @escaping @Sendable (Model) -> [UInt8]
  ) async throws -> Model {
    let context = authorization.context
    return try await untilUnmoved("The model \(base.name)") {
      let (base, owner) = try await pool.run { connection in
        (try Self.model(base.name, on: connection), try owner.map { try Self.answerable($0, on: connection).description })
      }
      var description = base.description
      change(&description)
      if base.description.isRegulated, !description.isRegulated {
        throw CatalogError.unprocessable(
          "The model \(base.name) is regulated and stays so: what its versions were trained on is kept. Retire its versions instead")
      }
      if base.description.isRegulated, description.keepDaysAfterRetirement < base.description.keepDaysAfterRetirement {
        throw CatalogError.unprocessable(
          "The model \(base.name) is regulated: what its versions were trained on is kept for "
            + "\(base.description.keepDaysAfterRetirement) days after their retirement. It may become longer, not shorter")
      }
      let new = Model(
        id: base.id, name: base.name, owner: owner ?? base.owner, description: description, version: base.version + 1,
        createdBy: base.createdBy, createdAt: base.createdAt, changedAt: context.time)
      let event = AuditEvent(authorization, before: base.auditFacts, after: new.auditFacts)
      try await commit(Change(authorization, event: event, answer: .json(answer(new)))) { [description] connection in
        let count = try connection.execute(
          """
          UPDATE models SET owner = \(new.owner), purpose = \(description.purpose), risk_tier = \(description.tier.rawValue),
            is_regulated = \(description.isRegulated), regulation_profiles = \(description.profiles),
            keep_days_after_retirement = \(Int32(description.keepDaysAfterRetirement)), version = version + 1, changed_at = \(new.changedAt)
          WHERE id = \(base.id) AND version = \(base.version)
          """)
        guard count == 1 else { throw VersionMoved() }
        if description.isRegulated { try Self.pinInputs(of: new, context, on: connection) }
      }
      return new
    }
  }

  /// - Throws: ``CatalogError/noSuchModel(_:)``, ``CatalogError/unprocessable(_:)`` for one that has versions.
  package func dropModel(_ base: Model, _ authorization: Authorization) async throws {
    let event = AuditEvent(authorization, before: base.auditFacts)
    do {
      try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
        let gone = try connection.execute("DELETE FROM models WHERE id = \(base.id)")
        guard gone == 1 else { throw CatalogError.noSuchModel("There is no model \(base.name)") }
      }
    } catch let error as PostgresError where error.isForeignKeyViolation {
      throw CatalogError.unprocessable(
        "The model \(base.name) has versions, which are evidence: retire them instead: moraine model retire \(base.name)@…")
    }
  }
}

extension Model {
  var auditFacts: [String: CanonicalValue] {
    [
      "owner": owner.map { .string($0) } ?? .null, "purpose": .string(description.purpose), "risk-tier": .string(description.tier.rawValue),
      "regulated": .bool(description.isRegulated), "profiles": .array(description.profiles.map { .string($0) }),
      "keep-days-after-retirement": .int64(Int64(description.keepDaysAfterRetirement)),
    ]
  }
}
