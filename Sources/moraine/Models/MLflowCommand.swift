import ArgumentParser
import JSON

struct MLflowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mlflow", abstract: "Servers of MLflow whose model versions are taken over, with what these were trained on.",
    discussion: """
      Every version that is registered there becomes a version here, made and bound in the name of a service.

        moraine principal create service:mlflow
        moraine role add data_scientist service:mlflow
        moraine team add risk service:mlflow
        moraine mlflow add prod https://mlflow.example.com --as service:mlflow --owner team:risk --secret prod
        moraine mlflow show prod
      """,
    subcommands: [List.self, Add.self, Show.self, Remove.self, Poll.self])

  private static let path = ["governance", "v1", "mlflow"]

  private static func state(_ server: JSONObject) throws -> String {
    if server.optional("failing-since-ms") != nil { return "failing" }
    return server.optional("polled-at-ms") == nil ? "new" : "read"
  }

  private static func time(_ json: JSONValue) throws -> String { "\(Instant(milliseconds: try json.int64()))" }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List servers of MLflow.")

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "servers",
          columns: [
            .text("NAME"), .fixed("STATE"), .fixed("READ"), .number("VERSIONS"), .number("WAITING"), .text("URL"), .text("LAST ERROR"),
          ])
        try await client.pages(path) { page in
          try list.page(page) { value in
            let server = try value.object()
            return [
              try server.required("name").string(), try state(server), try server.optional("polled-at-ms").map(time) ?? "",
              String(try server.required("version-count").int64()), String(try server.required("waiting-count").int64()),
              try server.required("tracking-url").string(), try server.optional("last-error")?.string() ?? "",
            ]
          }
        }
        try list.end(none: "There are no servers of MLflow; `moraine mlflow add` adds one.")
      }
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take over the versions of a server's registered models from now on.",
      discussion: """
        The service must be allowed to make models, to change those that its versions belong to, and to see the tables that they were \
        trained on: what it may not see stays a gap, and is tried again. Models that are not known here are made with the owner and the \
        risk tier that are given, and are not regulated.

        The secret is a token, or USER:PASSWORD, that the Moraine server reads by its name: from MORAINE_MLFLOW_SECRET_NAME, or from the \
        file of that name in the folder MORAINE_MLFLOW_SECRETS.
        """)

    @Argument(help: "Name of the server here: lower-case letters, digits, '-' and '_'.") var name: String
    @Argument(help: "Its tracking URL, as MLflow's clients are given it.") var url: String
    @Option(
      name: .customLong("as"), help: ArgumentHelp("In whose name versions are made and bound: service:mlflow.", valueName: "principal"))
    var principal: String
    @Option(help: "The registry's URL, if it is another one.") var registry: String?
    @Option(help: "Workspace, of a server with several.") var workspace: String?
    @Option(
      name: .customLong("model"),
      help: ArgumentHelp("Only registered models of this name; * stands for anything. Repeatable.", valueName: "name"))
    var models: [String] = []
    @Option(help: "Who owns models that are made for it: team:risk. Else the one in whose name they are made.") var owner: String?
    @Option(help: ArgumentHelp("Risk tier of models that are made for it: minimal, limited or high.", valueName: "tier"))
    var tier = "limited"
    @Option(help: ArgumentHelp("Name of the secret, if the server asks for one.", valueName: "name")) var secret: String?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let body = JSONWriter.text { writer in
          writer.object {
            $0.field("name", name)
            $0.field("tracking-url", url)
            if let registry { $0.field("registry-url", registry) }
            if let workspace { $0.field("workspace", workspace) }
            $0.field("models", models)
            $0.field("principal", principal)
            if let owner { $0.field("owner", owner) }
            $0.field("risk-tier", tier)
            if let secret { $0.field("secret-name", secret) }
          }
        }
        try output.done("Added the MLflow server \(name); see what comes of it: moraine mlflow show \(name)", await client.post(path, body))
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a server, how far its versions have been taken over, and what hinders that.")

    @Argument(help: "Name of the server.", completion: .custom(NameCompletion.mlflowServers)) var name: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.get(path + [name]).json()
        try output.show(document) { isBold in
          let server = try document.object()
          var sheet = FactSheet(isBold: isBold)
          sheet.add("MLflow server", try server.required("name").string())
          sheet.add("Tracking URL", try server.required("tracking-url").string())
          if let url = server.optional("registry-url") { sheet.add("Registry URL", try url.string()) }
          if let workspace = server.optional("workspace") { sheet.add("Workspace", try workspace.string()) }
          let models = try server.required("models").array().map { try $0.string() }
          sheet.add("Models", models.isEmpty ? "all" : models.joined(separator: ", "))
          sheet.add("In the name of", try server.required("principal").string())
          sheet.add(
            "New models", "owned by \(try server.required("owner").string()), risk tier \(try server.required("risk-tier").string())")
          sheet.add("Secret", try server.optional("secret-name")?.string() ?? "none")
          sheet.add("State", try state(server))
          sheet.add("Read", try server.optional("polled-at-ms").map(time) ?? "not yet")
          sheet.add("Next time", try server.optional("next-poll-at-ms").map(time) ?? "when somebody asks: moraine mlflow poll \(name)")
          sheet.add("Versions", String(try server.required("version-count").int64()))
          if let since = server.optional("failing-since-ms") {
            sheet.add("Failing since", try time(since))
            if let last = server.optional("failed-at-ms") { sheet.add("Failed last", try time(last)) }
            if let error = server.optional("last-error") { sheet.add("Error", try error.string()) }
          }
          let rows = try server.required("waiting").array().map { value in
            let waiting = try value.object()
            return [
              "\(try waiting.required("model").string())@\(try waiting.required("version").string())",
              try time(waiting.required("since-ms")), try time(waiting.required("retry-at-ms")), try waiting.required("reason").string(),
            ]
          }
          let count = try server.required("waiting-count").int64()
          if count > 0 {
            sheet.add("Waiting (\(count))", [.text("VERSION"), .fixed("SINCE"), .fixed("TRIED AGAIN"), .text("FOR")], rows)
          }
          return sheet.text
        }
      }
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take nothing more over from a server; what was taken over stays.")

    @Argument(help: "Name of the server.", completion: .custom(NameCompletion.mlflowServers)) var name: String
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try confirmation.confirm("Remove the MLflow server \(name)?")
      try await client.run { client, output in
        try output.done("Removed the MLflow server \(name).", await client.delete(path + [name]))
      }
    }
  }

  struct Poll: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Have a server read at once, whatever pause it is in.")

    @Argument(help: "Name of the server.", completion: .custom(NameCompletion.mlflowServers)) var name: String
    @Flag(help: "From the beginning, also what did not change.") var all = false
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let body = JSONWriter.text { writer in writer.object { if all { $0.field("all", true) } } }
        try output.done(
          "The MLflow server \(name) is read next; see what comes of it: moraine mlflow show \(name)",
          await client.post(path + [name, "poll"], body))
      }
    }
  }
}

