import Iceberg
import Lineage
import Postgres

/// A trace on its way through the graph, in one transaction.
///
/// The graph lies in three places, joined here: what jobs did in `lineage_edges`; what models were trained on in `training_inputs`; what
/// feature views are computed from in `feature_view_sources`. The latter two are not copied into the first, so that what is withdrawn,
/// renamed or dropped is at once so in the graph, and binding a model waits for no one who takes events in.
///
/// A trace from one state of a dataset, from a model version or from a run goes by states. Each node has a moment, that of the state
/// through which it was reached, and only what can have gone into that state counts: upstream what was seen first by then, downstream what
/// was seen last since then.
/// ```
/// raw ──────job 1──▶ curated@5 ──train──▶ model@1       job 1 first ran before the commit of curated@5, job 2 after it:
/// late ─────job 2──▶ curated@6                          `late` is upstream of curated, not of model@1
/// ```
struct LineageTracer {
  enum Way: CaseIterable { case upstream, downstream }

  /// What is known by something else than a number of `lineage_nodes`.
  enum Key: Hashable {
    case dataset(DatasetID)
    /// What a feature store names as a source and nobody else knows.
    case source(EntityName)
    case version(ModelVersionID)
  }

  struct StateOfNode: Hashable {
    let node: Int64
    let state: TracedState
  }

  /// A node that the next step goes on from.
  struct Reached {
    let id: Int64
    /// Upstream what was seen first later than that does not count, downstream what was seen last before.
    let moment: PostgresTimestamp
    /// The run that wrote the state.
    var run: PostgresUUID?
    var job: Int64?
  }

  let connection: PostgresConnection
  let bounds: TraceBounds
  let start: TraceStart
  var trace: LineageTrace
  private(set) var nodes: [Int64: TracedNode] = [:]
  /// Whether it goes by states.
  private let goesByStates: Bool
  /// Nodes as they were reached, jobs of edges left out.
  private var order: [Int64] = []
  private var entered: Set<Int64> = []
  private var numbers: [Key: Int64] = [:]
  private var versions: [Int64: ModelVersionID] = [:]
  private var datasets: [Int64: DatasetID] = [:]
  private var seen: Set<TracedEdge> = []

  private static let endOfTime = PostgresTimestamp(milliseconds: 253_402_300_799_999)
  static let beginningOfTime = PostgresTimestamp(milliseconds: -62_135_596_800_000)

  /// - Returns: `nil` when nobody knows where to start.
  init?(from start: TraceStart, _ bounds: TraceBounds, on connection: PostgresConnection) throws {
    self.connection = connection
    self.bounds = bounds
    self.start = start
    switch start {
    case .state, .modelVersion, .model, .run: goesByStates = true
    case .node, .dataset, .column, .named: goesByStates = false
    }
    guard let node = try Self.find(start, on: connection) else { return nil }
    trace = LineageTrace(start: node.id)
    nodes[node.id] = node
    order = [node.id]
    entered = [node.id]
    if let dataset = node.dataset { numbers[.dataset(dataset)] = node.id }
    if case .modelVersion(let id) = start {
      numbers[.version(id)] = node.id
      versions[node.id] = id
    }
  }

  mutating func run() throws -> LineageTrace {
    for way in Way.allCases where bounds.direction.includes(way) {
      if case .column(_, let column) = start { try follow(column, way) } else { try walk(way) }
    }
    removeLooseEnds()
    try readNodes()
    if bounds.maximumColumns > 0 {
      if case .column = start {} else { try readColumns() }
      trace.columns.removeAll { nodes[$0.source] == nil || nodes[$0.target] == nil }
      if trace.columns.count > bounds.maximumColumns {
        trace.columns.removeLast(trace.columns.count - bounds.maximumColumns)
        trace.isCut = true
      }
    } else {
      trace.columns = []
    }
    return trace
  }

  // MARK: Walking

  private mutating func walk(_ way: Way) throws {
    var frontier = try begin(way)
    var expanded = Dictionary(frontier.map { ($0.id, $0.moment) }) { first, _ in first }
    for step in 0..<bounds.depth where !frontier.isEmpty && !trace.isCut {
      let found = try edges(from: frontier, way, isFirst: step == 0)
      frontier = try reach(found, from: frontier, way, &expanded)
    }
  }

