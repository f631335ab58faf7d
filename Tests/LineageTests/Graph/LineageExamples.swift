import SeededRandom

@testable import Lineage

/// Graphs that several suites draw.
enum LineageExamples {
  /// A model of six tables, made by jobs from raw ones, with every grade of evidence.
  static func creditRisk() -> LineageGraph {
    let day: Int64 = 1_777_766_400_000
    func table(_ name: String, _ snapshot: Int64?, _ minutes: Int64, marks: [LineageNode.Mark] = []) -> LineageNode {
      LineageNode(
        id: "dataset:" + name, kind: .table, label: name, snapshotID: snapshot, committedAtMs: snapshot.map { _ in day + minutes * 60_000 },
        marks: marks)
    }
    func job(_ name: String, _ sublabel: String) -> LineageNode {
      LineageNode(id: "job:" + name, kind: .job, label: name, sublabel: sublabel)
    }
    func edge(_ from: String, _ to: String, _ evidence: LineageEvidence, _ label: String? = nil) -> LineageEdge {
      LineageEdge(from: from, to: to, label: label, evidence: evidence)
    }
    return LineageGraph(
      focus: "model:credit-risk@7",
      nodes: [
        LineageNode(id: "dataset:kafka.applications", kind: .topic, label: "applications", sublabel: "kafka, events"),
        LineageNode(id: "dataset:s3.bureau", kind: .externalDataset, label: "bureau-export", sublabel: "s3://partner/bureau"),
        table("raw.applications", 3_051_794_236_012_437_504, 12),
        table("raw.payments", 8_412_907_753_120_448_261, 31, marks: [.held]),
        LineageNode(id: "dataset:raw.bureau", kind: .delta, label: "raw.bureau", sublabel: "version 214"),
        job("spark/loans_daily", "Spark 3.5"), job("dbt/customers", "dbt, model customers"),
        table("curated.loans", 7_731_058_812_649_930_177, 95, marks: [.pinned, .held]),
        table("curated.customers", 5_190_022_481_937_755_016, 102, marks: [.pinned]),
        table("curated.defaults", 1_204_577_318_846_001_923, 88, marks: [.pinned]),
        LineageNode(id: "dataset:features.borrower", kind: .featureView, label: "borrower_30d", sublabel: "Feast, 14 features"),
        LineageNode(id: "dataset:files.contracts", kind: .fileSet, label: "contracts/2026", sublabel: "1,204 files, frozen"),
        LineageNode(id: "model:credit-risk@7", kind: .modelVersion, label: "credit-risk@7", sublabel: "registered by team:risk"),
      ],
      edges: [
        edge("dataset:kafka.applications", "dataset:raw.applications", .observed),
        edge("dataset:s3.bureau", "dataset:raw.bureau", .inferred),
        edge("dataset:raw.applications", "job:spark/loans_daily", .corroborated),
        edge("dataset:raw.payments", "job:spark/loans_daily", .observed),
        edge("dataset:raw.payments", "job:dbt/customers", .observed),
        edge("dataset:raw.bureau", "job:dbt/customers", .declared),
        edge("job:spark/loans_daily", "dataset:curated.loans", .corroborated),
        edge("job:spark/loans_daily", "dataset:curated.defaults", .observed),
        edge("job:dbt/customers", "dataset:curated.customers", .observed),
        edge("dataset:curated.customers", "dataset:features.borrower", .observed),
        edge("dataset:curated.loans", "dataset:features.borrower", .observed),
        edge("dataset:curated.loans", "model:credit-risk@7", .corroborated, "train"),
        edge("dataset:curated.customers", "model:credit-risk@7", .observed, "train"),
        edge("dataset:features.borrower", "model:credit-risk@7", .declared, "train"),
        edge("dataset:curated.defaults", "model:credit-risk@7", .corroborated, "validate"),
        edge("dataset:files.contracts", "model:credit-risk@7", .contradicted, "reference"),
      ])
  }

  static func fiftyTables() -> LineageGraph {
    var graph = LineageGraph(focus: "model:churn@3", nodes: [LineageNode(id: "model:churn@3", kind: .modelVersion, label: "churn@3")])
    for index in 1...50 {
      let name = ["curated.visits_", "curated.orders_by_region_", "feature.customer_"][index % 3] + String(index)
      graph.nodes.append(
        LineageNode(
          id: "dataset:" + name, kind: index % 7 == 0 ? .view : .table, label: name, snapshotID: 7_000_000_000_000_000_000 + Int64(index)))
      graph.edges.append(
        LineageEdge(
          from: "dataset:" + name, to: "model:churn@3", label: index % 5 == 0 ? "test" : "train",
          evidence: LineageEvidence.allCases[index % 4]))
    }
    return graph
  }

