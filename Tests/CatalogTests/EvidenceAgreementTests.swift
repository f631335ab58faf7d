import CatalogStore
import Iceberg
import Postgres
import Testing

/// What several words come to: pure functions, held against plain definitions over many random cases.
@Suite struct EvidenceAgreementTests {
  private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state
    }
  }

  private static let sources = ["person", "platform", "mlflow", "openlineage", "metrics-report"]
  private static let dataset = DatasetID.new()
  private static let path = DatasetPath(
    warehouse: "main", identifier: try! TableIdentifier(namespace: Namespace(levels: ["ns"]), name: "t"))

  private func word(_ source: String, _ grade: EvidenceGrade, _ name: String) -> RecordedEvidence {
    RecordedEvidence(evidence: Evidence(source: source, grade: grade), saidBy: name, saidAt: .now())
  }

  private func claim(
    _ state: String, _ source: String, _ grade: EvidenceGrade = .declared, by name: String = "ann", of dataset: DatasetID = dataset
  ) -> TrainingClaim {
    TrainingClaim(dataset: dataset, path: Self.path, state: state, source: source, grade: grade, saidBy: name)
  }

  // MARK: Grades

  @Test func gradesOfFewWords() {
    func grade(_ words: RecordedEvidence...) -> EvidenceGrade? { EvidenceAgreement.grade(of: words) }
    #expect(grade() == nil)
    #expect(grade(word("person", .declared, "ann")) == .declared)
    #expect(grade(word("metrics-report", .observed, "etl")) == .observed)
    #expect(grade(word("metrics-report", .inferred, "etl")) == .inferred)
    // An engine and whoever says so, though it is the same account.
    #expect(grade(word("person", .declared, "etl"), word("metrics-report", .observed, "etl")) == .corroborated)
    #expect(grade(word("openlineage", .declared, "etl"), word("metrics-report", .observed, "etl")) == .corroborated)
    // One engine's report that came two ways.
    #expect(grade(word("openlineage", .observed, "airflow"), word("metrics-report", .observed, "etl")) == .observed)
    // One principal that says it twice; two that say it.
    #expect(grade(word("person", .declared, "ann"), word("platform", .declared, "ann")) == .declared)
    #expect(grade(word("person", .declared, "ann"), word("platform", .declared, "trainer")) == .corroborated)
    // A guess neither adds nor takes away.
    #expect(grade(word("person", .declared, "ann"), word("metrics-report", .inferred, "etl")) == .declared)
  }

  @Test func gradesOfManyWords() {
    var numbers = Numbers(state: 7)
    let grades: [EvidenceGrade] = [.declared, .observed, .inferred]
    for _ in 0..<3_000 {
      // One word of each source, as the table has it.
      let words = Self.sources.filter { _ in Bool.random(using: &numbers) }.map { source in
        word(source, grades.randomElement(using: &numbers)!, ["ann", "bob"].randomElement(using: &numbers)!)
      }
      let grade = EvidenceAgreement.grade(of: words)
      #expect(EvidenceAgreement.grade(of: words.shuffled(using: &numbers)) == grade)
      let known = words.filter { $0.evidence.grade != .inferred }
      if known.count < 2 { #expect(grade != .corroborated) }
      if known.isEmpty { #expect(grade == (words.isEmpty ? nil : .inferred)) }
      // All by one principal and nothing seen by a machine: that is one witness, whatever he calls himself.
      if known.allSatisfy({ $0.evidence.grade == .declared && $0.saidBy == "ann" }), !known.isEmpty { #expect(grade == .declared) }
      // Another word never weakens what is known.
      for index in words.indices {
        var fewer = words
        fewer.remove(at: index)
        #expect((EvidenceAgreement.grade(of: fewer)?.strength ?? -1) <= (grade?.strength ?? -1))
      }
    }
  }

  // MARK: Contradictions

  @Test func whoConfirmsOneOfTwoDeniesNothing() {
    let both = [claim("1", "person"), claim("2", "person")]
    #expect(both.contradictions.isEmpty)
    #expect((both + [claim("2", "metrics-report", .observed)]).contradictions.isEmpty)
    let other = (both + [claim("2", "metrics-report", .observed), claim("3", "metrics-report", .observed, by: "etl")]).contradictions
    #expect(other.count == 1)
    #expect(other[0].words.map(\.source) == ["metrics-report", "person"])
    #expect(other[0].words.map(\.states) == [["2", "3"], ["1", "2"]])
    #expect(other[0].words[0].saidBy == ["ann", "etl"])
    #expect(other[0].text == "Sources disagree about ns.t: metrics-report says 2, 3 (ann, etl); person says 1, 2 (ann)")
    // Each may be right about its own dataset; and a guess contradicts nobody.
    #expect([claim("1", "person"), claim("2", "mlflow", of: .new())].contradictions.isEmpty)
    #expect([claim("1", "person"), claim("2", "metrics-report", .inferred)].contradictions.isEmpty)
    #expect([claim("1", "person"), claim("2", "mlflow")].contradictions.count == 1)
  }

  @Test func contradictionsOfManyClaims() {
    var numbers = Numbers(state: 11)
    for _ in 0..<3_000 {
      let claims = (0..<Int.random(in: 0...6, using: &numbers)).map { _ in
        claim(
          ["1", "2", "3"].randomElement(using: &numbers)!, Self.sources.randomElement(using: &numbers)!,
          [.declared, .observed, .inferred].randomElement(using: &numbers)!)
      }
      let found = claims.contradictions
      #expect(claims.shuffled(using: &numbers).contradictions == found)
      #expect((claims + claims).contradictions == found)
      let counting = claims.filter { $0.grade != .inferred }
      #expect(counting.contradictions == found)
      func states(_ source: String) -> Set<String> { Set(counting.lazy.filter { $0.source == source }.map(\.state)) }
      // By the plain definition: each of two names something that the other one, who speaks too, does not.
      var disagreeing: Set<String> = []
      for a in Self.sources {
        for b in Self.sources where !states(a).isEmpty && !states(b).isEmpty {
          if !states(a).subtracting(states(b)).isEmpty && !states(b).subtracting(states(a)).isEmpty { disagreeing.insert(a) }
        }
      }
      #expect(Set(found.flatMap(\.words).map(\.source)) == disagreeing)
      #expect(found.count == (disagreeing.isEmpty ? 0 : 1))
      for word in found.flatMap(\.words) { #expect(Set(word.states) == states(word.source)) }
    }
  }
}
