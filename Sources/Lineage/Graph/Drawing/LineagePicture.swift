/// A graph on its way to a drawing: which boxes and lines there are, laid out, then drawn.
struct LineagePicture {
  typealias Drawing = LineageDrawing

  /// A line to be drawn: an edge, or one of its column edges.
  struct Line {
    let edge: Int
    /// Which of the edge's columns; `nil` for the edge itself.
    let column: Int?
    let link: Int
    var label: String?
    /// Whether the label stands at the box that data comes from, rather than where it goes to.
    var isLabelAtSource = true
    /// From the middle of the link's passages.
    var offset = 0.0
    /// Where it meets its left and its right box.
    var leftY = 0.0
    var rightY = 0.0
  }

  let graph: LineageGraph
  /// Nodes with ids of their own.
  private(set) var nodes: [NodePicture] = []
  private(set) var lines: [Line] = []
  /// Edges from a node to itself, with that node.
  private(set) var loops: [(edge: Int, box: Int)] = []
  private(set) var layout: LayeredLayout
  /// Room above a box for edges to itself.
  private var headroom: [Double] = []

  static let margin = 24.0

  // MARK: Measuring and laying out

  init(_ graph: LineageGraph) {
    self.graph = graph
    let places = graph.places
    let shown = graph.nodes.indices.filter { places[graph.nodes[$0].id] == $0 }
    let boxes = Dictionary(uniqueKeysWithValues: shown.enumerated().map { (graph.nodes[$0.element].id, $0.offset) })
    var used: [Set<String>] = Array(repeating: [], count: shown.count)
    var ends: [(edge: Int, from: Int, to: Int)] = []
    for (index, edge) in graph.edges.enumerated() {
      guard let from = boxes[edge.from], let to = boxes[edge.to] else { continue }
      if from == to { loops.append((index, from)) } else { ends.append((index, from, to)) }
      for column in edge.columns {
        used[from].insert(column.from)
        used[to].insert(column.to)
      }
    }
    let labels = EdgeLabels(graph, ends: ends, boxCount: shown.count)
    nodes = shown.enumerated().map { box, place in
      NodePicture(
        graph.nodes[place], isFocus: graph.nodes[place].id == graph.focus, usedColumns: used[box], headRoom: labels.headRoom[box])
    }
    var headroom = Array(repeating: 0.0, count: shown.count)
    for loop in loops { headroom[loop.box] = 24 }
    self.headroom = headroom
    var links: [LayeredLayout.Link] = []
    var linkOfPair: [[Int]: Int] = [:]
    for (position, end) in ends.enumerated() {
      let link = linkOfPair[[end.from, end.to]] ?? links.count
      if link == links.count {
        linkOfPair[[end.from, end.to]] = link
        links.append(.init(from: end.from, to: end.to, thickness: 0))
      }
      links[link].labelWidth = max(links[link].labelWidth, labels.width(position))
      lines.append(
        Line(edge: end.edge, column: nil, link: link, label: labels.text[position], isLabelAtSource: labels.isAtSource[position]))
      for (column, names) in graph.edges[end.edge].columns.enumerated()
      where nodes[end.from].rowMiddle(names.from) != nil && nodes[end.to].rowMiddle(names.to) != nil {
        lines.append(Line(edge: end.edge, column: column, link: link))
      }
    }
    Self.bundle(&lines, &links)
    let layoutBoxes = nodes.enumerated().map { box, node in
      LayeredLayout.Box(width: node.width, height: node.height + headroom[box], port: headroom[box] + node.headHeight / 2)
    }
    layout = LayeredLayout(boxes: layoutBoxes, links: links, alignsRight: graph.direction != .downstream)
    assignPorts()
  }

  /// Lines of the same link go beside each other.
  private static func bundle(_ lines: inout [Line], _ links: inout [LayeredLayout.Link]) {
    var counts = Array(repeating: 0, count: links.count)
    for line in lines { counts[line.link] += 1 }
    var next = Array(repeating: 0, count: links.count)
    for index in lines.indices {
      let link = lines[index].link
      let step = min(6, 80 / Double(counts[link]))
      lines[index].offset = (Double(next[link]) - Double(counts[link] - 1) / 2) * step
      next[link] += 1
      links[link].thickness = Double(counts[link] - 1) * step + 4
    }
  }

