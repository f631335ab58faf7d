extension LineageGraph {
  /// The graph as lines for a terminal, from the focus along the direction; without a focus, from where data ends up (or begins, for
  /// `downstream`). Ends with a line end.
  ///
  /// A node is told in full where it is met first. Met again it is only named, with `(see above)`, or `(cycle)` when it stands on the way
  /// from the root to here; so the tree has at most a line for each node and each edge. Nodes that are not reached are told at the end.
  package var treeText: String {
    var tree = LineageTree(self)
    switch direction {
    case .upstream: tree.tell(towards: .upstream, roots: focus.map { [$0] })
    case .downstream: tree.tell(towards: .downstream, roots: focus.map { [$0] })
    case .both:
      tree.tell(towards: .upstream, heading: "Upstream, what it came from:", roots: focus.map { [$0] })
      tree.tell(towards: .downstream, heading: "Downstream, what came of it:", roots: focus.map { [$0] })
    }
    tree.tellRest()
    if isCut { tree.lines.append("There is more: the graph was cut.") }
    return tree.lines.map { $0 + "\n" }.joined()
  }
}

/// A graph being told as a tree.
private struct LineageTree {
  /// A line that is to come: a node, the edge that led to it, and where it stands.
  private struct Step {
    let node: Int
    let edge: Int?
    let prefix: String
    let isLast: Bool
    let isRoot: Bool
  }

  private let graph: LineageGraph
  private let places: [String: Int]
  /// Edges by the node that data came from, and by the one that it went to.
  private var outgoing: [[Int]]
  private var incoming: [[Int]]
  private var everTold: Set<Int> = []
  /// Which way the tree that is being told goes.
  private var isDownstream = false
  var lines: [String] = []

  init(_ graph: LineageGraph) {
    self.graph = graph
    places = graph.places
    outgoing = Array(repeating: [], count: graph.nodes.count)
    incoming = outgoing
    for (index, edge) in graph.edges.enumerated() {
      guard let from = places[edge.from], let to = places[edge.to] else { continue }
      outgoing[from].append(index)
      incoming[to].append(index)
    }
  }

  /// - Parameter roots: ids; `nil` for the nodes where the way ends.
  mutating func tell(towards direction: LineageGraph.Direction, heading: String? = nil, roots: [String]?) {
    if let heading { lines.append(heading) }
    isDownstream = direction == .downstream
    let starts: [Int]
    if let roots {
      starts = roots.compactMap { places[$0] }
    } else {
      let ends = direction == .upstream ? outgoing : incoming
      starts = graph.nodes.indices.filter { ends[$0].isEmpty && places[graph.nodes[$0].id] == $0 }
    }
    var told: Set<Int> = []
    for start in starts { tell(from: start, told: &told) }
    everTold.formUnion(told)
  }

  /// Nodes that no way led to, such as a cycle without a way out.
  mutating func tellRest() {
    isDownstream = graph.direction == .downstream
    let rest = graph.nodes.indices.filter { !everTold.contains($0) && places[graph.nodes[$0].id] == $0 }
    guard !rest.isEmpty else { return }
    if !lines.isEmpty { lines.append("Not connected with this:") }
    var told = everTold
    for start in rest where !told.contains(start) { tell(from: start, told: &told) }
  }

  private mutating func tell(from root: Int, told: inout Set<Int>) {
    // An explicit stack, since a chain may be longer than a thread's stack is deep. An entry without a step leaves a node.
    var stack: [(step: Step?, leaving: Int)] = [(Step(node: root, edge: nil, prefix: "", isLast: true, isRoot: true), root)]
    var onTheWay: Set<Int> = []
    while let (step, leaving) = stack.popLast() {
      guard let step else {
        onTheWay.remove(leaving)
        continue
      }
      let isNew = told.insert(step.node).inserted
      lines.append(line(step, isNew: isNew, isCycle: onTheWay.contains(step.node)))
      guard isNew else { continue }
      onTheWay.insert(step.node)
      stack.append((nil, step.node))
      let prefix = step.isRoot ? "" : step.prefix + (step.isLast ? "   " : "│  ")
      let edges = isDownstream ? outgoing[step.node] : incoming[step.node]
      for (position, edge) in edges.enumerated().reversed() {
        guard let next = places[isDownstream ? graph.edges[edge].to : graph.edges[edge].from] else { continue }
        stack.append((Step(node: next, edge: edge, prefix: prefix, isLast: position == edges.count - 1, isRoot: false), next))
      }
    }
  }

  /// `├─ train: curated.loans · table, snapshot 12, 2026-05-03 09:15 UTC [pinned] (observed)`
  private func line(_ step: Step, isNew: Bool, isCycle: Bool) -> String {
    let node = graph.nodes[step.node]
    var text = step.isRoot ? "" : step.prefix + (step.isLast ? "└─ " : "├─ ")
    if let edge = step.edge, let label = graph.edges[edge].label, !label.isEmpty { text += PlainText.of(label) + ": " }
    text += PlainText.of(node.label)
    if isNew {
      text += " · " + ([node.kind.title.lowercased()] + node.details.map(PlainText.of)).joined(separator: ", ")
      for mark in node.marks { text += " [\(mark.rawValue)]" }
    }
    if let edge = step.edge { text += " (\(evidence(of: graph.edges[edge])))" }
    if !isNew { text += isCycle ? " (cycle)" : " (see above)" }
    if let edge = step.edge { text += columns(graph.edges[edge], under: step, hasMore: isNew && hasNext(step.node)) }
    return text
  }

  private func hasNext(_ node: Int) -> Bool { !(isDownstream ? outgoing : incoming)[node].isEmpty }

  private func evidence(of edge: LineageEdge) -> String {
    edge.evidence == .contradicted ? "‼ contradicted" : edge.evidence.rawValue
  }

  /// Which columns became which, a line each, between the tree's own lines.
  private func columns(_ edge: LineageEdge, under step: Step, hasMore: Bool) -> String {
    let prefix = step.prefix + (step.isLast ? "   " : "│  ") + (hasMore ? "│  " : "   ")
    return edge.columns.map { column in
      var line = "\n\(prefix)\(PlainText.of(column.from)) → \(PlainText.of(column.to))"
      if let transformation = column.transformation { line += ", " + PlainText.of(transformation) }
      return line + " (\(column.evidence.rawValue))"
    }.joined()
  }
}
