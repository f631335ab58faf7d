extension LineageGraph {
  /// The graph for Graphviz: `moraine lineage show … -o dot | dot -Tpdf`.
  ///
  /// Ids are those of the nodes, quoted. Labels of nodes with columns are Graphviz's HTML-like ones, with a port for each column.
  package var dotText: String {
    var lines = ["digraph lineage {"]
    lines.append("  graph [rankdir=LR, nodesep=0.3, ranksep=1.0, fontname=\"Helvetica\", label=\(quoted(title)), labelloc=t];")
    lines.append("  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=11];")
    lines.append("  edge [fontname=\"Helvetica\", fontsize=9];")
    let places = places
    var ports: [[String: Int]] = Array(repeating: [:], count: nodes.count)
    for (index, node) in nodes.enumerated() where places[node.id] == index {
      for (port, column) in node.columns.enumerated() where ports[index][column.name] == nil { ports[index][column.name] = port }
      lines.append("  \(quoted(node.id)) [\(attributes(of: node))];")
    }
    for edge in edges {
      guard let from = places[edge.from], let to = places[edge.to] else { continue }
      var attributes = style(of: edge.evidence)
      if let label = edge.label { attributes.append("label=" + quoted(label)) }
      lines.append("  \(quoted(edge.from)) -> \(quoted(edge.to)) [\(attributes.joined(separator: ", "))];")
      for column in edge.columns {
        guard let out = ports[from][column.from], let into = ports[to][column.to] else { continue }
        let style = (style(of: column.evidence) + ["arrowsize=0.5"]).joined(separator: ", ")
        lines.append("  \(quoted(edge.from)):c\(out):e -> \(quoted(edge.to)):c\(into):w [\(style)];")
      }
    }
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  private func attributes(of node: LineageNode) -> String {
    var attributes: [String] = []
    let head =
      [node.kind.title] + [node.label] + node.details + (node.marks.isEmpty ? [] : [node.marks.map(\.rawValue).joined(separator: ", ")])
    if node.columns.isEmpty {
      attributes.append("label=" + quotedLines(head))
    } else {
      var rows = "<TR><TD>" + head.map { XMLText.escaped(PlainText.of($0)) }.joined(separator: "<BR/>") + "</TD></TR>"
      for (port, column) in node.columns.enumerated() {
        let type = column.type.map { " : " + $0 } ?? ""
        rows += "<TR><TD PORT=\"c\(port)\" ALIGN=\"LEFT\">\(XMLText.escaped(PlainText.of(column.name + type)))</TD></TR>"
      }
      attributes.append("shape=plain")
      attributes.append("label=<<TABLE BORDER=\"0\" CELLBORDER=\"1\" CELLSPACING=\"0\" CELLPADDING=\"4\">\(rows)</TABLE>>")
    }
    switch node.kind {
    case .job, .run: attributes.append("style=\"rounded,filled\", fillcolor=gray92")
    case .hidden: attributes.append("style=\"rounded,dashed\"")
    default: break
    }
    if node.id == focus { attributes.append("penwidth=3") }
    return attributes.joined(separator: ", ")
  }

  private func style(of evidence: LineageEvidence) -> [String] {
    switch evidence {
    case .declared: ["arrowhead=empty"]
    case .observed: []
    case .corroborated: ["color=\"black:invis:black\""]
    case .inferred: ["style=dashed"]
    case .contradicted: ["color=red", "fontcolor=red", "penwidth=2", "headlabel=\"✕\""]
    }
  }

  /// A string as Graphviz reads it. In its labels a backslash begins an escape, so it is doubled.
  private func quoted(_ text: String) -> String { "\"" + escaped(text) + "\"" }
  private func quotedLines(_ lines: [String]) -> String { "\"" + lines.map(escaped).joined(separator: "\\n") + "\"" }

  private func escaped(_ text: String) -> String {
    var result = ""
    // By scalars: a combining mark would hide a quote in one character.
    for scalar in PlainText.of(text).unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      // Graphviz reads entities in labels too.
      case "&": result += "&amp;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
