import ArgumentParser
import JSON

/// Each subcommand is a file's: `DatasetCommand+Files.swift`, ….
struct DatasetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset", abstract: "Datasets of every kind, and the files of those that are no Iceberg tables.",
    discussion: """
      Delta, Hudi and Parquet folders, CSV, file sets, topics and feature views are registered with a format and a location, and are
      owned, tagged and granted like tables. What Delta and Hudi tables are is read from their logs. What lies in their files is indexed, searched, tagged and frozen. Names are written as
      level.level.dataset; a level that holds dots stands in double quotes: '"a.b".c'.
      """,
    subcommands: [
      List.self, Show.self, Register.self, Describe.self, Update.self, Rename.self, Drop.self, Refresh.self, Index.self, Objects.self,
      TagObjects.self,
      Freeze.self, Snapshots.self, DatasetPublishCommand.self, DatasetPromoteCommand.self, DatasetPromotionsCommand.self,
    ])
}

/// The dataset that a command is about.
struct DatasetArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The dataset: level.level.name, with double quotes around a level that holds dots.", valueName: "dataset"),
    completion: .custom(NameCompletion.datasets), transform: DatasetName.init(parsing:))
  var name: DatasetName
}

extension CatalogClient {
  /// A path below a dataset, or below the datasets of a namespace.
  func path(datasets namespace: NamespaceName, _ segments: String...) -> [String] {
    ["governance", "v1", "warehouses", warehouse, "namespaces", namespace.pathText, "datasets"] + segments
  }

  func path(dataset: DatasetName, _ segments: String...) -> [String] { path(datasets: dataset.namespace, dataset.name) + segments }
}

/// What is written down of a dataset.
struct DescriptionOptions: ParsableArguments {
  @Option(help: "What it is, in words.") var description: String?

  @Option(
    name: [.customShort("c"), .customLong("column")],
    help: ArgumentHelp("A column as \"name type [required]\", the type in the words of its format; repeatable.", valueName: "column"),
    transform: DescribedColumnDefinition.init(parsing:))
  var columns: [DescribedColumnDefinition] = []

  @Option(help: "What its format calls its present state.") var currentVersion: String?

  func write(to writer: inout JSONWriter) {
    if let description { writer.field("description", description) }
    if !columns.isEmpty {
      writer.field(
        "columns",
        array: { array in
          for column in columns { array.object { column.write(to: &$0) } }
        })
    }
    if let currentVersion { writer.field("current-version", currentVersion) }
  }
}

/// A column as `--column` gives it: `name type [required]`. A name that holds spaces stands in double quotes.
struct DescribedColumnDefinition: Hashable, Sendable {
  let name: String
  let type: String
  let isNullable: Bool

  /// - Throws: a `ValidationError`
  init(parsing text: String) throws {
    var rest = text[...].drop { $0 == " " }
    if rest.first == "\"" {
      name = String(rest.dropFirst().prefix { $0 != "\"" })
      rest = rest.dropFirst(name.count + 2)
    } else {
      name = String(rest.prefix { $0 != " " })
      rest = rest.dropFirst(name.count)
    }
    var words = rest.split(separator: " ")
    isNullable = words.count < 2 || words.last?.lowercased() != "required"
    if !isNullable { words.removeLast() }
    type = words.joined(separator: " ")
    guard !name.isEmpty, !type.isEmpty else {
      throw ValidationError("\"\(text)\" is no column; write it as \"name type [required]\", as in \"id bigint required\".")
    }
  }

  func write(to writer: inout JSONWriter) {
    writer.field("name", name)
    writer.field("type", type)
    writer.field("nullable", isNullable)
  }
}

extension DatasetCommand {
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the datasets of a namespace, tables and views too.")

    @OptionGroup var target: NamespaceArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "datasets", columns: [.text("DATASET"), .fixed("KIND"), .fixed("FORMAT"), .text("OWNER"), .text("DESCRIPTION")])
        try await client.pages(client.path(datasets: target.name)) { page in
          try list.page(page) { dataset in
            let object = try dataset.object()
            return [
              "\(DatasetName(namespace: target.name, name: try object.required("name").string()))",
              try object.required("kind").string(), try object.required("format").string(), try object.optional("owner")?.string() ?? "",
              try object.optional("description")?.string() ?? "",
            ]
          }
        }
        try list.end(none: "There are no datasets in \(target.name).")
      }
    }
  }

  struct Register: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a dataset known that is there already.",
      discussion: "A location outside the warehouse is a name: the server opens nothing there, and policies say who may give one.")

    @OptionGroup var target: DatasetArgument
    @Option(help: "delta, hudi, parquet, csv, files, topic or feature-view.") var format: String
    @Option(help: ArgumentHelp("Where it is; topics and feature views need none.", valueName: "uri")) var location: String?
    @OptionGroup var description: DescriptionOptions

    @Option(
      name: [.customShort("p"), .customLong("property")], help: ArgumentHelp("A property; repeatable.", valueName: "key=value"),
      transform: KeyValue.init(parsing:))
    var properties: [KeyValue] = []

    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("name", target.name.name)
          $0.field("format", format)
          if let location { $0.field("location", location) }
          description.write(to: &$0)
          $0.field("properties", properties.properties)
        }
      }
      try await client.run { client, output in
        try output.done("Registered dataset \(target.name).", await client.post(client.path(datasets: target.name.namespace), body))
      }
    }
  }

  struct Describe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what is written down of a dataset that is no table or view.")

    @OptionGroup var target: DatasetArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let dataset = try await DescribedDataset(target.name, client)
        try output.show(dataset.answer.json()) { isBold in
          var sheet = FactSheet(isBold: isBold)
          try dataset.add(to: &sheet)
          return sheet.text
        }
      }
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Change what is given of a dataset that is no table or view.")

    @OptionGroup var target: DatasetArgument
    @OptionGroup var description: DescriptionOptions

    @Option(
      name: [.customShort("p"), .customLong("property")], help: ArgumentHelp("A property to set; repeatable.", valueName: "key=value"),
      transform: KeyValue.init(parsing:))
    var properties: [KeyValue] = []

    @Option(name: .customLong("remove-property"), help: ArgumentHelp("A property to remove; repeatable.", valueName: "key"))
    var removals: [String] = []

    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = JSONWriter.text { writer in
        writer.object {
          description.write(to: &$0)
          if !properties.isEmpty || !removals.isEmpty {
            $0.field(
              "properties",
              object: {
                $0.field("set", properties.properties)
                $0.field("remove", removals)
              })
          }
        }
      }
      try await client.run { client, output in
        try output.done("Changed dataset \(target.name).", await client.post(client.path(dataset: target.name), body))
      }
    }
  }

  struct Rename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Rename a dataset that is no table or view, or move it to another namespace.")

    @OptionGroup var target: DatasetArgument

    @Argument(help: "The new name, with its namespace.", transform: DatasetName.init(parsing:))
    var newName: DatasetName

    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("namespace", newName.namespace.levels)
          $0.field("name", newName.name)
        }
      }
      try await client.run { client, output in
        let answer = try await client.post(client.path(dataset: target.name, "rename"), body)
        try output.done("Renamed dataset \(target.name) to \(newName).", answer)
      }
    }
  }

  struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Forget a dataset that is no table or view; its files stay.")

    @OptionGroup var target: DatasetArgument
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try confirmation.confirm("Drop dataset \(target.name)? Its files stay.")
      try await client.run { client, output in
        try output.done("Dropped dataset \(target.name).", await client.delete(client.path(dataset: target.name)))
      }
    }
  }
}
