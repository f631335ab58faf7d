/// Where a run stands, by its `eventType`.
package enum RunState: String, Sendable, CaseIterable {
  case start = "START"
  case running = "RUNNING"
  case complete = "COMPLETE"
  case abort = "ABORT"
  case fail = "FAIL"
  /// Tells more of a run, and nothing of its state.
  case other = "OTHER"

  package var isTerminal: Bool { rank >= 20 }

  /// Tens: what ends a run counts more than what does not, whenever it was said, since events come in any order and clocks differ.
  /// Ones: which of two counts that were said at the same time.
  package var rank: Int16 {
    switch self {
    case .other: 0
    case .start: 10
    case .running: 11
    case .complete: 20
    case .abort: 21
    case .fail: 22
    }
  }
}

/// A state, and when it was reported. Of all that were, the greatest counts: in whatever order they come, the outcome is the same.
package struct ReportedState: Hashable, Sendable, Comparable {
  package let state: RunState
  package let timeUs: Int64

  package init(_ state: RunState, timeUs: Int64) {
    self.state = state
    self.timeUs = timeUs
  }

  package static func < (left: ReportedState, right: ReportedState) -> Bool {
    (left.state.rank / 10, left.timeUs, left.state.rank) < (right.state.rank / 10, right.timeUs, right.state.rank)
  }
}
