import ArgumentParser
import JSON

extension TableCommand {
  struct Describe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what a table and its columns are, where engines look for it.",
      discussion: """
        The text, in Markdown, becomes the table's property `comment`, a column's its `doc`. An empty text takes a description away.

          moraine table describe sales.orders "One row an order, from the shop." --column id="Number of the order"
        """)

    @OptionGroup var target: TableArgument
    @Argument(help: "What the table is.") var text: String?
    @Option(help: "Take the table's text from this file.", completion: .file()) var file: String?
    @Option(
      name: .customLong("column"), help: ArgumentHelp("What a column is; nested ones with dots. Repeatable.", valueName: "name=text"),
      transform: KeyValue.init(parsing:))
    var columns: [KeyValue] = []
    @OptionGroup var client: ClientOptions

    func validate() throws {
      if text != nil, file != nil { throw ValidationError("Give either the text or --file.") }
      if text == nil, file == nil, columns.isEmpty { throw ValidationError("Say what is to be described: a text, --file or --column.") }
    }

    func run() async throws {
      let text = try file.map { String(decoding: try LocalFile.read($0), as: UTF8.self) } ?? text
      let body = JSONWriter.text { writer in
        writer.object {
          if let text { $0.field("text", text) }
          if !columns.isEmpty { $0.field("columns", columns.properties) }
        }
      }
      try await client.run { client, output in
        let path = [
          "governance", "v1", "warehouses", client.warehouse, "namespaces", target.name.namespace.pathText, "tables", target.name.name,
          "description",
        ]
        try output.done("Described table \(target.name).", await client.post(path, body))
      }
    }
  }
}
