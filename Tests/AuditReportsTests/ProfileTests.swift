import JSON
import Testing

@testable import AuditReports

@Suite struct ProfileTests {
  private func verdict(_ id: String, _ report: AuditReport, _ profile: ReportProfile) throws -> ProfileEvaluation.Finding {
    try #require(ProfileEvaluation(of: report, against: profile).findings.first { $0.requirement.id == id })
  }

  /// A misspelt field would make a requirement unmet for ever.
  @Test func everyFieldOfEveryProfileIsThereInAFullReport() throws {
    let report = try SampleReport().faultless()
    let facts = report.canonical
    for profile in try SampleReport.profiles() {
      for requirement in profile.requirements {
        for field in requirement.fields {
          let (present, wanted) = field.count(in: facts)
          #expect(present == wanted && present > 0, "\(profile.id) \(requirement.id) \(field)")
        }
      }
      let findings = ProfileEvaluation(of: report, against: profile).findings
      #expect(findings.allSatisfy { $0.verdict != .unmet }, "\(profile.id)")
      for finding in findings where finding.requirement.outside != nil { #expect(finding.verdict != .met, "\(profile.id)") }
    }
  }

  @Test func verdictsFollowFieldsAndGaps() throws {
    let text = """
      {"name": "p", "version": 2, "title": "P", "sources": ["S"], "requirements": [
        {"id": "owner", "citation": "1", "text": "t", "fields": ["model.owner"], "weakens": ["overlap"]},
        {"id": "data", "citation": "2", "text": "t", "fields": ["training-data[].snapshot-id"], "breaks": ["contradiction"]},
        {"id": "tested", "citation": "3", "text": "t", "fields": ["training-data[role=test].schema"], "outside": "bias"},
        {"id": "alone", "citation": "4", "text": "t", "outside": "the product"}]}
      """
    let profile = try ReportProfile(parsing: Array(text.utf8))
    #expect(profile.id == "p@2")
    var report = try SampleReport().faultless()
    func verdicts() -> [ProfileEvaluation.Verdict] { ProfileEvaluation(of: report, against: profile).findings.map(\.verdict) }
    #expect(verdicts() == [.met, .met, .partlyMet, .notCovered])
    report.model.owner = ""
    report.trainingData[0].snapshotID = nil
    #expect(verdicts() == [.unmet, .partlyMet, .partlyMet, .notCovered])
    report.model.owner = "team:x"
    report.overlaps = [TrainingOverlap(first: "a", second: "b", fileCount: 1, details: "")]
    report.trainingData[0].contradictions = ["No"]
    report.trainingData.removeLast()
    #expect(verdicts() == [.partlyMet, .unmet, .unmet, .notCovered])
    #expect(try verdict("owner", report, profile).reasons == ["credit-risk@7: a and b have data in common."])
  }

  @Test(arguments: [
    #"{"id": "a", "citation": "1", "text": "t"}"#, #"{"id": "a", "citation": "1", "text": "t", "fields": ["a[b"]}"#,
    #"{"id": "a", "citation": "1", "text": "t", "fields": ["a..b"]}"#,
    #"{"id": "a", "citation": "1", "text": "t", "fields": ["a"], "break": ["overlap"]}"#,
    #"{"id": "a", "citation": "1", "text": "t", "fields": ["a"], "breaks": ["overlaps"]}"#,
  ])
  func aProfileThatSaysNothingIsRefused(_ requirement: String) {
    let text = #"{"name": "p", "version": 1, "title": "P", "sources": [], "requirements": [\#(requirement)]}"#
    #expect(throws: JSONError.self) { try ReportProfile(parsing: Array(text.utf8)) }
  }
}
