import Governance
import SeededRandom
import Testing

@Suite struct RobustSpreadTests {
  @Test func middleAndDeviation() {
    #expect(RobustSpread([]) == nil)
    #expect(RobustSpread([4])?.median == 4)
    #expect(RobustSpread([4])?.deviation == 0)
    #expect(RobustSpread([3, 1, 2])?.median == 2)
    #expect(RobustSpread([4, 1, 2, 3])?.median == 2.5)
    #expect(RobustSpread([1, 2, 3, 4, 100])?.deviation == 1.4826)
    #expect(RobustSpread([.greatestFiniteMagnitude, .greatestFiniteMagnitude])?.median == .greatestFiniteMagnitude)
  }

  /// Fewer than half of the numbers, however wild, move neither the median nor the deviation beyond what the others say.
  @Test func minorityDoesNotMatter() throws {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<500 {
      let usual = (0..<Int.random(in: 5...30, using: &random)).map { _ in Double.random(in: 90...110, using: &random) }
      let wild = (0..<(usual.count - 1) / 2).map { _ in Double.random(in: 0...1e12, using: &random) }
      let spread = try #require(RobustSpread((usual + wild).shuffled(using: &random)))
      #expect((90...110).contains(spread.median))
      #expect(spread.deviation <= 1.4826 * 20)
    }
  }

  @Test func scalesAndMoves() throws {
    var random = SeededGenerator(seed: 12)
    for _ in 0..<200 {
      let numbers = (0..<Int.random(in: 1...25, using: &random)).map { _ in Double(Int.random(in: 0...1_000, using: &random)) }
      let spread = try #require(RobustSpread(numbers))
      let moved = try #require(RobustSpread(numbers.map { $0 * 4 + 8 }))
      #expect(abs(moved.median - (spread.median * 4 + 8)) < 1e-6)
      #expect(abs(moved.deviation - spread.deviation * 4) < 1e-6)
    }
  }
}