  static func columns() -> LineageGraph {
    func column(_ from: String, _ to: String, _ transformation: String = "identity", _ evidence: LineageEvidence = .observed)
      -> LineageColumnEdge
    { LineageColumnEdge(from: from, to: to, transformation: transformation, evidence: evidence) }
    return LineageGraph(
      focus: "dataset:features.borrower",
      nodes: [
        LineageNode(
          id: "dataset:raw.applications", kind: .table, label: "raw.applications", snapshotID: 3_051_794_236_012_437_504,
          columns: [
            .init("id", type: "long"), .init("customer_id", type: "long"), .init("amount", type: "decimal(18,2)"),
            .init("purpose", type: "string"), .init("submitted_at", type: "timestamptz"),
          ]),
        LineageNode(
          id: "dataset:raw.payments", kind: .table, label: "raw.payments", snapshotID: 8_412_907_753_120_448_261, marks: [.held],
          columns: [
            .init("loan_id", type: "long"), .init("paid", type: "decimal(18,2)"), .init("due", type: "decimal(18,2)"),
            .init("paid_on", type: "date"),
          ]),
        LineageNode(
          id: "dataset:curated.loans", kind: .table, label: "curated.loans", snapshotID: 7_731_058_812_649_930_177, marks: [.pinned],
          columns: [
            .init("loan_id", type: "long"), .init("borrower", type: "long"), .init("amount", type: "decimal(18,2)"),
            .init("arrears", type: "decimal(18,2)"), .init("opened", type: "date"), .init("purpose", type: "string"),
          ]),
        LineageNode(
          id: "dataset:features.borrower", kind: .featureView, label: "borrower_30d", sublabel: "Feast",
          columns: [
            .init("borrower", type: "INT64"), .init("loans", type: "INT64"), .init("arrears_share", type: "DOUBLE"),
            .init("total_amount", type: "DOUBLE"),
          ]),
      ],
      edges: [
        LineageEdge(
          from: "dataset:raw.applications", to: "dataset:curated.loans", evidence: .observed,
          columns: [
            column("id", "loan_id"), column("customer_id", "borrower"), column("amount", "amount"),
            column("submitted_at", "opened", "cast"),
            column("purpose", "purpose", "identity", .inferred),
          ]),
        LineageEdge(
          from: "dataset:raw.payments", to: "dataset:curated.loans", evidence: .corroborated,
          columns: [
            column("loan_id", "loan_id", "join"), column("paid", "arrears", "aggregation"), column("due", "arrears", "aggregation"),
          ]),
        LineageEdge(
          from: "dataset:curated.loans", to: "dataset:features.borrower", evidence: .observed,
          columns: [
            column("borrower", "borrower"), column("loan_id", "loans", "aggregation"), column("arrears", "arrears_share", "aggregation"),
            column("amount", "arrears_share", "aggregation", .contradicted), column("amount", "total_amount", "aggregation"),
          ]),
        LineageEdge(
          from: "dataset:raw.payments", to: "dataset:features.borrower", evidence: .declared,
          columns: [column("paid_on", "arrears_share", "filter", .declared)]),
      ])
  }

  /// A table that is merged into itself by a job that reads it, and a job that reads what comes of what it writes.
  static func cycle() -> LineageGraph {
    LineageGraph(
      focus: "dataset:curated.balances", direction: .both, isCut: true,
      nodes: [
        LineageNode(id: "dataset:raw.bookings", kind: .table, label: "raw.bookings"),
        LineageNode(id: "job:merge", kind: .job, label: "flink/merge_balances", sublabel: "Flink 1.20"),
        LineageNode(id: "dataset:curated.balances", kind: .hudi, label: "curated.balances", sublabel: "instant 20260503091500"),
        LineageNode(id: "job:correct", kind: .job, label: "airflow/correct"),
        LineageNode(id: "dataset:raw.corrections", kind: .table, label: "raw.corrections", marks: [.gone]),
        LineageNode(id: "run:42", kind: .run, label: "run 42", sublabel: "airflow, 2026-05-03"),
        LineageNode(id: "dataset:report", kind: .view, label: "reports.balances"),
      ],
      edges: [
        LineageEdge(from: "dataset:raw.bookings", to: "job:merge", evidence: .observed),
        LineageEdge(from: "job:merge", to: "dataset:curated.balances", evidence: .corroborated),
        LineageEdge(from: "dataset:curated.balances", to: "job:merge", label: "merge", evidence: .observed),
        LineageEdge(from: "dataset:curated.balances", to: "job:correct", evidence: .observed),
        LineageEdge(from: "job:correct", to: "dataset:raw.corrections", evidence: .observed),
        LineageEdge(from: "dataset:raw.corrections", to: "job:merge", evidence: .inferred),
        LineageEdge(from: "dataset:curated.balances", to: "dataset:curated.balances", evidence: .declared),
        LineageEdge(from: "dataset:curated.balances", to: "run:42", evidence: .observed),
        LineageEdge(from: "run:42", to: "dataset:report", evidence: .observed),
      ])
  }

