import Lineage

extension ReportDocument {
  /// The report as one page: style and pictures inside, no scripts, nothing loaded from anywhere. It is well-formed XML too.
  ///
  /// Headings go down one level at a time, tables tell which cells are heads, pictures have titles and descriptions, links lead within.
  /// Printed, heads of tables are repeated, rows and pictures stay whole, and pages are numbered.
  package func html() throws(ReportError) -> [UInt8] {
    try check()
    var writer = HTMLWriter()
    writer.write(self)
    return writer.bytes
  }
}

struct HTMLWriter {
  private(set) var bytes: [UInt8] = []
  private var graphCount = 0

  mutating func write(_ document: ReportDocument) {
    line("<!DOCTYPE html>")
    line("<html lang=\"\(escaped(document.language))\">")
    line("<head>")
    line("<meta charset=\"utf-8\"/>")
    line("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>")
    line("<meta name=\"author\" content=\"\(escaped(document.author))\"/>")
    line("<title>\(escaped(document.title))</title>")
    line("<style>\(HTMLStyle.sheet(title: document.title))</style>")
    line("</head>")
    line("<body>")
    let sections = document.numberedSections
    line("<header>")
    line("<h1>\(escaped(document.title))</h1>")
    if !document.subtitle.isEmpty { line("<p class=\"subtitle\">\(escaped(document.subtitle))</p>") }
    facts(document.facts)
    line("</header>")
    line("<main>")
    if !document.summary.isEmpty {
      line("<section class=\"summary\" id=\"summary\">")
      line("<h2>\(ReportDocument.Words.summary)</h2>")
      for block in document.summary { write(block) }
      line("</section>")
    }
    if !sections.isEmpty { contents(document) }
    var number = 0
    for section in document.sections { write(section, sections, &number) }
    line("</main>")
    line("<footer><p>\(escaped(document.author)), \(MinuteText.text(millisecondsSince1970: document.createdAtMs))</p></footer>")
    line("</body>")
    line("</html>")
  }

  // MARK: Sections

  private mutating func contents(_ document: ReportDocument) {
    line("<nav id=\"contents\" aria-labelledby=\"contents-heading\">")
    line("<h2 id=\"contents-heading\">\(ReportDocument.Words.contents)</h2>")
    let sections = document.numberedSections
    var number = 0
    list(document.sections, sections, &number)
    line("</nav>")
  }

  private mutating func list(_ parts: [ReportSection], _ sections: [NumberedSection], _ next: inout Int) {
    line("<ul>")
    for part in parts {
      let numbered = sections[next]
      next += 1
      let title = "<span class=\"number\">\(numbered.number)</span> \(escaped(part.title))"
      line("<li><a href=\"#\(Self.anchor(part.id))\">\(title)</a>")
      if !part.sections.isEmpty { list(part.sections, sections, &next) }
      line("</li>")
    }
    line("</ul>")
  }

