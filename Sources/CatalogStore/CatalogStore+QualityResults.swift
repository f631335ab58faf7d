package import Governance
import JSON
package import Postgres
import TransparencyLog

/// A result of a check as it was recorded.
package struct RecordedQualityResult: Sendable {
  package let id: QualityResultID
  package let snapshotID: Int64
  /// With the time of the check.
  package let result: QualityResult
  package let source: String
  package let recordedBy: String
  package let recordedAt: PostgresTimestamp

  package init(
    id: QualityResultID, snapshotID: Int64, result: QualityResult, source: String, recordedBy: String, recordedAt: PostgresTimestamp
  ) {
    self.id = id
    self.snapshotID = snapshotID
    self.result = result
    self.source = source
    self.recordedBy = recordedBy
    self.recordedAt = recordedAt
  }
}

extension CatalogStore {
  /// Records results of checks of one snapshot of a dataset, all or none.
  package func recordQuality(
    _ results: [RecordedQualityResult], of dataset: DatasetID, _ authorization: Authorization, answer: [UInt8]
  ) async throws {
    let after: [CanonicalValue] = results.map { result in
      .object([
        "check": .string(result.result.check), "outcome": .string(result.result.outcome.rawValue), "source": .string(result.source),
        "snapshot-id": .string(String(result.snapshotID)),
      ])
    }
    let event = AuditEvent(authorization, after: ["results": .array(after)])
    try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
      try connection.execute(
        """
        INSERT INTO quality_results (id, dataset_id, snapshot_id, check_name, outcome, source, details, checked_at, recorded_by, recorded_at)
        SELECT r.id, \(dataset), r.snapshot, r.name, r.outcome, r.source, r.details, r.checked, r.by, r.recorded
        FROM unnest(\(results.map(\.id.uuid)), \(results.map(\.snapshotID)), \(results.map(\.result.check)),
          \(results.map(\.result.outcome.rawValue)), \(results.map(\.source)), \(results.map { $0.result.details.map { PostgresText($0) } }),
          \(results.map { PostgresTimestamp(microseconds: ($0.result.checkedAtMs ?? $0.recordedAt.milliseconds) * 1_000) }),
          \(results.map(\.recordedBy)), \(results.map(\.recordedAt)))
          AS r (id, snapshot, name, outcome, source, details, checked, by, recorded)
        """)
    }
  }

  private static func result(_ row: PostgresRow) throws -> RecordedQualityResult {
    let outcome: String = try row[3]
    let checkedAt: PostgresTimestamp = try row[6]
    return RecordedQualityResult(
      id: try row[0], snapshotID: try row[1],
      result: QualityResult(
        check: try row[2], outcome: QualityResult.Outcome(rawValue: outcome) ?? .error, checkedAtMs: checkedAt.milliseconds,
        details: try (row[5] as PostgresText?)?.bytes), source: try row[4], recordedBy: try row[7], recordedAt: try row[8])
  }

  private static let resultColumns: SQL =
    "r.id, r.snapshot_id, r.check_name, r.outcome, r.source, r.details, r.checked_at, r.recorded_by, r.recorded_at"

  /// Results, the newest recorded first.
  ///
  /// - Parameter snapshot: only those of this one.
  package func qualityResults(
    of dataset: DatasetID, snapshot: Int64?, _ page: PageRequest, _: Authorization
  ) async throws -> Page<RecordedQualityResult> {
    let before = try page.after.map { text in
      guard let id = PostgresUUID(text) else {
        throw PageRequest.foreignToken
      }
      return id
    }
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.resultColumns) FROM quality_results r
        WHERE r.dataset_id = \(dataset) AND (\(snapshot)::bigint IS NULL OR r.snapshot_id = \(snapshot)::bigint)
          AND (\(before)::uuid IS NULL OR r.id < \(before)::uuid) ORDER BY r.id DESC LIMIT \(Int64(page.size + 1))
        """, Self.result)
    }
    return Page(rows, size: page.size, key: { $0.id.description }, element: { $0 })
  }

  /// The newest result of each check for a snapshot, by the check's name. Of two made at one time that which passed counts less.
  package func newestQuality(
    of dataset: DatasetID, snapshot: Int64, checks: [String], _: Authorization
  ) async throws -> [String: QualityResult] {
    guard !checks.isEmpty else { return [:] }
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT DISTINCT ON (r.check_name) \(Self.resultColumns) FROM quality_results r
        WHERE r.dataset_id = \(dataset) AND r.snapshot_id = \(snapshot) AND r.check_name = ANY(\(checks))
        ORDER BY r.check_name, r.checked_at DESC, (r.outcome = 'passed'), r.id DESC
        """, Self.result)
    }
    return Dictionary(rows.map { ($0.result.check, $0.result) }) { first, _ in first }
  }
}
