/// Rows under a header, aligned. Rows may come in batches: a later batch keeps the widths of those before where it can.
struct TextTable: Sendable {
  struct Column: Sendable {
    enum Kind {
      /// Left, and cut where the terminal is too narrow.
      case text
      /// Left, and never cut.
      case fixed
      /// Right, and never cut: a part of an id is no id.
      case number
    }

    let title: String
    let kind: Kind

    static func text(_ title: String) -> Column { Column(title: title, kind: .text) }
    static func fixed(_ title: String) -> Column { Column(title: title, kind: .fixed) }
    static func number(_ title: String) -> Column { Column(title: title, kind: .number) }
  }

  /// A column is never cut below this.
  static let narrowest = 8
  private static let gap = "  "

  let columns: [Column]
  /// Cells there are; `nil` cuts nothing.
  let width: Int?
  let isBold: Bool
  private var widths: [Int]
  private(set) var isBegun = false

  init(_ columns: [Column], width: Int?, isBold: Bool) {
    self.columns = columns
    self.width = width
    self.isBold = isBold
    widths = columns.map { TerminalText.width($0.title) }
  }

  /// The next rows as lines, each ended; the header stands before the first.
  mutating func lines(_ rows: [[String]]) -> String {
    let rows = rows.map { $0.map(TerminalText.plain) }
    for row in rows {
      for (index, cell) in row.enumerated() { widths[index] = max(widths[index], TerminalText.width(cell)) }
    }
    let fitted = fit()
    var text = ""
    if !isBegun {
      isBegun = true
      let header = line(columns.map(\.title), fitted)
      text += (isBold ? "\u{1B}[1m\(header)\u{1B}[0m" : header) + "\n"
    }
    for row in rows { text += line(row, fitted) + "\n" }
    return text
  }

  /// The widths, the widest text taken back until the line fits.
  private func fit() -> [Int] {
    guard let width else { return widths }
    var fitted = widths
    let texts = columns.indices.filter { columns[$0].kind == .text }
    var excess = fitted.reduce(0, +) + Self.gap.utf8.count * (columns.count - 1) - width
    while excess > 0, let widest = texts.max(by: { fitted[$0] < fitted[$1] }), fitted[widest] > Self.narrowest {
      // Down to the next narrower one, or as far as needed.
      let next = texts.map { fitted[$0] }.filter { $0 < fitted[widest] }.max() ?? Self.narrowest
      let step = min(excess, max(1, fitted[widest] - max(next, Self.narrowest)))
      fitted[widest] -= step
      excess -= step
    }
    return fitted
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    let parts = cells.indices.map { index in
      let kind = columns[index].kind
      let shown = kind == .text ? TerminalText.cut(cells[index], to: widths[index]) : cells[index]
      return TerminalText.padded(shown, to: widths[index], right: kind == .number)
    }
    var line = parts.joined(separator: Self.gap)
    while line.last == " " { line.removeLast() }
    return line
  }
}
