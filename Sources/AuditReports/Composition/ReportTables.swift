import Lineage
import Reports
import TransparencyLog

/// The lists of a report as tables. The same tables go into the page, the PDF and the CSV files.
struct ReportTables {
  private let report: AuditReport
  private let places: [String: UInt64]

  init(_ report: AuditReport) {
    self.report = report
    places = Dictionary(report.log.events.map { ($0.id, $0.proof.index) }) { first, _ in first }
  }

  /// Each with the name of its CSV file.
  var all: [(file: String, table: ReportTable)] {
    [
      ("approvals", approvals), ("training-data", trainingData), ("witnesses", witnesses), ("overlaps", overlaps), ("datasets", nodes),
      ("lineage", edges), ("column-lineage", columnEdges), ("features", features), ("policies", policies),
      ("classifications", classifications), ("grants", grants), ("access", access), ("uses", uses), ("checks", checks),
      ("retention", retention), ("timeline", timeline), ("gaps", gaps), ("events", events),
    ]
  }

  static func time(_ milliseconds: Int64?) -> String { milliseconds.map { MinuteText.text(millisecondsSince1970: $0) } ?? "" }
  static func number(_ number: Int64?) -> ReportText { ReportText(number.map { String($0) } ?? "") }
  static func code(_ text: String?) -> ReportText { text.map { .code($0) } ?? "" }

  /// Where an event stands in the log, such as `#12`; the section on events says the rest.
  func place(_ event: String?) -> ReportText {
    guard let event else { return .quiet("none") }
    return places[event].map { .link("#\($0)", to: "events") } ?? .code(event)
  }

  private func time(_ milliseconds: Int64?) -> ReportText { ReportText(Self.time(milliseconds)) }

  var approvals: ReportTable {
    ReportTable(
      caption: "Approvals",
      columns: [
        .init("Decision", weight: 1.2), .init("By", weight: 2), .init("When", weight: 2), .init("Comment", weight: 3), .init("Event"),
      ],
      rows: report.approvals.map {
        [.strong($0.decision), ReportText($0.approver), time($0.decidedAtMs), ReportText($0.comment), place($0.event)]
      },
      emptyText: "Nobody approved or rejected this version.")
  }

  var trainingData: ReportTable {
    ReportTable(
      caption: "Datasets that were read",
      columns: [
        .init("Dataset", weight: 2.4), .init("Role"), .init("State", weight: 2), .init("Committed", weight: 1.5),
        .init("Rows", weight: 1.1, alignment: .end), .init("Evidence", weight: 1.3), .init("Readable", weight: 1.1),
      ],
      rows: report.trainingData.map { data in
        [
          .code(data.identifier), ReportText(data.role), Self.code(data.snapshotID.map { String($0) } ?? data.formatVersion),
          time(data.committedAtMs), Self.number(data.recordCount), ReportText(data.grade.rawValue), Self.readable(data.isRetrievable),
        ]
      }, emptyText: "No training data is known.")
  }

  static func readable(_ isRetrievable: Bool?) -> ReportText {
    switch isRetrievable {
    case true?: "yes"
    case false?: .strong("no")
    case nil: "not looked"
    }
  }

  var witnesses: ReportTable {
    let rows = report.trainingData.flatMap { data in data.witnesses.map { (data, $0) } }
    return ReportTable(
      caption: "Who says that it was read",
      columns: [
        .init("Dataset", weight: 2), .init("Source", weight: 1.3), .init("Evidence", weight: 1.2), .init("Said by", weight: 1.7),
        .init("When", weight: 1.6), .init("Details", weight: 2.2), .init("Event", weight: 0.8),
      ],
      rows: rows.map { data, witness in
        [
          .code(data.title), ReportText(witness.source), ReportText(witness.grade.rawValue), ReportText(witness.saidBy),
          time(witness.saidAtMs), ReportText(witness.details), place(witness.event),
        ]
      })
  }

