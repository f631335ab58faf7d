import Lineage

extension AuditReport {
  /// All gaps: those that follow from the facts, then the others. None is ever left out.
  package var gaps: [ReportGap] {
    var seen: Set<ReportGap> = []
    return (modelGaps + trainingData.flatMap(gaps(of:)) + dataGaps + lineageGaps + otherGaps).filter { seen.insert($0).inserted }
  }

  private var modelGaps: [ReportGap] {
    var gaps: [ReportGap] = []
    let title = model.title
    func add(_ kind: ReportGap.Kind, _ text: String) { gaps.append(ReportGap(kind, title, text)) }
    if Self.isBlank(model.owner) { add(.missingOwner, "The model has no owner.") }
    if Self.isBlank(model.purpose) { add(.missingPurpose, "Nobody said what the model is for.") }
    if Self.isBlank(model.codeReference) { add(.missingCode, "It is not known which code made it.") }
    // Who changes the mind says so later: the last word of each approver counts.
    let words = Dictionary(approvals.map { ($0.approver, $0) }) { $0.decidedAtMs > $1.decidedAtMs ? $0 : $1 }
    let approvers = words.values.filter { $0.decision == "approved" }.map(\.approver)
    for word in approvals where words[word.approver] == word && word.decision == "rejected" {
      add(.rejected, "\(word.approver) rejected it.")
    }
    if approvers.isEmpty {
      add(.unapproved, "Nobody's approval of this version stands.")
    } else if approvers.allSatisfy({ $0 == model.developer }) {
      add(.selfApproved, "Nobody but its developer, \(model.developer), approved it.")
    }
    if governance.atMs == nil { add(.missingTrainingTime, "It is not known when it was trained, so not which rules were in force then.") }
    if governance.policies.isEmpty || governance.policySetSHA256 == nil {
      add(.missingPolicies, "The policies in force at training time are not known.")
    }
    return gaps
  }

  private func gaps(of data: TrainingData) -> [ReportGap] {
    var gaps: [ReportGap] = []
    let subject = data.title
    func add(_ kind: ReportGap.Kind, _ text: String) { gaps.append(ReportGap(kind, subject, text)) }
    if Self.isBlank(data.owner) { add(.missingOwner, "The dataset has no owner.") }
    if !data.hasState { add(.unknownState, "It is not known which state of it was read.") }
    if !data.hasDigest { add(.missingDigest, "No digest says which bytes were read.") }
    if data.schema.isEmpty { add(.missingSchema, "Its schema then is not known.") }
    switch data.grade {
    case .declared: add(.unconfirmed, "Somebody said that it was read; nothing confirms it.")
    case .inferred: add(.inferredEvidence, "That it was read was concluded, not seen.")
    case .contradicted: add(.contradiction, "It was declared, and what was seen speaks against it.")
    case .observed, .corroborated: break
    }
    for text in data.contradictions { add(.contradiction, text) }
    switch data.isRetrievable {
    case true?: break
    case false?:
      add(.unretrievable, data.unretrievableReason.map { "It cannot be read any more\(Self.ended($0))" } ?? "It cannot be read any more.")
    case nil: add(.unchecked, "Nobody looked whether it can still be read.")
    }
    if model.isRegulated, !data.isPinned { add(.unpinned, "Nothing keeps this state from being expired.") }
    return gaps
  }

  private var dataGaps: [ReportGap] {
    var gaps: [ReportGap] = []
    if !trainingData.contains(where: { $0.role == "train" }) {
      gaps.append(ReportGap(.noTrainingData, model.title, "No data is known that it was trained on."))
    }
    for overlap in overlaps {
      let text = "\(overlap.first) and \(overlap.second) have data in common\(Self.ended(overlap.details))"
      gaps.append(ReportGap(.overlap, model.title, text))
    }
    let checked = Set(checks.map(\.state))
    for data in trainingData where !checked.contains(CheckedState(dataset: data.identifier, snapshotID: data.snapshotID)) {
      gaps.append(ReportGap(.noQualityResults, data.title, "No check of quality or of a contract is known of this state."))
    }
    for check in checks where check.outcome == .failed {
      gaps.append(ReportGap(.failedCheck, check.dataset, "The check \(check.check) failed\(Self.ended(check.details))"))
    }
    return gaps
  }

  private var lineageGaps: [ReportGap] {
    var gaps: [ReportGap] = []
    let labels = Dictionary(lineage.nodes.map { ($0.id, $0.label) }) { first, _ in first }
    func name(_ id: String) -> String { labels[id] ?? id }
    if lineage.edges.isEmpty {
      gaps.append(ReportGap(.missingLineage, model.title, "It is not known where the training data came from."))
    }
    if lineage.isCut { gaps.append(ReportGap(.cutLineage, model.title, "There is more lineage than is told here.")) }
    for node in lineage.nodes where node.kind == .hidden {
      gaps.append(ReportGap(.hiddenNode, node.id, "Something in the lineage may not be seen by whoever made this report."))
    }
    for edge in lineage.edges {
      let whole = ("", edge.evidence)
      let columns = edge.columns.map { (" (column \($0.from) into \($0.to))", $0.evidence) }
      for (part, evidence) in [whole] + columns {
        let subject = "\(name(edge.from)) → \(name(edge.to))" + part
        switch evidence {
        case .inferred: gaps.append(ReportGap(.inferredEdge, subject, "That data went this way was concluded, not seen."))
        case .contradicted:
          gaps.append(
            ReportGap(.contradictedEdge, subject, "It was declared that data went this way, and what was seen speaks against it."))
        case .declared, .observed, .corroborated: break
        }
      }
    }
    return gaps
  }

  /// Somebody's words as the end of a sentence.
  private static func ended(_ details: String) -> String { isBlank(details) ? "." : ": " + details + (details.hasSuffix(".") ? "" : ".") }

  private static func isBlank(_ text: String?) -> Bool { text?.allSatisfy(\.isWhitespace) ?? true }
}

private struct CheckedState: Hashable {
  let dataset: String
  let snapshotID: Int64?
}

extension CheckResult {
  fileprivate var state: CheckedState { CheckedState(dataset: dataset, snapshotID: snapshotID) }
}

extension TrainingData {
  /// Such as `curated.loans (train)`.
  package var title: String { "\(identifier) (\(role))" }
}
