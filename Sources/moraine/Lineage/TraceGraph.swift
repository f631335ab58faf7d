import JSON
import Lineage

/// The server's answer as a graph to be drawn or told.
///
/// Between what a job read and what it made of it stands a box for the job: one for each set of sources, so that every way through the
/// picture is one that data can have gone. With columns there is no such box, and its name stands on the arrows.
struct TraceGraph {
  private let isWithColumns: Bool
  private let warehouse: String
  private var nodes: [Int64: Node] = [:]
  private(set) var graph: LineageGraph

  private struct Node {
    let kind: String
    let name: String?
    let graphNode: LineageNode
    /// How many states it is told in.
    let stateCount: Int
  }

  private struct Edge {
    let source: Int64
    let target: Int64
    let job: Int64?
    let label: String?
    let evidence: LineageEvidence
  }

  /// - Parameter warehouse: of names that are written without one.
  init(_ answer: JSONValue, warehouse: String) throws {
    let answer = try answer.object()
    self.warehouse = warehouse
    graph = LineageGraph(
      direction: LineageGraph.Direction(rawValue: try answer.required("direction").string()) ?? .both,
      isCut: try answer.required("is-cut").bool())
    let columns = try answer.optional("columns")?.array().map { try Column($0.object()) } ?? []
    isWithColumns = answer.optional("columns") != nil
    var order: [Int64] = []
    for json in try answer.required("nodes").array() {
      let object = try json.object()
      let id = try object.required("id").int64()
      order.append(id)
      nodes[id] = try Self.node(object, id, warehouse)
    }
    let edges = try answer.required("edges").array().map { try edge($0.object()) }
    let start = try answer.required("start").int64()
    graph.focus = nodes[start]?.graphNode.id
    add(order, edges, start: start)
    if isWithColumns { add(columns, edges) }
  }

  // MARK: Nodes

  private static func node(_ node: JSONObject, _ id: Int64, _ warehouse: String) throws -> Node {
    let kind = try node.required("kind").string()
    let reference = try node.optional("reference")?.string() ?? "node:\(id)"
    guard let name = try node.optional("name")?.string() else {
      return Node(
        kind: kind, name: nil, graphNode: LineageNode(id: reference, kind: .hidden, label: "hidden", sublabel: "\(kind)"), stateCount: 0)
    }
    let namespace = try node.optional("namespace")?.string()
    let format = try node.optional("format")?.string()
    let states = try node.optional("states")?.array().map { try State($0.object()) } ?? []
    let stage = try node.optional("stage")?.string()
    var drawn = LineageNode(id: reference, kind: .externalDataset, label: name)
    switch kind {
    case "model": drawn.kind = .model
    case "model-version": (drawn.kind, drawn.sublabel) = (.modelVersion, stage)
    case "job": (drawn.kind, drawn.sublabel) = (.job, namespace)
    case "run": (drawn.kind, drawn.sublabel) = (.run, stage?.lowercased())
    default:
      drawn.sublabel = namespace
      if let object = try node.optional("object")?.object() {
        drawn.kind = Self.kind(try object.required("kind").string(), format)
        let levels = try object.required("namespace").array().map { try $0.string() }
        drawn.label = DatasetName(namespace: NamespaceName(levels: levels), name: try object.required("name").string()).description
        let its = try object.required("warehouse").string()
        drawn.sublabel = [its == warehouse ? nil : "in \(its)", drawn.kind == .fileSet && format != "files" ? format : nil].compactMap {
          $0
        }
        .joined(separator: ", ")
      }
    }
    if states.count == 1, let only = states.first {
      drawn.snapshotID = only.snapshotID
      drawn.committedAtMs = only.committedAtMs
      if only.snapshotID == nil { drawn.sublabel = join(drawn.sublabel, "version \(only.text)") }
    } else if states.count > 1 {
      drawn.sublabel = join(drawn.sublabel, "\(states.count) \(states[0].snapshotID == nil ? "versions" : "snapshots")")
    }
    if drawn.sublabel?.isEmpty == true { drawn.sublabel = nil }
    if states.contains(where: \.isPinned) { drawn.marks.append(.pinned) }
    if try node.optional("is-held")?.bool() == true { drawn.marks.append(.held) }
    if try node.optional("is-gone")?.bool() == true || states.contains(where: \.isGone) { drawn.marks.append(.gone) }
    return Node(kind: kind, name: name, graphNode: drawn, stateCount: states.count)
  }

