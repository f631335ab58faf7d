import ArgumentParser
import JSON

struct PrincipalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "principal", abstract: "Users, services, roles and teams.",
    discussion: "A principal is written KIND:NAME, as in user:alice, service:etl, role:analyst or team:finance.",
    subcommands: [List.self, Create.self, Show.self, Update.self, Drop.self])

  static let path = ["management", "v1", "principals"]

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List principals.")

    @Option(help: "Only of this kind: user, service, role or team.", completion: .list(PrincipalName.kinds)) var kind: String?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        try await PrincipalCommand.list(client, output, path, query: kind.map { [("kind", $0)] } ?? [], none: "There are no principals.")
      }
    }
  }

  /// Writes a list of principals, page by page.
  static func list(
    _ client: CatalogClient, _ output: CommandOutput, _ path: [String], query: [(String, String)] = [], none: String
  ) async throws {
    var list = ListOutput(
      output, key: "principals", columns: [.text("PRINCIPAL"), .fixed("ENABLED"), .text("CLEARED"), .text("DESCRIPTION")])
    try await client.pages(path, query: query) { page in
      try list.page(page) { principal in
        let object = try principal.object()
        return [
          "\(try object.required("kind").string()):\(try object.required("name").string())",
          try object.required("is-enabled").bool() ? "yes" : "no",
          try object.required("cleared").array().map { try $0.string() }.joined(separator: ","),
          try object.required("description").string(),
        ]
      }
    }
    try list.end(none: none)
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add a principal.")

    @Argument(help: "KIND:NAME; whom another issuer vouches for is named ALIAS/SUBJECT.") var principal: PrincipalName
    @Option(help: "Who or what it is.") var description = ""
    @Option(name: .customLong("clear"), help: "Restricted classification whose data it may read, such as pii. Repeatable.")
    var cleared: [String] = []
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("kind", principal.kind)
          $0.field("name", principal.name)
          $0.field("description", description)
          $0.field("cleared", cleared)
        }
      }
      try await client.run { client, output in
        try output.done("Created \(principal).", await client.post(path, body))
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a principal.")

    @Argument(help: "KIND:NAME.") var principal: PrincipalName
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.get(principal.path()).json()
        try output.show(document) { isBold in
          let object = try document.object()
          var sheet = FactSheet(isBold: isBold)
          sheet.add("Principal", "\(principal)")
          sheet.add("Enabled", try object.required("is-enabled").bool() ? "yes" : "no")
          let cleared = try object.required("cleared").array().map { try $0.string() }
          if !cleared.isEmpty { sheet.add("Cleared for", cleared.joined(separator: ", ")) }
          let description = try object.required("description").string()
          if !description.isEmpty { sheet.add("Description", description) }
          sheet.add("Created", "\(Instant(milliseconds: try object.required("created-at-ms").int64()))")
          return sheet.text
        }
      }
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Change what is given of a principal.")

    @Argument(help: "KIND:NAME.") var principal: PrincipalName
    @Option(help: "Who or what it is.") var description: String?
    @Option(name: .customLong("clear"), help: "The restricted classifications whose data it may read; all of them. Repeatable.")
    var cleared: [String] = []
    @Flag(help: "Let it read none.") var clearNone = false
    @Flag(inversion: .prefixedEnableDisable, help: "Let it in, or keep it and its credentials out.") var access: Bool?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = JSONWriter.text { writer in
        writer.object {
          if let description { $0.field("description", description) }
          if clearNone || !cleared.isEmpty { $0.field("cleared", clearNone ? [] : cleared) }
          if let access { $0.field("is-enabled", access) }
        }
      }
      try await client.run { client, output in
        try output.done("Changed \(principal).", await client.post(principal.path(), body))
      }
    }
  }

  struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove a principal that nothing speaks of, and its credentials.")

    @Argument(help: "KIND:NAME.") var principal: PrincipalName
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try confirmation.confirm("Remove \(principal) and its credentials?")
      try await client.run { client, output in
        try output.done("Removed \(principal).", await client.delete(principal.path()))
      }
    }
  }
}
