/// A picture's title, how it is to be read, and the same in words.
struct HeadingPicture {
  typealias Drawing = LineageDrawing

  private let title: String
  private let lines: [String]
  let summary: String

  /// - Parameter width: of what is below, which a long title may use.
  init(_ graph: LineageGraph, nodeCount: Int, edgeCount: Int, width: Double) {
    title = TextWidths.shortened(PlainText.of(graph.title), to: max(640, width), size: 18, isBold: true)
    var lines = [Self.subject(graph, nodeCount: nodeCount)]
    if graph.isCut { lines.append("There is more than this: the graph was cut at its limit.") }
    self.lines = lines
    summary = Self.summary(graph, nodeCount: nodeCount, edgeCount: edgeCount)
  }

  private static func subject(_ graph: LineageGraph, nodeCount: Int) -> String {
    guard nodeCount > 0 else { return "Nothing is known." }
    let way = "Data flows from left to right."
    guard graph.focus != nil else { return way }
    return switch graph.direction {
    case .upstream: "What it was made from (upstream). " + way
    case .downstream: "What was made from it (downstream). " + way
    case .both: "What it was made from, and what was made from it. " + way
    }
  }

  /// The first edges in words.
  private static func summary(_ graph: LineageGraph, nodeCount: Int, edgeCount: Int) -> String {
    let places = graph.places
    func name(_ id: String) -> String {
      guard let place = places[id] else { return id }
      return graph.nodes[place].kind.title.lowercased() + " " + graph.nodes[place].label
    }
    let told = graph.edges.prefix(40).map { edge in
      name(edge.from) + " to " + name(edge.to) + (edge.label.map { ", " + $0 } ?? "") + " (" + edge.evidence.rawValue + ")"
    }
    let counts = "\(nodeCount) \(nodeCount == 1 ? "node" : "nodes"), \(edgeCount) \(edgeCount == 1 ? "edge" : "edges")"
    let rest = graph.edges.count > told.count ? "; and \(graph.edges.count - told.count) more" : ""
    return "\(subject(graph, nodeCount: nodeCount)) \(counts)\(graph.isCut ? "; the graph was cut" : "")."
      + (told.isEmpty ? "" : " " + told.joined(separator: "; ") + rest + ".")
  }

  var width: Double {
    lines.reduce(TextWidths.width(title, size: 18, isBold: true)) { max($0, TextWidths.width($1, size: 11)) }
  }
  /// With the room below.
  var height: Double { 22 + Double(lines.count) * 16 + 22 }

  func group(x: Double, y: Double) -> Drawing.Group {
    var group = Drawing.Group(role: .heading)
    group.shapes.append(.text(.init(origin: .init(x, y + 14), string: title, size: 18, isBold: true)))
    for (index, line) in lines.enumerated() {
      group.shapes.append(.text(.init(origin: .init(x, y + 34 + Double(index) * 16), string: line, size: 11, ink: .quiet)))
    }
    return group
  }
}