  private mutating func write(_ section: ReportSection, _ sections: [NumberedSection], _ next: inout Int) {
    let numbered = sections[next]
    next += 1
    line("<section id=\"\(Self.anchor(section.id))\">")
    let tag = "h\(numbered.depth + 1)"
    // A heading goes with the sheet of the picture that follows it.
    var isWide = false
    if case .graph(let graph)? = section.blocks.first { isWide = GraphSheet(LineageDrawing(graph.graph)).needsItsOwn }
    line("<\(tag)\(isWide ? " class=\"wide\"" : "")><span class=\"number\">\(numbered.number)</span> \(escaped(section.title))</\(tag)>")
    for block in section.blocks { write(block) }
    for part in section.sections { write(part, sections, &next) }
    line("</section>")
  }

  /// Apart from the ids of the page's own parts.
  private static func anchor(_ id: String) -> String { "s-" + id }

  // MARK: Blocks

  private mutating func write(_ block: ReportBlock) {
    switch block {
    case .paragraph(let text): line("<p>\(inline(text))</p>")
    case .list(let texts):
      guard !texts.isEmpty else { return }
      line("<ul class=\"list\">")
      for text in texts { line("<li>\(inline(text))</li>") }
      line("</ul>")
    case .facts(let facts): self.facts(facts)
    case .table(let table): write(table)
    case .note(let kind, let text):
      line("<div class=\"note \(kind.rawValue)\" role=\"note\"><p><strong>\(kind.title).</strong> \(inline(text))</p></div>")
    case .code(let code): write(code)
    case .graph(let graph): write(graph)
    }
  }

  private mutating func facts(_ facts: [ReportFact]) {
    guard !facts.isEmpty else { return }
    line("<dl>")
    for fact in facts { line("<div><dt>\(escaped(fact.name))</dt><dd>\(inline(fact.value))</dd></div>") }
    line("</dl>")
  }

  private mutating func write(_ table: ReportTable) {
    line("<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"\(escaped(table.caption))\">")
    line("<table>")
    line("<caption>\(escaped(table.caption))</caption>")
    let sum = table.columns.reduce(0) { $0 + $1.weight }
    let widths = table.columns.map { "<col style=\"width:\(Self.percent($0.weight / sum))%\"/>" }
    line("<colgroup>\(widths.joined())</colgroup>")
    let longest = Self.longestWord(columns: table.columns.count)
    let heads = table.columns.map { "<th scope=\"col\"\(Self.look($0.alignment, $0.title, longest))>\(escaped($0.title))</th>" }
    line("<thead><tr>\(heads.joined())</tr></thead>")
    line("<tbody>")
    if table.rows.isEmpty { line("<tr><td class=\"empty\" colspan=\"\(table.columns.count)\">\(escaped(table.emptyText))</td></tr>") }
    for row in table.rows {
      add("<tr>")
      for (index, cell) in row.enumerated() {
        let tag = index == 0 ? "th" : "td"
        add(index == 0 ? "<th scope=\"row\"" : "<td")
        add("\(Self.look(table.columns[index].alignment, cell.string, longest))>\(inline(cell))</\(tag)>")
      }
      line("</tr>")
    }
    line("</tbody>")
    line("</table>")
    line("</div>")
  }

  /// How many letters a word may have so that a page holds as many of them as there are columns. Longer ones are broken.
  private static func longestWord(columns: Int) -> Int { max(6, 110 / columns - 2) }

  private static func look(_ alignment: ReportTable.Alignment, _ text: String, _ longest: Int) -> String {
    var classes: [String] = []
    if alignment == .end { classes.append("end") }
    if text.split(separator: " ").contains(where: { $0.unicodeScalars.count > longest }) { classes.append("long") }
    return classes.isEmpty ? "" : " class=\"\(classes.joined(separator: " "))\""
  }

  /// To a tenth.
  private static func percent(_ share: Double) -> String {
    let tenths = Int((share * 1_000).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  private mutating func write(_ code: ReportCode) {
    line("<figure class=\"code\">")
    if !code.caption.isEmpty { line("<figcaption>\(escaped(code.caption))</figcaption>") }
    line("<pre><code>\(code.lines.map(XMLText.escaped).joined(separator: "\n"))</code></pre>")
    line("</figure>")
  }

  private mutating func write(_ graph: ReportGraph) {
    graphCount += 1
    let drawing = LineageDrawing(graph.graph)
    let isWide = GraphSheet(drawing).needsItsOwn
    line("<figure class=\"graph\(isWide ? " wide" : "")\">")
    line("<div class=\"picture\" role=\"region\" tabindex=\"0\" aria-label=\"\(escaped(graph.caption))\">")
    add(drawing.svgText(idPrefix: "graph-\(graphCount)"))
    line("</div>")
    line("<figcaption>\(escaped(graph.caption))</figcaption>")
    line("</figure>")
  }

  // MARK: Text

  private func inline(_ text: ReportText) -> String {
    text.spans.map { span in
      let string = escaped(span.string)
      let styled =
        switch span.style {
        case .plain: string
        case .strong: "<strong>\(string)</strong>"
        case .code: "<code>\(string)</code>"
        case .quiet: "<span class=\"quiet\">\(string)</span>"
        }
      return span.target.map { "<a href=\"#\(Self.anchor($0))\">\(styled)</a>" } ?? styled
    }.joined()
  }

  private func escaped(_ text: String) -> String { XMLText.escaped(PlainText.of(text)) }

  private mutating func add(_ text: String) { bytes += text.utf8 }

  private mutating func line(_ text: String) {
    bytes += text.utf8
    bytes.append(UInt8(ascii: "\n"))
  }
}
