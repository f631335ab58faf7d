import Lineage
package import Reports
import TransparencyLog

extension AuditReport {
  /// The report for people: a summary, the facts, the gaps, what the profiles ask for, and how to check it.
  package func document(_ evaluations: [ProfileEvaluation], author: String = "Moraine") -> ReportDocument {
    ReportDocument(
      title: "Evidence for \(model.title)", subtitle: "What the model was made from, who could touch it, and what is not known",
      author: author, createdAtMs: scope.createdAtMs,
      facts: [
        ReportFact("Model", .strong(model.title)), ReportFact("Owner", ReportText(model.owner ?? "nobody")),
        ReportFact("As of", ReportText(ReportTables.time(scope.asOfMs))),
        ReportFact("Made for", ReportText("\(scope.createdBy), \(ReportTables.time(scope.createdAtMs))")),
        ReportFact("Log", .code(log.origin)),
      ],
      summary: summary(evaluations), sections: sections(evaluations))
  }

  private static func counted(_ count: Int, _ one: String, _ many: String) -> String { count == 1 ? "1 \(one)" : "\(count) \(many)" }

  private func summary(_ evaluations: [ProfileEvaluation]) -> [ReportBlock] {
    let states = Self.counted(trainingData.count, "dataset", "datasets")
    let readable = trainingData.count { $0.isRetrievable == true }
    let confirmed = trainingData.count { $0.grade == .observed || $0.grade == .corroborated }
    let gaps = gaps
    let text =
      ReportText("This report tells what version \(model.version) of the model ") + .strong(model.name)
      + ReportText(
        " was made from, as the data catalog \(scope.catalog) knew it on \(ReportTables.time(scope.asOfMs)). It was made from ")
      + .link(states, to: "training-data")
      + ReportText(
        ": that \(confirmed) of them were read was seen by a system and not only said by a person, and \(readable) can still be read exactly as "
          + "they were. ")
      + .link(Self.counted(gaps.count, "gap is", "gaps are"), to: "gaps")
      + ReportText(
        " known. \(Self.counted(log.events.count, "event", "events")) of the catalog's audit trail show what is said here; ")
      + .link("anybody can check them", to: "verify") + " without trusting the catalog."
    var blocks: [ReportBlock] = [.paragraph(text)]
    if !evaluations.isEmpty { blocks.append(.table(Self.verdicts(evaluations))) }
    if !gaps.isEmpty {
      blocks.append(.note(.gap, "What is missing or not certain is told here and not left out. Read it before you rely on the rest."))
      blocks.append(.table(Self.kinds(of: gaps)))
    }
    return blocks
  }

  private static func kinds(of gaps: [ReportGap]) -> ReportTable {
    let kinds = Dictionary(grouping: gaps, by: \.kind)
    return ReportTable(
      caption: "Gaps by their kinds",
      columns: [.init("Kind", weight: 1.6), .init("How many", weight: 0.9, alignment: .end), .init("The first of them", weight: 5)],
      rows: ReportGap.Kind.allCases.compactMap { kind in
        kinds[kind].map { gaps in
          [.strong(kind.rawValue), ReportText(String(gaps.count)), .code(gaps[0].subject) + ReportText(": \(gaps[0].text)")]
        }
      })
  }

  private static func verdicts(_ evaluations: [ProfileEvaluation]) -> ReportTable {
    ReportTable(
      caption: "How far this report answers what is asked",
      columns: [.init("Profile", weight: 3)] + ProfileEvaluation.Verdict.allCases.map { .init($0.title, weight: 1.1, alignment: .end) },
      rows: evaluations.enumerated().map { index, evaluation in
        [.link(evaluation.profile.id, to: "requirements-\(index + 1)") + ReportText(", \(evaluation.profile.title)")]
          + ProfileEvaluation.Verdict.allCases.map { ReportText(String(evaluation.count($0))) }
      })
  }