  private mutating func begin(_ way: Way) throws -> [Reached] {
    let limit = Reached(id: trace.start, moment: way == .upstream ? bounds.asOf ?? Self.endOfTime : Self.beginningOfTime)
    switch start {
    case .model(let id):
      guard way == .upstream else { return [] }
      for edge in try versions(of: id) { take(edge, to: edge.source) }
      return order.dropFirst().map { Reached(id: $0, moment: limit.moment) }
    case .state(_, let state):
      let here = StateOfNode(node: trace.start, state: state)
      guard let found = try moments(of: [here], way)[here] else {
        throw CatalogError.noSuchSnapshot("Nobody knows of the state \(state.text) of \(nodes[trace.start]?.name.name ?? "the dataset")")
      }
      return [limited(found, way)]
    default: return [limit]
    }
  }

  /// What was asked about as of a time does not look behind that.
  private func limited(_ reached: Reached, _ way: Way) -> Reached {
    guard way == .upstream, let asOf = bounds.asOf, asOf < reached.moment else { return reached }
    return Reached(id: reached.id, moment: asOf)
  }

  private mutating func edges(from frontier: [Reached], _ way: Way, isFirst: Bool) throws -> [TracedEdge] {
    let room = bounds.maximumEdges - trace.edges.count
    var found: [TracedEdge]
    if isFirst, case .run(let run) = start {
      found = try uses(by: run)
    } else {
      let isFromJob = isFirst && nodes[trace.start]?.kind == "job"
      found = try isFromJob ? edges(ofJob: trace.start, way, room) : jobEdges(from: frontier, way, room)
      let datasets = frontier.compactMap { reached in nodes[reached.id]?.dataset.map { (dataset: $0, moment: reached.moment) } }
      if !datasets.isEmpty { found += try featureEdges(of: datasets.map(\.dataset), way) }
      switch way {
      case .upstream:
        let versions = frontier.compactMap { self.versions[$0.id] }
        if !versions.isEmpty { found += try inputs(of: versions) }
      case .downstream:
        if !datasets.isEmpty { found += try trainings(on: datasets, room) }
      }
      found = try withStates(found)
    }
    if found.count > room {
      trace.isCut = true
      found.removeLast(found.count - room)
    }
    return found
  }

  /// Takes edges in, and returns what they lead to that the walk has not gone on from, or not from so late, or so early, a moment.
  private mutating func reach(
    _ found: [TracedEdge], from frontier: [Reached], _ way: Way, _ expanded: inout [Int64: PostgresTimestamp]
  ) throws -> [Reached] {
    let states = Set(found.compactMap { $0.farState(way) })
    let moments = goesByStates ? try moments(of: Array(states), way) : [:]
    let near = Dictionary(frontier.map { ($0.id, $0.moment) }) { first, _ in first }
    var next: [Int64: Reached] = [:]
    var reached: [Int64] = []
    for edge in found {
      let far = edge.far(way)
      guard take(edge, to: far) else { continue }
      // From a job, the near end may be what it wrote.
      var moment = near[edge.near(way)] ?? frontier[0].moment
      // Nobody knows when what was bound was made; not later than it was bound.
      if goesByStates, way == .upstream, edge.kind == .training { moment = min(moment, edge.firstSeenAt) }
      let here = limited(edge.farState(way).flatMap { moments[$0] } ?? Reached(id: far, moment: moment), way)
      if let other = expanded[far], way == .upstream ? other >= here.moment : other <= here.moment { continue }
      expanded[far] = here.moment
      if next.updateValue(here, forKey: far) == nil { reached.append(far) }
    }
    try readNodes()
    return reached.compactMap { next[$0] }
  }

  /// - Returns: whether there is room for what it leads to.
  @discardableResult
  mutating func take(_ edge: TracedEdge, to far: Int64) -> Bool {
    if seen.insert(edge).inserted { trace.edges.append(edge) }
    guard !entered.contains(far) else { return true }
    guard order.count < bounds.maximumNodes else {
      trace.isCut = true
      return false
    }
    entered.insert(far)
    order.append(far)
    return true
  }

  // MARK: Nodes

  /// The number of something that may have one in `lineage_nodes`.
  mutating func number(_ key: Key, known: Int64? = nil, _ node: (Int64) throws -> TracedNode) rethrows -> Int64 {
    if let number = numbers[key] { return number }
    let number = known ?? -Int64(numbers.count + 2)
    numbers[key] = number
    switch key {
    case .version(let id): versions[number] = id
    case .dataset(let id): datasets[number] = id
    case .source: break
    }
    // What has a row of its own is read with the others.
    if known == nil { nodes[number] = try node(number) }
    return number
  }

  /// Also of what has a number and was not read yet.
  func dataset(of number: Int64) -> DatasetID? { datasets[number] ?? nodes[number]?.dataset }

