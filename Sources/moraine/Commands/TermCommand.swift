import ArgumentParser
import JSON

struct TermCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "term", abstract: "The glossary: words of the business, what they mean, and the data that they stand for.",
    discussion: """
        moraine term define "Loan to value" "The loan's amount over the collateral's value." --owner team:risk
        moraine term link "Loan to value" curated.loans --column ltv
      """,
    subcommands: [List.self, Show.self, Define.self, Link.self, Unlink.self, Drop.self])

  private static let path = ["governance", "v1", "terms"]

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List terms.")

    @Argument(help: "Only those whose name or definition has this text.") var text = ""
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(output, key: "terms", columns: [.text("TERM"), .text("OWNER"), .text("DEFINITION")])
        try await client.pages(path, query: text.isEmpty ? [] : [("q", text)]) { page in
          try list.page(page) { json in
            let term = try json.object()
            return [
              try term.required("name").string(), try term.optional("owner")?.string() ?? "", try term.required("definition").string(),
            ]
          }
        }
        try list.end(none: "There are no terms.")
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a term and what it stands for.")

    @Argument(help: "Name of the term.") var name: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.get(path + [name]).json()
        try output.show(document) { isBold in
          let object = try document.object()
          let term = try object.required("term").object()
          var sheet = FactSheet(isBold: isBold)
          sheet.add("Term", try term.required("name").string())
          sheet.add("Definition", try term.required("definition").string())
          if let owner = try term.optional("owner")?.string() { sheet.add("Owner", owner) }
          sheet.add(
            "Changed",
            "\(Instant(milliseconds: try term.required("changed-at-ms").int64())) by \(try term.required("changed-by").string())")
          let links = try object.required("links").array().map { json in
            let link = try json.object()
            return ["\(try ObjectName(json: link.required("object")))", try link.optional("column")?.string() ?? ""]
          }
          if !links.isEmpty { sheet.add("Stands for", [.text("OBJECT"), .text("COLUMN")], links) }
          return sheet.text
        }
      }
    }
  }

  struct Define: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say what a term means.")

    @Argument(help: "Name of the term.") var name: String
    @Argument(help: "What it means, in Markdown.") var definition: String
    @Option(help: ArgumentHelp("Who says so.", valueName: "principal")) var owner: String?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("name", name)
          $0.field("definition", definition)
          if let owner { $0.field("owner", owner) }
        }
      }
      try await client.run { client, output in
        try output.done("Defined \"\(name)\".", await client.post(path, body))
      }
    }
  }

  struct Link: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let a term stand for a table or view, or one of its columns.")

    @OptionGroup var target: TermTarget

    func run() async throws { try await target.change("add", said: "stands for") }
  }

  struct Unlink: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let it stand for that no more.")

    @OptionGroup var target: TermTarget

    func run() async throws { try await target.change("remove", said: "stands no more for") }
  }

  struct TermTarget: ParsableArguments {
    @Argument(help: "Name of the term.") var term: String
    @Argument(
      help: "Table, or view with --view: level.level.name.", completion: .custom(NameCompletion.tables),
      transform: DatasetName.init(parsing:))
    var dataset: DatasetName
    @Option(help: "This column; a nested one with dots.") var column: String?
    @Flag(help: "The name is that of a view.") var view = false
    @OptionGroup var client: ClientOptions

    func change(_ key: StaticString, said: String) async throws {
      try await client.run { client, output in
        let object = try ObjectName([view ? "view" : "table", dataset.description])
        let body = JSONWriter.text { writer in
          writer.object {
            $0.field(
              key,
              array: {
                $0.object {
                  $0.key("object")
                  object.write(to: &$0, in: client.warehouse)
                  if let column { $0.field("column", column) }
                }
              })
          }
        }
        let answer = try await client.post(path + [term, "links"], body)
        try output.done("\"\(term)\" \(said) \(column.map { "column \($0) of " } ?? "")\(object).", answer)
      }
    }
  }

  struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove a term.")

    @Argument(help: "Name of the term.") var name: String
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try confirmation.confirm("Remove the term \"\(name)\"?")
      try await client.run { client, output in
        try output.done("Removed \"\(name)\".", await client.delete(path + [name]))
      }
    }
  }
}