  /// Where lines meet boxes: those of columns at their rows, the others side by side at the head, in the order of where they come from.
  private mutating func assignPorts() {
    var left: [[(y: Double, line: Int)]] = Array(repeating: [], count: nodes.count)
    var right = left
    for (index, line) in lines.enumerated() {
      let (leftBox, rightBox) = layout.ends(line.link)
      if let column = line.column {
        let names = graph.edges[line.edge].columns[column]
        let (leftName, rightName) = layout.isReversed[line.link] ? (names.to, names.from) : (names.from, names.to)
        lines[index].leftY = frame(leftBox).y + (nodes[leftBox].rowMiddle(leftName) ?? 0)
        lines[index].rightY = frame(rightBox).y + (nodes[rightBox].rowMiddle(rightName) ?? 0)
        continue
      }
      let passages = layout.passages[line.link]
      right[leftBox].append((passages.first.map { $0.y + line.offset } ?? headMiddle(rightBox), index))
      left[rightBox].append((passages.last.map { $0.y + line.offset } ?? headMiddle(leftBox), index))
    }
    for box in nodes.indices {
      for (line, y) in spread(right[box], box) { lines[line].leftY = y }
      for (line, y) in spread(left[box], box) { lines[line].rightY = y }
    }
  }

  private func spread(_ ends: [(y: Double, line: Int)], _ box: Int) -> [(line: Int, y: Double)] {
    let sorted = ends.sorted { ($0.y, $0.line) < ($1.y, $1.line) }
    let step = min(EdgeLabels.step, (nodes[box].headHeight - 16) / Double(max(1, ends.count)))
    return sorted.enumerated().map { index, end in
      (end.line, headMiddle(box) + (Double(index) - Double(ends.count - 1) / 2) * step)
    }
  }

  private func headMiddle(_ box: Int) -> Double { frame(box).y + nodes[box].headHeight / 2 }

  /// Relative to the layout's own corner. All boxes of a column are as wide as the widest.
  private func frame(_ box: Int) -> Drawing.Frame {
    let column = layout.columnX[layout.columns[box]]
    return .init(x: column.left, y: layout.tops[box] + headroom[box], width: column.width, height: nodes[box].height)
  }

  // MARK: Drawing

  func drawing(hasLegend: Bool) -> Drawing {
    let evidence = Set(
      lines.map { graph.edges[$0.edge].evidence }
        + lines.compactMap { line in
          line.column.map { graph.edges[line.edge].columns[$0].evidence }
        } + loops.map { graph.edges[$0.edge].evidence })
    let legend = LegendPicture(
      graph, drawnNodes: nodes.map(\.node), evidence: evidence, hasReversed: lines.contains { layout.isReversed[$0.link] })
    let heading = HeadingPicture(
      graph, nodeCount: nodes.count, edgeCount: lines.count { $0.column == nil } + loops.count,
      width: layout.width)
    // A self-loop stands out to the right of its box.
    let inner = max(layout.width + (loops.isEmpty ? 0 : 24), hasLegend ? max(560, legend.width) : 0, heading.width)
    let x = Self.margin + ((inner - layout.width) / 2).rounded()
    let y = Self.margin + heading.height
    var groups: [Drawing.Group] = []
    var bottom = y + layout.height + Self.margin
    var legendGroup: [Drawing.Group] = []
    if hasLegend, !nodes.isEmpty {
      let (group, height) = legend.group(x: Self.margin, y: bottom, width: inner)
      legendGroup = [group]
      bottom += height + Self.margin / 2
    }
    let size = Drawing.Frame(x: 0, y: 0, width: inner + 2 * Self.margin, height: bottom)
    groups.append(.init(role: .background, frame: size, shapes: [.box(.init(frame: size, radius: 0, fill: .paper))]))
    groups.append(heading.group(x: Self.margin, y: Self.margin))
    // Fine lines first, so that they do not cover others; boxes last, so that no line covers a name.
    groups += lines.filter { $0.column != nil }.map { group($0, x: x, y: y) }
    groups += lines.filter { $0.column == nil }.map { group($0, x: x, y: y) }
    groups += lines.compactMap { labelGroup($0, x: x, y: y) }
    groups += loops.map { loopGroup($0.edge, $0.box, x: x, y: y) }
    groups += nodes.indices.map { nodes[$0].group(moved(frame($0), x, y)) }
    groups += legendGroup
    return Drawing(
      title: graph.title, summary: heading.summary, width: size.width, height: size.height, groups: groups, crossings: layout.crossings)
  }

