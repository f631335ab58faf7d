import Lineage

@testable import Reports

/// Documents that several suites write.
enum ReportSamples {
  static let createdAtMs: Int64 = 1_777_800_000_000

  /// A report as an auditor gets it: lineage, three pages of tables, and gaps.
  static func creditRisk() -> ReportDocument {
    ReportDocument(
      title: "Training data of credit-risk@7", subtitle: "EU AI Act, Annex IV: what the model was made from, and who answers for it",
      author: "Moraine", createdAtMs: createdAtMs,
      facts: [
        ReportFact("Model", .strong("credit-risk@7") + " (PyTorch, registered 2026-05-02 16:40 UTC)"),
        ReportFact("As of", "2026-05-03 09:20 UTC"),
        ReportFact("Owner", "team:risk-models, approved by user:maria.keller"),
        ReportFact("Report made", "2026-05-03 09:20 UTC for user:auditor@example.org"),
        ReportFact("Covered by checkpoint", .code("moraine.example.org/log · 1,204,577 · ") + .code(digest(0))),
      ],
      summary: [
        .paragraph(
          "The model was trained on 12 datasets, " + .strong("11 of which can still be read")
            + " exactly as they were. Every dataset has an owner "
            + "but one. Three links of its lineage are inferred rather than seen. " + .link("Training data", to: "training-data")
            + " tells each dataset, " + .link("Gaps", to: "gaps") + " what is missing."),
        .note(
          .gap,
          "The snapshot of " + .code("curated.bureau_scores")
            + " that was used for testing expired on 2026-04-30: its data cannot be had again."),
        .note(.warning, "Version 6 was approved by the person who trained it."),
        .note(.note, "All times are UTC. Digests are SHA-256."),
      ],
      sections: [
        ReportSection(
          id: "training-data", title: "Training data",
          blocks: [
            .paragraph("Each row is a dataset at the snapshot that was read, with how that is known."),
            .table(trainingData(120)),
          ],
          sections: [
            ReportSection(
              id: "overlap", title: "Overlap of training and test data",
              blocks: [
                .table(
                  ReportTable(
                    caption: "Rows that stand in both", columns: [.init("Train"), .init("Test"), .init("Rows", alignment: .end)],
                    emptyText: "No rows in common were found."))
              ])
          ]),
        ReportSection(
          id: "lineage", title: "Lineage",
          blocks: [.graph(ReportGraph(caption: "What credit-risk@7 was made from. Arrows go the way that data went.", lineage()))]),
        ReportSection(
          id: "small-lineage", title: "Lineage of one table",
          blocks: [
            .paragraph("The nearest step of it alone."),
            .graph(ReportGraph(caption: "Where curated.loans comes from.", smallLineage())),
          ]),
        ReportSection(
          id: "policies", title: "Policies in force",
          blocks: [
            .list(["The policy set " + .code("c41f…09aa") + " was in force at training time.", "It was changed twice since."]),
            .code(
              ReportCode(
                caption: "The policy that let the training job read",
                """
                @id("risk-reads-curated")
                permit (
                  principal in Moraine::Team::"risk-models",
                  action in [Moraine::Action::"readData"],
                  resource in Moraine::Zone::"curated"
                ) when { !resource.tags.contains("pii.direct") };
                """)),
          ]),
        ReportSection(
          id: "gaps", title: "Gaps",
          blocks: gaps()),
        ReportSection(
          id: "how-to-verify", title: "How to verify",
          blocks: [
            .paragraph("On any machine with Python and openssl, without a connection:"),
            .code(ReportCode("python3 verify.py credit-risk-7.zip --key moraine.example.org.pub")),
            .table(files()),
          ]),
      ])
  }

  private static func gaps() -> [ReportBlock] {
    (1...4).map { number -> ReportBlock in
      .note(.gap, "Gap \(number): the edge from raw.bureau to dbt/customers was concluded from query text, not seen.")
    }
  }

