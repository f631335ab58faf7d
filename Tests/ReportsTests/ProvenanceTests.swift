import Foundation
import Testing

@testable import Reports

@Suite struct ProvenanceTests {
  private typealias Name = Provenance.Name

  private func sample() -> Provenance {
    var provenance = Provenance(prefixes: ["lake": "https://moraine.example.org/main/", "m": "https://moraine.example.org/ns#"])
    let table = Name("lake", "curated.loans")
    let snapshot = Name("lake", "curated.loans/7731058812649930177")
    let model = Name("lake", "credit-risk@7")
    let (training, job) = (Name("lake", "run:training 42"), Name("lake", "run/prepare"))
    let (team, person) = (Name("lake", "team:risk"), Name("lake", "user:é"))
    provenance.entities = [
      .init(table), .init(snapshot, [.init(Name("m", "rows"), .int64(1_204_577)), .init(Name("m", "pinned"), .bool(true))]),
      .init(model, [.init(Name("prov", "type"), .name(Name("m", "Model"))), .init(Name("prov", "type"), .string("model"))]),
    ]
    provenance.activities = [
      .init(training, startedAtMs: 1_777_799_999_125, endedAtMs: 1_777_800_000_000), .init(job, [.init(Name("m", "at"), .timeMs(0))]),
    ]
    provenance.agents = [.init(team), .init(person)]
    provenance.relations = [
      .init(training, .used, snapshot, timeMs: 1_777_799_999_999, [.init(Name("prov", "role"), .string("train"))]),
      .init(model, .wasGeneratedBy, training), .init(model, .wasDerivedFrom, snapshot), .init(table, .wasAttributedTo, team),
      .init(training, .wasAssociatedWith, person), .init(person, .actedOnBehalfOf, team), .init(training, .wasInformedBy, job),
      .init(snapshot, .specializationOf, table), .init(snapshot, .wasInvalidatedBy, job, timeMs: -1),
    ]
    return provenance
  }

  @Test func theProvPackageReadsIt() throws {
    let bytes = try sample().bytes()
    #expect(try bytes == sample().bytes())
    try Program.inFolder { folder in
      try Data(bytes).write(to: folder.appending(path: "prov.json"))
      let text = try Program.python("check_prov.py", ["prov.json"], in: folder)
      for line in [
        "entity(lake:curated.loans/7731058812649930177, [m:pinned=\"true\" %% xsd:boolean, m:rows=\"1204577\" %% xsd:long])",
        "activity(lake:run%3Atraining%2042, 2026-05-03T09:19:59.125000+00:00, 2026-05-03T09:20:00+00:00)",
        "wasGeneratedBy(lake:credit-risk@7, lake:run%3Atraining%2042, -)", "actedOnBehalfOf(lake:user%3A%C3%A9, lake:team%3Arisk, -)",
        "specializationOf(lake:curated.loans/7731058812649930177, lake:curated.loans)",
        "wasInvalidatedBy(lake:curated.loans/7731058812649930177, lake:run/prepare, 1969-12-31T23:59:59.999000+00:00)",
      ] { #expect(text.contains(line), "\(line) in \(text)") }
      #expect(text.contains("prov:type='m:Model'") && text.contains("prov:type=\"model\""), "\(text)")
    }
  }

  @Test func namesMustBeThere() {
    func refusal(_ change: (inout Provenance) -> Void) -> ReportError? {
      var provenance = sample()
      change(&provenance)
      do throws(ReportError) {
        _ = try provenance.bytes()
        return nil
      } catch { return error }
    }
    let (team, model) = (Name("lake", "team:risk"), Name("lake", "credit-risk@7"))
    #expect(refusal { $0.entities.append(.init(Name("x", "y"))) } == .unknownProvenance("the prefix `x` is not declared"))
    #expect(refusal { $0.agents.append(.init(model)) } == .unknownProvenance("`lake:credit-risk@7` is given twice"))
    #expect(
      refusal { $0.relations.append(.init(team, .used, model)) }
        == .unknownProvenance("used needs an activity, which `lake:team%3Arisk` is not"))
    #expect(
      refusal { $0.relations.append(.init(model, .wasAttributedTo, team, timeMs: 1)) } == .unknownProvenance("wasAttributedTo has no time"))
  }
}
