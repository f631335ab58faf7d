import ArgumentParser
import JSON

struct SearchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Find datasets by names, columns, tags, owners and descriptions.",
    discussion: """
      All words must be there, in whatever part of a dataset, and words that are nowhere are read as the ones most like them. Without
      words, everything that matches the options is listed by name. Only what you may see is found and counted.

      Examples:
        moraine search "loan pii" --zone curated --owner risk
        moraine search --tag classification=pii --column income -o json
      """)

  @Argument(help: ArgumentHelp("What to look for.", valueName: "words")) var words: [String] = []
  @Option(help: "Only in zones of this name.", completion: .custom(NameCompletion.zones)) var zone: String?
  @Option(help: "Only what this team, user or service owns: risk, or team:risk.", completion: .custom(NameCompletion.principals("team")))
  var owner: String?
  @Option(help: ArgumentHelp("Only what is tagged so, or has a column that is; may be given again.", valueName: "key[=value]"))
  var tag: [String] = []
  @Option(help: "Only what has a column whose name holds these words.") var column: String?
  @Option(help: ArgumentHelp("Only datasets of this kind: table, view, ….", valueName: "kind"), completion: .list(["table", "view"]))
  var kind: String?
  @Flag(help: "In all warehouses, not only the one of the profile or of --warehouse.") var allWarehouses = false
  @Option(help: "Show so many at most.") var limit = 25
  @OptionGroup var client: ClientOptions

  func validate() throws {
    guard (1...1_000).contains(limit) else { throw ValidationError("--limit must be 1 to 1000.") }
  }

  func run() async throws {
    try await client.run { client, output in
      var query = [("q", words.joined(separator: " ")), ("pageSize", String(limit))] + tag.map { ("tag", $0) }
      for (name, value) in [("zone", zone), ("owner", owner), ("column", column), ("kind", kind)] {
        if let value { query.append((name, value)) }
      }
      if !allWarehouses { query.append(("warehouse", client.warehouse)) }
      let document = try await client.get(["governance", "v1", "search"], query: query).json()
      try show(document, output)
    }
  }

  // MARK: For people

  private func show(_ document: JSONValue, _ output: CommandOutput) throws {
    let object = try document.object()
    let hits = try object.required("hits").array().map { try Hit($0.object()) }
    guard output.format == .table else { return try output.document(document) }
    if output.isQuiet {
      return try output.stream.write(hits.map { TerminalText.plain($0.title(isQualified: allWarehouses)) + "\n" }.joined())
    }
    for reading in try object.required("readings").array() {
      let reading = try reading.object()
      let words = try reading.required("read-as").array().map { try $0.string() }.joined(separator: ", ")
      try StandardStream.error.write(TerminalText.plain("\"\(try reading.required("word").string())\" was read as \(words)") + "\n")
    }
    let isAll = object.optional("next-page-token").map(\.isNull) ?? true
    guard !hits.isEmpty else {
      return try StandardStream.error.write(
        isAll ? "Nothing was found.\n" : "Nothing that you may see was found among the first of very many; narrow the search.\n")
    }
    let columns: [TextTable.Column] = [
      .number("RANK"), .text("NAME"), .fixed("KIND"), .fixed("ZONE"), .text("OWNER"), .text("COLUMNS"), .text("DESCRIPTION"),
    ]
    let rows = hits.enumerated().map { index, hit in
      ["\(index + 1)", hit.title(isQualified: allWarehouses), hit.kind, hit.zone, hit.owner, hit.columns, hit.description]
    }
    var table = TextTable(columns, width: output.stream.columns, isBold: output.isBold)
    try output.stream.write(table.lines(rows))
    try output.stream.write(facets(object, shown: hits.count))
  }

  private func facets(_ object: JSONObject, shown: Int) throws -> String {
    guard let count = try object.optional("count")?.int(), let facets = try object.optional("facets")?.object() else { return "" }
    let isExact = try object.required("is-count-exact").bool()
    var text = "\n\(shown) of \(isExact ? "\(count)" : "more than \(count)")\n"
    for member in facets {
      let values = try member.value.array().map { value in
        let value = try value.object()
        return "\(try value.required("value").string()) (\(try value.required("count").int()))"
      }
      guard !values.isEmpty else { continue }
      let more = values.count > 8 ? ", …" : ""
      text += TerminalText.padded(member.key, to: 8) + TerminalText.plain(values.prefix(8).joined(separator: ", ")) + more + "\n"
    }
    return text
  }
}

/// One dataset that was found, in texts.
private struct Hit {
  let warehouse: String
  let name: DatasetName
  let kind: String
  let zone: String
  let owner: String
  let columns: String
  let description: String

  init(_ object: JSONObject) throws {
    warehouse = try object.required("warehouse").string()
    name = DatasetName(
      namespace: NamespaceName(levels: try object.required("namespace").array().map { try $0.string() }),
      name: try object.required("name").string())
    kind = try object.required("kind").string()
    zone = try object.required("zone").string()
    owner = try object.optional("owner")?.string() ?? ""
    columns = try object.required("matching-columns").array().map { try $0.string() }.joined(separator: ", ")
    description = try object.optional("description")?.string() ?? ""
  }

  func title(isQualified: Bool) -> String { isQualified ? "\(warehouse)/\(name)" : "\(name)" }
}
