/// Whether a snapshot may be published: every check that its contract requires has passed for it.
package struct Gate: Hashable, Sendable {
  package let snapshotID: Int64
  /// When the oldest of the results that count was made; now, when no check is required.
  package let atMs: Int64
  /// Required checks that did not pass, or whose result is missing or too old.
  package let problems: [ContractViolation]

  package var isPassed: Bool { problems.isEmpty }

  /// - Parameter results: the newest of each check for the snapshot, by the check's name; each with the time at which it was made.
  package init(_ contract: Contract, snapshotID: Int64, results: [String: QualityResult], nowMs: Int64) {
    self.snapshotID = snapshotID
    var oldest = nowMs
    var problems: [ContractViolation] = []
    for check in contract.checks where check.isRequired {
      func fail(_ found: String, _ remedy: String) {
        problems.append(
          ContractViolation(
            clause: "checks.\(check.name)", promised: "a snapshot that has passed \(check.name)", found: found, remedy: remedy,
            snapshotID: snapshotID))
      }
      guard let result = results[check.name] else {
        fail("there is no result for it", "make the check, and record its result for this snapshot")
        continue
      }
      let checkedAtMs = result.checkedAtMs ?? nowMs
      switch result.outcome {
      case .failed: fail("it failed", "mend the data on the branch, and check its new snapshot")
      case .error: fail("the check ended in an error", "make it again")
      case .passed:
        oldest = min(oldest, checkedAtMs)
        if let maximum = check.maximumAge, checkedAtMs < nowMs.subtractingReportingOverflow(maximum.wholeMilliseconds).partialValue {
          fail("its result is more than \(DurationText.text(maximum)) old", "make it again")
        }
      }
    }
    atMs = oldest
    self.problems = problems
  }
}
