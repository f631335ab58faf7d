import Testing

@testable import Lineage

@Suite struct LineageTextTests {
  @Test func aTreeWithWhatWasMetBefore() {
    let text = LineageExamples.creditRisk().treeText
    #expect(
      text == """
        credit-risk@7 · model version, registered by team:risk
        ├─ train: curated.loans · table, snapshot 7731058812649930177, 2026-05-03 01:35 UTC [pinned] [held] (corroborated)
        │  └─ spark/loans_daily · job, Spark 3.5 (corroborated)
        │     ├─ raw.applications · table, snapshot 3051794236012437504, 2026-05-03 00:12 UTC (corroborated)
        │     │  └─ applications · topic, kafka, events (observed)
        │     └─ raw.payments · table, snapshot 8412907753120448261, 2026-05-03 00:31 UTC [held] (observed)
        ├─ train: curated.customers · table, snapshot 5190022481937755016, 2026-05-03 01:42 UTC [pinned] (observed)
        │  └─ dbt/customers · job, dbt, model customers (observed)
        │     ├─ raw.payments (observed) (see above)
        │     └─ raw.bureau · delta table, version 214 (declared)
        │        └─ bureau-export · external dataset, s3://partner/bureau (inferred)
        ├─ train: borrower_30d · feature view, Feast, 14 features (declared)
        │  ├─ curated.customers (observed) (see above)
        │  └─ curated.loans (observed) (see above)
        ├─ validate: curated.defaults · table, snapshot 1204577318846001923, 2026-05-03 01:28 UTC [pinned] (corroborated)
        │  └─ spark/loans_daily (observed) (see above)
        └─ reference: contracts/2026 · file set, 1,204 files, frozen (‼ contradicted)

        """)
  }

  @Test func cyclesEndAndBothWaysAreTold() {
    let text = LineageExamples.cycle().treeText
    #expect(
      text == """
        Upstream, what it came from:
        curated.balances · hudi table, instant 20260503091500
        ├─ flink/merge_balances · job, Flink 1.20 (corroborated)
        │  ├─ raw.bookings · table (observed)
        │  ├─ merge: curated.balances (observed) (cycle)
        │  └─ raw.corrections · table [gone] (inferred)
        │     └─ airflow/correct · job (observed)
        │        └─ curated.balances (observed) (cycle)
        └─ curated.balances (declared) (cycle)
        Downstream, what came of it:
        curated.balances · hudi table, instant 20260503091500
        ├─ merge: flink/merge_balances · job, Flink 1.20 (observed)
        │  └─ curated.balances (corroborated) (cycle)
        ├─ airflow/correct · job (observed)
        │  └─ raw.corrections · table [gone] (observed)
        │     └─ flink/merge_balances (inferred) (see above)
        ├─ curated.balances (declared) (cycle)
        └─ run 42 · run, airflow, 2026-05-03 (observed)
           └─ reports.balances · view (observed)
        There is more: the graph was cut.

        """)
  }

  @Test func columnsStandUnderTheirEdge() {
    let lines = LineageExamples.columns().treeText.split(separator: "\n")
    #expect(lines[1].hasPrefix("├─ curated.loans · table"))
    #expect(lines[2] == "│  │  borrower → borrower, identity (observed)")
    #expect(lines.last == "      paid_on → arrears_share, filter (declared)")
  }

  /// Every node is told in full once, and there is a line for each edge that was followed; no line can do anything to a terminal.
  @Test(arguments: UInt64(1)...40) func anyTreeIsWhole(seed: UInt64) {
    var graph = LineageExamples.random(seed: seed, nodes: Int(seed) + 1, edges: Int(seed) * 2)
    graph.edges = graph.edges.map { LineageEdge(from: $0.from, to: $0.to, evidence: $0.evidence) }
    for index in graph.nodes.indices { graph.nodes[index].label = "n\(index)." }
    graph.direction = .upstream
    let text = graph.treeText
    for index in graph.nodes.indices { #expect(text.split(separator: "n\(index). · ", omittingEmptySubsequences: false).count == 2) }
    let edges = graph.edges.count { $0.to != "node:missing" }
    #expect(text.split(separator: "\n").count { $0.hasSuffix(")") } == edges)
    #expect(!text.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control })
  }

  @Test func aLongChainIsTold() {
    let graph = LineageGraph(
      focus: "n3000", nodes: (0...3_000).map { LineageNode(id: "n\($0)", kind: .table, label: "t\($0)") },
      edges: (0..<3_000).map { LineageEdge(from: "n\($0)", to: "n\($0 + 1)", evidence: .observed) })
    #expect(graph.treeText.split(separator: "\n").count == 3_001)
  }

  // MARK: Graphviz

  @Test func dotQuotesWhatGraphvizWouldRead() {
    let graph = LineageGraph(
      focus: "dataset:a\"b",
      nodes: [
        LineageNode(id: "dataset:a\"b", kind: .table, label: "a\\N\"b", columns: [.init("x<y", type: "long")]),
        LineageNode(id: "job:c\\", kind: .job, label: "c\nd"),
      ], edges: [LineageEdge(from: "dataset:a\"b", to: "job:c\\", label: "reads \"it\"", evidence: .inferred)])
    let lines = graph.dotText.split(separator: "\n").map(String.init)
    #expect(
      lines.contains {
        $0.hasPrefix(#"  "dataset:a\"b" [shape=plain, label=<<TABLE "#) && $0.contains("x&lt;y : long") && $0.hasSuffix("penwidth=3];")
      })
    #expect(lines.contains(#"  "job:c\\" [label="Job\nc�d", style="rounded,filled", fillcolor=gray92];"#))
    #expect(lines.contains(#"  "dataset:a\"b" -> "job:c\\" [style=dashed, label="reads \"it\""];"#))
  }

  @Test func dotConnectsColumns() {
    let text = LineageExamples.columns().dotText
    #expect(text.contains(#""dataset:raw.payments":c3:e -> "dataset:features.borrower":c2:w [arrowhead=empty, arrowsize=0.5];"#))
    #expect(text.split(separator: "\n").count { $0.contains(":e -> ") } == 14)
  }

  /// Whatever names are, every quote is closed on its line, and brackets outside quotes match.
  @Test(arguments: UInt64(1)...40) func dotIsNeverBroken(seed: UInt64) {
    for line in LineageExamples.random(seed: seed, nodes: 12, edges: 20).dotText.split(separator: "\n") {
      var isQuoted = false
      var isEscaped = false
      var depth = 0
      for byte in line.utf8 {
        if isEscaped {
          isEscaped = false
        } else if isQuoted, byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isQuoted.toggle()
        } else if !isQuoted, byte == UInt8(ascii: "<") {
          depth += 1
        } else if !isQuoted, byte == UInt8(ascii: ">"), depth > 0 {
          depth -= 1
        }
      }
      #expect(!isQuoted && depth == 0, "\(line)")
    }
  }
}