  var overlaps: ReportTable {
    ReportTable(
      caption: "Data that two of them have in common",
      columns: [.init("One", weight: 2), .init("Other", weight: 2), .init("Files", alignment: .end), .init("Details", weight: 3)],
      rows: report.overlaps.map { [.code($0.first), .code($0.second), ReportText(String($0.fileCount)), ReportText($0.details)] },
      emptyText: "None was found.")
  }

  private func columns(_ columns: [LineageColumn]) -> ReportText {
    ReportText(columns.map { column in column.type.map { "\(column.name) \($0)" } ?? column.name }.joined(separator: ", "))
  }

  var nodes: ReportTable {
    ReportTable(
      caption: "What stands in the lineage",
      columns: [
        .init("Name", weight: 2), .init("Kind", weight: 1.2), .init("State", weight: 2), .init("Columns", weight: 2.6),
        .init("Id", weight: 2),
      ],
      rows: report.lineage.nodes.map { node in
        let state = [
          node.sublabel, node.snapshotID.map { "snapshot \($0)" }, node.committedAtMs.map { Self.time($0) },
        ].compactMap { $0 }
        return [
          .code(node.label), ReportText(node.kind.rawValue), ReportText((state + node.marks.map(\.rawValue)).joined(separator: ", ")),
          columns(node.columns), .code(node.id),
        ]
      }, emptyText: "No lineage is known.")
  }

  private var labels: [String: String] { Dictionary(report.lineage.nodes.map { ($0.id, $0.label) }) { first, _ in first } }

  var edges: ReportTable {
    let labels = labels
    return ReportTable(
      caption: "Where data went",
      columns: [.init("From", weight: 2), .init("To", weight: 2), .init("For", weight: 1), .init("Evidence", weight: 1.2)],
      rows: report.lineage.edges.map {
        [.code(labels[$0.from] ?? $0.from), .code(labels[$0.to] ?? $0.to), ReportText($0.label ?? ""), ReportText($0.evidence.rawValue)]
      }, emptyText: "No lineage is known.")
  }

  var columnEdges: ReportTable {
    let labels = labels
    return ReportTable(
      caption: "Which columns became which",
      columns: [
        .init("From", weight: 1.6), .init("Column", weight: 1.3), .init("To", weight: 1.6), .init("Column", weight: 1.3),
        .init("How", weight: 1.2), .init("Evidence", weight: 1.2),
      ],
      rows: report.lineage.edges.flatMap { edge in
        edge.columns.map {
          [
            .code(labels[edge.from] ?? edge.from), .code($0.from), .code(labels[edge.to] ?? edge.to), .code($0.to),
            ReportText($0.transformation ?? ""), ReportText($0.evidence.rawValue),
          ]
        }
      }, emptyText: "Lineage of columns is not known.")
  }

  var features: ReportTable {
    ReportTable(
      caption: "Features that it was trained with",
      columns: [
        .init("Feature view", weight: 2), .init("Made from", weight: 2), .init("Owner", weight: 1.4), .init("Features", weight: 3),
      ],
      rows: report.features.map { [.code($0.name), .code($0.source), ReportText($0.owner ?? ""), columns($0.columns)] },
      emptyText: "No feature view is known to have been used.")
  }

  var policies: ReportTable {
    ReportTable(
      caption: "Policies in force", columns: [.init("Policy", weight: 2), .init("Since", weight: 2), .init("Event")],
      rows: report.governance.policies.map { [.code($0.id), time($0.sinceMs), place($0.event)] }, emptyText: "They are not known.")
  }

  var classifications: ReportTable {
    ReportTable(
      caption: "Classifications",
      columns: [.init("Dataset", weight: 2), .init("Column", weight: 1.5), .init("Tag", weight: 1.5), .init("Value", weight: 1.5)],
      rows: report.governance.classifications.map { [.code($0.dataset), Self.code($0.column), ReportText($0.tag), ReportText($0.value)] },
      emptyText: "Nothing was classified.")
  }

