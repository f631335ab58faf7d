import ArgumentParser
import JSON

struct ClientCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "client", abstract: "OAuth2 clients: the ids and secrets that services log in with.",
    discussion: """
      A secret is shown once, when it is made. To replace one: `client rotate`, give the new secret to the service, then
      `client remove-secret` with the id of the old one, which `client show` tells.
      """,
    subcommands: [List.self, Create.self, Show.self, Update.self, Rotate.self, RemoveSecret.self, Drop.self])

  private static let path = ["management", "v1", "clients"]

  /// Shows a credential that nobody will see again.
  fileprivate static func show(_ answer: ServerAnswer, id: String, _ output: CommandOutput) throws {
    let document = try answer.json()
    try output.show(document) { isBold in
      var sheet = FactSheet(isBold: isBold)
      sheet.add("Client id", id)
      sheet.add("Client secret", try document.object().required("secret").string())
      return sheet.text
    }
    if output.format == .table { try StandardStream.error.write("The secret is not shown again; keep it where secrets are kept.\n") }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List clients.")

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "clients", columns: [.text("CLIENT"), .text("SERVICE"), .fixed("ENABLED"), .number("SECRETS"), .fixed("CREATED")])
        try await client.pages(path) { page in
          try list.page(page) { value in
            let object = try value.object()
            return [
              try object.required("id").string(), try object.required("service").string(),
              try object.required("is-enabled").bool() ? "yes" : "no", "\(try object.required("secrets").array().map { $0 }.count)",
              "\(Instant(milliseconds: try object.required("created-at-ms").int64()))",
            ]
          }
        }
        try list.end(none: "There are no clients.")
      }
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add a client to a service, and show its secret.")

    @Argument(help: "Name of the service.", completion: .custom(NameCompletion.principals("service"))) var service: String
    @Option(help: "Id of the client; the service's name unless given.") var id: String?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("service", service)
          if let id { $0.field("id", id) }
        }
      }
      try await client.run { client, output in
        try ClientCommand.show(await client.post(path, body), id: id ?? service, output)
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a client; of its secrets, the ids.")

    @Argument(help: "Id of the client.", completion: .custom(NameCompletion.clients)) var id: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.get(path + [id]).json()
        try output.show(document) { isBold in
          let object = try document.object()
          var sheet = FactSheet(isBold: isBold)
          sheet.add("Client id", try object.required("id").string())
          sheet.add("Service", try object.required("service").string())
          sheet.add("Enabled", try object.required("is-enabled").bool() ? "yes" : "no")
          sheet.add("Created", "\(Instant(milliseconds: try object.required("created-at-ms").int64()))")
          let secrets = try object.required("secrets").array().map { secret in
            let secret = try secret.object()
            return [
              try secret.required("id").string(), "\(Instant(milliseconds: try secret.required("created-at-ms").int64()))",
            ]
          }
          sheet.add("Secrets", [.fixed("ID"), .fixed("CREATED")], secrets)
          return sheet.text
        }
      }
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let a client in, or keep it out.")

    @Argument(help: "Id of the client.", completion: .custom(NameCompletion.clients)) var id: String
    @Flag(inversion: .prefixedEnableDisable, help: "Let it in, or keep it and the tokens it has out.") var access: Bool
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = JSONWriter.text { writer in writer.object { $0.field("is-enabled", access) } }
      try await client.run { client, output in
        try output.done("\(access ? "Enabled" : "Disabled") client \(id).", await client.post(path + [id], body))
      }
    }
  }

  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add a second secret and show it; the first one works on.")

    @Argument(help: "Id of the client.", completion: .custom(NameCompletion.clients)) var id: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        try ClientCommand.show(await client.post(path + [id, "secrets"], Array("{}".utf8)), id: id, output)
      }
    }
  }

  struct RemoveSecret: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "remove-secret", abstract: "Make a secret worthless.")

    @Argument(help: "Id of the client.", completion: .custom(NameCompletion.clients)) var id: String
    @Argument(help: "Id of the secret, as `client show` tells it.") var secret: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        try output.done("Removed the secret \(secret) of client \(id).", await client.delete(path + [id, "secrets", secret]))
      }
    }
  }

  struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove a client; its tokens are worthless from then on.")

    @Argument(help: "Id of the client.", completion: .custom(NameCompletion.clients)) var id: String
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try confirmation.confirm("Remove the client \(id) and its secrets?")
      try await client.run { client, output in
        try output.done("Removed client \(id).", await client.delete(path + [id]))
      }
    }
  }
}
