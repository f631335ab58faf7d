import Foundation
import Reports
import Testing
import TransparencyLog

@testable import AuditReports

@Suite struct ReportFactsTests {
  /// The text of a page without tags, style and pictures.
  static func words(_ html: [UInt8]) -> String {
    var text = String(decoding: html, as: UTF8.self)
    for element in ["style", "svg"] {
      while let start = text.range(of: "<\(element)[ >]", options: .regularExpression), let end = text.range(of: "</\(element)>") {
        text.removeSubrange(start.lowerBound..<end.upperBound)
      }
    }
    text = text.replacing(/<[^>]*>/, with: "")
    for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")] {
      text = text.replacingOccurrences(of: entity, with: character)
    }
    return text
  }

  /// What a reader must find of a value: texts line by line, times to the minute, other numbers.
  static func facts(_ value: CanonicalValue, _ key: String = "") -> [String] {
    switch value {
    case .null, .bool: []
    case .int64(let number): [key.hasSuffix("-ms") ? ReportTables.time(number) : String(number)]
    case .string(let text): text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    case .array(let elements): elements.flatMap { facts($0, key) }
    case .object(let members): members.flatMap { facts($0.value, $0.key) }
    }
  }

  @Test func everyFactIsOnThePage() throws {
    let sample = try SampleReport()
    for report in [try sample.faultless(), try sample.withGaps()] {
      let evaluations = try SampleReport.profiles().map { ProfileEvaluation(of: report, against: $0) }
      let words = Self.words(try report.document(evaluations).html())
      let facts = Self.facts(report.canonical)
      #expect(facts.count > 200)
      // Together, since the whole page would be told for each.
      #expect(Set(facts).filter { !words.contains($0) } == [])
      for finding in evaluations.flatMap(\.findings) {
        #expect(words.contains(finding.requirement.citation))
        #expect(words.contains(finding.requirement.text))
      }
    }
  }

  /// Each text of the sample, changed, is missed on the page: so what is found above is not found by accident.
  @Test func aFactThatIsNotOnThePageIsMissed() throws {
    let report = try SampleReport().faultless()
    let words = Self.words(try report.document([]).html())
    var other = report
    other.uses[0].count = 778_899
    other.trainingData[1].manifestListSHA256 = SampleReport.digest("another")
    other.access[0].through = "team:unheard-of"
    let missed = Set(Self.facts(other.canonical)).filter { !words.contains($0) }
    #expect(missed == ["778899", SampleReport.digest("another"), "team:unheard-of"])
  }

  @Test func nothingIsMissingFromAFaultlessReport() throws {
    #expect(try SampleReport().faultless().gaps == [])
  }

  @Test func gapsFollowFromFacts() throws {
    let sample = try SampleReport()
    let gaps = try sample.withGaps().gaps
    // The two that others exclude are below.
    let expected = Set(ReportGap.Kind.allCases).subtracting([.noTrainingData, .missingLineage, .unapproved])
    #expect(Set(gaps.map(\.kind)) == expected)
    var empty = AuditReport(
      scope: try sample.faultless().scope, model: try sample.faultless().model, log: try sample.log(citing: [2]))
    #expect(Set(empty.gaps.map(\.kind)).isSuperset(of: [.noTrainingData, .missingLineage, .unapproved]))
    // An approver who rejects it later has not approved it.
    empty.approvals = [
      ModelApproval(decision: "approved", approver: "user:bo", comment: "", decidedAtMs: 1),
      ModelApproval(decision: "rejected", approver: "user:bo", comment: "", decidedAtMs: 2),
    ]
    #expect(Set(empty.gaps.map(\.kind)).isSuperset(of: [.unapproved, .rejected]))
    empty.approvals.swapAt(0, 1)
    empty.approvals[0].decidedAtMs = 0
    #expect(Set(empty.gaps.map(\.kind)).isDisjoint(with: [.unapproved, .rejected]))
  }

  @Test func gapsThatSomebodyAddedStayOnce() throws {
    var report = try SampleReport().withGaps()
    let gaps = report.gaps
    report.otherGaps += gaps.prefix(3)
    #expect(report.gaps.count == gaps.count)
    #expect(report.gaps.contains(ReportGap(.other, "mlflow", "The bridge was down from 03:00 to 04:00.")))
  }
}
