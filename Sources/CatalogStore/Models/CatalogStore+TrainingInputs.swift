package import Governance
import Iceberg
import JSON
package import Postgres
import TransparencyLog

/// What a version is to be bound to.
package struct NewTrainingInput: Sendable {
  package let role: TrainingRole
  package let dataset: FoundDataset
  package let format: DatasetFormat?
  package let path: DatasetPath
  package let bound: BoundState
  package let rowFilter: String?
  package let columns: [String]?

  package init(
    role: TrainingRole, dataset: FoundDataset, format: DatasetFormat?, path: DatasetPath, bound: BoundState, rowFilter: String?,
    columns: [String]?
  ) {
    self.role = role
    self.dataset = dataset
    self.format = format
    self.path = path
    self.bound = bound
    self.rowFilter = rowFilter
    self.columns = columns
  }
}

/// Who says that a version was trained on something, and how they know.
package struct Evidence: Sendable {
  /// `person`, `platform`, `mlflow`, `openlineage`, `metrics-report`
  package let source: String
  package let grade: EvidenceGrade
  package let details: [String: String]
  /// Whose word it is and since when, if not the caller's and now.
  package let saidBy: String?
  package let saidAt: PostgresTimestamp?

  package init(
    source: String, grade: EvidenceGrade, details: [String: String] = [:], saidBy: String? = nil, saidAt: PostgresTimestamp? = nil
  ) {
    self.source = source
    self.grade = grade
    self.details = details
    self.saidBy = saidBy
    self.saidAt = saidAt
  }
}

extension CatalogStore {
  private static let inputColumns: SQL = """
    i.id, i.role, i.dataset_id, i.dataset_kind, i.dataset_format, i.identifier, i.location, i.snapshot_id, i.format_version, i.asked_for,
    i.schema_id, i.row_filter, i.columns, i.committed_at_ms, i.record_count, i.file_count, i.size_bytes, i.metadata_location,
    i.metadata_sha256, i.manifest_list, i.manifest_list_sha256, i.root, i.grade, i.bound_by, i.bound_at, i.withdrawn_by, i.withdrawn_at,
    i.withdrawal_reason,
    EXISTS (SELECT FROM pins p WHERE p.model_version_id = i.model_version_id AND p.dataset_id = i.dataset_id
      AND coalesce(p.snapshot_id::text, p.file_set_snapshot_id::text, p.format_version) = coalesce(i.snapshot_id::text, i.format_version))
    """

  private static func input(_ row: PostgresRow) throws -> TrainingInput {
    let kind = try DatasetKind(stored: row[3])
    let snapshot: Int64? = try row[7]
    let version: String? = try row[8]
    let state: DatasetState =
      snapshot.map { kind == .table ? .snapshot($0) : .fileSetSnapshot($0) } ?? .formatVersion(version ?? "")
    var bound = BoundState(state, location: try row[6])
    bound.askedFor = try row[9]
    bound.schemaID = try row[10]
    bound.committedAtMs = try row[13]
    bound.recordCount = try row[14]
    bound.fileCount = try row[15]
    bound.sizeBytes = try row[16]
    bound.metadataLocation = try row[17]
    bound.metadataSHA256 = try row[18]
    bound.manifestList = try row[19]
    bound.manifestListSHA256 = try row[20]
    bound.root = try row[21]
    let withdrawnBy: String? = try row[25]
    let withdrawnAt: PostgresTimestamp? = try row[26]
    let reason: String? = try row[27]
    return TrainingInput(
      id: try row[0], role: TrainingRole(rawValue: try row[1]) ?? .reference, dataset: try row[2], kind: kind,
      format: try DatasetFormat(stored: row[4]), path: try DatasetPath(storedText: row[5]), bound: bound, rowFilter: try row[11],
      columns: try row[12], grade: EvidenceGrade(rawValue: try row[22]) ?? .inferred, boundBy: try row[23], boundAt: try row[24],
      withdrawal: withdrawnBy.flatMap { by in withdrawnAt.map { (by, $0, reason ?? "") } }, isPinned: try row[28])
  }

