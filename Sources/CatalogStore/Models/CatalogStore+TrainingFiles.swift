import Features
import JSON
import Postgres
import TransparencyLog

/// What is written down when an input is bound, because it cannot be looked up later.
package struct TrainingInputRecording: Sendable {
  package var files: [RecordedFile] = []
  /// As the log of another format gave them.
  package var columns: [DescribedColumn] = []
  /// RFC 8785 text of what a feature view was.
  package var definition: [UInt8]?
  /// What a feature view was computed from.
  package var sources: [NewTrainingSource] = []

  package init() {}
}

/// What a file's content was when it was read first.
package struct RecordedFile: Hashable, Sendable {
  /// As the table names it.
  package let path: String
  package let sizeBytes: Int64
  /// 32 bytes.
  package let sha256: [UInt8]

  package init(path: String, sizeBytes: Int64, sha256: [UInt8]) {
    self.path = path
    self.sizeBytes = sizeBytes
    self.sha256 = sha256
  }
}

/// A source of a feature view: a state that is bound beside it, or why there is none.
package struct NewTrainingSource: Sendable {
  package enum Target: Sendable {
    case bound(DatasetID, DatasetState)
    case none(String)
  }

  package let source: FeatureViewFacts.Source
  package let target: Target

  package init(_ source: FeatureViewFacts.Source, _ target: Target) {
    self.source = source
    self.target = target
  }
}

/// What is on record of an input beside its row.
package struct TrainingInputDetails: Sendable {
  package var columns: [DescribedColumn] = []
  /// JSON.
  package var definition: [UInt8]?
  package var sources: [TrainingSource] = []
}

/// What a feature view was computed from when it was bound.
package struct TrainingSource: Hashable, Sendable {
  package let role: String
  package let name: String
  package let location: String?
  /// The input that it was bound as; `nil` with a note that says why it is none.
  package let input: TrainingInputID?
  package let note: String?
}

extension CatalogStore {
  /// Writes down what goes with inputs that are being bound. What is on record already stays.
  static func record(
    _ bound: [(input: NewTrainingInput, id: TrainingInputID)], _ context: OperationContext, on connection: PostgresConnection
  ) throws {
    for (input, id) in bound {
      let recording = input.bound.recording
      try record(recording.files, of: input.dataset.version.id, at: context.time, on: connection)
      if !recording.columns.isEmpty || recording.definition != nil {
        let columns = JSONWriter.text { writer in writer.array { for column in recording.columns { $0.value(column) } } }
        try connection.execute(
          """
          INSERT INTO training_input_details (training_input_id, columns, definition)
          VALUES (\(id), \(PostgresJSONB(columns)), \(recording.definition.map { PostgresText($0) })) ON CONFLICT DO NOTHING
          """)
      }
      for (place, source) in recording.sources.enumerated() {
        var (target, note): (TrainingInputID?, String?)
        switch source.target {
        case .none(let reason): note = reason
        case .bound(let dataset, let state):
          target =
            bound.first {
              $0.input.dataset.version.id == dataset && $0.input.bound.state == state && $0.input.role == input.role
            }?.id
          if target == nil { note = "It was not bound" }
        }
        try connection.execute(
          """
          INSERT INTO training_input_sources (training_input_id, place, role, name, location, source_input_id, note)
          VALUES (\(id), \(Int32(place)), \(source.source.role.rawValue), \(source.source.name), \(source.source.location), \(target),
            \(note))
          ON CONFLICT DO NOTHING
          """)
      }
    }
  }

  private static func record(
    _ files: [RecordedFile], of dataset: DatasetID, at time: PostgresTimestamp, on connection: PostgresConnection
  ) throws {
    guard !files.isEmpty else { return }
    try connection.execute(
      """
      INSERT INTO recorded_files (dataset_id, path_sha256, path, size_bytes, sha256, recorded_at)
      SELECT \(dataset), sha256(convert_to(f.path, 'UTF8')), f.path, f.size_bytes, f.sha256, \(time)
      FROM unnest(\(files.map(\.path)), \(files.map(\.sizeBytes)), \(files.map(\.sha256))) AS f (path, size_bytes, sha256)
      ON CONFLICT DO NOTHING
      """)
  }

