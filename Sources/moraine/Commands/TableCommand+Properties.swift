import ArgumentParser
import JSON

extension TableCommand {
  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Set properties of a table.")

    @OptionGroup var target: TableArgument

    @Argument(help: ArgumentHelp("Properties to set.", valueName: "key=value"), transform: KeyValue.init(parsing:))
    var properties: [KeyValue]

    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = commit {
        $0.field("action", "set-properties")
        $0.field("updates", properties.properties)
      }
      try await client.run { client, output in
        let answer = try await client.post(client.path(target.name.namespace, "tables", target.name.name), body)
        try output.done("Set \(properties.properties.keys.sorted().joined(separator: ", ")) of table \(target.name).", answer)
      }
    }
  }

  struct Unset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove properties of a table.")

    @OptionGroup var target: TableArgument

    @Argument(help: ArgumentHelp("Properties to remove.", valueName: "key"))
    var keys: [String]

    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = commit {
        $0.field("action", "remove-properties")
        $0.field("removals", keys)
      }
      try await client.run { client, output in
        let answer = try await client.post(client.path(target.name.namespace, "tables", target.name.name), body)
        try output.done("Removed \(keys.joined(separator: ", ")) from table \(target.name).", answer)
      }
    }
  }

  /// A commit of one update that demands nothing.
  private static func commit(_ update: (inout JSONWriter) -> Void) -> [UInt8] {
    JSONWriter.text { writer in
      writer.object {
        $0.field("requirements", array: { _ in })
        $0.field("updates", array: { $0.object(update) })
      }
    }
  }
}