  private static func join(_ first: String?, _ second: String) -> String {
    first.map { $0.isEmpty ? second : "\($0), \(second)" } ?? second
  }

  private static func kind(_ kind: String, _ format: String?) -> LineageNode.Kind {
    switch (kind, format) {
    case ("view", _): .view
    case (_, "delta"): .delta
    case (_, "hudi"): .hudi
    case (_, "topic"): .topic
    case (_, "feature-view"): .featureView
    case (_, .some): .fileSet
    default: .table
    }
  }

  private struct State {
    let text: String
    let snapshotID: Int64?
    let committedAtMs: Int64?
    let isPinned: Bool
    let isGone: Bool

    init(_ state: JSONObject) throws {
      text = try state.required("state").string()
      snapshotID = try state.optional("snapshot-id")?.int64()
      committedAtMs = try state.optional("committed-at-ms")?.int64()
      isPinned = try state.optional("is-pinned")?.bool() ?? false
      isGone = try state.optional("is-gone")?.bool() ?? false
    }
  }

  // MARK: Edges

  private func edge(_ edge: JSONObject) throws -> Edge {
    let source = try edge.required("source").int64()
    var label = try edge.optional("role")?.string()
    // Of a table that was used in several states the arrow says which.
    if let state = try edge.optional("source-state")?.string(), let role = label, nodes[source]?.stateCount ?? 0 > 1 {
      label = "\(role) …\(state.suffix(6))"
    }
    return Edge(
      source: source, target: try edge.required("target").int64(),
      job: try edge.required("kind").string() == "job" ? edge.optional("job")?.int64() : nil, label: label,
      evidence: LineageEvidence(rawValue: try edge.required("evidence").string()) ?? .declared)
  }

  private mutating func add(_ order: [Int64], _ edges: [Edge], start: Int64) {
    var boxes: [Int64: [String]] = [:]
    var links: [LineageEdge] = []
    var byJob: [Int64: [Int64: [Edge]]] = [:]
    for edge in edges {
      guard let job = edge.job, edge.source != job, edge.target != job, !isWithColumns, job != start else {
        links += direct(edge, start: start)
        continue
      }
      byJob[job, default: [:]][edge.target, default: []].append(edge)
    }
    for (job, targets) in byJob.sorted(by: { $0.key < $1.key }) {
      let groups = Dictionary(grouping: targets.sorted { $0.key < $1.key }) { Set($0.value.map(\.source)) }.values.sorted {
        $0[0].key < $1[0].key
      }
      for (place, group) in groups.enumerated() {
        guard let box = nodes[job]?.graphNode.id else { continue }
        let id = place == 0 && !usesAlone(job, edges) ? box : "\(box)#\(place + 1)"
        boxes[job, default: []].append(id)
        for edge in group.flatMap(\.value) {
          guard let from = nodes[edge.source]?.graphNode.id, let to = nodes[edge.target]?.graphNode.id else { continue }
          links.append(LineageEdge(from: from, to: id, evidence: edge.evidence))
          links.append(LineageEdge(from: id, to: to, evidence: edge.evidence))
        }
      }
    }
    let ends = Set(edges.flatMap { [$0.source, $0.target] })
    for id in order {
      guard let node = nodes[id]?.graphNode else { continue }
      // A job that has boxes of its own has no other, unless it is an end itself.
      let ids = nodes[id]?.kind == "job" ? (boxes[id] ?? []) + (ends.contains(id) || id == start ? [node.id] : []) : [node.id]
      for id in ids {
        var node = node
        node.id = id
        graph.nodes.append(node)
      }
    }
    graph.edges = Self.merged(links)
  }

