import Iceberg
import Postgres
import TransparencyLog

/// What a training platform tells of a version, resolved.
package struct NewCapture: Sendable {
  package let version: String
  package let developer: String
  package let runs: [NewModelRun]
  package let inputs: [NewTrainingInput]
  package let evidence: Evidence
  /// Of its content: 32 bytes.
  package let digest: [UInt8]

  package init(
    version: String, developer: String, runs: [NewModelRun], inputs: [NewTrainingInput], evidence: Evidence, digest: [UInt8]
  ) {
    self.version = version
    self.developer = developer
    self.runs = runs
    self.inputs = inputs
    self.evidence = evidence
    self.digest = digest
  }
}

extension CatalogStore {
  /// The version that equal content was told of before.
  package func capturedVersion(_ name: String, of model: Model, digest: [UInt8], _ authorization: Authorization) async throws
    -> ModelVersion?
  {
    let isKnown = try await pool.run { connection in
      try connection.first(
        """
        SELECT true FROM model_captures c JOIN model_versions v ON v.id = c.model_version_id
        WHERE v.model_id = \(model.id) AND v.name = \(name) AND c.digest = \(digest)
        """
      ) { row in try row[0] as Bool }
    }
    return isKnown == nil ? nil : try await version(name, of: model, authorization)
  }

  /// Makes or changes a version, names its runs and binds its inputs, all or none, and once: content that was told before changes nothing.
  ///
  /// - Throws: ``CatalogError/unprocessable(_:)`` for a retired version, ``CatalogError/noSuchSnapshot(_:)``
  package func capture(
    _ new: NewCapture, of model: Model, _ change: @escaping @Sendable (inout ModelVersionDescription) -> Void,
    _ authorization: Authorization, answer: @escaping @Sendable (ModelVersion) -> [UInt8]
  ) async throws -> ModelVersion {
    let context = authorization.context
    return try await untilUnmoved("The version \(model.name)@\(new.version)") {
      if let known = try await capturedVersion(new.version, of: model, digest: new.digest, authorization) { return known }
      let base: ModelVersion?
      do { base = try await version(new.version, of: model, authorization) } catch CatalogError.noSuchModel { base = nil }
      try base?.requireUse()
      var description = base?.description ?? ModelVersionDescription()
      change(&description)
      let isChanged = base.map { $0.description != description } ?? true
      let version = ModelVersion(
        id: base?.id ?? .new(), model: model.name, name: new.version, stage: base?.stage ?? .development,
        developer: base?.developer ?? new.developer, description: description,
        version: base.map { isChanged ? $0.version + 1 : $0.version } ?? 1, createdBy: base?.createdBy ?? context.principal,
        createdAt: base?.createdAt ?? context.time, changedAt: isChanged ? context.time : base?.changedAt ?? context.time, retirement: nil)
      var after = version.auditFacts
      after.merge(new.evidence.canonical(version, new.inputs)) { $1 }
      after["runs"] = .array(new.runs.map { .string($0.name) })
      let event = AuditEvent(authorization, before: base?.auditFacts ?? [:], after: after)
      try await commit(Change(authorization, event: event, answer: .json(answer(version)))) { connection in
        if let base {
          if isChanged { try Self.update(version, from: base, on: connection) }
        } else if try !Self.insert(version, of: model.id, on: connection) {
          throw VersionMoved()
        }
        let isNew =
          try connection.execute(
            """
            INSERT INTO model_captures (model_version_id, digest, captured_by, captured_at)
            VALUES (\(version.id), \(new.digest), \(context.principal), \(context.time)) ON CONFLICT DO NOTHING
            """) == 1
        guard isNew else { throw VersionMoved() }
        try Self.add(new.runs, to: version.id, context, on: connection)
        guard !new.inputs.isEmpty else { return }
        try Self.bind(new.inputs.map { ($0, new.evidence) }, to: version.id, named: version.title, context, on: connection)
      }
      return version
    }
  }

  /// The only dataset at a place.
  ///
  /// - Parameter spellings: of the place.
  package func path(at spellings: [String], _: Authorization) async throws -> DatasetPath? {
    let found = try await pool.run { connection in
      try connection.query(
        "SELECT identifier FROM datasets WHERE location = ANY(\(spellings)) AND dropped_at IS NULL AND kind <> 'view' LIMIT 2"
      ) { row in try DatasetPath(storedText: row[0]) }
    }
    return found.count == 1 ? found[0] : nil
  }
}
