import TransparencyLog

/// How far a report answers a profile, requirement by requirement in the profile's order.
package struct ProfileEvaluation: Hashable, Sendable {
  package enum Verdict: String, Hashable, Sendable, CaseIterable {
    case met
    case partlyMet = "partly met"
    case unmet
    /// A catalog cannot know it.
    case notCovered = "not covered by this report"
  }

  package struct Finding: Hashable, Sendable {
    package let requirement: ReportProfile.Requirement
    package let verdict: Verdict
    /// Why it is not met, a sentence each; empty for what is met.
    package let reasons: [String]
  }

  package let profile: ReportProfile
  package let findings: [Finding]

  package init(of report: AuditReport, against profile: ReportProfile) {
    self.profile = profile
    let facts = report.canonical
    let gaps = report.gaps
    findings = profile.requirements.map { Self.finding($0, facts, gaps) }
  }

  package func count(_ verdict: Verdict) -> Int { findings.count { $0.verdict == verdict } }

  private static func finding(_ requirement: ReportProfile.Requirement, _ facts: CanonicalValue, _ gaps: [ReportGap]) -> Finding {
    let outside = requirement.outside.map { ["Not covered by this report: \($0)."] } ?? []
    guard !requirement.fields.isEmpty else { return Finding(requirement: requirement, verdict: .notCovered, reasons: outside) }
    var verdict = Verdict.met
    var reasons: [String] = []
    for field in requirement.fields {
      let (present, wanted) = field.count(in: facts)
      if present == 0 {
        verdict = .unmet
        reasons.append("The report has no \(field).")
      } else if present < wanted {
        if verdict == .met { verdict = .partlyMet }
        reasons.append("\(wanted - present) of \(wanted) lack \(field).")
      }
    }
    for gap in gaps where requirement.breaks.contains(gap.kind) || requirement.weakens.contains(gap.kind) {
      if requirement.breaks.contains(gap.kind) { verdict = .unmet } else if verdict == .met { verdict = .partlyMet }
      reasons.append("\(gap.subject): \(gap.text)")
    }
    if verdict == .met, !outside.isEmpty { verdict = .partlyMet }
    return Finding(requirement: requirement, verdict: verdict, reasons: reasons + outside)
  }

  /// As `profiles.json` tells it.
  var canonical: CanonicalValue {
    .members([
      "profile": .string(profile.id), "title": .string(profile.title), "sources": .strings(profile.sources),
      "requirements": .array(
        findings.map {
          .members([
            "id": .string($0.requirement.id), "citation": .string($0.requirement.citation), "text": .string($0.requirement.text),
            "verdict": .string($0.verdict.rawValue), "reasons": .strings($0.reasons),
          ])
        }),
    ])
  }
}
