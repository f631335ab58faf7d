import Iceberg

/// When the time of a rule begins.
enum RetentionClock: Equatable {
  case since(Int64)
  /// Something must happen first.
  case notYet(String)
  /// The rule says nothing of this.
  case never

  /// - Parameter snapshot: `nil` for the dataset as a whole.
  init(_ rule: RetentionRuleInForce, snapshot: Snapshot?, lastModifiedMs: Int64, _ facts: RetentionFacts) {
    switch rule.rule.trigger {
    case .created: self = .since(snapshot?.timestampMs ?? facts.createdAtMs)
    case .modified: self = .since(lastModifiedMs)
    case .tagged: self = rule.taggedAtMs.map(RetentionClock.since) ?? .never
    case .modelRetired:
      let concerned = facts.models.filter { snapshot == nil || $0.snapshotID == snapshot?.id }
      if let first = concerned.first(where: { $0.retiredAtMs == nil }) {
        self = .notYet("until \(first.name) retires")
      } else {
        self = concerned.compactMap(\.retiredAtMs).max().map(RetentionClock.since) ?? .never
      }
    }
  }

  /// The end of a duty that begins then.
  func end(after lengthMs: Int64) -> RetentionDuty.End? {
    switch self {
    case .since(let start): .time(start.addingWithoutOverflow(lengthMs))
    case .notYet(let condition): .condition(condition)
    case .never: nil
    }
  }
}

extension Int64 {
  /// The sum, or the greatest number.
  func addingWithoutOverflow(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
