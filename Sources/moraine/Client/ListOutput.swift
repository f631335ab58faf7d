import JSON

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
    try add(Array(page.required(key).array()), row: row)
  }

  /// Writes the next elements.
  mutating func add(_ elements: [JSONValue], row: (JSONValue) throws -> [String]) throws {
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
    // Lists are never asked for as these.
    case .sparkSQL, .trinoSQL, .tree, .dot, .svg: break
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
    case .sparkSQL, .trinoSQL, .tree, .dot, .svg: break
    }
  }
}
