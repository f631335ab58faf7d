extension PDFFlow {
  /// A table's measures and its head, which is drawn again on every page.
  private struct Grid {
    var widths: [Double]
    var isEnd: [Bool]
    let style: PDFTextStyle
    let padding: Double
    /// Empty for a table without a head.
    var head: [Cell] = []

    static let inset = 4.0
  }

  private struct Cell {
    let text: PDFText
    let lines: [Range<Int>]
  }

  private static let rowPadding = 3.0
  /// How many rows are looked at for words, and the width in points up to which something is a word.
  private static let looks = 200
  private static let longestWord = 64.0
  private static let caption = PDFTextStyle(size: PDFPageSetup.captionSize, colour: .quiet)

  // MARK: Tables

  mutating func draw(_ table: ReportTable) throws(ReportError) {
    let grid = try self.grid(table)
    space(6)
    ensure(try beginning(of: table))
    if !table.caption.isEmpty {
      paragraph(try typeface.measure(table.caption, Self.caption), Self.caption)
      y += 3
    }
    drawHead(grid)
    if table.rows.isEmpty {
      let style = PDFTextStyle(size: PDFPageSetup.tableSize, colour: .quiet)
      let text = try typeface.measure(table.emptyText, style)
      let whole = Grid(widths: [width], isEnd: [false], style: style, padding: Self.rowPadding)
      drawRow([cell(text, width)], whole, head: grid)
    }
    for row in table.rows { drawRow(try cells(row, grid), grid, head: grid) }
    y += 10
  }

  /// Caption, head and first row.
  mutating func beginning(of table: ReportTable) throws(ReportError) -> Double {
    let grid = try self.grid(table)
    var height = height(grid.head, grid) + 6
    if !table.caption.isEmpty {
      height += Double(try typeface.measure(table.caption, Self.caption).lines(width: width).count) * Self.caption.lineHeight + 3
    }
    if let row = table.rows.first { height += self.height(try cells(row, grid), grid) } else { height += 20 }
    return min(height, pageHeight * 0.4)
  }

  private mutating func grid(_ table: ReportTable) throws(ReportError) -> Grid {
    let style = PDFTextStyle(face: .bold, size: PDFPageSetup.tableSize)
    var heads: [PDFText] = []
    for column in table.columns { heads.append(try typeface.measure(column.title, style)) }
    // What a page on its side holds does not matter: text goes on on upright paper.
    let width = GraphSheet.a4.width - 2 * PDFPageSetup.margin
    var least = heads.map(\.widestWord)
    // Words are kept whole too, where a look at some rows finds them; digests and long names are not words.
    for row in table.rows.prefix(Self.looks) {
      for (index, cell) in row.enumerated() {
        let word = try typeface.measure(cell, PDFTextStyle(size: PDFPageSetup.tableSize)).widestWord
        if word <= Self.longestWord { least[index] = max(least[index], word) }
      }
    }
    let widths = ColumnWidths.of(
      weights: table.columns.map(\.weight), least: least.map { $0 + 2 * Grid.inset + 0.5 }, width: width)
    var grid = Grid(
      widths: widths, isEnd: table.columns.map { $0.alignment == .end }, style: PDFTextStyle(size: PDFPageSetup.tableSize),
      padding: Self.rowPadding)
    grid.head = zip(heads, widths).map { cell($0, $1) }
    return grid
  }

  private mutating func cells(_ row: [ReportText], _ grid: Grid) throws(ReportError) -> [Cell] {
    var cells: [Cell] = []
    for (text, width) in zip(row, grid.widths) { cells.append(cell(try typeface.measure(text, grid.style), width)) }
    return cells
  }

  private func cell(_ text: PDFText, _ width: Double) -> Cell { Cell(text: text, lines: text.lines(width: width - 2 * Grid.inset)) }

  private func height(_ cells: [Cell], _ grid: Grid) -> Double {
    Double(cells.reduce(0) { max($0, $1.lines.count) }) * grid.style.lineHeight + 2 * grid.padding
  }

  private mutating func drawHead(_ grid: Grid) {
    guard !grid.head.isEmpty else { return }
    let height = height(grid.head, grid)
    page.fillBox(x: left, y: y, width: width, height: height, .head)
    let count = grid.head.reduce(0) { max($0, $1.lines.count) }
    // Heads stand on their last line.
    var x = left
    for (index, cell) in grid.head.enumerated() {
      let skipped = Double(count - cell.lines.count) * grid.style.lineHeight
      draw(cell, cell.lines[...], x: x, top: y + grid.padding + skipped, index, grid)
      x += grid.widths[index]
    }
    y += height
    page.rule(fromX: left, toX: right, y: y, width: 0.9, .strongLine)
  }

  /// A row stays whole if a page holds it; else it goes on under the head on the next page.
  private mutating func drawRow(_ cells: [Cell], _ grid: Grid, head: Grid) {
    let whole = height(cells, grid)
    let lineHeight = grid.style.lineHeight
    let fresh = pageHeight - (head.head.isEmpty ? 0 : height(head.head, head))
    if remaining < whole, whole <= fresh || remaining < 3 * lineHeight + 2 * grid.padding {
      newPage()
      drawHead(head)
    }
    let count = cells.reduce(0) { max($0, $1.lines.count) }
    var next = 0
    while true {
      let fitting = max(1, Int((remaining - 2 * grid.padding + 0.001) / lineHeight))
      let end = min(count, next + fitting)
      var x = left
      for (index, cell) in cells.enumerated() {
        if next < cell.lines.count {
          draw(cell, cell.lines[next..<min(end, cell.lines.count)], x: x, top: y + grid.padding, index, grid)
        }
        x += grid.widths[index]
      }
      y += Double(end - next) * lineHeight + 2 * grid.padding
      page.rule(fromX: left, toX: right, y: y)
      next = end
      guard next < count else { return }
      newPage()
      drawHead(head)
    }
  }

  private mutating func draw(_ cell: Cell, _ lines: ArraySlice<Range<Int>>, x: Double, top: Double, _ column: Int, _ grid: Grid) {
    var top = top
    for line in lines {
      let indent = grid.isEnd[column] ? grid.widths[column] - Grid.inset - cell.text.width(line) : Grid.inset
      drawLine(cell.text, line, x: x + indent, top: top, grid.style)
      top += grid.style.lineHeight
    }
  }

  // MARK: Facts

  mutating func draw(_ facts: [ReportFact]) throws(ReportError) {
    guard !facts.isEmpty else { return }
    let name = PDFTextStyle(size: PDFPageSetup.bodySize - 0.5, colour: .quiet)
    let value = PDFTextStyle(size: PDFPageSetup.bodySize - 0.5)
    let whole = GraphSheet.a4.width - 2 * PDFPageSetup.margin
    let grid = Grid(widths: [whole * 0.26, whole * 0.74], isEnd: [false, false], style: value, padding: 3)
    let none = Grid(widths: [], isEnd: [], style: value, padding: 0)
    for fact in facts {
      let cells = [
        cell(try typeface.measure(fact.name, name), grid.widths[0]), cell(try typeface.measure(fact.value, value), grid.widths[1]),
      ]
      drawRow(cells, grid, head: none)
    }
    y += 6
  }
}
