package import Iceberg

/// What retention comes to for one table at one time: every snapshot's fate, refs that are too old, and what is due for the table as a whole.
///
/// Maxima make things go, and the earliest counts; minima, pins, holds, refs, and the table's own properties keep them, and the longest
/// counts; what keeps goes before what makes go.
package struct TableRetention: Sendable {
  package let nowMs: Int64
  /// In the order of the document.
  package let snapshots: [SnapshotFate]
  /// Refs that are older than they may become and keep nothing that is pinned or held.
  package let expiredRefs: [String]
  /// Maxima of the table as a whole that are over, the earliest first.
  package let due: [DueRule]
  /// What keeps the table as a whole, the longest first.
  package let duties: [RetentionDuty]
  /// Why nothing may go at all; `nil` where it may.
  package let obstacle: String?
  package let pins: [SnapshotPin]
  package let holds: [HoldInForce]
  /// Whether models were trained on it, or somebody keeps it: then old metadata files may be evidence that the table itself does not name.
  package let isEvidence: Bool

  package var expiredSnapshotIDs: [Int64] { snapshots.filter(\.isExpired).map(\.snapshotID) }
  package var isIdle: Bool { expiredSnapshotIDs.isEmpty && expiredRefs.isEmpty && due.isEmpty }
  /// Whether some rule lets snapshots go, now or later.
  package let expires: Bool

  package init(_ metadata: TableMetadata, _ facts: RetentionFacts) {
    nowMs = facts.nowMs
    pins = facts.pins
    holds = facts.holds
    isEvidence = !facts.models.isEmpty || !facts.pins.isEmpty || !facts.holds.isEmpty
    let iceberg = IcebergRetention(metadata, nowMs: facts.nowMs)
    obstacle = iceberg.isForbidden ? "the table's property gc.enabled is false: its files may be another table's" : nil
    let expiry = facts.rules.filter { $0.rule.outcome == .expireSnapshots && $0.rule.maximum != nil }
    expires = !expiry.isEmpty
    let lastModifiedMs = metadata.snapshots.map(\.timestampMs).max() ?? facts.createdAtMs
    let pinned = Set(facts.pins.map(\.snapshotID))
    let mayExpire = obstacle == nil && !expiry.isEmpty
    let gone =
      mayExpire && facts.holds.isEmpty
      ? iceberg.expiredRefs().filter { name in metadata.refs[name].map { !pinned.contains($0.snapshotID) } ?? false } : []
    expiredRefs = gone
    var duties = iceberg.duties(without: Set(gone))
    for pin in facts.pins { duties[pin.snapshotID, default: []].append(pin.duty(at: facts.nowMs)) }
    let zoneDuties = Self.zoneDuties(metadata, facts)
    snapshots = metadata.snapshots.map { snapshot in
      var all = duties[snapshot.id] ?? []
      all += zoneDuties[snapshot.id] ?? []
      all += Self.minima(of: snapshot, lastModifiedMs, facts)
      all += facts.holds.map(\.duty)
      all.sort { $0.end > $1.end }
      let ends = Self.maxima(expiry, of: snapshot, lastModifiedMs, facts)
      let due = ends.first { $0.dueAtMs < facts.nowMs }
      return SnapshotFate(
        snapshotID: snapshot.id, timestampMs: snapshot.timestampMs, duties: all, due: due, nextDueAtMs: ends.first?.dueAtMs,
        isExpired: mayExpire && due != nil && !all.contains { $0.binds(at: facts.nowMs) })
    }
    let whole = facts.rules.filter { $0.rule.outcome != .expireSnapshots && $0.rule.maximum != nil }
    due = Self.maxima(whole, of: nil, lastModifiedMs, facts).filter { $0.dueAtMs < facts.nowMs }
    self.duties = (Self.minima(of: nil, lastModifiedMs, facts) + facts.pins.map { $0.duty(at: facts.nowMs) } + facts.holds.map(\.duty))
      .sorted { $0.end > $1.end }
  }

  /// Ends of the maxima of rules, the earliest first.
  private static func maxima(
    _ rules: [RetentionRuleInForce], of snapshot: Snapshot?, _ lastModifiedMs: Int64, _ facts: RetentionFacts
  ) -> [DueRule] {
    rules.compactMap { rule in
      guard let length = rule.rule.maximumMs,
        case .since(let start) = RetentionClock(rule, snapshot: snapshot, lastModifiedMs: lastModifiedMs, facts)
      else { return nil }
      return DueRule(rule: rule, dueAtMs: start.addingWithoutOverflow(length))
    }.sorted { ($0.dueAtMs, $0.rule.id) < ($1.dueAtMs, $1.rule.id) }
  }

  private static func minima(of snapshot: Snapshot?, _ lastModifiedMs: Int64, _ facts: RetentionFacts) -> [RetentionDuty] {
    facts.rules.compactMap { rule in
      guard let length = rule.rule.minimumMs else { return nil }
      let clock = RetentionClock(rule, snapshot: snapshot, lastModifiedMs: lastModifiedMs, facts)
      return clock.end(after: length).map { RetentionDuty(.rule, rule.title, $0) }
    }
  }

  private static func zoneDuties(_ metadata: TableMetadata, _ facts: RetentionFacts) -> [Int64: [RetentionDuty]] {
    guard let (name, retention) = facts.zone else { return [:] }
    var duties: [Int64: [RetentionDuty]] = [:]
    let newest = metadata.snapshots.sorted { ($0.timestampMs, $0.id) > ($1.timestampMs, $1.id) }
    for snapshot in newest.prefix(retention.minimumSnapshots) {
      let end = RetentionDuty.End.condition("as one of the newest \(retention.minimumSnapshots) of the table")
      duties[snapshot.id, default: []].append(RetentionDuty(.zone, "zone \(name)", end))
    }
    guard retention.minimumAgeMs > 0 else { return duties }
    for snapshot in newest {
      let end = snapshot.timestampMs.addingWithoutOverflow(retention.minimumAgeMs)
      duties[snapshot.id, default: []].append(RetentionDuty(.zone, "zone \(name)", .time(end)))
    }
    return duties
  }
}

extension SnapshotPin {
  /// It binds as long as it is there, also when its time is over: who ends it does so by taking it away.
  func duty(at nowMs: Int64) -> RetentionDuty {
    let title = modelVersion.map { "pin for \($0)" } ?? "pin (\(reason))"
    guard let keepUntilMs else { return RetentionDuty(.pin, title, .never) }
    return RetentionDuty(.pin, title, keepUntilMs >= nowMs ? .time(keepUntilMs) : .condition("until the pin is taken away"))
  }
}

extension HoldInForce {
  var duty: RetentionDuty { RetentionDuty(.hold, "hold \(name) on \(scope)", .never) }
}
