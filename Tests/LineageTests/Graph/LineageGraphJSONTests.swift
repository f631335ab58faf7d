import JSON
import SeededRandom
import Testing

@testable import Lineage

@Suite struct LineageGraphJSONTests {
  @Test func numbersAreExact() throws {
    let graph = LineageGraph(
      focus: "dataset:a",
      nodes: [
        LineageNode(
          id: "dataset:a", kind: .fileSet, label: "a", snapshotID: 9_007_199_254_740_993, committedAtMs: .min, marks: [.held, .gone],
          columns: [.init("x", type: "long"), .init("y")]),
        LineageNode(id: "job:b", kind: .job, label: "b", sublabel: "Spark"),
      ],
      edges: [
        LineageEdge(
          from: "dataset:a", to: "job:b", label: "train", evidence: .contradicted,
          columns: [.init(from: "x", to: "y", transformation: "identity", evidence: .inferred)])
      ])
    let text = String(decoding: graph.jsonText, as: UTF8.self)
    #expect(
      text == """
        {"focus":"dataset:a","direction":"upstream","cut":false,"nodes":[{"id":"dataset:a","kind":"file-set","label":"a",\
        "snapshot-id":9007199254740993,"committed-at-ms":-9223372036854775808,"marks":["held","gone"],"columns":[{"name":"x",\
        "type":"long"},{"name":"y"}]},{"id":"job:b","kind":"job","label":"b","sublabel":"Spark"}],"edges":[{"from":"dataset:a",\
        "to":"job:b","label":"train","evidence":"contradicted","columns":[{"from":"x","to":"y","transformation":"identity",\
        "evidence":"inferred"}]}]}
        """)
    #expect(try LineageGraph(jsonText: Array(text.utf8)) == graph)
  }

  @Test(arguments: UInt64(1)...30) func whatIsWrittenIsRead(seed: UInt64) throws {
    var graph = LineageExamples.random(seed: seed, nodes: Int(seed), edges: Int(seed) * 2)
    graph.edges.removeAll { $0.to == "node:missing" }
    graph.isCut = seed % 2 == 0
    // The reader refuses U+0000, which Postgres cannot store.
    let text = String(decoding: graph.jsonText, as: UTF8.self).replacing(#"\u0000"#, with: #"\u0001"#)
    let read = try LineageGraph(jsonText: Array(text.utf8))
    #expect(String(decoding: read.jsonText, as: UTF8.self) == text)
    #expect(read.nodes.map(\.snapshotID) == graph.nodes.map(\.snapshotID) && read.edges.map(\.evidence) == graph.edges.map(\.evidence))
  }

  @Test(arguments: [
    (#"{"direction":"sideways","nodes":[],"edges":[]}"#, "$.direction"),
    (#"{"direction":"both","nodes":[{"id":"a","kind":"table","label":"a"},{"id":"a","kind":"job","label":"b"}],"edges":[]}"#, "id \"a\""),
    (#"{"direction":"both","nodes":[],"edges":[{"from":"a","to":"b","evidence":"observed"}]}"#, "$.edges[0]"),
    (#"{"direction":"both","focus":"a","nodes":[],"edges":[]}"#, "focus"),
    (#"{"direction":"both","nodes":[{"id":"a","kind":"table","label":"a","snapshot-id":1.5}],"edges":[]}"#, "$.nodes[0].snapshot-id"),
    (#"{"direction":"both","nodes":[{"id":"a","kind":"spreadsheet","label":"a"}],"edges":[]}"#, "model-version"),
  ]) func refuses(_ text: String, _ what: String) {
    let error = #expect(throws: JSONError.self) { try LineageGraph(jsonText: Array(text.utf8)) }
    #expect(error?.description.contains(what) == true, "\(error?.description ?? "")")
  }

  @Test(
    arguments: [
      (0, "1970-01-01 00:00 UTC"), (1_777_766_459_999, "2026-05-03 00:00 UTC"), (951_782_400_000, "2000-02-29 00:00 UTC"),
      (4_107_542_399_999, "2100-02-28 23:59 UTC"), (4_107_542_400_000, "2100-03-01 00:00 UTC"), (-1, "1969-12-31 23:59 UTC"),
      (-62_167_219_200_001, "-0001-12-31 23:59 UTC"), (.max, "292278994-08-17 07:12 UTC"),
    ] as [(Int64, String)]) func minutes(_ milliseconds: Int64, _ text: String)
  {
    #expect(MinuteText.text(millisecondsSince1970: milliseconds) == text)
  }
}
