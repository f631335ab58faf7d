import ArgumentParser
import JSON

struct TagCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag", abstract: "Tags: classifications of tables, views and their columns.",
    discussion: """
      The tag `classification` with the value pii, phi, financial or secret restricts who may read: a whole table to those who are
      cleared for it, a column by masking it. A column keeps its tags when it is renamed.

      Only tags of the vocabulary can be used: `tag vocabulary` shows them, `tag define` adds one.
      """,
    subcommands: [Show.self, Set.self, Unset.self, Suggestions.self, Decline.self, Vocabulary.self, Define.self, Undefine.self])

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the tags of a table or view and of its columns.")

    @OptionGroup var target: TagTarget
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.get(target.path(client)).json()
        try output.show(document) { isBold in
          let object = try document.object()
          var sheet = FactSheet(isBold: isBold)
          sheet.add(target.name.description, try TagCommand.text(object.required("tags")))
          for column in try object.required("columns").array() {
            let column = try column.object()
            sheet.add("  \(try column.required("name").string())", try TagCommand.text(column.required("tags")))
          }
          return sheet.text
        }
      }
    }
  }

  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Tag a table or view, or one of its columns.")

    @OptionGroup var target: TagTarget
    @Argument(help: ArgumentHelp("Tags to set.", valueName: "key=value"), transform: KeyValue.init(parsing:)) var tags: [KeyValue]
    @Option(help: "Tag this column instead; a nested one with dots.") var column: String?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = TagCommand.change(column) { $0.field("set", tags.properties) }
      try await client.run { client, output in
        let answer = try await client.post(target.path(client), body)
        try output.done("Tagged \(column.map { "column \($0) of " } ?? "")\(target.name).", answer)
      }
    }
  }

  struct Unset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove tags of a table or view, or of one of its columns.")

    @OptionGroup var target: TagTarget
    @Argument(help: ArgumentHelp("Tags to remove.", valueName: "key")) var keys: [String]
    @Option(help: "Remove them from this column instead; a nested one with dots.") var column: String?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = TagCommand.change(column) { $0.field("remove", keys) }
      try await client.run { client, output in
        let answer = try await client.post(target.path(client), body)
        try output.done("Removed \(keys.joined(separator: ", ")) from \(column.map { "column \($0) of " } ?? "")\(target.name).", answer)
      }
    }
  }

  // MARK: Suggestions

  private static let suggestions = ["governance", "v1", "tag-suggestions"]

  struct Suggestions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show tags that lineage suggests: those of what a table or view was made from.",
      discussion: "Accept one with `moraine tag set`, or say no to it with `moraine tag decline`.")

    @OptionGroup var target: TagTarget
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.get(suggestions, query: target.object.query(in: client.warehouse)).json()
        let rows = try document.object().required("suggestions").array().map { json in
          let suggestion = try json.object()
          let sources = try suggestion.required("sources").array().map { json in
            let source = try json.object()
            return "\(try ObjectName(json: source.required("object")))"
              + (try source.optional("column").map { ".\(try $0.string())" } ?? "")
          }
          return [
            "\(try suggestion.required("key").string())=\(try suggestion.required("value").string())",
            try suggestion.optional("column")?.string() ?? "", sources.joined(separator: ", "),
          ]
        }
        if rows.isEmpty, output.format == .table { return try output.done("Lineage suggests no tags for \(target.name).") }
        try output.table([.text("TAG"), .text("COLUMN"), .text("BECAUSE OF")], rows, document: document)
      }
    }
  }

  struct Decline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say no to a suggested tag, so that it is not suggested again.")

    @OptionGroup var target: TagTarget
    @Argument(help: ArgumentHelp("The tag.", valueName: "key=value"), transform: KeyValue.init(parsing:)) var tag: KeyValue
    @Option(help: "Of this column; a nested one with dots.") var column: String?
    @Option(help: "Why.") var reason: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let object = try target.object
        let body = JSONWriter.text { writer in
          writer.object {
            $0.key("object")
            object.write(to: &$0, in: client.warehouse)
            if let column { $0.field("column", column) }
            $0.field("key", tag.key)
            $0.field("value", tag.value)
            $0.field("reason", reason)
          }
        }
        try output.done(
          "\(tag.key)=\(tag.value) is not suggested for \(target.name) any more.", await client.post(suggestions + ["decline"], body))
      }
    }
  }

  // MARK: Vocabulary

  private static let path = ["governance", "v1", "tags"]

  struct Vocabulary: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the tags that can be used, and what they may say.")

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(output, key: "tags", columns: [.fixed("TAG"), .text("VALUES"), .text("DESCRIPTION")])
        try await client.pages(path) { page in
          try list.page(page) { json in
            let tag = try json.object()
            let values = try tag.optional("values")?.array().map { try $0.string() }
            return [
              try tag.required("key").string(), values?.joined(separator: ", ") ?? "any", try tag.required("description").string(),
            ]
          }
        }
        try list.end(none: "There are no tags.")
      }
    }
  }

  struct Define: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add a tag to the vocabulary, or say anew what it may say.")

    @Argument(help: "Name of the tag.") var key: String
    @Option(help: "What it tells.") var description = ""
    @Option(name: .customLong("value"), help: "A value that it may have; any text without this. Repeatable.") var values: [String] = []
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("key", key)
          $0.field("description", description)
          if !values.isEmpty { $0.field("values", values) }
        }
      }
      try await client.run { client, output in
        try output.done("Defined the tag \(key).", await client.post(path, body))
      }
    }
  }

  struct Undefine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take a tag that nothing has out of the vocabulary.")

    @Argument(help: "Name of the tag.") var key: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        try output.done("There is no tag \(key) any more.", await client.delete(path + [key]))
      }
    }
  }

  private static func text(_ tags: JSONValue) throws -> String {
    let tags = try tags.object().strings()
    return tags.isEmpty ? "no tags" : tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
  }

  private static func change(_ column: String?, _ members: (inout JSONWriter) -> Void) -> [UInt8] {
    JSONWriter.text { writer in
      writer.object {
        guard let column else { return members(&$0) }
        $0.field(
          "columns",
          object: { columns in
            columns.key(column)
            columns.object(members)
          })
      }
    }
  }
}

/// What is to be tagged.
struct TagTarget: ParsableArguments {
  @Argument(
    help: "Table, view with --view, or any other dataset with --dataset: level.level.name.", transform: DatasetName.init(parsing:))
  var name: DatasetName
  @Flag(help: "The name is that of a view.") var view = false
  @Flag(help: "The name is that of a dataset which is neither table nor view.") var dataset = false

  func validate() throws {
    guard !view || !dataset else { throw ValidationError("--view and --dataset exclude each other.") }
  }

  var object: ObjectName {
    get throws { try ObjectName([view ? "view" : dataset ? "dataset" : "table", name.description]) }
  }

  func path(_ client: CatalogClient) -> [String] {
    [
      "governance", "v1", "warehouses", client.warehouse, "namespaces", name.namespace.pathText,
      view ? "views" : dataset ? "datasets" : "tables",
      name.name,
      "tags",
    ]
  }
}