  static func digest(_ seed: Int) -> String {
    var state = UInt64(truncatingIfNeeded: seed) &+ 77
    return (0..<64).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return String(state >> 60, radix: 16)
    }.joined()
  }

  static func trainingData(_ count: Int) -> ReportTable {
    let names = [
      "curated.loans", "curated.customers", "curated.defaults", "features.borrower_30d",
      "curated.european_retail_lending_applications_enriched",
    ]
    return ReportTable(
      caption: "Datasets that were read",
      columns: [
        .init("Dataset", weight: 2.4), .init("Role", weight: 0.8), .init("Snapshot", weight: 1.5), .init("Committed", weight: 1.2),
        .init("Rows", weight: 1, alignment: .end), .init("Evidence", weight: 1), .init("Digest of data files", weight: 2.4),
      ],
      rows: (0..<count).map { row($0, names[$0 % names.count]) })
  }

  private static func row(_ index: Int, _ name: String) -> [ReportText] {
    let role = ["train", "validate", "test"][index % 3]
    let count = "\(index * 7_919 % 900 + 100),\(index * 31 % 900 + 100)"
    let committed = "2026-05-0\(index % 9 + 1) 0\(index % 10):15"
    let snapshot = 7_731_058_812_649_930_177 - Int64(index)
    let evidence: ReportText = index % 7 == 3 ? .strong("inferred") : "observed"
    return [
      .code(name), ReportText(role), .code(String(snapshot)), ReportText(committed), ReportText(count), evidence, .code(digest(index)),
    ]
  }

  private static func files() -> ReportTable {
    ReportTable(
      caption: "Files of this bundle",
      columns: [.init("File", weight: 1.4), .init("Size in bytes", weight: 0.8, alignment: .end), .init("SHA-256", weight: 4)],
      rows: ["report.json", "report.html", "events.jsonl", "prov.json"].enumerated().map { index, name in
        [.code(name), ReportText("\(10_240 * (index + 3))"), .code(digest(index + 500))]
      })
  }

  static func lineage() -> LineageGraph {
    func table(_ name: String, _ marks: [LineageNode.Mark] = []) -> LineageNode {
      LineageNode(
        id: name, kind: .table, label: name, snapshotID: 7_731_058_812_649_930_177, committedAtMs: createdAtMs - 90_000_000, marks: marks)
    }
    func job(_ name: String) -> LineageNode { LineageNode(id: name, kind: .job, label: name, sublabel: "Spark 3.5") }
    let edges: [(String, String, LineageEvidence, String?)] = [
      ("applications", "raw.applications", .observed, nil), ("raw.applications", "spark/loans_daily", .corroborated, nil),
      ("raw.payments", "spark/loans_daily", .observed, nil), ("raw.payments", "dbt/customers", .observed, nil),
      ("raw.bureau", "dbt/customers", .inferred, nil), ("spark/loans_daily", "curated.loans", .corroborated, nil),
      ("dbt/customers", "curated.customers", .declared, nil), ("curated.loans", "model", .corroborated, "train"),
      ("curated.customers", "model", .contradicted, "validate"),
    ]
    return LineageGraph(
      focus: "model",
      nodes: [
        LineageNode(id: "applications", kind: .topic, label: "applications", sublabel: "kafka, events"), table("raw.applications"),
        table("raw.payments", [.held]), table("raw.bureau", [.gone]), job("spark/loans_daily"), job("dbt/customers"),
        table("curated.loans", [.pinned, .held]), table("curated.customers", [.pinned]),
        LineageNode(id: "model", kind: .modelVersion, label: "credit-risk@7", sublabel: "registered by team:risk-models"),
      ], edges: edges.map { LineageEdge(from: $0.0, to: $0.1, label: $0.3, evidence: $0.2) })
  }

  static func smallLineage() -> LineageGraph {
    LineageGraph(
      focus: "b",
      nodes: [
        LineageNode(id: "a", kind: .table, label: "raw.applications"),
        LineageNode(id: "b", kind: .table, label: "curated.loans", marks: [.pinned]),
      ], edges: [LineageEdge(from: "a", to: "b", label: "merge", evidence: .observed)])
  }

  static func oneTable(_ cells: [[ReportText]]) -> ReportDocument {
    let columns = (cells.first ?? []).indices.map { ReportTable.Column("Column \($0)") }
    return ReportDocument(
      title: "Cells", author: "Moraine", createdAtMs: createdAtMs,
      sections: [ReportSection(id: "cells", title: "Cells", blocks: [.table(ReportTable(caption: "", columns: columns, rows: cells))])])
  }
}