  private func sections(_ evaluations: [ProfileEvaluation]) -> [ReportSection] {
    let tables = ReportTables(self)
    func section(_ id: String, _ title: String, _ blocks: [ReportBlock], _ sections: [ReportSection] = []) -> ReportSection {
      ReportSection(id: id, title: title, blocks: blocks, sections: sections)
    }
    return [
      section("scope", "Scope", scopeBlocks),
      section("model", "The model", modelBlocks(tables)),
      section(
        "training-data", "Training data",
        [.paragraph("Each row is a dataset in the state that was read. Below, each is told in full."), .table(tables.trainingData)],
        trainingData.enumerated().map { section("training-data-\($0 + 1)", $1.title, blocks(of: $1, tables)) }
          + [
            section("witnesses", "Who says so", [.paragraph(Self.evidenceText), .table(tables.witnesses)]),
            section("overlap", "Data in common", [.table(tables.overlaps)]),
          ]),
      section("lineage", "Where the data came from", lineageBlocks(tables)),
      section("features", "Features", [.table(tables.features)]),
      section("governance", "Rules at training time", governanceBlocks(tables), [section("policies", "Policies", policyBlocks(tables))]),
      section("access", "Who had access and who used it", [.table(tables.access), .table(tables.uses)]),
      section("quality", "Quality and contracts", [.table(tables.checks)]),
      section("retention", "Retention, holds and erasures", [.table(tables.retention)]),
      section("timeline", "Timeline", [.table(tables.timeline)]),
      section("gaps", "Gaps", [.table(tables.gaps)]),
      section(
        "requirements", "What is asked for", evaluations.isEmpty ? [.paragraph("No profile was asked for.")] : [],
        evaluations.enumerated().map { section("requirements-\($0 + 1)", $1.profile.id, Self.requirementBlocks($1)) }),
      section("events", "Events", [.table(tables.events)]),
      section("verify", "How to verify", verifyBlocks),
    ]
  }

  private static let evidenceText = ReportText(
    LineageEvidence.allCases.map { "\($0.rawValue): \($0.meaning)" }.joined(separator: "; ") + ".")

  private var scopeBlocks: [ReportBlock] {
    [
      .facts([
        ReportFact("Catalog", ReportText(scope.catalog)), ReportFact("As of", ReportText(ReportTables.time(scope.asOfMs))),
        ReportFact("Made", ReportText(ReportTables.time(scope.createdAtMs))), ReportFact("Made for", ReportText(scope.createdBy)),
        ReportFact("Form of report.json", .code(Self.schema)),
      ])
    ]
  }

  private func modelBlocks(_ tables: ReportTables) -> [ReportBlock] {
    var facts = [
      ReportFact("Name", .strong(model.name)), ReportFact("Version", .strong(model.version)),
      ReportFact("Purpose", model.purpose.map { ReportText($0) } ?? .strong("not known")),
      ReportFact("Owner", model.owner.map { ReportText($0) } ?? .strong("nobody")),
      ReportFact("Risk tier", ReportText(model.riskTier)), ReportFact("Regulated", model.isRegulated ? "yes" : "no"),
      ReportFact("Profiles", ReportText(model.profiles.isEmpty ? "none" : model.profiles.joined(separator: ", "))),
      ReportFact("Developer", ReportText(model.developer)), ReportFact("Stage", ReportText(model.stage)),
      ReportFact("Registered", ReportText("\(ReportTables.time(model.createdAtMs)) by \(model.createdBy)")),
    ]
    func add(_ name: String, _ text: String?) { if let text { facts.append(ReportFact(name, .code(text))) } }
    add("Source", model.source)
    add("Runs", model.runs.isEmpty ? nil : model.runs.joined(separator: ", "))
    add("Code", model.codeReference)
    add("Container", model.containerDigest)
    if let time = model.retiredAtMs { facts.append(ReportFact("Retired", ReportText(ReportTables.time(time)))) }
    facts.append(ReportFact("Event", tables.place(model.event)))
    var blocks: [ReportBlock] = [.facts(facts), .table(tables.approvals)]
    for (caption, pairs) in [("Parameters", model.parameters), ("Metrics", model.metrics), ("Artifacts", model.artifacts)] {
      let rows = pairs.sorted { $0.key < $1.key }.map { [ReportText($0.key), ReportText.code($0.value)] }
      blocks.append(.table(ReportTable(caption: caption, columns: [.init("Name"), .init("Value", weight: 2)], rows: rows)))
    }
    return blocks
  }

  private func blocks(of data: TrainingData, _ tables: ReportTables) -> [ReportBlock] {
    var facts = [ReportFact("UUID", .code(data.datasetID)), ReportFact("Owner", data.owner.map { ReportText($0) } ?? .strong("nobody"))]
    func add(_ name: String, _ text: String?) { if let text { facts.append(ReportFact(name, .code(text))) } }
    add("Location", data.location)
    add("Snapshot", data.snapshotID.map { String($0) })
    add("Version", data.formatVersion)
    add("Committed", data.committedAtMs.map { ReportTables.time($0) })
    add("Schema", data.schemaID.map { "id \($0)" })
    add("Rows where", data.rowFilter)
    add("Columns read", data.columns.isEmpty ? nil : data.columns.joined(separator: ", "))
    add("SHA-256 of the metadata file", data.metadataSHA256)
    add("SHA-256 of the manifest list", data.manifestListSHA256)
    add("Root of the file set", data.rootSHA256)
    let counts = [("rows", data.recordCount), ("files", data.fileCount), ("bytes", data.sizeBytes)]
    let known = counts.compactMap { name, count in count.map { "\($0) \(name)" } }
    facts.append(ReportFact("Size", ReportText(known.isEmpty ? "not known" : known.joined(separator: ", "))))
    facts.append(ReportFact("Evidence", ReportText("\(data.grade.rawValue): \(data.grade.meaning)")))
    let end = data.pinnedUntilMs.map { " until \(ReportTables.time($0))" } ?? " without an end"
    facts.append(ReportFact("Kept by a pin", ReportText(data.isPinned ? "yes," + end : "no")))
    facts.append(
      ReportFact(
        "Can still be read", ReportTables.readable(data.isRetrievable) + ReportText(data.unretrievableReason.map { ": \($0)" } ?? "")))
    facts.append(ReportFact("Event", tables.place(data.event)))
    var blocks: [ReportBlock] = [.facts(facts)]
    for text in data.contradictions { blocks.append(.note(.warning, ReportText(text))) }
    let rows = data.schema.map { [ReportText.code($0.name), ReportText($0.type ?? "")] }
    blocks.append(
      .table(ReportTable(caption: "Schema", columns: [.init("Column"), .init("Type")], rows: rows, emptyText: "It is not known.")))
    return blocks
  }

