import ArgumentParser
import Iceberg
import JSON

struct ViewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "view", abstract: "Views of a namespace.",
    discussion: "Names are written as level.level.view; a level that holds dots stands in double quotes: '\"a.b\".c'.",
    subcommands: [List.self, Show.self, Create.self, Drop.self, Rename.self, Exists.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the views of a namespace.")

    @OptionGroup var target: NamespaceArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { try await DatasetOperations(kind: .view, client: $0, output: $1).list(target.name) }
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Create a view.")

    @OptionGroup var target: ViewArgument

    @Option(help: ArgumentHelp("Its query.", valueName: "query"))
    var sql: String

    @Option(help: "The dialect that the query is written in, such as spark, trino or duckdb.")
    var dialect: String

    @Option(
      help: ArgumentHelp("Namespace of names in the query that have none; without it, the view's own.", valueName: "namespace"),
      completion: .custom(NameCompletion.namespaces), transform: NamespaceName.init(parsing:))
    var defaultNamespace: NamespaceName?

    @OptionGroup var schema: SchemaOptions

    @Option(
      name: [.customShort("p"), .customLong("property")], help: ArgumentHelp("A property; repeatable.", valueName: "key=value"),
      transform: KeyValue.init(parsing:))
    var properties: [KeyValue] = []

    @OptionGroup var client: ClientOptions

    func run() async throws {
      let schema = try schema.json()
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("name", target.name.name)
          $0.field("schema", raw: schema)
          $0.field("view-version", object: { write(version: &$0) })
          $0.field("properties", properties.properties)
        }
      }
      try await client.run { client, output in
        let answer = try await client.post(client.path(target.name.namespace, "views"), body)
        try output.done("Created view \(target.name).", answer)
      }
    }

    private func write(version writer: inout JSONWriter) {
      writer.field("version-id", 1)
      writer.field("timestamp-ms", Instant.now.milliseconds)
      writer.field("schema-id", 0)
      writer.field("summary", ["engine-name": "moraine"])
      writer.field("default-namespace", (defaultNamespace ?? target.name.namespace).levels)
      writer.field(
        "representations",
        array: {
          $0.object {
            $0.field("type", "sql")
            $0.field("sql", sql)
            $0.field("dialect", dialect)
          }
        })
    }
  }

  struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Drop a view.")

    @OptionGroup var target: ViewArgument
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try confirmation.confirm("Drop view \(target.name)?")
      try await client.run { client, output in
        try output.done("Dropped view \(target.name).", await client.delete(client.path(target.name.namespace, "views", target.name.name)))
      }
    }
  }

  struct Rename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Rename a view, or move it to another namespace.")

    @OptionGroup var target: ViewArgument

    @Argument(help: "The new name, with its namespace.", completion: .custom(NameCompletion.views), transform: DatasetName.init(parsing:))
    var newName: DatasetName

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { try await DatasetOperations(kind: .view, client: $0, output: $1).rename(target.name, newName) }
    }
  }

  struct Exists: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tell by the exit code whether a view is there.", discussion: "Ends with 0 if it is and with 3 if it is not.")

    @OptionGroup var target: ViewArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { try await DatasetOperations(kind: .view, client: $0, output: $1).exists(target.name) }
    }
  }
}

/// A view that is there.
struct ViewArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The view: level.level.name, with double quotes around a level that holds dots.", valueName: "view"),
    completion: .custom(NameCompletion.views), transform: DatasetName.init(parsing:))
  var name: DatasetName
}
