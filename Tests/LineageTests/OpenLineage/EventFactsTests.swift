import SeededRandom
import Testing

@testable import Lineage

struct EventFactsTests {
  private static func facts(_ members: String, jobFacets: String = "{}", type: String = "COMPLETE") throws -> EventFacts {
    EventFacts(.run(try LineageEventTests.runEvent(members, jobFacets: jobFacets, type: type)))
  }

  @Test func versionsAndReports() throws {
    let facts = try Self.facts(
      #"""
      ,"inputs":[{"namespace":"n","name":"a","facets":{"version":{"datasetVersion":"1"}}},
        {"namespace":"n","name":"b","facets":{"version":{"datasetVersion":"2"}},"inputFacets":{"icebergScanReport":{"snapshotId":3}}}],
      "outputs":[{"namespace":"n","name":"a","outputFacets":{"icebergCommitReport":{"snapshotId":4}}},{"namespace":"n","name":"c"}]
      """#)
    #expect(facts.datasets.map(\.name.name) == ["a", "b", "c"])
    let uses = facts.uses.map { "\($0.isOutput ? ">" : "<")\($0.dataset) \($0.version?.text ?? "-") \($0.version?.source.rawValue ?? "-")" }
    #expect(uses == ["<0 1 version", "<1 3 scan-report", ">0 4 commit-report", ">2 - -"])
    #expect(facts.links.isEmpty)
  }

  @Test func columnsNameDatasetsOfTheEventAndOthers() throws {
    let facts = try Self.facts(
      #"""
      ,"inputs":[{"namespace":"n","name":"a"}],"outputs":[{"namespace":"n","name":"o","facets":{"columnLineage":{"fields":{"x":{"inputFields":[
      {"namespace":"n","name":"a","field":"y"},{"namespace":"n","name":"other","field":"z"}]}}}}}]
      """#)
    #expect(facts.datasets.map(\.name.name) == ["a", "o", "other"])
    #expect(facts.columns.map { "\($0.source).\($0.sourceColumn) \($0.target).\($0.targetColumn ?? "*")" } == ["0.y 1.x", "2.z 1.x"])
    // What is only mentioned was not read.
    #expect(facts.uses.count == 2)
  }

  @Test func whatTheProducerSaysItself() throws {
    let facts = try Self.facts(
      "",
      jobFacets: #"""
        {"lineage":{"entries":[{"type":"DATASET","namespace":"n","name":"o","inputs":[{"type":"DATASET","namespace":"n","name":"i","field":"k"},
          {"type":"JOB","namespace":"m","name":"other"}],"fields":{"x":{"inputs":[{"type":"DATASET","namespace":"n","name":"i","field":"y"}]}}},
          {"type":"JOB","inputs":[{"type":"DATASET","namespace":"n","name":"p"}]}]}}
        """#)
    let (own, other) = (EntityName(namespace: "n", name: "j"), EntityName(namespace: "m", name: "other"))
    #expect(
      facts.links == [
        .init(source: .dataset(1), job: own, target: .dataset(0)), .init(source: .job(other), job: own, target: .dataset(0)),
        .init(source: .dataset(2), job: own, target: .job(own)),
      ])
    #expect(facts.columns.map { "\($0.sourceColumn) \($0.targetColumn ?? "*")" } == ["k *", "y x"])
  }

  /// In every order, the outcome is the same, and what ends a run counts.
  @Test func statesInAnyOrder() {
    let reports = [
      ReportedState(.start, timeUs: 10), ReportedState(.running, timeUs: 20), ReportedState(.fail, timeUs: 30),
      ReportedState(.complete, timeUs: 40),
      ReportedState(.start, timeUs: 50), ReportedState(.other, timeUs: 60),
    ]
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<100 { #expect(reports.shuffled(using: &generator).max() == ReportedState(.complete, timeUs: 40)) }
    #expect(ReportedState(.running, timeUs: 1) > ReportedState(.start, timeUs: 1))
    #expect(ReportedState(.fail, timeUs: 1) > ReportedState(.complete, timeUs: 1))
    #expect(ReportedState(.start, timeUs: 1) > ReportedState(.other, timeUs: 2))
  }
}
