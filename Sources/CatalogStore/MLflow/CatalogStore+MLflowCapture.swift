import Iceberg
import JSON
import Postgres
import TransparencyLog

/// A version as it is to be taken over. What is on record already is not in it.
package struct CapturedVersion: Sendable {
  package enum Part: Sendable {
    /// That one is here already.
    case unchanged
    case new(Authorization)
    /// Was `base`.
    case changed(base: ModelVersion, Authorization)
  }

  package let name: RegisteredVersion
  package let model: Model
  /// Set where the model is a new one.
  package let makesModel: Authorization?
  /// As it becomes.
  package let version: ModelVersion
  package let part: Part
  package let inputs: [(input: NewTrainingInput, evidence: Evidence)]
  /// For binding these.
  package let binds: Authorization?
  package let facts: MLflowFacts
  /// Why it is looked at again; `nil` when nothing is missing that could be had later.
  package let waitsFor: String?

  package init(
    name: RegisteredVersion, model: Model, makesModel: Authorization?, version: ModelVersion, part: Part,
    inputs: [(input: NewTrainingInput, evidence: Evidence)], binds: Authorization?, facts: MLflowFacts, waitsFor: String?
  ) {
    self.name = name
    self.model = model
    self.makesModel = makesModel
    self.version = version
    self.part = part
    self.inputs = inputs
    self.binds = binds
    self.facts = facts
    self.waitsFor = waitsFor
  }

  /// One for each thing that changes.
  fileprivate var events: [AuditEvent] {
    var events: [AuditEvent] = []
    if let makesModel { events.append(AuditEvent(makesModel, after: model.auditFacts)) }
    switch part {
    case .unchanged: break
    case .new(let authorization): events.append(AuditEvent(authorization, after: version.auditFacts))
    case .changed(let base, let authorization):
      events.append(AuditEvent(authorization, before: base.auditFacts, after: version.auditFacts))
    }
    if let binds, !inputs.isEmpty {
      let bound = inputs.map(\.input.canonical)
      events.append(
        AuditEvent(
          binds, after: ["model-version": .string(version.title), "source": .string(MLflowCapture.source), "inputs": .array(bound)]))
    }
    return events
  }
}

/// What is taken over at a time.
package struct MLflowCapture: Sendable {
  /// What evidence says.
  package static let source = "mlflow"

  package var versions: [CapturedVersion] = []
  /// Versions that may not be taken over, and why.
  package var refused: [(name: RegisteredVersion, reason: String)] = []
  /// Versions that need nothing more here, whatever MLflow says of them.
  package var settled: [RegisteredVersion] = []
  /// Versions that were deleted in MLflow.
  package var gone: [RegisteredVersion] = []
  /// All aliases of registered models, by model: the alias and the number of the version.
  package var aliases: [String: [String: String]] = [:]
  /// What to go on from once all of this is on record.
  package let watermark: [UInt8]

  package init(watermark: [UInt8]) { self.watermark = watermark }
}

extension CatalogStore {
  /// The longest pause before a version that waits is looked at again.
  private static let longestWaitSeconds = 3_600.0

