/// A reason to keep something, and how long.
package struct RetentionDuty: Hashable, Sendable {
  package enum Source: String, Sendable {
    case rule, zone, property, ref, pin, hold
  }

  /// When it ends. A duty without an end is the longest; one that ends with a condition is longer than any date.
  package enum End: Hashable, Sendable, Comparable {
    case time(Int64)
    /// Such as "while the branch main has it".
    case condition(String)
    case never

    private var order: (Int, Int64) {
      switch self {
      case .time(let ms): (0, ms)
      case .condition: (1, 0)
      case .never: (2, 0)
      }
    }

    package static func < (left: End, right: End) -> Bool { left.order < right.order }
  }

  package var source: Source
  /// What says so: `rule keep-90d on zone curated`, `pin for credit-risk@7`.
  package var title: String
  package var end: End

  package init(_ source: Source, _ title: String, _ end: End) {
    self.source = source
    self.title = title
    self.end = end
  }

  /// Whether it still binds.
  package func binds(at nowMs: Int64) -> Bool {
    guard case .time(let end) = end else { return true }
    return end >= nowMs
  }
}

/// A maximum that is over.
package struct DueRule: Hashable, Sendable {
  package var rule: RetentionRuleInForce
  /// When it was over.
  package var dueAtMs: Int64

  package init(rule: RetentionRuleInForce, dueAtMs: Int64) {
    self.rule = rule
    self.dueAtMs = dueAtMs
  }
}

/// What becomes of a snapshot, and why.
package struct SnapshotFate: Hashable, Sendable {
  package var snapshotID: Int64
  package var timestampMs: Int64
  /// The longest first; those that no longer bind are among them.
  package var duties: [RetentionDuty]
  /// The maximum that was over first; `nil` where none is.
  package var due: DueRule?
  /// The maximum that will be over first; `nil` where no rule sets one.
  package var nextDueAtMs: Int64?
  package var isExpired: Bool

  /// The duty that keeps it longest.
  package func longest(at nowMs: Int64) -> RetentionDuty? { duties.first { $0.binds(at: nowMs) } }
}
