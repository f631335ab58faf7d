import ArgumentParser
import JSON

enum OutputFormat: String, CaseIterable, Sendable, ExpressibleByArgument {
  case table, json, yaml
}

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
    case .json, .table: try stream.write(stream.isTerminal ? JSONText.pretty(value) + [0x0A] : JSONText.compact(value) + [0x0A])
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

/// A list that is written while its pages come.
struct ListOutput {
  let output: CommandOutput
  /// The member of each page that holds its elements.
  let key: StaticString
  private var table: TextTable
  private var isBegun = false

  init(_ output: CommandOutput, key: StaticString, columns: [TextTable.Column]) {
    self.output = output
    self.key = key
    table = TextTable(columns, width: output.stream.columns, isBold: output.isBold)
  }

  /// Writes the elements of a page.
  ///
  /// - Parameter row: an element's cells, its name first.
  mutating func page(_ page: JSONObject, row: (JSONValue) throws -> [String]) throws {
    let elements = Array(try page.required(key).array())
    guard !elements.isEmpty else { return }
    switch output.format {
    case .table:
      let rows = try elements.map(row)
      try output.stream.write(output.isQuiet ? rows.map { TerminalText.plain($0[0]) + "\n" }.joined() : table.lines(rows))
    case .json:
      let isPretty = output.stream.isTerminal
      var bytes: [UInt8] = []
      for element in elements {
        bytes += Array((isBegun ? (isPretty ? ",\n    " : ",") : isPretty ? "{\n  \"\(key)\": [\n    " : "{\"\(key)\":[").utf8)
        bytes += isPretty ? JSONText.pretty(element, depth: 2) : JSONText.compact(element)
        isBegun = true
      }
      try output.stream.write(bytes)
    case .yaml:
      var text = isBegun ? "" : "\(key):\n"
      isBegun = true
      for element in elements { text += try YAMLText.item(element) }
      try output.stream.write(text)
    }
  }

  /// Closes what was opened. An empty list is empty in every form, and a person is told so.
  ///
  /// - Parameter none: what to tell when there was nothing.
  mutating func end(none: String) throws {
    switch output.format {
    case .table:
      if !table.isBegun, !output.isQuiet, StandardStream.error.isTerminal { try StandardStream.error.write(none + "\n") }
    case .json:
      let isPretty = output.stream.isTerminal
      try output.stream.write(isBegun ? (isPretty ? "\n  ]\n}\n" : "]}\n") : isPretty ? "{\n  \"\(key)\": []\n}\n" : "{\"\(key)\":[]}\n")
    case .yaml:
      if !isBegun { try output.stream.write("\(key): []\n") }
    }
  }
}
