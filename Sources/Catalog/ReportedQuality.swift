import CatalogStore
import Governance
import JSON
import Lineage
import Logging

extension Catalog {
  private static let maximumDatasets = 100

  /// Records what runs found out about snapshots of tables, where whoever reports it may record that. Of events that were kept before it
  /// was recorded then.
  ///
  /// What cannot be recorded stays in its event: that a run happened does not depend on it.
  func recordQuality(of events: [ReceivedEvent], _ authorization: Authorization) async throws {
    let checked = events.filter { !$0.checks.isEmpty }
    guard !checked.isEmpty else { return }
    let known = try await store.keptEvents(checked.map(\.digest), authorization)
    let checks = checked.filter { !known.contains($0.digest) }.flatMap(\.checks).prefix(Self.maximumDatasets)
    guard !checks.isEmpty else { return }
    let paths = try await store.tables(Array(Set(checks.map(\.dataset))), options.lineage.aliases, authorization)
    let context = authorization.context
    // Its own key is the event's.
    let own = OperationContext(context.caller, requestID: context.requestID, time: context.time, trail: context.trail)
    for check in checks {
      guard let path = paths[check.dataset] else { continue }
      do {
        _ = try await recordQuality(
          of: path, .id(check.snapshotID), Self.results(check), source: QualityReport.Tool.openLineage.rawValue, own, answer: { _ in [] })
      } catch let error as CatalogError {
        logger.info(
          "results of checks in a lineage event were not recorded",
          metadata: ["request-id": "\(context.requestID)", "table": "\(path.identifier)", "error": "\(error.message)"])
      }
    }
  }

  /// One result for each name, `assertion` or `assertion(column)`; of several the worst, since all must have passed.
  private static func results(_ checks: ReportedChecks) -> [QualityResult] {
    var order: [String] = []
    var results: [String: QualityResult] = [:]
    for assertion in checks.assertions {
      let name = assertion.assertion + (assertion.column.map { "(\($0))" } ?? "")
      if results[name] == nil { order.append(name) } else if assertion.isPassed { continue }
      let details = Array(assertion.json.raw)
      results[name] = QualityResult(
        check: name, outcome: assertion.isPassed ? .passed : .failed, checkedAtMs: checks.timeUs / 1_000,
        details: details.count <= QualityResult.maximumDetailsBytes ? details : nil)
    }
    return order.compactMap { results[$0] }.filter { (1...1_024).contains($0.check.utf8.count) }
  }
}
