import ArgumentParser
import JSON

struct TableCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table", abstract: "Tables of a namespace.",
    discussion: "Names are written as level.level.table; a level that holds dots stands in double quotes: '\"a.b\".c'.",
    subcommands: [
      List.self, Show.self, Create.self, Drop.self, Rename.self, Register.self, Unregister.self, Snapshots.self, Refs.self, History.self,
      Set.self, Unset.self, Describe.self, Exists.self,
    ])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the tables of a namespace.")

    @OptionGroup var target: NamespaceArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { try await DatasetOperations(kind: .table, client: $0, output: $1).list(target.name) }
    }
  }

  struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Drop a table.")

    @OptionGroup var target: TableArgument

    @Flag(help: "Delete its files too.")
    var purge = false

    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try confirmation.confirm("Drop table \(target.name)\(purge ? " and delete its files" : "")?")
      try await client.run { client, output in
        let answer = try await client.delete(
          client.path(target.name.namespace, "tables", target.name.name), query: purge ? [("purgeRequested", "true")] : [])
        try output.done("Dropped table \(target.name).", answer)
      }
    }
  }

  struct Rename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Rename a table, or move it to another namespace.")

    @OptionGroup var target: TableArgument

    @Argument(
      help: "The new name, with its namespace.", completion: .custom(NameCompletion.tables), transform: DatasetName.init(parsing:))
    var newName: DatasetName

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { try await DatasetOperations(kind: .table, client: $0, output: $1).rename(target.name, newName) }
    }
  }

  struct Exists: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tell by the exit code whether a table is there.", discussion: "Ends with 0 if it is and with 3 if it is not.")

    @OptionGroup var target: TableArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { try await DatasetOperations(kind: .table, client: $0, output: $1).exists(target.name) }
    }
  }
}

/// A table that is there.
struct TableArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The table: level.level.name, with double quotes around a level that holds dots.", valueName: "table"),
    completion: .custom(NameCompletion.tables), transform: DatasetName.init(parsing:))
  var name: DatasetName
}
