import ArgumentParser
import FoundationEssentials
import JSON

extension TableCommand {
  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Create a table.",
      discussion: """
        Give its columns one by one, as in
          moraine table create sales.orders --column "id long required" --column "tags list<string>"
        or the whole schema as the JSON of the Iceberg specification.
        """)

    @OptionGroup var target: TableArgument
    @OptionGroup var schema: SchemaOptions

    @Option(help: ArgumentHelp("Where its files go; without it, below the warehouse.", valueName: "uri"))
    var location: String?

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
          if let location { $0.field("location", location) }
          $0.field("schema", raw: schema)
          $0.field("properties", properties.properties)
        }
      }
      try await client.run { client, output in
        let answer = try await client.post(client.path(target.name.namespace, "tables"), body)
        try output.done("Created table \(target.name).", answer)
      }
    }
  }

  struct Register: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take a table into the catalog by its metadata file.")

    @OptionGroup var target: TableArgument

    @Argument(help: ArgumentHelp("Location of the metadata file.", valueName: "metadata"))
    var metadataLocation: String

    @Flag(help: "Put it in the place of a table that has the name.")
    var overwrite = false

    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("name", target.name.name)
          $0.field("metadata-location", metadataLocation)
          if overwrite { $0.field("overwrite", true) }
        }
      }
      try await client.run { client, output in
        try output.done("Registered table \(target.name).", await client.post(client.path(target.name.namespace, "register"), body))
      }
    }
  }

  struct Unregister: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a table go from the catalog and leave its files.",
      discussion: "Tells where its metadata lies, by which `table register` takes it back.")

    @OptionGroup var target: TableArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let answer = try await client.post(client.path(target.name.namespace, "tables", target.name.name, "unregister"), [])
        let location = try answer.json().object().optional("metadata-location")?.string()
        try output.done("Unregistered table \(target.name)." + (location.map { " Its metadata is \($0)" } ?? ""), answer)
      }
    }
  }
}

/// A schema on the command line: columns, or a file.
struct SchemaOptions: ParsableArguments {
  @Option(
    name: [.customShort("c"), .customLong("column")],
    help: ArgumentHelp("A column as \"name type [required]\"; repeatable.", valueName: "column"), transform: ColumnDefinition.init(parsing:)
  )
  var columns: [ColumnDefinition] = []

  @Option(
    name: .customLong("schema"), help: ArgumentHelp("A file with the schema's JSON.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var file: String?

  func validate() throws {
    guard columns.isEmpty != (file == nil) else {
      throw ValidationError("Give the columns either with --column, one by one, or with --schema.")
    }
  }

  /// The schema's JSON text.
  func json() throws(CommandFailure) -> [UInt8] {
    guard let file else { return ColumnDefinition.schema(columns) }
    guard let data = FileManager.default.contents(atPath: file) else {
      throw .usage("The schema file \(file) cannot be read", hint: "Is it there, and may you read it?")
    }
    do {
      return Array(try JSONDocument(parsing: Array(data)).root.raw)
    } catch {
      throw .usage("The schema file \(file) is no JSON: \(error)", hint: "It holds an object like {\"type\":\"struct\",\"fields\":[…]}.")
    }
  }
}