  private func moved(_ frame: Drawing.Frame, _ x: Double, _ y: Double) -> Drawing.Frame {
    .init(x: frame.x + x, y: frame.y + y, width: frame.width, height: frame.height)
  }

  private func group(_ line: Line, x: Double, y: Double) -> Drawing.Group {
    let edge = graph.edges[line.edge]
    let isReversed = layout.isReversed[line.link]
    let points = points(line).map { Drawing.Point($0.x + x, $0.y + y) }
    if let column = line.column {
      let names = edge.columns[column]
      let picture = EdgePicture(evidence: names.evidence, isFine: true, isReversed: isReversed)
      return .init(
        role: .columnEdge(from: edge.from, fromColumn: names.from, to: edge.to, toColumn: names.to),
        tooltip: "\(edge.from) \(names.from) → \(edge.to) \(names.to): "
          + (names.transformation.map { $0 + ", " } ?? "") + names.evidence.rawValue,
        shapes: picture.shapes(points))
    }
    let picture = EdgePicture(evidence: edge.evidence, isReversed: isReversed)
    return .init(
      role: .edge(from: edge.from, to: edge.to, isReversed: isReversed), tooltip: tooltip(edge), shapes: picture.shapes(points))
  }

  /// A line's label, on a ground of its own, so that other lines do not run through it.
  private func labelGroup(_ line: Line, x: Double, y: Double) -> Drawing.Group? {
    guard let label = line.label else { return nil }
    let edge = graph.edges[line.edge]
    let points = points(line)
    // At the left box the label follows it, at the right box it ends before the arrow's head.
    let isLeft = line.isLabelAtSource != layout.isReversed[line.link]
    let at = isLeft ? points[0] : points[points.count - 1]
    let gap = isLeft ? (layout.isReversed[line.link] ? 24.0 : 7) : -14
    let text = Drawing.Text(
      origin: .init(at.x + x + gap, at.y + y - 4.5), string: label, size: EdgeLabels.size, anchor: isLeft ? .start : .end,
      ink: edge.evidence == .contradicted ? .danger : .quiet)
    let ground = Drawing.Frame(x: text.left - 1, y: text.origin.y - 8, width: text.width + 2, height: 10)
    return .init(
      role: .edgeLabel(from: edge.from, to: edge.to), tooltip: tooltip(edge),
      shapes: [.box(.init(frame: ground, radius: 2, fill: .paper)), .text(text)])
  }

  private func loopGroup(_ index: Int, _ box: Int, x: Double, y: Double) -> Drawing.Group {
    let edge = graph.edges[index]
    return .init(
      role: .edge(from: edge.from, to: edge.to, isReversed: true), tooltip: tooltip(edge),
      shapes: EdgePicture(evidence: edge.evidence).loopShapes(around: moved(frame(box), x, y)))
  }

  private func tooltip(_ edge: LineageEdge) -> String {
    let label = edge.label.map { $0.isEmpty ? "" : $0 + ", " } ?? ""
    return "\(edge.from) → \(edge.to): \(label)\(edge.evidence.rawValue) (\(edge.evidence.meaning))"
  }

  /// From left to right, straight and curved in turn, as ``EdgePicture`` wants them.
  private func points(_ line: Line) -> [Drawing.Point] {
    let (leftBox, rightBox) = layout.ends(line.link)
    let start = Drawing.Point(frame(leftBox).right, line.leftY)
    let end = Drawing.Point(frame(rightBox).x, line.rightY)
    var stubs = (left: 6.0, right: line.column == nil ? 15.0 : 9.0)
    if let label = line.label {
      let width = TextWidths.width(label, size: EdgeLabels.size) + 8
      if line.isLabelAtSource != layout.isReversed[line.link] { stubs.left += width } else { stubs.right += width }
    }
    if layout.isReversed[line.link] { stubs.left += 18 }
    var points = [start, Drawing.Point(start.x + stubs.left, start.y)]
    for passage in layout.passages[line.link] {
      let column = layout.columnX[passage.column]
      let y = passage.y + line.offset
      points += [Drawing.Point(column.left, y), Drawing.Point(column.left + column.width, y)]
    }
    return points + [Drawing.Point(end.x - stubs.right, end.y), end]
  }
}
