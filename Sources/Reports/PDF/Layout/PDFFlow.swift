/// Fills pages from top to bottom.
struct PDFFlow: Sendable {
  struct Place: Sendable {
    let page: Int
    /// From the page's top.
    let y: Double
  }

  struct Bookmark: Sendable {
    let title: String
    /// 1 for the outermost.
    let depth: Int
    let place: Place
  }

  var typeface: PDFTypeface
  private(set) var pages: [PDFPage]
  /// Where the next thing comes.
  var y = PDFPageSetup.margin
  /// Where sections begin.
  private(set) var places: [String: Place] = [:]
  private(set) var bookmarks: [Bookmark] = []
  /// Lines of the table of contents that wait for their page's number.
  private(set) var references: [(page: Int, y: Double, target: String)] = []

  init(_ typeface: PDFTypeface) {
    self.typeface = typeface
    pages = [PDFPage(size: GraphSheet.a4)]
  }

  var left: Double { PDFPageSetup.margin }
  var right: Double { page.size.width - PDFPageSetup.margin }
  var width: Double { right - left }
  var bottom: Double { page.size.height - PDFPageSetup.margin }
  var remaining: Double { bottom - y }
  /// What a page holds.
  var pageHeight: Double { GraphSheet.a4.height - 2 * PDFPageSetup.margin }
  var isAtTop: Bool { y <= PDFPageSetup.margin }

  var page: PDFPage {
    get { pages[pages.count - 1] }
    _modify { yield &pages[pages.count - 1] }
  }

  mutating func modifyPage(_ index: Int, _ change: (inout PDFPage, inout PDFTypeface) throws(ReportError) -> Void) throws(ReportError) {
    try change(&pages[index], &typeface)
  }

  mutating func newPage(_ size: GraphSheet.Size = GraphSheet.a4) {
    pages.append(PDFPage(size: size))
    y = PDFPageSetup.margin
  }

  /// Goes on a new page if there is less room than this, and this page is not empty.
  mutating func ensure(_ height: Double) {
    if remaining < height, !isAtTop { newPage() }
  }

  mutating func space(_ height: Double) { if !isAtTop { y += height } }

  mutating func mark(_ section: NumberedSection) {
    let place = Place(page: pages.count - 1, y: y)
    places[section.section.id] = place
    bookmarks.append(Bookmark(title: section.heading, depth: section.depth, place: place))
  }

  mutating func bookmark(_ title: String) {
    bookmarks.append(Bookmark(title: title, depth: 1, place: Place(page: pages.count - 1, y: y)))
  }

  mutating func refer(to target: String, y: Double) { references.append((pages.count - 1, y, target)) }

  // MARK: Lines

  /// A line of text with its baseline where it belongs in its height.
  mutating func drawLine(_ text: PDFText, _ range: Range<Int>, x: Double, top: Double, _ style: PDFTextStyle) {
    let baseline = top + (style.lineHeight - style.size) / 2 + style.size * 0.86
    let index = pages.count - 1
    pages[index].draw(text, range, x: x, y: baseline, &typeface)
  }

  /// Wrapped text. Neither its first nor its last line is left alone on a page.
  mutating func paragraph(_ text: PDFText, _ style: PDFTextStyle, indent: Double = 0) {
    let lines = text.lines(width: width - indent)
    let height = style.lineHeight
    if lines.count <= 3 { ensure(Double(lines.count) * height) } else { ensure(2 * height) }
    for (index, line) in lines.enumerated() {
      let rest = lines.count - index
      if lines.count > 3, rest == 2, remaining < 2 * height { newPage() } else { ensure(height) }
      drawLine(text, line, x: left + indent, top: y, style)
      y += height
    }
  }

  /// Lines on a ground of their own, which is interrupted where a page ends.
  /// - Parameters:
  ///   - bar: the colour of a bar along its left edge; `nil` for none.
  ///   - texts: each with its lines.
  mutating func panel(
    _ texts: [(text: PDFText, lines: [Range<Int>])], _ style: PDFTextStyle, ground: PDFColour, bar: PDFColour?, padding: Double
  ) {
    let all = texts.indices.flatMap { index in texts[index].lines.map { (index, $0) } }
    let height = style.lineHeight
    let whole = Double(all.count) * height + 2 * padding
    ensure(whole <= pageHeight / 3 ? whole : 3 * height + 2 * padding)
    var next = 0
    repeat {
      let fitting = max(1, Int((remaining - 2 * padding) / height))
      let part = all[next..<min(all.count, next + fitting)]
      let partHeight = Double(part.count) * height + 2 * padding
      page.fillBox(x: left, y: y, width: width, height: partHeight, ground)
      if let bar { page.fillBox(x: left, y: y, width: 3, height: partHeight, bar) }
      var top = y + padding
      for (index, line) in part {
        drawLine(texts[index].text, line, x: left + PDFFlow.panelIndent, top: top, style)
        top += height
      }
      y += partHeight
      next += part.count
      if next < all.count { newPage() }
    } while next < all.count
  }

  static let panelIndent = 10.0
}