  /// Names that nobody should give, and nodes that the reader may not see.
  static func hiddenAndLong() -> LineageGraph {
    let long = "curated.european_retail_lending_applications_enriched_with_bureau_scores_and_behavioural_features_v12"
    return LineageGraph(
      focus: "model:fraud-detection-with-graph-embeddings-and-device-fingerprints@2026-05-03",
      nodes: [
        LineageNode(id: "hidden:1", kind: .hidden, label: "hidden"),
        LineageNode(id: "hidden:2", kind: .hidden, label: "hidden"),
        LineageNode(
          id: "dataset:" + long, kind: .table, label: long, sublabel: "s3://a-bucket-with-a-very-long-name/warehouse/curated/db/table/data",
          snapshotID: .max, committedAtMs: 1_777_766_400_000, marks: [.pinned, .held, .gone]),
        LineageNode(id: "job:<script>\"&'", kind: .job, label: "<script>alert(\"1\")</script> & 'more'"),
        LineageNode(id: "dataset:顧客", kind: .view, label: "顧客.取引履歴_日次集計_確定版_二〇二六年五月分_最終", sublabel: "Кредиты и займы"),
        LineageNode(
          id: "model:fraud-detection-with-graph-embeddings-and-device-fingerprints@2026-05-03", kind: .modelVersion,
          label: "fraud-detection-with-graph-embeddings-and-device-fingerprints@2026-05-03"),
      ],
      edges: [
        LineageEdge(from: "hidden:1", to: "job:<script>\"&'", evidence: .observed),
        LineageEdge(from: "hidden:2", to: "dataset:" + long, evidence: .observed),
        LineageEdge(from: "job:<script>\"&'", to: "dataset:" + long, label: "an unusually long label of an edge", evidence: .declared),
        LineageEdge(
          from: "dataset:" + long, to: "model:fraud-detection-with-graph-embeddings-and-device-fingerprints@2026-05-03", label: "train",
          evidence: .corroborated),
        LineageEdge(
          from: "dataset:顧客", to: "model:fraud-detection-with-graph-embeddings-and-device-fingerprints@2026-05-03", label: "test",
          evidence: .contradicted),
      ])
  }

  /// Anything: cycles, loops, edges between the same nodes, edges to nowhere, columns, names of all characters.
  static func random(seed: UInt64, nodes nodeCount: Int, edges edgeCount: Int, isHostile: Bool = true) -> LineageGraph {
    var generator = SeededGenerator(seed: seed)
    func name() -> String {
      guard isHostile, Int.random(in: 0..<3, using: &generator) == 0 else {
        return "t" + String(Int.random(in: 0..<10_000, using: &generator))
      }
      var scalars = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0..<90, using: &generator) {
        let pools: [ClosedRange<UInt32>] = [
          0x20...0x7E, 0...0x1F, 0x22...0x3E, 0x80...0x2FF, 0x2000...0x206F, 0xFFF0...0xFFFF, 0x1F300...0x1F6FF,
        ]
        let pool = pools[Int.random(in: 0..<pools.count, using: &generator)]
        if let scalar = Unicode.Scalar(UInt32.random(in: pool, using: &generator)) { scalars.append(scalar) }
      }
      return String(scalars)
    }
    func maybe<T>(_ value: @autoclosure () -> T) -> T? { Int.random(in: 0..<2, using: &generator) == 0 ? value() : nil }
    var graph = LineageGraph(direction: LineageGraph.Direction.allCases[Int(seed % 3)])
    for index in 0..<nodeCount {
      let columns =
        isHostile && index % 4 == 0
        ? (0..<Int.random(in: 0..<40, using: &generator)).map { LineageColumn("c\($0)", type: maybe(name())) } : []
      graph.nodes.append(
        LineageNode(
          id: "node:\(index)", kind: LineageNode.Kind.allCases[Int.random(in: 0..<12, using: &generator)], label: name(),
          sublabel: maybe(name()),
          snapshotID: maybe(Int64.random(in: .min ... .max, using: &generator)),
          committedAtMs: maybe(Int64.random(in: .min ... .max, using: &generator)), marks: maybe(LineageNode.Mark.allCases) ?? [],
          columns: columns))
    }
    guard nodeCount > 0 else { return graph }
    graph.focus = maybe("node:\(Int.random(in: 0..<nodeCount, using: &generator))")
    for _ in 0..<edgeCount {
      let from = Int.random(in: 0..<nodeCount, using: &generator)
      // Mostly onwards and near, as lineage is.
      let to =
        Int.random(in: 0..<5, using: &generator) == 0
        ? Int.random(in: 0..<nodeCount, using: &generator)
        : min(nodeCount - 1, from + Int.random(in: 0...(nodeCount / 10 + 1), using: &generator))
      let columns =
        isHostile && !graph.nodes[from].columns.isEmpty && !graph.nodes[to].columns.isEmpty
        ? (0..<3).map { _ in
          LineageColumnEdge(
            from: "c\(Int.random(in: 0..<40, using: &generator))", to: "c\(Int.random(in: 0..<40, using: &generator))",
            evidence: LineageEvidence.allCases[Int.random(in: 0..<5, using: &generator)])
        } : []
      graph.edges.append(
        LineageEdge(
          from: "node:\(from)", to: isHostile && to % 17 == 5 ? "node:missing" : "node:\(to)", label: maybe(name()),
          evidence: LineageEvidence.allCases[Int.random(in: 0..<5, using: &generator)], columns: columns))
    }
    return graph
  }
}
