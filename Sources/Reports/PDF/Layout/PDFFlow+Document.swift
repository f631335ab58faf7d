import Lineage

extension PDFFlow {
  mutating func draw(_ document: ReportDocument) throws(ReportError) {
    try drawTitle(document)
    if !document.summary.isEmpty {
      space(14)
      ensure(60)
      bookmark(ReportDocument.Words.summary)
      try heading(ReportDocument.Words.summary, depth: 1)
      try draw(document.summary)
    }
    let sections = document.numberedSections
    if !sections.isEmpty { try drawContents(sections) }
    for (index, section) in sections.enumerated() {
      try draw(section, following: sections[(index + 1)...].prefix { $0.depth > section.depth })
    }
    try drawFooters(document)
  }

  private mutating func drawTitle(_ document: ReportDocument) throws(ReportError) {
    y += 14
    let style = PDFTextStyle(face: .bold, size: 22)
    paragraph(try typeface.measure(document.title, style), style)
    if !document.subtitle.isEmpty {
      y += 2
      let style = PDFTextStyle(size: 11.5, colour: .quiet)
      paragraph(try typeface.measure(document.subtitle, style), style)
    }
    y += 8
    page.rule(fromX: left, toX: right, y: y, width: 1.5, .link)
    y += 4
    try draw(document.facts)
  }

  private mutating func drawContents(_ sections: [NumberedSection]) throws(ReportError) {
    let style = PDFTextStyle(size: PDFPageSetup.bodySize)
    // The list stays together if a page holds it.
    let height = Double(sections.count) * (style.lineHeight + 2) + 50
    space(14)
    ensure(height <= pageHeight ? height : 120)
    bookmark(ReportDocument.Words.contents)
    try heading(ReportDocument.Words.contents, depth: 1)
    for section in sections {
      var style = style
      if section.depth == 1 { style.face = .bold }
      let indent = Double(section.depth - 1) * 16
      let number = try typeface.measure(section.number, style)
      let numberWidth = max(number.width + 6, 20)
      let title = try typeface.measure(section.section.title, style)
      let lines = title.lines(width: width - indent - numberWidth - 36)
      ensure(Double(min(lines.count, 3)) * style.lineHeight + 2)
      y += 2
      drawLine(number, 0..<number.glyphs.count, x: left + indent, top: y, style)
      for (index, line) in lines.enumerated() {
        ensure(style.lineHeight)
        drawLine(title, line, x: left + indent + numberWidth, top: y, style)
        page.link(left: left, top: y, right: right, bottom: y + style.lineHeight, to: section.section.id)
        if index == lines.count - 1 { refer(to: section.section.id, y: y) }
        y += style.lineHeight
      }
    }
    newPage()
  }

  private mutating func draw(_ section: NumberedSection, following: ArraySlice<NumberedSection>) throws(ReportError) {
    space(section.depth == 1 ? 20 : 12)
    if case .graph(let graph)? = section.section.blocks.first, GraphSheet(LineageDrawing(graph.graph)).needsItsOwn {
      newPage(GraphSheet(LineageDrawing(graph.graph)).size)
    } else {
      ensure(try room(section, following))
    }
    mark(section)
    try heading(section.heading, depth: section.depth)
    try draw(section.section.blocks)
  }

  static func headingStyle(_ depth: Int) -> PDFTextStyle {
    PDFTextStyle(face: .bold, size: depth == 1 ? 15 : depth == 2 ? 12 : depth == 3 ? 10.5 : PDFPageSetup.bodySize)
  }

  mutating func heading(_ title: String, depth: Int) throws(ReportError) {
    let style = Self.headingStyle(depth)
    paragraph(try typeface.measure(title, style), style)
    if depth == 1 {
      page.rule(fromX: left, toX: right, y: y + 2, .strongLine)
      y += 4
    }
    y += 4
  }

  /// What a heading needs on its page so that it is not left alone at the end: itself and the beginning of what follows.
  private mutating func room(_ section: NumberedSection, _ following: ArraySlice<NumberedSection>) throws(ReportError) -> Double {
    let style = Self.headingStyle(section.depth)
    let lines = try typeface.measure(section.heading, style).lines(width: width).count
    let own = Double(lines) * style.lineHeight + 8
    let blocks = section.section.blocks
    guard !blocks.isEmpty else {
      guard let next = following.first else { return own }
      return own + 12 + (try room(next, following.dropFirst()))
    }
    return own + (try beginning(of: blocks[...]))
  }

  // MARK: What stands on every page

  private mutating func drawFooters(_ document: ReportDocument) throws(ReportError) {
    let style = PDFTextStyle(size: 7.5, colour: .quiet)
    let title = try typeface.measure(document.title, style)
    let count = pages.count
    for index in 0..<count {
      let number = try typeface.measure("Page \(index + 1) of \(count)", style)
      try modifyPage(index) { page, typeface in
        let (left, right) = (PDFPageSetup.margin, page.size.width - PDFPageSetup.margin)
        let top = page.size.height - PDFPageSetup.footer
        page.rule(fromX: left, toX: right, y: top - 11)
        // What does not fit on one line of the title is on the first page.
        let room = right - left - number.width - 20
        page.draw(title, title.lines(width: room)[0], x: left, y: top, &typeface)
        page.draw(number, 0..<number.glyphs.count, x: right - number.width, y: top, &typeface)
      }
    }
    let entry = PDFTextStyle(size: PDFPageSetup.bodySize)
    for reference in references {
      guard let place = places[reference.target] else { continue }
      let number = try typeface.measure(String(place.page + 1), entry)
      try modifyPage(reference.page) { page, typeface in
        let baseline = reference.y + (entry.lineHeight - entry.size) / 2 + entry.size * 0.86
        page.draw(number, 0..<number.glyphs.count, x: page.size.width - PDFPageSetup.margin - number.width, y: baseline, &typeface)
      }
    }
  }
}
