import SeededRandom
import Testing

@testable import Lineage

@Suite struct LayeredLayoutTests {
  private static func layout(_ count: Int, _ links: [(Int, Int)], alignsRight: Bool = true) -> LayeredLayout {
    LayeredLayout(
      boxes: (0..<count).map { _ in .init(width: 100, height: 40, port: 20) },
      links: links.map { .init(from: $0.0, to: $0.1, thickness: 4) },
      alignsRight: alignsRight)
  }

  @Test func boxesStandNearWhatTheyLeadTo() {
    // 0 → 1 → 2 → 3, and 4 → 3: the source of a short way stands right before its target.
    #expect(Self.layout(5, [(0, 1), (1, 2), (2, 3), (4, 3)]).columns == [0, 1, 2, 3, 2])
    #expect(Self.layout(5, [(0, 1), (1, 2), (2, 3), (0, 4)], alignsRight: false).columns == [0, 1, 2, 3, 1])
  }

  @Test func aCycleTurnsOneLinkAround() {
    let layout = Self.layout(4, [(0, 1), (1, 2), (2, 3), (3, 1)])
    #expect(layout.isReversed == [false, false, false, true])
    #expect(layout.columns == [0, 1, 2, 3])
    #expect(layout.passages[3].map(\.column) == [2])
  }

  /// Trees, and what is drawn without a crossing by hand.
  @Test func nothingCrossesThatNeedNot() {
    #expect(Self.layout(15, (1..<15).map { ($0, ($0 - 1) / 2) }).crossings == 0)
    // Two stages whose order must be turned round.
    #expect(Self.layout(8, [(0, 7), (1, 6), (2, 5), (3, 4)]).crossings == 0)
    #expect(Self.layout(9, [(0, 5), (0, 3), (1, 4), (1, 3), (2, 5), (3, 8), (4, 8), (5, 7), (3, 7), (4, 6)]).crossings <= 1)
    // Of three utilities for three houses, all in two columns, nine pairs cross, whatever the order.
    #expect(Self.layout(6, [(0, 3), (0, 4), (0, 5), (1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5)]).crossings == 9)
  }

  @Test func aChainIsStraightAndALongLinkToo() {
    let layout = Self.layout(4, [(0, 1), (1, 2), (2, 3), (0, 3)])
    #expect(layout.columns == [0, 1, 2, 3])
    #expect(layout.tops[1] == layout.tops[2])
    let heights = layout.passages[3].map(\.y)
    #expect(heights.count == 2 && abs(heights[0] - heights[1]) < 1)
  }

  @Test func aCrowdIsSpread() {
    let layout = Self.layout(51, (1...50).map { ($0, 0) })
    let counts = Dictionary(grouping: layout.columns, by: \.self).mapValues(\.count)
    #expect(counts == [0: 11, 1: 13, 2: 13, 3: 13, 4: 1])
    #expect(layout.crossings == 0)
    #expect(layout.height < 1_200)
  }

  @Test(arguments: UInt64(1)...60) func propertiesOfAnyLayout(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...60, using: &generator)
    var pairs: Set<[Int]> = []
    for _ in 0..<Int.random(in: 0...120, using: &generator) {
      let pair = [Int.random(in: 0..<count, using: &generator), Int.random(in: 0..<count, using: &generator)]
      if pair[0] != pair[1] { pairs.insert(pair) }
    }
    let links = pairs.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }.map {
      LayeredLayout.Link(from: $0[0], to: $0[1], thickness: 6, labelWidth: 20)
    }
    let boxes = (0..<count).map { _ in
      let height = Double.random(in: 30...300, using: &generator).rounded()
      return LayeredLayout.Box(width: Double.random(in: 80...250, using: &generator).rounded(), height: height, port: height / 3)
    }
    let layout = LayeredLayout(boxes: boxes, links: links, alignsRight: seed % 2 == 0)
    for index in links.indices {
      let (left, right) = layout.ends(index)
      #expect(layout.columns[left] < layout.columns[right])
      #expect(layout.passages[index].map(\.column) == Array((layout.columns[left] + 1)..<layout.columns[right]))
    }
    for column in layout.columnX.indices.dropLast() {
      #expect(layout.columnX[column].left + layout.columnX[column].width + 64 <= layout.columnX[column + 1].left)
    }
    // Within a column nothing overlaps: neither boxes nor the passages of links.
    var spans: [[(top: Double, bottom: Double)]] = Array(repeating: [], count: layout.columnX.count)
    for box in boxes.indices { spans[layout.columns[box]].append((layout.tops[box], layout.tops[box] + boxes[box].height)) }
    for passages in layout.passages { for passage in passages { spans[passage.column].append((passage.y - 3, passage.y + 3)) } }
    for column in spans {
      let sorted = column.sorted { $0.top < $1.top }
      for (upper, lower) in zip(sorted, sorted.dropFirst()) { #expect(upper.bottom + 5 <= lower.top) }
      for span in sorted { #expect(span.top >= -1 && span.bottom <= layout.height + 1) }
    }
  }

  /// Beyond their number, passages are done without.
  @Test func workIsBounded() {
    let links = (0..<200).flatMap { from in ((from + 1)..<min(200, from + 60)).map { LayeredLayout.Link(from: from, to: $0, thickness: 4) }
    }
    let boxes = (0..<200).map { _ in LayeredLayout.Box(width: 100, height: 40, port: 20) }
    let layout = LayeredLayout(boxes: boxes, links: links, alignsRight: true, limits: .init(passages: 5_000, visits: 20_000))
    #expect(layout.passages.reduce(0) { $0 + $1.count } <= 5_000)
    // Short links have theirs.
    #expect(
      links.indices.allSatisfy {
        layout.passages[$0].count == (links[$0].to - links[$0].from <= 6 ? links[$0].to - links[$0].from - 1 : layout.passages[$0].count)
      })
    #expect(layout.passages.contains { $0.count >= 5 } && layout.passages.allSatisfy { $0.count < 10 })
    #expect(layout.columns == Array(0..<200))
  }
}