  /// Whether a job stands in the graph by itself, since a run of it only read or only wrote.
  private func usesAlone(_ job: Int64, _ edges: [Edge]) -> Bool {
    edges.contains { $0.job == job && ($0.source == job || $0.target == job) }
  }

  private func direct(_ edge: Edge, start: Int64) -> [LineageEdge] {
    guard let from = nodes[edge.source]?.graphNode.id, let to = nodes[edge.target]?.graphNode.id else { return [] }
    // What was asked about is a box in any case.
    if let job = edge.job, job == start, edge.source != job, edge.target != job, let box = nodes[job]?.graphNode.id {
      return [LineageEdge(from: from, to: box, evidence: edge.evidence), LineageEdge(from: box, to: to, evidence: edge.evidence)]
    }
    let name = isWithColumns ? edge.job.flatMap { nodes[$0]?.name } : nil
    return [LineageEdge(from: from, to: to, label: edge.label ?? name, evidence: edge.evidence)]
  }

  /// Of edges that say the same, one, with the best that is known.
  private static func merged(_ edges: [LineageEdge]) -> [LineageEdge] {
    let order: [LineageEvidence] = [.inferred, .declared, .observed, .corroborated, .contradicted]
    func rank(_ edge: LineageEdge) -> Int { order.firstIndex(of: edge.evidence) ?? 0 }
    var places: [[String]: Int] = [:]
    var merged: [LineageEdge] = []
    for edge in edges {
      let key = [edge.from, edge.to, edge.label ?? ""]
      if let place = places[key] {
        if rank(edge) > rank(merged[place]) { merged[place].evidence = edge.evidence }
      } else {
        places[key] = merged.count
        merged.append(edge)
      }
    }
    return merged
  }

  // MARK: Columns

  private struct Column {
    let source: Int64
    let sourceColumn: String
    let target: Int64
    let targetColumn: String?
    let transformation: String?
    let evidence: LineageEvidence

    init(_ column: JSONObject) throws {
      source = try column.required("source").int64()
      sourceColumn = try column.required("source-column").string()
      target = try column.required("target").int64()
      targetColumn = try column.optional("target-column")?.string()
      let kind = try (column.optional("subtype") ?? column.optional("transformation"))?.string().lowercased()
      let isMasking = try column.required("is-masking").bool()
      transformation = isMasking ? [kind, "masked"].compactMap { $0 }.joined(separator: ", ") : kind
      evidence = LineageEvidence(rawValue: try column.required("evidence").string()) ?? .declared
    }
  }

  /// Where values decided which rows there are.
  private static let rows = "(which rows)"

  private mutating func add(_ columns: [Column], _ edges: [Edge]) {
    var places: [[String]: Int] = [:]
    for (place, edge) in graph.edges.enumerated() where places[[edge.from, edge.to]] == nil { places[[edge.from, edge.to]] = place }
    var names: [String: [String]] = [:]
    var seen: [String: Set<String>] = [:]
    func add(_ column: String, to node: String) {
      if seen[node, default: []].insert(column).inserted { names[node, default: []].append(column) }
    }
    for column in columns {
      guard let from = nodes[column.source]?.graphNode.id, let to = nodes[column.target]?.graphNode.id, let place = places[[from, to]]
      else {
        continue
      }
      let target = column.targetColumn ?? Self.rows
      add(column.sourceColumn, to: from)
      add(target, to: to)
      let edge = LineageColumnEdge(
        from: column.sourceColumn, to: target, transformation: column.transformation, evidence: column.evidence)
      if !graph.edges[place].columns.contains(edge) { graph.edges[place].columns.append(edge) }
    }
    for place in graph.nodes.indices {
      let own = names[graph.nodes[place].id] ?? []
      graph.nodes[place].columns = (own.filter { $0 != Self.rows } + own.filter { $0 == Self.rows }).map { LineageColumn($0) }
    }
  }
}