  /// Records what was taken over together with how far that is, all or nothing.
  ///
  /// - Parameter authorization: the server's own, for the watermark; each change brings its own.
  /// - Returns: `false`, with nothing changed, when something is not what it was when it was planned.
  /// - Throws: ``CatalogError/commitFailed(_:)`` when another process has taken over.
  package func capture(_ capture: MLflowCapture, from leased: LeasedMLflowServer, _ authorization: Authorization) async throws -> Bool {
    let context = authorization.context
    let events = capture.versions.flatMap(\.events)
    let body: @Sendable (PostgresConnection) throws -> Void = { connection in
      let held = try connection.execute(
        """
        UPDATE mlflow_cursors SET watermark = \(PostgresText(capture.watermark))::jsonb, leased_until = \(Self.captureLeaseEnd)
        WHERE server_id = \(leased.server.id) AND lease = \(leased.lease)
        """)
      guard held == 1 else { throw CatalogError.commitFailed("The MLflow server \(leased.server.name) was taken over by another process") }
      for version in capture.versions { try Self.put(version, of: leased.server, context, on: connection) }
      for (name, reason) in capture.refused { try Self.wait(name, of: leased.server, reason, context, on: connection) }
      for name in capture.settled + capture.gone { try Self.settle(name, of: leased.server, on: connection) }
      for name in capture.gone {
        try connection.execute(
          """
          UPDATE mlflow_versions SET gone_at = coalesce(gone_at, \(context.time))
          WHERE server_name = \(leased.server.name) AND model = \(name.model) AND version = \(name.version)
          """)
      }
      if !capture.aliases.isEmpty { try Self.put(capture.aliases, of: leased.server, on: connection) }
    }
    do {
      guard let first = events.first else {
        try await pool.transaction { connection in try body(connection) }
        return true
      }
      try await commit(Change(recording: first)) { connection in
        try body(connection)
        for event in events.dropFirst() { try Change(recording: event).record(on: connection) }
      }
      return true
    } catch is VersionMoved {
      return false
    } catch let error as CatalogError {
      switch error {
      // Somebody made it, expired it or retired it meanwhile; who plans again sees what to do.
      case .alreadyExists, .noSuchSnapshot, .unprocessable: return false
      default: throw error
      }
    }
  }

  private static var captureLeaseEnd: SQL { "now() + make_interval(secs => \(Double(leaseDuration.components.seconds)))" }

  private static func put(
    _ captured: CapturedVersion, of server: MLflowServer, _ context: OperationContext, on connection: PostgresConnection
  ) throws {
    if captured.makesModel != nil { try insert(captured.model, on: connection) }
    switch captured.part {
    case .unchanged: break
    case .new:
      let version = captured.version
      guard try insert(version, of: captured.model.id, on: connection) else {
        throw CatalogError.alreadyExists("The model \(version.model) has a version \(version.name) already")
      }
    case .changed(let base, _): try update(captured.version, from: base, on: connection)
    }
    if !captured.inputs.isEmpty {
      try bind(captured.inputs, to: captured.version.id, named: captured.version.title, context, on: connection)
    }
    let facts = captured.facts
    try connection.execute(
      """
      INSERT INTO mlflow_versions (model_version_id, server_name, model, version, stage, aliases, status, experiment, features, gaps, seen_at)
      VALUES (\(captured.version.id), \(facts.server), \(facts.name.model), \(facts.name.version), \(facts.stage), \(facts.aliases),
        \(facts.status), \(facts.experiment), \(facts.features.map { PostgresJSONB($0.jsonText) }), \(facts.gaps), \(context.time))
      ON CONFLICT (model_version_id) DO UPDATE SET server_name = excluded.server_name, model = excluded.model, version = excluded.version,
        stage = excluded.stage, aliases = excluded.aliases, status = excluded.status, experiment = excluded.experiment,
        features = excluded.features, gaps = excluded.gaps, seen_at = excluded.seen_at, gone_at = NULL
      """)
    if let reason = captured.waitsFor {
      try wait(captured.name, of: server, reason, context, on: connection)
    } else {
      try settle(captured.name, of: server, on: connection)
    }
  }

  /// The pause doubles each time.
  private static func wait(
    _ name: RegisteredVersion, of server: MLflowServer, _ reason: String, _ context: OperationContext, on connection: PostgresConnection
  ) throws {
    try connection.execute(
      """
      INSERT INTO mlflow_waiting AS w (server_id, model, version, reason, since, attempts, retry_at)
      VALUES (\(server.id), \(name.model), \(name.version), \(String(reason.prefix(2_000))), \(context.time), 1, now() + interval '30 seconds')
      ON CONFLICT (server_id, model, version) DO UPDATE SET reason = excluded.reason, attempts = w.attempts + 1,
        retry_at = now() + make_interval(secs => least(\(longestWaitSeconds), 30 * 2 ^ least(w.attempts, 10)))
      """)
  }

  private static func settle(_ name: RegisteredVersion, of server: MLflowServer, on connection: PostgresConnection) throws {
    try connection.execute(
      "DELETE FROM mlflow_waiting WHERE server_id = \(server.id) AND model = \(name.model) AND version = \(name.version)")
  }