  var grants: ReportTable {
    ReportTable(
      caption: "Grants",
      columns: [
        .init("On", weight: 2), .init("Right", weight: 1.4), .init("To", weight: 1.6), .init("By", weight: 1.6), .init("When", weight: 1.5),
        .init("Ends", weight: 1.5), .init("Event", weight: 0.8),
      ],
      rows: report.governance.grants.map {
        [
          .code($0.object), ReportText($0.right), ReportText($0.grantee), ReportText($0.grantedBy), time($0.grantedAtMs), time($0.endsAtMs),
          place($0.event),
        ]
      })
  }

  var access: ReportTable {
    ReportTable(
      caption: "Who had access",
      columns: [.init("Who", weight: 2), .init("To", weight: 2), .init("What", weight: 1.2), .init("Through", weight: 2.4)],
      rows: report.access.map { [ReportText($0.principal), .code($0.dataset), ReportText($0.action), ReportText($0.through)] },
      emptyText: "Nobody is known to have had access.")
  }

  var uses: ReportTable {
    ReportTable(
      caption: "Who used it",
      columns: [
        .init("Who", weight: 2), .init("What", weight: 1.2), .init("Of", weight: 2), .init("Times", weight: 0.8, alignment: .end),
        .init("Last", weight: 1.6), .init("Event", weight: 0.8),
      ],
      rows: report.uses.map {
        [
          ReportText($0.principal), ReportText($0.action), .code($0.dataset), ReportText(String($0.count)), time($0.lastAtMs),
          place($0.event),
        ]
      }, emptyText: "No use is known.")
  }

  var checks: ReportTable {
    ReportTable(
      caption: "Checks of quality and of contracts at the state that was read",
      columns: [
        .init("Dataset", weight: 1.8), .init("State", weight: 1.8), .init("Check", weight: 1.6), .init("Outcome"),
        .init("Details", weight: 2),
        .init("When", weight: 1.5), .init("Event", weight: 0.8),
      ],
      rows: report.checks.map {
        [
          .code($0.dataset), Self.code($0.snapshotID.map { String($0) }), ReportText($0.check),
          $0.outcome == .passed ? ReportText($0.outcome.rawValue) : .strong($0.outcome.rawValue), ReportText($0.details), time($0.atMs),
          place($0.event),
        ]
      }, emptyText: "No result is known.")
  }

  var retention: ReportTable {
    ReportTable(
      caption: "Retention rules, holds, erasures and deletions",
      columns: [
        .init("Kind"), .init("Of", weight: 1.8), .init("What", weight: 2.4), .init("By", weight: 1.4), .init("When", weight: 1.5),
        .init("Until", weight: 1.5), .init("Event", weight: 0.8),
      ],
      rows: report.retention.map {
        [
          ReportText($0.kind.rawValue), .code($0.object), ReportText($0.text), ReportText($0.by), time($0.atMs), time($0.untilMs),
          place($0.event),
        ]
      }, emptyText: "Nothing is known.")
  }

  var timeline: ReportTable {
    ReportTable(
      caption: "What happened, in order",
      columns: [.init("When", weight: 1.5), .init("Who", weight: 1.6), .init("What", weight: 4), .init("Event", weight: 0.8)],
      rows: report.timeline.map { [time($0.atMs), ReportText($0.by), ReportText($0.text), place($0.event)] },
      emptyText: "Nothing is known.")
  }

  var gaps: ReportTable {
    ReportTable(
      caption: "What is missing, not certain, or not as it should be",
      columns: [.init("Kind", weight: 1.3), .init("Of", weight: 2), .init("What", weight: 3.4)],
      rows: report.gaps.map { [.strong($0.kind.rawValue), .code($0.subject), ReportText($0.text)] },
      emptyText: "No gap is known.")
  }

  var events: ReportTable {
    ReportTable(
      caption: "Events that show what this report says",
      columns: [.init("Place", weight: 0.8, alignment: .end), .init("Event", weight: 2.6), .init("File", weight: 2)],
      rows: report.log.events.map { [ReportText(String($0.proof.index)), .code($0.id), .code($0.file)] },
      emptyText: "None is cited.")
  }
}
