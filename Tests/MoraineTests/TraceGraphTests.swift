import JSON
import Lineage
import Testing

@testable import moraine

/// The server's answers as graphs.
@Suite struct TraceGraphTests {
  private static func table(_ id: Int, _ name: String, _ more: String = "") -> String {
    #"{"id":\#(id),"kind":"dataset","is-hidden":false,"namespace":"n","name":"x","reference":"dataset:main/a/\#(name)","object":{"kind":"table","warehouse":"main","namespace":["a"],"name":"\#(name)"}\#(more)}"#
  }

  private static func job(_ id: Int, _ name: String) -> String {
    #"{"id":\#(id),"kind":"job","is-hidden":false,"namespace":"spark","name":"\#(name)","reference":"job:spark/\#(name)"}"#
  }

  private static func edge(_ source: Int, _ target: Int, job: Int, _ more: String = "") -> String {
    #"{"kind":"job","source":\#(source),"target":\#(target),"job":\#(job),"first-seen-ms":1,"last-seen-ms":1,"evidence":"declared"\#(more)}"#
  }

  private static func graph(
    start: Int = 1, nodes: [String], edges: [String], columns: [String]? = nil, warehouse: String = "main"
  ) throws -> LineageGraph {
    let columns = columns.map { #","columns":[\#($0.joined(separator: ","))]"# } ?? ""
    let text = #"""
      {"start":\#(start),"direction":"upstream","depth":5,"is-cut":false,"nodes":[\#(nodes.joined(separator: ","))],
      "edges":[\#(edges.joined(separator: ","))]\#(columns)}
      """#
    return try TraceGraph(JSONDocument(parsing: text).root, warehouse: warehouse).graph
  }

  private static func links(_ graph: LineageGraph) -> [String] {
    graph.edges.map { edge in
      "\(edge.from.split(separator: "/").last ?? "") -> \(edge.to.split(separator: "/").last ?? "")" + (edge.label.map { " (\($0))" } ?? "")
    }.sorted()
  }

  /// Tables that a job makes of the same go through one box, others through another, so that no way leads from what did not go there.
  @Test func aJobHasABoxForEachSetOfSources() throws {
    let nodes = ["t1", "t2", "t3", "t4", "t5"].enumerated().map { Self.table($0.offset + 1, $0.element) } + [Self.job(9, "j")]
    let graph = try Self.graph(
      nodes: nodes,
      edges: [Self.edge(4, 1, job: 9), Self.edge(5, 1, job: 9), Self.edge(4, 2, job: 9), Self.edge(5, 2, job: 9), Self.edge(5, 3, job: 9)])
    #expect(
      Self.links(graph) == ["j -> t1", "j -> t2", "j#2 -> t3", "t4 -> j", "t5 -> j", "t5 -> j#2"])
    #expect(graph.nodes.filter { $0.kind == .job }.map(\.label) == ["j", "j"])
    #expect(graph.focus == "dataset:main/a/t1")
  }

  /// A job of which only one side is known, or that was asked about, is a box itself.
  @Test func aJobMayBeAnEnd() throws {
    let nodes = [Self.table(1, "t1"), Self.table(2, "t2"), Self.job(9, "j")]
    #expect(
      try Self.links(Self.graph(nodes: nodes, edges: [Self.edge(1, 9, job: 9), Self.edge(2, 1, job: 9)])) == [
        "j#1 -> t1", "t1 -> j", "t2 -> j#1",
      ])
    #expect(try Self.links(Self.graph(start: 9, nodes: nodes, edges: [Self.edge(2, 1, job: 9)])) == ["j -> t1", "t2 -> j"])
    #expect(try Self.links(Self.graph(start: 9, nodes: nodes, edges: [])) == [])
  }

  @Test func statesAndMarksAreTold() throws {
    let state = #"{"state":"7","snapshot-id":7,"committed-at-ms":5,"is-pinned":true}"#
    let version =
      #"{"id":-1,"kind":"model-version","is-hidden":false,"name":"m@7","reference":"model:m@7","stage":"production","object":{"kind":"model","name":"m"}}"#
    let hidden = #"{"id":3,"kind":"dataset","is-hidden":true}"#
    let training =
      #"{"kind":"training","source":1,"target":-1,"first-seen-ms":1,"last-seen-ms":1,"evidence":"observed","role":"train","source-state":"7"}"#
    let graph = try Self.graph(
      start: -1, nodes: [version, Self.table(1, "t", #","is-held":true,"states":[\#(state)]"#), hidden],
      edges: [training, Self.edge(3, 1, job: 9)])
    #expect(graph.nodes.map(\.kind) == [.modelVersion, .table, .hidden])
    #expect(graph.nodes.map(\.label) == ["m@7", "a.t", "hidden"])
    #expect(graph.nodes[0].sublabel == "production" && graph.focus == "model:m@7")
    #expect(graph.nodes[1].snapshotID == 7 && graph.nodes[1].committedAtMs == 5 && graph.nodes[1].marks == [.pinned, .held])
    #expect(graph.edges.contains(LineageEdge(from: "dataset:main/a/t", to: "model:m@7", label: "train", evidence: .observed)))

    let other = #"{"state":"70000008","snapshot-id":70000008,"is-gone":true}"#
    let two = try Self.graph(
      start: -1, nodes: [version, Self.table(1, "t", #","states":[\#(state),\#(other)]"#)],
      edges: [training, training.replacing(#""source-state":"7""#, with: #""source-state":"70000008""#)], warehouse: "else")
    #expect(two.nodes[1].sublabel == "in main, 2 snapshots" && two.nodes[1].snapshotID == nil && two.nodes[1].marks == [.pinned, .gone])
    #expect(Self.links(two) == ["t -> model:m@7 (train …000008)", "t -> model:m@7 (train …7)"])
  }

  @Test func kindsAreToldApart() throws {
    for (format, kind) in [
      ("delta", LineageNode.Kind.delta), ("hudi", .hudi), ("files", .fileSet), ("csv", .fileSet), ("topic", .topic),
      ("feature-view", .featureView),
    ] {
      let node = Self.table(1, "t", #","format":"\#(format)","states":[{"state":"214"}]"#).replacing(
        #""kind":"table""#, with: #""kind":"dataset""#)
      let graph = try Self.graph(nodes: [node], edges: [])
      #expect(graph.nodes.map(\.kind) == [kind])
      #expect(graph.nodes[0].sublabel == (format == "csv" ? "csv, version 214" : "version 214"))
    }
    let run = #"{"id":-1,"kind":"run","is-hidden":false,"name":"u","reference":"run:u","stage":"COMPLETE"}"#
    let external = #"{"id":2,"kind":"dataset","is-hidden":false,"namespace":"pg://h","name":"t"}"#
    let graph = try Self.graph(start: -1, nodes: [run, external], edges: [])
    #expect(graph.nodes.map(\.kind) == [.run, .externalDataset])
    #expect(graph.nodes.map(\.sublabel) == ["complete", "pg://h"])
    #expect(graph.nodes[1].id == "node:2")
  }

  /// With columns arrows go straight from table to table, under the job's name.
  @Test func columnsStandOnEdges() throws {
    func column(_ from: String, _ to: String?, _ more: String) -> String {
      #"{"source":2,"source-column":"\#(from)","target":1,\#(to.map { #""target-column":"\#($0)","# } ?? "")"job":9,"evidence":"inferred"\#(more)}"#
    }
    let graph = try Self.graph(
      nodes: [Self.table(1, "t1"), Self.table(2, "t2"), Self.job(9, "j")], edges: [Self.edge(2, 1, job: 9)],
      columns: [
        column("x", nil, #","is-masking":false,"transformation":"INDIRECT","subtype":"FILTER""#),
        column("x", "y", #","is-masking":true,"transformation":"DIRECT""#),
      ])
    #expect(Self.links(graph) == ["t2 -> t1 (j)"])
    #expect(graph.nodes.map { $0.columns.map(\.name) } == [["y", "(which rows)"], ["x"]])
    #expect(
      graph.edges[0].columns == [
        LineageColumnEdge(from: "x", to: "(which rows)", transformation: "filter", evidence: .inferred),
        LineageColumnEdge(from: "x", to: "y", transformation: "direct, masked", evidence: .inferred),
      ])
  }
}
