package import CatalogStore
package import Governance
import Iceberg
import Postgres

/// Which snapshot of a table is meant.
package enum SnapshotChoice: Hashable, Sendable {
  case id(Int64)
  /// The head of a branch or tag.
  case ref(String)
  /// What main was at a time, in milliseconds since 1970.
  case time(Int64)

  func snapshot(of metadata: TableMetadata, _ path: DatasetPath) throws -> Snapshot {
    let found: Snapshot?
    let what: String
    switch self {
    case .time(let time):
      let entry = metadata.snapshotLog.last { $0.timestampMs <= time }
      (found, what) = (entry.flatMap { metadata.snapshot($0.snapshotID) }, "snapshot of main at \(time) ms that is still there")
    case .id(let id): (found, what) = (metadata.snapshot(id), "snapshot \(id)")
    case .ref(let name): (found, what) = (metadata.refs[name].flatMap { metadata.snapshot($0.snapshotID) }, "branch or tag \(name)")
    }
    guard let found else { throw CatalogError.badRequest("The table \(path.identifier) has no \(what)") }
    return found
  }
}

extension Catalog {
  private static let maximumResults = 1_000
  /// Clocks differ; what lies further ahead is no time at which something was checked.
  private static let clockToleranceMs: Int64 = 60_000

  /// Records what checks from outside found out about one snapshot, all or none.
  ///
  /// - Parameter source: who checked: `dbt`, `soda`, a name of one's own.
  /// - Returns: the results as they were recorded.
  /// - Throws: ``CatalogError/noSuchTable(_:)``, ``CatalogError/badRequest(_:)``
  package func recordQuality(
    of path: DatasetPath, _ choice: SnapshotChoice, _ results: [QualityResult], source: String, _ context: OperationContext,
    answer: ([RecordedQualityResult]) -> [UInt8]
  ) async throws -> [RecordedQualityResult] {
    let asked = try await authorized(.recordQuality, [PolicyQuestion(.recordQuality)], path, as: .table, context)
    guard (1...Self.maximumResults).contains(results.count) else {
      throw CatalogError.badRequest("Give 1 to \(Self.maximumResults) results, not \(results.count)")
    }
    guard (1...1_024).contains(source.utf8.count) else { throw CatalogError.badRequest("The source must be 1 to 1024 bytes long") }
    let now = context.time.milliseconds
    for result in results {
      guard let time = result.checkedAtMs else { continue }
      guard time >= 0, time <= now + Self.clockToleranceMs else {
        throw CatalogError.badRequest("The check \(result.check) was made at \(time) ms, which is not in the past")
      }
    }
    let snapshot = try choice.snapshot(of: await cached(path, at: asked.found, asked.authorization).metadata(), path)
    let recorded = results.map { result in
      RecordedQualityResult(
        id: .new(), snapshotID: snapshot.id,
        result: QualityResult(
          check: result.check, outcome: result.outcome, checkedAtMs: min(result.checkedAtMs ?? now, now), details: result.details),
        source: source, recordedBy: context.principal, recordedAt: context.time)
    }
    try await store.recordQuality(recorded, of: asked.found.version.id, asked.authorization, answer: answer(recorded))
    return recorded
  }

  /// Results, the newest recorded first.
  package func listQuality(
    of path: DatasetPath, snapshotID: Int64?, _ page: PageRequest, _ context: OperationContext
  ) async throws -> Page<RecordedQualityResult> {
    let asked = try await authorized(.readQuality, [PolicyQuestion(.getMetadata)], path, as: .table, context)
    return try await store.qualityResults(of: asked.found.version.id, snapshot: snapshotID, page, asked.authorization)
  }
}
