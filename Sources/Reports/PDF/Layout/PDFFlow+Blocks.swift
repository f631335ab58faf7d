import Lineage

extension PDFFlow {
  private static var body: PDFTextStyle { PDFTextStyle(size: PDFPageSetup.bodySize) }
  private static var code: PDFTextStyle { PDFTextStyle(face: .mono, size: PDFPageSetup.codeSize) }
  private static var caption: PDFTextStyle { PDFTextStyle(size: PDFPageSetup.captionSize, colour: .quiet) }

  mutating func draw(_ blocks: [ReportBlock]) throws(ReportError) {
    for (index, block) in blocks.enumerated() {
      if Self.announces(block) { ensure(min(try beginning(of: blocks[index...]), pageHeight * 0.6)) }
      try draw(block)
    }
  }

  /// A paragraph that ends with a colon belongs to what follows.
  private static func announces(_ block: ReportBlock) -> Bool {
    guard case .paragraph(let text) = block else { return false }
    return text.string.hasSuffix(":")
  }

  /// What of some blocks should stand on the page of their heading.
  mutating func beginning(of blocks: ArraySlice<ReportBlock>) throws(ReportError) -> Double {
    guard let first = blocks.first else { return 0 }
    let own = try beginning(of: first)
    return Self.announces(first) ? own + 4 + (try beginning(of: blocks.dropFirst())) : own
  }

  private mutating func draw(_ block: ReportBlock) throws(ReportError) {
    switch block {
    case .paragraph(let text):
      space(3)
      paragraph(try typeface.measure(text, Self.body), Self.body)
      y += 4
    case .list(let texts):
      space(3)
      for text in texts { try listItem(text) }
      y += 3
    case .facts(let facts): try draw(facts)
    case .table(let table): try draw(table)
    case .note(let kind, let text): try draw(kind, text)
    case .code(let code): try draw(code)
    case .graph(let graph): try draw(graph)
    }
  }

  private mutating func beginning(of block: ReportBlock) throws(ReportError) -> Double {
    switch block {
    case .paragraph(let text):
      let count = try typeface.measure(text, Self.body).lines(width: width).count
      return Double(count <= 3 ? count : 2) * Self.body.lineHeight + 4
    case .list, .facts: return 3 * Self.body.lineHeight
    case .note(let kind, let text):
      let count = try measure(kind, text).lines.count
      let whole = Double(count) * Self.body.lineHeight + 16
      return min(whole, pageHeight / 3)
    case .code: return 5 * Self.code.lineHeight + 30
    case .table(let table): return try beginning(of: table)
    case .graph(let graph):
      let drawing = LineageDrawing(graph.graph)
      let sheet = GraphSheet(drawing)
      return sheet.needsItsOwn ? 0 : drawing.height * min(1, width / drawing.width) + 40
    }
  }

  private mutating func listItem(_ text: ReportText) throws(ReportError) {
    let bullet = try typeface.measure("•", Self.body)
    let content = try typeface.measure(text, Self.body)
    ensure(min(3, Double(content.lines(width: width - 14).count)) * Self.body.lineHeight)
    drawLine(bullet, 0..<bullet.glyphs.count, x: left + 3, top: y, Self.body)
    paragraph(content, Self.body, indent: 14)
    y += 1.5
  }

  // MARK: Notes and code

  private static func colours(_ kind: ReportNote) -> (ground: PDFColour, bar: PDFColour) {
    switch kind {
    case .note: (.note, .link)
    case .warning: (.warning, .warningEdge)
    case .gap: (.gap, .gapEdge)
    }
  }

  private mutating func measure(_ kind: ReportNote, _ text: ReportText) throws(ReportError) -> (text: PDFText, lines: [Range<Int>]) {
    let text = try typeface.measure(.strong(kind.title + ".") + " " + text, Self.body)
    return (text, text.lines(width: width - 2 * Self.panelIndent))
  }

  private mutating func draw(_ kind: ReportNote, _ text: ReportText) throws(ReportError) {
    space(4)
    let colours = Self.colours(kind)
    panel([try measure(kind, text)], Self.body, ground: colours.ground, bar: colours.bar, padding: 5)
    y += 6
  }

  private mutating func draw(_ code: ReportCode) throws(ReportError) {
    space(4)
    var texts: [(text: PDFText, lines: [Range<Int>])] = []
    for line in code.lines {
      let text = try typeface.measure(line, Self.code)
      texts.append((text, text.lines(width: width - 2 * Self.panelIndent)))
    }
    if !code.caption.isEmpty {
      ensure(Self.caption.lineHeight + 3 * Self.code.lineHeight + 14)
      paragraph(try typeface.measure(code.caption, Self.caption), Self.caption)
      y += 2
    }
    panel(texts, Self.code, ground: .ground, bar: nil, padding: 6)
    y += 6
  }

  // MARK: Graphs

  private mutating func draw(_ graph: ReportGraph) throws(ReportError) {
    let drawing = LineageDrawing(graph.graph)
    let sheet = GraphSheet(drawing)
    let caption = try typeface.measure(graph.caption, Self.caption)
    func captionHeight(_ width: Double) -> Double { Double(caption.lines(width: width).count) * Self.caption.lineHeight }
    if sheet.needsItsOwn {
      // A heading may have begun the page already.
      if page.size != sheet.size || y > PDFPageSetup.margin + 50 { newPage(sheet.size) }
      let room = remaining - captionHeight(width) - 6
      try place(drawing, scale: min(1, width / drawing.width, room / drawing.height))
    } else {
      let scale = min(1, width / drawing.width)
      space(4)
      ensure(drawing.height * scale + captionHeight(width) + 6)
      try place(drawing, scale: scale)
    }
    y += 3
    paragraph(caption, Self.caption)
    y += 6
    // Text goes on on upright paper.
    if page.size != GraphSheet.a4 { y = bottom + 1 }
  }

  private mutating func place(_ drawing: LineageDrawing, scale: Double) throws(ReportError) {
    let origin = (x: left + (width - drawing.width * scale) / 2, y: y)
    let index = pages.count - 1
    try modifyPage(index) { (page, typeface) throws(ReportError) in
      try page.draw(drawing, x: origin.x, y: origin.y, scale: scale, &typeface)
    }
    y += drawing.height * scale
  }
}