  /// What is on record of files, by their paths.
  package func recordedFiles(_ paths: [String], of dataset: DatasetID, _: Authorization) async throws -> [String: RecordedFile] {
    guard !paths.isEmpty else { return [:] }
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT r.path, r.size_bytes, r.sha256 FROM recorded_files r
        JOIN unnest(\(paths)) AS p (path) ON r.path_sha256 = sha256(convert_to(p.path, 'UTF8'))
        WHERE r.dataset_id = \(dataset)
        """
      ) { row in RecordedFile(path: try row[0], sizeBytes: try row[1], sha256: try row[2]) }
    }
    return Dictionary(rows.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Writes down that part of a version was verified, with what was found, and the digests that were taken for the first time.
  ///
  /// - Parameter findings: in sentences.
  package func recordVerification(
    of version: ModelVersion, byContent: Bool, files: Int64, findings: [String], isWhole: Bool, _ fresh: [DatasetID: [RecordedFile]],
    _ authorization: Authorization, answer: [UInt8]
  ) async throws {
    let event = AuditEvent(
      authorization,
      after: [
        "model-version": .string(version.title), "by-content": .bool(byContent), "files": .int64(files),
        "findings": .int64(Int64(findings.count)), "first-findings": .array(findings.prefix(20).map { .string($0) }),
        "digests-recorded": .int64(Int64(fresh.values.reduce(0) { $0 + $1.count })), "to-the-end": .bool(isWhole),
      ])
    let time = authorization.context.time
    try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
      for (dataset, files) in fresh { try Self.record(files, of: dataset, at: time, on: connection) }
    }
  }

  /// What is on record of a version's inputs beside their rows, by the input.
  package func details(of version: ModelVersion, _: Authorization) async throws -> [TrainingInputID: TrainingInputDetails] {
    try await pool.run { connection in
      var found: [TrainingInputID: TrainingInputDetails] = [:]
      let details = try connection.query(
        """
        SELECT d.training_input_id, d.columns, d.definition FROM training_input_details d
        JOIN training_inputs i ON i.id = d.training_input_id WHERE i.model_version_id = \(version.id)
        """
      ) { row in
        let columns: PostgresJSONB = try row[1]
        let definition: PostgresText? = try row[2]
        return (
          try row[0] as TrainingInputID,
          try JSONDocument(parsing: columns.bytes).root.array().decode { json throws(JSONError) in try DescribedColumn(json: json) },
          definition?.bytes
        )
      }
      for (id, columns, definition) in details { found[id] = TrainingInputDetails(columns: columns, definition: definition) }
      let sources = try connection.query(
        """
        SELECT s.training_input_id, s.role, s.name, s.location, s.source_input_id, s.note FROM training_input_sources s
        JOIN training_inputs i ON i.id = s.training_input_id WHERE i.model_version_id = \(version.id) ORDER BY s.training_input_id, s.place
        """
      ) { row in
        (
          try row[0] as TrainingInputID,
          TrainingSource(role: try row[1], name: try row[2], location: try row[3], input: try row[4], note: try row[5])
        )
      }
      for (id, source) in sources { found[id, default: TrainingInputDetails()].sources.append(source) }
      return found
    }
  }

  /// What a feature view was when it was bound, as RFC 8785 text.
  package func definition(of input: TrainingInput, _: Authorization) async throws -> [UInt8]? {
    try await pool.run { connection in
      try connection.first("SELECT definition FROM training_input_details WHERE training_input_id = \(input.id)") { row in
        try row[0] as String?
      } ?? nil
    }.map { Array($0.utf8) }
  }

  /// Whether a table that is there has a snapshot.
  package func hasSnapshot(_ id: Int64, of dataset: DatasetID, _: Authorization) async throws -> Bool {
    try await pool.run { connection in
      try connection.first(
        """
        SELECT true FROM snapshots s JOIN datasets d ON d.id = s.dataset_id
        WHERE s.dataset_id = \(dataset) AND s.snapshot_id = \(id) AND d.dropped_at IS NULL
        """
      ) { row in try row[0] as Bool } ?? false
    }
  }
}