  /// An edge to a node that there was no room for leads nowhere.
  private mutating func removeLooseEnds() {
    trace.edges.removeAll { edge in
      // Of a job or a run both sides are told, whichever way is gone.
      let isAtStart = edge.kind == .run || edge.job == trace.start
      return !isAtStart && !(entered.contains(edge.source) && entered.contains(edge.target))
    }
    for edge in trace.edges {
      for id in [edge.source, edge.target, edge.job ?? edge.source] where entered.insert(id).inserted { order.append(id) }
    }
    if let job = nodes[trace.start]?.job, entered.insert(job).inserted { order.append(job) }
  }

  /// Rows of the nodes that were reached and are not known yet.
  mutating func readNodes() throws {
    let missing = order.filter { nodes[$0] == nil }
    if !missing.isEmpty {
      let found = try connection.query(
        "SELECT id, kind, namespace, name, dataset_id FROM lineage_nodes WHERE id = ANY(\(missing))", Self.node)
      for node in found {
        nodes[node.id] = node
        if let dataset = node.dataset { numbers[.dataset(dataset)] = node.id }
      }
    }
    trace.nodes = order.compactMap { nodes[$0] }
  }

  private static func node(_ row: PostgresRow) throws -> TracedNode {
    TracedNode(id: try row[0], kind: try row[1], name: EntityName(namespace: try row[2], name: try row[3]), dataset: try row[4])
  }

  /// Of a dataset that no event told of.
  static func node(_ number: Int64, _ dataset: DatasetID, named identifier: String) throws -> TracedNode {
    let path = try DatasetPath(storedText: identifier)
    return TracedNode(
      id: number, kind: "dataset", name: EntityName(namespace: path.warehouse, name: path.identifier.description), dataset: dataset)
  }

  private static func find(_ start: TraceStart, on connection: PostgresConnection) throws -> TracedNode? {
    let columns: SQL = "n.id, n.kind, n.namespace, n.name, n.dataset_id"
    switch start {
    case .node(let id): return try connection.first("SELECT \(columns) FROM lineage_nodes n WHERE n.id = \(id)", node)
    case .named(let kind, let name):
      return try connection.first(
        """
        SELECT \(columns) FROM lineage_names m JOIN lineage_nodes n ON n.id = m.node_id
        WHERE m.kind = \(kind) AND m.namespace = \(name.namespace) AND m.name = \(name.name)
        """, node)
    case .dataset(let id), .state(let id, _), .column(let id, _):
      if let found = try connection.first("SELECT \(columns) FROM lineage_nodes n WHERE n.dataset_id = \(id)", node) { return found }
      return try connection.first("SELECT identifier FROM datasets WHERE id = \(id)") { row in
        try node(-1, id, named: try row[0])
      }
    case .run(let id):
      let uuid = PostgresUUID(high: id.high, low: id.low)
      return try connection.first("SELECT job_id, state FROM lineage_runs WHERE id = \(uuid)") { row in
        TracedNode(
          id: -1, kind: "run", name: EntityName(namespace: "", name: id.description), job: try row[0] as Int64, stage: try row[1] as String)
      }
    case .model(let id):
      return try connection.first("SELECT name FROM models WHERE id = \(id)") { row in
        TracedNode(id: -1, kind: "model", name: EntityName(namespace: "", name: try row[0]), model: id)
      }
    case .modelVersion(let id):
      return try connection.first(
        """
        SELECT m.name || '@' || v.name, v.model_id, v.stage FROM model_versions v JOIN models m ON m.id = v.model_id WHERE v.id = \(id)
        """
      ) { row in
        TracedNode(
          id: -1, kind: "model-version", name: EntityName(namespace: "", name: try row[0]), model: try row[1] as ModelID,
          stage: try row[2] as String)
      }
    }
  }
}

extension TraceDirection {
  fileprivate func includes(_ way: LineageTracer.Way) -> Bool {
    switch way {
    case .upstream: self != .downstream
    case .downstream: self != .upstream
    }
  }
}

extension TracedEdge {
  fileprivate func near(_ way: LineageTracer.Way) -> Int64 { way == .upstream ? target : source }
  fileprivate func far(_ way: LineageTracer.Way) -> Int64 { way == .upstream ? source : target }

  /// The state of what it leads to.
  fileprivate func farState(_ way: LineageTracer.Way) -> LineageTracer.StateOfNode? {
    (way == .upstream ? sourceState : targetState).map { LineageTracer.StateOfNode(node: far(way), state: $0) }
  }
}
