import Lineage
import Postgres

/// What several events add to the graph, each row once, since one statement writes a row but once.
struct GraphBatch {
  struct Event {
    let id: Int64
    let principal: String
    let facts: EventFacts
  }

  private var nodes: GraphNodes
  private var runs: [RunID: RunRow] = [:]
  private var uses: [UseKey: UseRow] = [:]
  private var edges: [EdgeKey: EdgeRow] = [:]
  private var columns: [ColumnKey: ColumnRow] = [:]

  /// Finds the nodes of everything that the events name, or makes them.
  init(_ events: [Event], aliases: [NamespaceAliases.Alias], on connection: PostgresConnection) throws {
    nodes = try GraphNodes(events, aliases: aliases, on: connection)
    for event in events { take(event) }
  }

  func write(on connection: PostgresConnection) throws {
    try nodes.write(on: connection)
    try RunRow.write(Array(runs.values), on: connection)
    try UseRow.write(uses, on: connection)
    var edges = edges
    let known = try RunEdges.read(Set(uses.keys.map(\.run)), on: connection)
    for run in known {
      for (key, row) in run.edges { edges[key, default: row].merge(row) }
    }
    try EdgeRow.write(edges, on: connection)
    try EdgeRow.removeOneSided(known, on: connection)
    try ColumnRow.write(columns, on: connection)
  }

  private mutating func take(_ event: Event) {
    let facts = event.facts
    let time = PostgresTimestamp(microseconds: facts.timeUs)
    guard let job = facts.job.map({ nodes.job($0) }) else { return }
    let datasets = facts.datasets.map { nodes.dataset($0) }
    func id(_ node: EventFacts.Node) -> Int64 {
      switch node {
      case .dataset(let place): datasets[place]
      case .job(let name): nodes.job(name)
      }
    }
    if let run = facts.run {
      let row = RunRow(run, job: job, parentJob: run.parent.map { nodes.job($0.job) }, isExplicit: !facts.links.isEmpty, event)
      runs[run.id, default: row].merge(row)
      for use in facts.uses {
        let key = UseKey(run: run.id, node: datasets[use.dataset], isOutput: use.isOutput, version: use.version?.text ?? "")
        let row = UseRow(use, time, by: event.principal)
        uses[key, default: row].merge(row)
      }
    } else if facts.links.isEmpty {
      let inputs = facts.uses.filter { !$0.isOutput }.map { datasets[$0.dataset] }
      let outputs = facts.uses.filter(\.isOutput).map { datasets[$0.dataset] }
      for key in RunEdges.keys(job: job, inputs: inputs, outputs: outputs) { add(key, EdgeRow(first: time, last: time, run: nil)) }
    }
    for link in facts.links {
      add(
        EdgeKey(target: id(link.target), source: id(link.source), job: nodes.job(link.job)),
        EdgeRow(first: time, last: time, run: facts.run?.id))
    }
    for link in facts.columns {
      let row = ColumnRow(link, time)
      columns[ColumnKey(link, source: datasets[link.source], target: datasets[link.target], job: job), default: row].merge(row)
    }
  }

  private mutating func add(_ key: EdgeKey, _ row: EdgeRow) { edges[key, default: row].merge(row) }
}
