import SeededRandom
import Testing

@testable import Lineage

@Suite struct TextWidthsTests {
  /// As DejaVu's own tables say: `i` is 569 and `W` 2025 of 2048, bold `W` 2259.
  @Test func widthsAreTheFonts() {
    #expect(abs(TextWidths.width("i", size: 2_048) - 569) < 2)
    #expect(abs(TextWidths.width("W", size: 2_048) - 2_025) < 2)
    #expect(abs(TextWidths.width("W", size: 2_048, isBold: true) - 2_259) < 2)
    #expect(TextWidths.width("ab", size: 10) == TextWidths.width("a", size: 10) + TextWidths.width("b", size: 10))
    #expect(TextWidths.width("e\u{301}", size: 10) == TextWidths.width("e", size: 10))
    #expect(TextWidths.width("顧客", size: 10) == 20)
  }

  @Test func theMiddleGoes() {
    #expect(TextWidths.shortened("curated.loans", to: 200, size: 10) == "curated.loans")
    let long = "curated." + String(repeating: "long_", count: 40) + "v12"
    let short = TextWidths.shortened(long, to: 120, size: 10)
    #expect(short.hasPrefix("curated.l") && short.contains("…") && short.hasSuffix("ng_v12"))
    #expect(TextWidths.shortened(String(repeating: "x", count: 1_000_000), to: 120, size: 10).count < 30)
    #expect(TextWidths.shortened("abc", to: 0, size: 10) == "…")
  }

  @Test(arguments: UInt64(1)...20) func whatIsShortenedFitsAndIsAsLongAsItMayBe(seed: UInt64) {
    for node in LineageExamples.random(seed: seed, nodes: 20, edges: 0).nodes {
      let width = Double(20 + seed * 10)
      let short = TextWidths.shortened(node.label, to: width, size: 11)
      #expect(TextWidths.width(short, size: 11) <= width)
      if short != node.label { #expect(TextWidths.width(short, size: 11) > width - 40) }
    }
  }
}
