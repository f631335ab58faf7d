import Testing

@testable import Lineage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct LineageDrawingTests {
  typealias Drawing = LineageDrawing

  private static var examples: [LineageGraph] {
    [
      LineageExamples.creditRisk(), LineageExamples.fiftyTables(), LineageExamples.columns(), LineageExamples.cycle(),
      LineageExamples.hiddenAndLong(), LineageGraph(),
    ] + (1...25).map { LineageExamples.random(seed: $0, nodes: Int($0) * 2, edges: Int($0) * 3) }
  }

  private static func frames(_ drawing: Drawing) -> [String: Drawing.Frame] {
    var frames: [String: Drawing.Frame] = [:]
    for group in drawing.groups { if case .node(let id) = group.role { frames[id] = group.frame } }
    return frames
  }

  @Test func everyNodeHasABoxOfItsOwn() {
    for graph in Self.examples {
      let frames = Self.frames(Drawing(graph))
      #expect(Set(frames.keys) == Set(graph.nodes.map(\.id)))
      let sorted = frames.values.sorted { ($0.y, $0.x) < ($1.y, $1.x) }
      for (index, one) in sorted.enumerated() {
        for other in sorted[(index + 1)...] {
          #expect(one.right <= other.x || other.right <= one.x || one.bottom + 8 <= other.y || other.bottom + 8 <= one.y)
        }
      }
    }
  }

  /// Edges leave at the right of where data comes from and arrive at the left of where it goes, with their heads there; those that are
  /// marked go the other way round.
  @Test func edgesGoFromLeftToRight() throws {
    for graph in Self.examples {
      let drawing = Drawing(graph)
      let frames = Self.frames(drawing)
      var drawn = 0
      for group in drawing.groups {
        guard case .edge(let from, let to, let isReversed) = group.role else { continue }
        drawn += 1
        guard from != to, case .path(let path)? = group.shapes.first, case .move(let start)? = path.segments.first else {
          #expect(from == to)
          continue
        }
        let (source, target) = try (#require(frames[from]), #require(frames[to]))
        let end = Self.end(path)
        if isReversed {
          #expect(target.right < source.x)
          #expect(abs(start.x - target.right) < 8 && abs(end.x - source.x) < 0.1)
        } else {
          #expect(source.right < target.x)
          #expect(abs(start.x - source.right) < 0.1 && abs(end.x - target.x) < 8)
        }
        let (left, right) = isReversed ? (target, source) : (source, target)
        #expect(left.y < start.y && start.y < left.bottom && right.y < end.y && end.y < right.bottom)
        #expect(Self.goesRight(path))
      }
      let ids = Set(graph.nodes.map(\.id))
      #expect(drawn == graph.edges.count { ids.contains($0.from) && ids.contains($0.to) })
    }
  }

  private static func end(_ path: Drawing.Path) -> Drawing.Point {
    switch path.segments[path.segments.count - 1] {
    case .move(let point), .line(let point), .curve(_, _, let point): point
    case .close: .init(0, 0)
    }
  }

  private static func goesRight(_ path: Drawing.Path) -> Bool {
    var x = -Double.infinity
    for segment in path.segments {
      let points =
        switch segment {
        case .move(let point), .line(let point): [point]
        case .curve(let first, let second, let end): [first, second, end]
        case .close: [Drawing.Point]()
        }
      for point in points {
        if point.x < x - 0.01 { return false }
        x = point.x
      }
    }
    return true
  }

  /// No edge passes through a box that it does not belong to.
  @Test func edgesGoAroundBoxes() {
    for graph in Self.examples {
      let drawing = Drawing(graph)
      let frames = Self.frames(drawing)
      for group in drawing.groups {
        guard case .edge(let from, let to, _) = group.role, from != to, case .path(let path)? = group.shapes.first else { continue }
        let points = Self.along(path)
        for (id, frame) in frames where id != from && id != to {
          #expect(!points.contains { frame.x < $0.x && $0.x < frame.right && frame.y < $0.y && $0.y < frame.bottom }, "\(from) \(to) \(id)")
        }
      }
    }
  }

  private static func along(_ path: Drawing.Path) -> [Drawing.Point] {
    var points: [Drawing.Point] = []
    for segment in path.segments {
      switch segment {
      case .move(let point): points.append(point)
      case .line(let end):
        let start = points[points.count - 1]
        for step in 1...8 {
          let t = Double(step) / 8
          points.append(.init(start.x + (end.x - start.x) * t, start.y + (end.y - start.y) * t))
        }
      case .curve(let first, let second, let end):
        let start = points[points.count - 1]
        for step in 1...16 {
          let t = Double(step) / 16
          let (a, b, c, d) = ((1 - t) * (1 - t) * (1 - t), 3 * (1 - t) * (1 - t) * t, 3 * (1 - t) * t * t, t * t * t)
          points.append(
            .init(a * start.x + b * first.x + c * second.x + d * end.x, a * start.y + b * first.y + c * second.y + d * end.y))
        }
      case .close: break
      }
    }
    return points
  }

  /// Text stays in its box, and everything in the picture; no two texts of a box run into each other.
  @Test func everyTextFits() {
    for graph in Self.examples {
      let drawing = Drawing(graph)
      for group in drawing.groups {
        let texts = group.shapes.compactMap { shape -> Drawing.Text? in if case .text(let text) = shape { text } else { nil } }
        let frame = group.frame ?? .init(x: 0, y: 0, width: drawing.width, height: drawing.height)
        for text in texts {
          #expect(text.left >= frame.x && text.left + text.width <= frame.right, "\(text.string)")
          #expect(text.origin.y - text.size * 0.8 >= frame.y && text.origin.y + text.size * 0.25 <= frame.bottom, "\(text.string)")
        }
        guard case .node = group.role else { continue }
        for (index, one) in texts.enumerated() {
          for other in texts[(index + 1)...] where abs(one.origin.y - other.origin.y) < 3 {
            #expect(one.left + one.width <= other.left || other.left + other.width <= one.left, "\(one.string) \(other.string)")
          }
        }
      }
    }
  }

  @Test func columnsMeetTheirRows() throws {
    let drawing = Drawing(LineageExamples.columns())
    let frames = Self.frames(drawing)
    func baseline(_ id: String, _ column: String) throws -> Double {
      let group = try #require(drawing.groups.first { $0.role == .node(id) })
      for case .text(let text) in group.shapes where text.string == column { return text.origin.y }
      throw CancellationError()
    }
    var count = 0
    for group in drawing.groups {
      guard case .columnEdge(let from, let fromColumn, let to, let toColumn) = group.role, case .path(let path)? = group.shapes.first,
        case .move(let start)? = path.segments.first
      else { continue }
      count += 1
      let (source, target) = try (baseline(from, fromColumn), baseline(to, toColumn))
      // A baseline is below the middle of its row.
      #expect(abs(start.y - source + 3.8) < 0.1 && abs(Self.end(path).y - target + 3.8) < 0.1)
      #expect(start.x == frames[from]?.right)
    }
    #expect(count == 14)
  }

  /// Of many columns, those that edges lead to are shown.
  @Test func tooManyColumnsAreCounted() throws {
    let columns = (0..<60).map { LineageColumn("c\($0)") }
    let graph = LineageGraph(
      nodes: [
        LineageNode(id: "a", kind: .table, label: "a", columns: columns), LineageNode(id: "b", kind: .table, label: "b", columns: columns),
      ],
      edges: [LineageEdge(from: "a", to: "b", evidence: .observed, columns: [.init(from: "c57", to: "c0", evidence: .observed)])])
    let drawing = Drawing(graph)
    func texts(_ id: String) throws -> [String] {
      try #require(drawing.groups.first { $0.role == .node(id) }).shapes.compactMap {
        if case .text(let text) = $0 { text.string } else { nil }
      }
    }
    #expect(try texts("a").suffix(3) == ["c21", "c57", "and 37 more columns"])
    #expect(try texts("b").suffix(3) == ["c21", "c22", "and 37 more columns"])
    #expect(drawing.groups.contains { $0.role == .columnEdge(from: "a", fromColumn: "c57", to: "b", toColumn: "c0") })
  }

  /// The grades are told apart without colour: by dashes, by hollow heads, by a second line, by a sign.
  @Test func evidenceIsSeenWithoutColour() {
    func shapes(_ evidence: LineageEvidence) -> [String] {
      EdgePicture(evidence: evidence).shapes([.init(0, 0), .init(50, 0)]).map { shape in
        guard case .path(let path) = shape else { return "" }
        let fill = path.fill.map { $0 == .paper ? "hollow" : "full" } ?? "none"
        return "\(path.segments.count) \(path.stroke?.dashes.isEmpty == false ? "dashed" : "whole") \(fill)"
      }
    }
    let all = LineageEvidence.allCases.map(shapes)
    #expect(Set(all).count == LineageEvidence.allCases.count, "\(all)")
    let signs = LineageNode.Kind.allCases.map { NodeSign(kind: $0).shapes(x: 0, y: 0, size: 24)[1] }
    #expect(Set(signs).count == LineageNode.Kind.allCases.count)
  }

  /// Contrasts of WCAG 2.2 (1.4.3, 1.4.11): 4.5 for text, 3 for lines and signs.
  @Test func inksAreReadable() {
    func luminance(_ colour: UInt32) -> Double {
      func part(_ shift: UInt32) -> Double {
        let value = Double(colour >> shift & 0xFF) / 255
        // The curve of sRGB is near enough to a power for a test with room to spare.
        return value * value * (0.2 + 0.8 * value.squareRoot().squareRoot())
      }
      return 0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
    }
    func contrast(_ one: UInt32, _ other: UInt32) -> Double {
      let (one, other) = (luminance(one), luminance(other))
      return (max(one, other) + 0.05) / (min(one, other) + 0.05)
    }
    for ground in [Drawing.Ink.paper, .surface, .work] {
      for ink in [Drawing.Ink.text, .quiet, .danger] {
        #expect(contrast(ink.light, ground.light) > 4.5, "\(ink) \(ground)")
        #expect(contrast(ink.dark, ground.dark) > 4.5, "\(ink) \(ground)")
      }
    }
    #expect(contrast(Drawing.Ink.edge.light, Drawing.Ink.paper.light) > 3 && contrast(Drawing.Ink.edge.dark, Drawing.Ink.paper.dark) > 3)
    for kind in LineageNode.Kind.allCases {
      let ink = NodeSign(kind: kind).ink
      #expect(contrast(ink.light, Drawing.Ink.sign.light) > 4.5 && contrast(ink.dark, Drawing.Ink.sign.dark) > 3, "\(kind)")
    }
  }

  @Test func theSameGraphIsTheSamePicture() {
    for seed in UInt64(1)...5 {
      let graph = LineageExamples.random(seed: seed, nodes: 40, edges: 80)
      #expect(Drawing(graph) == Drawing(graph))
    }
  }

  /// Two thousand nodes and five thousand edges in less than two seconds of a debug build. The thread's own time, so that others on the
  /// machine do not count.
  @Test(.timeLimit(.minutes(1)), arguments: UInt64(0)...2) func largeGraphsAreDrawnInTime(seed: UInt64) {
    func secondsOfThread() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let graph = LineageExamples.random(seed: seed, nodes: 2_000, edges: 5_000, isHostile: false)
    let start = secondsOfThread()
    let drawing = Drawing(graph)
    let text = drawing.svgText()
    let seconds = secondsOfThread() - start
    #expect(seconds < 2)
    #expect(Self.frames(drawing).count == 2_000 && text.hasSuffix("</svg>\n"))
  }

  @Test(.timeLimit(.minutes(1))) func awkwardGraphsAreDrawnInTime() {
    func edges(_ pairs: [(Int, Int)]) -> [LineageEdge] {
      pairs.map { LineageEdge(from: "n\($0.0)", to: "n\($0.1)", evidence: .observed) }
    }
    let nodes = (0..<2_000).map { LineageNode(id: "n\($0)", kind: .table, label: "t\($0)") }
    let chain = (0..<1_999).map { ($0, $0 + 1) }
    let shapes: [[(Int, Int)]] = [
      chain + (0..<1_999).map { (0, $0 + 1) }, (1..<2_000).map { ($0, 0) }, chain + [(1_999, 0)], [],
      (0..<70).flatMap { from in (70..<140).map { (from, $0) } },
    ]
    for shape in shapes {
      let drawing = Drawing(LineageGraph(nodes: nodes, edges: edges(shape)))
      #expect(Self.frames(drawing).count == 2_000)
    }
  }
}