/// What MLflow says of a version, as sections of `model show`.
enum MLflowSection {
  static func add(_ version: JSONObject, to sheet: inout FactSheet) throws {
    guard let mlflow = try version.optional("mlflow")?.object() else { return }
    var words = [
      "\(try mlflow.required("server").string()): \(try mlflow.required("model").string())@\(try mlflow.required("version").string())"
    ]
    if let stage = try mlflow.optional("stage")?.string() { words.append("stage \(stage)") }
    let aliases = try mlflow.required("aliases").array().map { try $0.string() }
    if !aliases.isEmpty { words.append("called \(aliases.joined(separator: ", "))") }
    if let time = try mlflow.optional("gone-at-ms")?.int64() { words.append("deleted there by \(Instant(milliseconds: time))") }
    sheet.add("In MLflow", words.joined(separator: ", "))
    guard let features = try mlflow.optional("features")?.object() else { return }
    let project = try features.optional("project").map { "project \(try $0.string()), " } ?? ""
    let service = try features.optional("service").map { "service \(try $0.string()), " } ?? ""
    let views = try features.required("views").array().map { try $0.string() }
    let references = try features.required("references").array().map { try $0.string() }
    sheet.add("Features", project + service + (references.isEmpty ? views : references).joined(separator: ", "))
  }

  static func addGaps(of version: JSONObject, to sheet: inout FactSheet) throws {
    let gaps = try version.optional("mlflow")?.object().required("gaps").array().map { TerminalText.plain(try $0.string()) } ?? []
    if !gaps.isEmpty { sheet.add("Not known", lines: gaps) }
  }
}