  /// What a version was trained on, the first bound first; what was withdrawn, too.
  package func inputs(of version: ModelVersion, _: Authorization) async throws -> [TrainingInput] {
    try await pool.run { connection in try Self.inputs("i.model_version_id = \(version.id)", on: connection) }
  }

  private static func inputs(_ condition: SQL, on connection: PostgresConnection) throws -> [TrainingInput] {
    try connection.query("SELECT \(inputColumns) FROM training_inputs i WHERE \(condition) ORDER BY i.id LIMIT 10000", input)
  }

  /// Binds a version to what it was trained on, all or none. What is bound already only gains the evidence; where that comes from
  /// somebody else than before, both corroborate each other. The inputs of a regulated model are pinned.
  ///
  /// - Throws: ``CatalogError/noSuchSnapshot(_:)`` for one that somebody expired meanwhile, what `missing` says for a dropped dataset;
  ///   ``CatalogError/unprocessable(_:)`` for a retired version
  package func bind(
    _ new: [NewTrainingInput], to version: ModelVersion, of model: Model, _ evidence: Evidence, _ authorization: Authorization
  ) async throws {
    let event = AuditEvent(authorization, after: evidence.canonical(version, new))
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      try Self.bind(new.map { ($0, evidence) }, to: version.id, named: version.title, authorization.context, on: connection)
    }
  }

  /// The same in the transaction that `connection` is in.
  static func bind(
    _ new: [(input: NewTrainingInput, evidence: Evidence)], to version: ModelVersionID, named title: String, _ context: OperationContext,
    on connection: PostgresConnection
  ) throws {
    // One order for everybody, so that two of these never wait for each other.
    let new = new.sorted { $0.input.dataset.version.id.uuid < $1.input.dataset.version.id.uuid }
    // Neither may the version be retired nor the model become regulated meanwhile.
    let found = try connection.first(
      """
      SELECT m.is_regulated, v.stage FROM model_versions v JOIN models m ON m.id = v.model_id WHERE v.id = \(version) FOR SHARE
      """
    ) { row in (isRegulated: try row[0] as Bool, stage: try row[1] as String) }
    guard let found, found.stage != ModelStage.retired.rawValue else {
      throw CatalogError.unprocessable("The version \(title) is retired and is bound to nothing more")
    }
    var bound: [(input: NewTrainingInput, id: TrainingInputID)] = []
    for (input, evidence) in new {
      let id = try Self.insert(input, version, evidence, context, on: connection)
      try Self.add(evidence, to: id, context, on: connection)
      bound.append((input, id))
    }
    try Self.record(bound, context, on: connection)
    guard found.isRegulated else { return }
    for (input, _) in new {
      try Self.pin(
        input.bound.state, of: input.dataset.version.id, for: version, named: title, until: nil, context, on: connection)
    }
  }

  private static func insert(
    _ input: NewTrainingInput, _ version: ModelVersionID, _ evidence: Evidence, _ context: OperationContext,
    on connection: PostgresConnection
  ) throws -> TrainingInputID {
    let bound = input.bound
    let (snapshot, formatVersion): (Int64?, String?) =
      switch bound.state {
      case .snapshot(let id), .fileSetSnapshot(let id): (id, nil)
      case .formatVersion(let text): (nil, text)
      }
    let id = TrainingInputID.new()
    try connection.execute(
      """
      INSERT INTO training_inputs (id, model_version_id, role, dataset_id, dataset_kind, dataset_format, identifier, location, snapshot_id,
        format_version, asked_for, schema_id, row_filter, columns, committed_at_ms, record_count, file_count, size_bytes,
        metadata_location, metadata_sha256, manifest_list, manifest_list_sha256, root, grade, bound_by, bound_at)
      VALUES (\(id), \(version), \(input.role.rawValue), \(input.dataset.version.id), \(input.dataset.version.kind.rawValue),
        \(input.format?.rawValue), \(input.path.text), \(bound.location), \(snapshot), \(formatVersion), \(bound.askedFor),
        \(bound.schemaID), \(input.rowFilter), \(input.columns), \(bound.committedAtMs), \(bound.recordCount), \(bound.fileCount),
        \(bound.sizeBytes), \(bound.metadataLocation), \(bound.metadataSHA256), \(bound.manifestList), \(bound.manifestListSHA256),
        \(bound.root), \(evidence.grade.rawValue), \(context.principal), \(context.time))
      ON CONFLICT DO NOTHING
      """)
    let found = try connection.first(
      """
      SELECT id FROM training_inputs WHERE model_version_id = \(version) AND dataset_id = \(input.dataset.version.id)
        AND role = \(input.role.rawValue) AND coalesce(snapshot_id::text, format_version) = \(bound.state.text) AND withdrawn_at IS NULL
      FOR UPDATE
      """
    ) { row in try row[0] as TrainingInputID }
    guard let found else { throw VersionMoved() }
    return found
  }

  /// What all words on an input come to is its grade. A source's later word counts only where it is a stronger one.
  static func add(
    _ evidence: Evidence, to input: TrainingInputID, _ context: OperationContext, on connection: PostgresConnection
  ) throws {
    let strength = { (grade: String) -> SQL in
      "CASE \(raw: grade) WHEN 'inferred' THEN 0 WHEN 'declared' THEN 1 ELSE 2 END"
    }
    // Of two that add to one input at a time, the second counts the first one's word.
    try connection.execute("SELECT FROM training_inputs WHERE id = \(input) FOR UPDATE")
    try connection.execute(
      """
      INSERT INTO training_evidence AS e (id, training_input_id, source, grade, details, said_by, said_at)
      VALUES (\(PostgresUUID.timeOrdered()), \(input), \(evidence.source), \(evidence.grade.rawValue),
        \(storedText(evidence.details))::jsonb, \(evidence.saidBy ?? context.principal), \(evidence.saidAt ?? context.time))
      ON CONFLICT (training_input_id, source) DO UPDATE
        SET grade = excluded.grade, details = excluded.details, said_by = excluded.said_by, said_at = excluded.said_at
        WHERE \(strength("excluded.grade")) > \(strength("e.grade"))
      """)
    let words = try connection.query(
      "SELECT source, grade, details::text, said_by, said_at FROM training_evidence WHERE training_input_id = \(input) ORDER BY id"
    ) { row in try recordedEvidence(row, from: 0) }
    guard let grade = EvidenceAgreement.grade(of: words) else { return }
    try connection.execute("UPDATE training_inputs SET grade = \(grade.rawValue) WHERE id = \(input) AND grade <> \(grade.rawValue)")
  }

  private static func recordedEvidence(_ row: PostgresRow, from column: Int) throws -> RecordedEvidence {
    RecordedEvidence(
      evidence: Evidence(
        source: try row[column], grade: EvidenceGrade(rawValue: try row[column + 1]) ?? .inferred,
        details: try storedProperties(row[column + 2] as PostgresText)),
      saidBy: try row[column + 3], saidAt: try row[column + 4])
  }

  /// Who said that a version was trained on an input, by the input.
  package func evidence(of version: ModelVersion, _: Authorization) async throws -> [TrainingInputID: [RecordedEvidence]] {
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT e.training_input_id, e.source, e.grade, e.details::text, e.said_by, e.said_at FROM training_evidence e
        JOIN training_inputs i ON i.id = e.training_input_id WHERE i.model_version_id = \(version.id) ORDER BY e.id
        """
      ) { row in (input: try row[0] as TrainingInputID, try Self.recordedEvidence(row, from: 1)) }
    }
    return Dictionary(grouping: rows, by: \.input).mapValues { $0.map(\.1) }
  }

  /// Says that a version was not trained on an input after all. Its pin ends unless another input of the version needs it.
  ///
  /// - Parameter isRegulated: what the caller's right was asked for.
  /// - Throws: ``CatalogError/noSuchModel(_:)`` for an input that is not there; ``CatalogError/unprocessable(_:)`` where a regulated model's
  ///   is withdrawn by who made the version or bound it; ``CatalogError/commitFailed(_:)`` where the model became regulated meanwhile.
  package func withdraw(
    _ input: TrainingInputID, from version: ModelVersion, isRegulated: Bool, reason: String, _ authorization: Authorization
  ) async throws {
    let context = authorization.context
    let event = AuditEvent(
      authorization,
      before: ["model-version": .string(version.title), "input": .string(input.description)], after: ["reason": .string(reason)])
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      let found = try connection.first(
        """
        SELECT m.is_regulated, i.bound_by FROM training_inputs i JOIN model_versions v ON v.id = i.model_version_id
        JOIN models m ON m.id = v.model_id WHERE i.id = \(input) AND v.id = \(version.id) FOR SHARE OF m FOR UPDATE OF i
        """
      ) { row in (isRegulated: try row[0] as Bool, boundBy: try row[1] as String) }
      if let found, found.isRegulated {
        guard isRegulated else { throw CatalogError.commitFailed("The model became regulated meanwhile; ask again") }
        guard version.developer != context.principal, found.boundBy != context.principal else {
          throw CatalogError.unprocessable(
            "\(context.principal) made or bound \(version.title) and may not withdraw its input: the model is regulated, so somebody else must"
          )
        }
      }
      let count = try connection.execute(
        """
        UPDATE training_inputs SET withdrawn_by = \(context.principal), withdrawn_at = \(context.time), withdrawal_reason = \(reason)
        WHERE id = \(input) AND model_version_id = \(version.id) AND withdrawn_at IS NULL
        """)
      guard count == 1 else {
        throw CatalogError.noSuchModel("The version \(version.title) has no input \(input) that could be withdrawn")
      }
      try connection.execute(
        """
        UPDATE pins p SET keep_until = \(context.time) WHERE p.model_version_id = \(version.id) AND NOT EXISTS (
          SELECT FROM training_inputs i WHERE i.model_version_id = p.model_version_id AND i.dataset_id = p.dataset_id
            AND i.withdrawn_at IS NULL
            AND coalesce(i.snapshot_id::text, i.format_version)
              = coalesce(p.snapshot_id::text, p.file_set_snapshot_id::text, p.format_version))
        """)
    }
  }
}

/// Evidence, and who gave it.
package struct RecordedEvidence: Sendable {
  package let evidence: Evidence
  package let saidBy: String
  package let saidAt: PostgresTimestamp

  package init(evidence: Evidence, saidBy: String, saidAt: PostgresTimestamp) {
    self.evidence = evidence
    self.saidBy = saidBy
    self.saidAt = saidAt
  }
}

extension Evidence {
  /// What the event of a binding says.
  func canonical(_ version: ModelVersion, _ inputs: [NewTrainingInput]) -> [String: CanonicalValue] {
    var facts: [String: CanonicalValue] = [
      "model-version": .string(version.title), "source": .string(source), "inputs": .array(inputs.map(\.canonical)),
    ]
    if let saidBy { facts["said-by"] = .string(saidBy) }
    if saidBy != nil { facts["grade"] = .string(grade.rawValue) }
    return facts
  }
}

extension NewTrainingInput {
  var canonical: CanonicalValue {
    var facts: [String: CanonicalValue] = [
      "dataset": .string(path.identifier.description), "warehouse": .string(path.warehouse), "role": .string(role.rawValue),
      "state": .string(bound.state.text),
    ]
    if let filter = rowFilter { facts["row-filter"] = .string(filter) }
    if let columns { facts["columns"] = .array(columns.map { .string($0) }) }
    if let digest = bound.metadataSHA256 { facts["metadata-sha256"] = .string(digest.hexadecimal) }
    if let digest = bound.manifestListSHA256 { facts["manifest-list-sha256"] = .string(digest.hexadecimal) }
    if let root = bound.root { facts["root"] = .string(root.hexadecimal) }
    return .object(facts)
  }
}
