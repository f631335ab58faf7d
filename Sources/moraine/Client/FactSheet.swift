import JSON

/// What is known of one thing, for a person: names and values, then sections.
struct FactSheet {
  private static let nameCells = 18

  let isBold: Bool
  private(set) var text = ""
  private var isAfterSection = false

  init(isBold: Bool) { self.isBold = isBold }

  mutating func add(_ name: String, _ value: String) {
    if isAfterSection { text += "\n" }
    isAfterSection = false
    text += TerminalText.padded(name, to: Self.nameCells) + TerminalText.plain(value) + "\n"
  }

  /// A section of key and value lines; one line when there are none.
  mutating func add(_ title: String, properties: [(key: String, value: String)]) {
    guard !properties.isEmpty else { return add(title, "none") }
    let cells = min(40, properties.map { TerminalText.width(TerminalText.plain($0.key)) }.max() ?? 0)
    add(title, lines: properties.map { TerminalText.padded(TerminalText.plain($0.key), to: cells) + "  " + TerminalText.plain($0.value) })
  }

  /// A section of lines that are safe to show.
  mutating func add(_ title: String, lines: [String]) {
    guard !lines.isEmpty else { return add(title, "none") }
    text += "\n" + (isBold ? "\u{1B}[1m\(title)\u{1B}[0m" : title) + "\n"
    for line in lines { text += "  " + line + "\n" }
    isAfterSection = true
  }

  /// A section that is a table.
  mutating func add(_ title: String, _ columns: [TextTable.Column], _ rows: [[String]]) {
    guard !rows.isEmpty else { return add(title, "none") }
    var table = TextTable(columns, width: nil, isBold: false)
    add(title, lines: table.lines(rows).split(separator: "\n").map(String.init))
  }
}

extension JSONObject {
  /// A map's members with their values as text, whatever kind they are, in the server's order.
  var texts: [(key: String, value: String)] {
    map { (key: $0.key, value: (try? $0.value.string()) ?? $0.value.rawText) }
  }
}
