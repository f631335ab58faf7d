import Cedar
import Testing

/// Decisions, determining policies and errors against those of the real engine.
@Suite struct CorpusTests {
  /// What the schemas of the hand-written tests say of attributes that are written without `__entity`.
  private static let sandbox = EntityExpectation(
    attributes: ["owner": .entity, "account": .entity, "admins": .set(.entity)], isOpen: true)

  @Test(.enabled(if: Corpus.folder != nil, Corpus.absence))
  func agreesWithTheHandWrittenTests() throws {
    let root = try #require(Corpus.folder)
    var requests = 0
    for folder in ["decimal", "example_use_cases", "ip", "multi"] {
      for path in try Corpus.tests(in: "\(root)/tests/\(folder)") {
        let test = try CorpusTest(path, root: root, expecting: Self.sandbox)
        requests += test.cases.count
        #expect(test.disagreements() == [])
      }
    }
    #expect(requests == 74)
  }

  @Test(.enabled(if: Corpus.folder != nil, Corpus.absence))
  func agreesWithTheCorpus() throws {
    let root = try Corpus.unpacked.get()
    var (tests, requests) = (0, 0)
    var disagreements: [String] = []
    let started = ContinuousClock.now
    for path in try Corpus.tests(in: root + "/corpus-tests") {
      let test = try CorpusTest(path, root: root)
      tests += 1
      requests += test.cases.count
      disagreements += test.disagreements()
      // Printing must not change what is said.
      for policy in test.policies.policies {
        let again = try PolicyParser.policy(PolicyPrinter.text(of: policy), id: policy.id)
        if !again.saysTheSame(as: policy) { disagreements.append("\(path): \(policy.id) reads back otherwise") }
      }
    }
    #expect(disagreements.prefix(20) == [])
    #expect(tests == 7_809)
    #expect(requests == 62_472)
    print("Cedar corpus: \(requests) requests in \(ContinuousClock.now - started)")
  }
}

extension Policy {
  /// Equal but for where it stands in its source.
  func saysTheSame(as other: Policy) -> Bool {
    var other = other
    other.range = range
    return self == other
  }
}
