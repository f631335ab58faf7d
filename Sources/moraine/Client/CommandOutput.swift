import JSON

/// Where a command's results go, in the form that was asked for.
struct CommandOutput: Sendable {
  let format: OutputFormat
  let isQuiet: Bool
  var stream = StandardStream.output

  /// Bold is for terminals, and for those who do not mind colour (no-color.org).
  var isBold: Bool { stream.isTerminal && environment("NO_COLOR") == nil && environment("TERM") != "dumb" }

  /// Tells that something was done; nothing when quiet.
  ///
  /// - Parameter answer: what the server said, for those who asked for its JSON.
  func done(_ message: String, _ answer: ServerAnswer? = nil) throws {
    if format != .table, let answer, !answer.body.isEmpty { return try document(answer.json()) }
    if !isQuiet, format == .table { try stream.write(TerminalText.plain(message) + "\n") }
  }

  /// Writes one document, as JSON or YAML.
  func document(_ value: JSONValue) throws {
    switch format {
    case .yaml: try stream.write(YAMLText.text(value))
    case .json, .table, .sparkSQL, .trinoSQL, .tree, .dot, .svg:
      try stream.write(stream.isTerminal ? JSONText.pretty(value) + [0x0A] : JSONText.compact(value) + [0x0A])
    }
  }

  /// Shows one thing: its document, or what `lines` makes of it for a person.
  func show(_ value: JSONValue, _ lines: (_ isBold: Bool) throws -> String) throws {
    guard format == .table else { return try document(value) }
    try stream.write(lines(isBold))
  }

  /// A table that is whole already; its document is given beside it.
  func table(_ columns: [TextTable.Column], _ rows: [[String]], document value: @autoclosure () throws -> JSONValue) throws {
    guard format == .table else { return try document(value()) }
    if isQuiet { return try stream.write(rows.map { TerminalText.plain($0[0]) + "\n" }.joined()) }
    var table = TextTable(columns, width: stream.columns, isBold: isBold)
    try stream.write(table.lines(rows))
  }
}
