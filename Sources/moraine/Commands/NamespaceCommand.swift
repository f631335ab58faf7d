import ArgumentParser
import JSON

struct NamespaceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "namespace", abstract: "Namespaces of a warehouse.",
    discussion: "Names are written as level.level; a level that holds dots stands in double quotes: '\"a.b\".c'.",
    subcommands: [List.self, Create.self, Show.self, Set.self, Unset.self, Drop.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Create a namespace.")

    @Argument(
      help: ArgumentHelp("The new namespace.", valueName: "namespace"), completion: .custom(NameCompletion.namespaces),
      transform: NamespaceName.init(parsing:))
    var name: NamespaceName

    @Option(
      name: [.customShort("p"), .customLong("property")], help: ArgumentHelp("A property; repeatable.", valueName: "key=value"),
      transform: KeyValue.init(parsing:))
    var properties: [KeyValue] = []

    @Flag(help: "Create the levels above it too, and do not mind if it is there.")
    var parents = false

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        if parents {
          for count in 1..<name.levels.count {
            let parent = NamespaceName(levels: Array(name.levels.prefix(count)))
            if try await create(parent, [:], client) != nil { try output.done("Created namespace \(parent).") }
          }
        }
        guard let answer = try await create(name, properties.properties, client) else { return }
        try output.done("Created namespace \(name).", answer)
      }
    }

    /// - Returns: `nil` when the namespace is there and that is welcome.
    private func create(_ name: NamespaceName, _ properties: [String: String], _ client: CatalogClient) async throws -> ServerAnswer? {
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("namespace", name.levels)
          $0.field("properties", properties)
        }
      }
      do {
        return try await client.post(client.path("namespaces"), body)
      } catch let failure as CommandFailure where parents && failure.exit == .conflict {
        return nil
      } catch let failure as CommandFailure where failure.exit == .notFound && name.levels.count > 1 && !parents {
        throw CommandFailure(.notFound, failure.message, hint: "Add --parents to create what is missing above it too.")
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a namespace's properties.")

    @OptionGroup var target: NamespaceArgument
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.get(client.path(target.name)).json()
        try output.show(document) { isBold in
          var sheet = FactSheet(isBold: isBold)
          sheet.add("Namespace", "\(target.name)")
          sheet.add("Properties", properties: try document.object().optional("properties")?.object().texts ?? [])
          return sheet.text
        }
      }
    }
  }

  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Set properties of a namespace.")

    @OptionGroup var target: NamespaceArgument

    @Argument(help: ArgumentHelp("Properties to set.", valueName: "key=value"), transform: KeyValue.init(parsing:))
    var properties: [KeyValue]

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let body = JSONWriter.text { writer in
          writer.object {
            $0.field("removals", [] as [String])
            $0.field("updates", properties.properties)
          }
        }
        let answer = try await client.post(client.path(target.name, "properties"), body)
        let keys = properties.properties.keys.sorted().joined(separator: ", ")
        try output.done("Set \(keys) of namespace \(target.name).", answer)
      }
    }
  }

  struct Unset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove properties of a namespace.")

    @OptionGroup var target: NamespaceArgument

    @Argument(help: ArgumentHelp("Properties to remove.", valueName: "key"))
    var keys: [String]

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let body = JSONWriter.text { writer in
          writer.object {
            $0.field("removals", keys)
            $0.field("updates", [:] as [String: String])
          }
        }
        let answer = try await client.post(client.path(target.name, "properties"), body)
        let object = try answer.json().object()
        let removed = try object.optional("removed")?.array().decode { value throws(JSONError) in try value.string() } ?? []
        let missing = try object.optional("missing")?.array().decode { value throws(JSONError) in try value.string() } ?? []
        let parts =
          (removed.isEmpty ? [] : ["Removed \(removed.joined(separator: ", ")) from namespace \(target.name)."])
          + (missing.isEmpty ? [] : ["Not set before: \(missing.joined(separator: ", "))."])
        try output.done(parts.joined(separator: " "), answer)
      }
    }
  }

  struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Drop an empty namespace.")

    @OptionGroup var target: NamespaceArgument
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try confirmation.confirm("Drop namespace \(target.name)?")
      try await client.run { client, output in
        try output.done("Dropped namespace \(target.name).", await client.delete(client.path(target.name)))
      }
    }
  }
}

/// A namespace that is there.
struct NamespaceArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The namespace: level.level, with double quotes around a level that holds dots.", valueName: "namespace"),
    completion: .custom(NameCompletion.namespaces), transform: NamespaceName.init(parsing:))
  var name: NamespaceName
}