  /// Setting an alias changes no version in MLflow.
  private static func put(
    _ aliases: [String: [String: String]], of server: MLflowServer, on connection: PostgresConnection
  ) throws {
    let names = aliases.flatMap { model, aliases in aliases.map { (model: model, alias: $0.key, version: $0.value) } }
    try connection.execute(
      """
      UPDATE mlflow_versions v SET aliases = n.aliases FROM (
        SELECT v.model_version_id,
          coalesce(array_agg(a.alias ORDER BY a.alias COLLATE "C") FILTER (WHERE a.alias IS NOT NULL), '{}') AS aliases
        FROM mlflow_versions v LEFT JOIN unnest(\(names.map(\.model)), \(names.map(\.alias)), \(names.map(\.version)))
          AS a (model, alias, version) ON a.model = v.model AND a.version = v.version
        WHERE v.server_name = \(server.name) AND v.model = ANY(\(Array(aliases.keys))) GROUP BY v.model_version_id) n
      WHERE n.model_version_id = v.model_version_id AND n.aliases <> v.aliases
      """)
  }

  // MARK: What is on record

  /// What MLflow says of a version; `nil` for one that is not from there.
  package func mlflowFacts(of version: ModelVersion, _: Authorization) async throws -> RecordedMLflowFacts? {
    try await pool.run { connection in
      try connection.first(
        """
        SELECT server_name, model, version, stage, aliases, status, experiment, features::text, gaps, seen_at, gone_at FROM mlflow_versions
        WHERE model_version_id = \(version.id)
        """
      ) { row in
        let features: PostgresText? = try row[7]
        return RecordedMLflowFacts(
          facts: MLflowFacts(
            server: try row[0], name: RegisteredVersion(model: try row[1], version: try row[2]), stage: try row[3], aliases: try row[4],
            status: try row[5], experiment: try row[6],
            features: try features.map { try MLflowFacts.Features(json: JSONDocument(parsing: $0.bytes).root) }, gaps: try row[8]),
          seenAt: try row[9], goneAt: try row[10])
      }
    }
  }

  /// The version of that name; `nil` when there is none.
  package func foundVersion(_ name: String, of model: Model, _ authorization: Authorization) async throws -> ModelVersion? {
    do { return try await version(name, of: model, authorization) } catch CatalogError.noSuchModel { return nil }
  }

  /// Living tables that have a snapshot of that id, whatever they are called.
  package func tables(with snapshot: Int64, _: Authorization) async throws -> [DatasetPath] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT d.identifier FROM datasets d WHERE d.kind = 'table' AND d.dropped_at IS NULL
          AND EXISTS (SELECT FROM snapshots s WHERE s.dataset_id = d.id AND s.snapshot_id = \(snapshot))
        ORDER BY d.identifier LIMIT 100
        """
      ) { row in try DatasetPath(text: row[0]) }
    }
  }

  /// Living feature views of a feature store's project, by names of views and of services that have features of them.
  package func featureViews(
    ofProject project: String?, views: [String], service: String?, _: Authorization
  ) async throws -> [(name: String, sources: [DatasetID])] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT d.name, coalesce((SELECT array_agg(s.source_id ORDER BY s.place) FROM feature_view_sources s
          WHERE s.dataset_id = d.id AND s.source_id IS NOT NULL AND s.role = 'batch'), '{}')
        FROM datasets d JOIN feature_views v ON v.dataset_id = d.id
        WHERE d.dropped_at IS NULL AND v.project = coalesce(\(project), v.project)
          AND (d.name = ANY(\(views)) OR EXISTS (SELECT FROM feature_service_views w JOIN feature_services g ON g.id = w.service_id
            WHERE w.view_id = d.id AND g.name = \(service) AND g.project = v.project))
        ORDER BY d.identifier LIMIT 1000
        """
      ) { row in (name: try row[0], sources: (try row[1] as [PostgresUUID]).map { DatasetID($0) }) }
    }
  }
}
