/// A table as comma-separated values (RFC 4180): UTF-8 without a mark, lines end with CR LF, the first names the columns.
///
/// **Formulas.** Spreadsheets run a cell that begins with `=`, `+`, `-`, `@`, a tab or a line end, also after spaces and in their full-width forms,
/// even if it is quoted; a dataset of such a name would act on the reader's machine. Such text gets an apostrophe before it, which spreadsheets
/// show as text. Text that begins with an apostrophe gets another, so that whoever takes one apostrophe off the front of every text that has one has
/// exactly what was written. Numbers are written as they are.
package struct CSVTable: Hashable, Sendable {
  package enum Cell: Hashable, Sendable {
    case text(String)
    case number(Int64)
    case empty
  }

  package var columns: [String]
  /// Each with a cell for each column.
  package var rows: [[Cell]]

  package init(columns: [String], rows: [[Cell]] = []) {
    self.columns = columns
    self.rows = rows
  }

  package func bytes() throws(ReportError) -> [UInt8] {
    guard !columns.isEmpty else { throw .tableWithoutColumns(caption: "CSV") }
    var bytes: [UInt8] = []
    append(columns.map(Cell.text), to: &bytes)
    for (index, row) in rows.enumerated() {
      guard row.count == columns.count else { throw .unevenRow(caption: "CSV", row: index + 1) }
      append(row, to: &bytes)
    }
    return bytes
  }

  private func append(_ row: [Cell], to bytes: inout [UInt8]) {
    for (index, cell) in row.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      switch cell {
      case .empty:
        // A line of one empty field would pass for no line.
        if row.count == 1 { bytes += "\"\"".utf8 }
      case .number(let value): bytes += String(value).utf8
      case .text(let text): Self.append(Self.guarded(text), to: &bytes)
      }
    }
    bytes += [0x0D, 0x0A]
  }

  /// Every text is quoted, so that it cannot be taken for a number.
  private static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\"") { bytes.append(byte) }
      bytes.append(byte)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  static func guarded(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return text }
    if first == "'" { return "'" + text }
    for scalar in text.unicodeScalars {
      switch scalar {
      case "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}": return "'" + text
      // Some take these off before they look. NUL too.
      case _
      where scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
        || scalar.properties.isDefaultIgnorableCodePoint:
        continue
      default: return text
      }
    }
    return text
  }
}
