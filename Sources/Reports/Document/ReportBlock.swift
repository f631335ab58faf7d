package import Lineage

/// What a section is made of, from top to bottom.
package enum ReportBlock: Hashable, Sendable {
  case paragraph(ReportText)
  case list([ReportText])
  /// Names and values below each other.
  case facts([ReportFact])
  case table(ReportTable)
  case note(ReportNote, ReportText)
  case code(ReportCode)
  case graph(ReportGraph)
}

/// What must not be overlooked.
package enum ReportNote: String, Hashable, Sendable, CaseIterable {
  /// Good to know.
  case note
  /// Something is wrong.
  case warning
  /// Something that the report should tell is missing or not certain.
  case gap

  /// The word that stands before the text, so that nothing is told by colour alone.
  package var title: String {
    switch self {
    case .note: "Note"
    case .warning: "Warning"
    case .gap: "Gap"
    }
  }
}

/// Text whose lines are kept: digests, commands, policies.
package struct ReportCode: Hashable, Sendable {
  /// What it is; empty for none.
  package var caption: String
  /// Lines end with `\n` or `\r\n`. A tab is written as four spaces.
  package var string: String

  package init(caption: String = "", _ string: String) {
    self.caption = caption
    self.string = string
  }
}

/// A lineage graph, drawn.
package struct ReportGraph: Hashable, Sendable {
  package var caption: String
  package var graph: LineageGraph

  package init(caption: String, _ graph: LineageGraph) {
    self.caption = caption
    self.graph = graph
  }
}