  private func lineageBlocks(_ tables: ReportTables) -> [ReportBlock] {
    var blocks: [ReportBlock] = [
      .paragraph(
        ReportText("Followed \(lineage.direction.rawValue) from ") + .code(lineage.focus ?? model.title)
          + ReportText(lineage.isCut ? "; there is more than is told here." : ", to the end of what is known."))
    ]
    if !lineage.nodes.isEmpty { blocks.append(.graph(ReportGraph(caption: "Arrows go the way that data went.", lineage))) }
    return blocks + [.table(tables.nodes), .table(tables.edges), .table(tables.columnEdges)]
  }

  private func governanceBlocks(_ tables: ReportTables) -> [ReportBlock] {
    [
      .facts([
        ReportFact("Training time", governance.atMs.map { ReportText(ReportTables.time($0)) } ?? .strong("not known")),
        ReportFact("SHA-256 of the policy set", governance.policySetSHA256.map { .code($0) } ?? .strong("not known")),
      ]),
      .table(tables.classifications), .table(tables.grants),
    ]
  }

  private func policyBlocks(_ tables: ReportTables) -> [ReportBlock] {
    [.table(tables.policies)] + governance.policies.map { .code(ReportCode(caption: $0.id, $0.text)) }
  }

  private static func requirementBlocks(_ evaluation: ProfileEvaluation) -> [ReportBlock] {
    [
      .paragraph(ReportText("\(evaluation.profile.title). Of: \(evaluation.profile.sources.joined(separator: "; "))")),
      .table(requirements(evaluation)),
    ]
  }

  static func requirements(_ evaluation: ProfileEvaluation) -> ReportTable {
    ReportTable(
      caption: "Requirements of \(evaluation.profile.id), in our own words",
      columns: [
        .init("Where", weight: 1.4), .init("What is asked", weight: 2.6), .init("Verdict", weight: 1.2), .init("Why", weight: 3),
      ],
      rows: evaluation.findings.map { finding in
        // The gaps section has all of them; a cell has to fit a page.
        let shown = finding.reasons.prefix(6).joined(separator: " ")
        let rest = finding.reasons.count > 6 ? " And \(finding.reasons.count - 6) more: evaluation.json has all." : ""
        return [
          ReportText(finding.requirement.citation), ReportText(finding.requirement.text), .strong(finding.verdict.rawValue),
          ReportText(shown + rest),
        ]
      })
  }

  private var verifyBlocks: [ReportBlock] {
    [
      .paragraph(
        "On any machine with Python 3.9 and openssl, without a connection. The script is in the bundle; it is short enough to be read."),
      .code(ReportCode("python3 verify.py BUNDLE.zip --key 'KEY'")),
      .paragraph(
        "KEY is the key of the log or of whoever signed, which you have from the operators and not from this bundle. Without it the keys in the "
          + "bundle are used: then you know that nothing was changed since, not who made it. The script checks that every file is as it was signed, "
          + "that no file is missing or was added, that the log signed the checkpoint, and that each event is in the log."),
      .list(log.keys.map { .code($0.description) }),
      .code(ReportCode(caption: "The checkpoint", String(decoding: log.checkpoint, as: UTF8.self))),
      .paragraph(
        "What this cannot show: that what the catalog was told is true, and that what nobody told it did not happen. It shows what the catalog "
          + "recorded, and that the record was not changed since the checkpoint was signed."),
    ]
  }
}

extension ProfileEvaluation.Verdict {
  fileprivate var title: String {
    switch self {
    case .met: "Met"
    case .partlyMet: "Partly met"
    case .unmet: "Unmet"
    case .notCovered: "Not covered"
    }
  }
}
