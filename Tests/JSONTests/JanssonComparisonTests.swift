import SeededRandom
import Testing

@testable import JSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Our reader and jansson must agree on what is JSON and on what it says.
///
/// Known differences, which are passed over: jansson refuses integers beyond 64 bits and reals beyond a double at once, where ours
/// keeps the lexeme and refuses when a number is asked for; it allows 2,048 levels (ours is given as many here); and it
/// passes over a zero byte that follows a scalar, where ours refuses every zero byte. `MORAINE_FUZZ_SECONDS` and `MORAINE_FUZZ_SEED` make the run longer or another.
struct JanssonComparisonTests {
  private static let limits = JSONLimits(maximumDepth: 2_048)

  @Test func theCorpusIsAccepted() throws {
    for text in Mutation.corpus {
      #expect(try Jansson.read(text) == .accepted(ModelValue(parsing: text)))
    }
  }

  @Test func theOracleRefuses() {
    for text in ["", "[1,]", "{\"a\":1,\"a\":2}", "\"\\u0000\"", "[1] 2", "\u{FEFF}1"] {
      guard case .refused = Jansson.read(Array(text.utf8)) else {
        Issue.record("jansson took \(text)")
        continue
      }
    }
    #expect(Jansson.read(Array("18446744073709551616".utf8)) == .incomparable)
    #expect(Jansson.read(Array("1e400".utf8)) == .incomparable)
  }

  @Test func mutationsAreReadAlike() throws {
    let seconds = Double(variable("MORAINE_FUZZ_SECONDS") ?? "") ?? 5
    var mutation = Mutation(random: SeededGenerator(seed: UInt64(variable("MORAINE_FUZZ_SEED") ?? "") ?? 42))
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var (accepted, refused, disagreements) = (0, 0, 0)
    while clock.now < end, disagreements < 10 {
      let bytes = mutation.next()
      let ours = Result { try ModelValue(parsing: bytes, limits: Self.limits) }
      switch (ours, Jansson.read(bytes)) {
      case (_, .incomparable): continue
      case (.failure, _) where bytes.contains(0): refused += 1
      case (.success(let value), .accepted(let other)) where value == other: accepted += 1
      case (.failure, .refused): refused += 1
      case (let ours, let theirs):
        disagreements += 1
        Issue.record("\(String(decoding: bytes, as: UTF8.self).debugDescription): ours \(ours), jansson's \(theirs)")
      }
    }
    // A run in which nothing, or everything, was JSON has compared nothing.
    #expect(accepted > 100 && refused > 100, "accepted \(accepted), refused \(refused)")
    if seconds != 5 { print("json.fuzz accepted=\(accepted) refused=\(refused) disagreements=\(disagreements)") }
  }

  private func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
