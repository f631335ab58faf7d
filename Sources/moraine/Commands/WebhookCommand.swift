import ArgumentParser
import JSON

struct WebhookCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "webhook", abstract: "Webhooks: who is told of events over HTTP.",
    discussion: """
      Events are sent in order, each until it is answered by a 2xx: as CloudEvents 1.0, signed as in Standard Webhooks. The secret is shown
      once, when the webhook is made. One that fails for a day is paused; `webhook update NAME --enable` lets it go on where it stopped.
      """,
    subcommands: [
      List.self, Create.self, Show.self, Update.self, Delete.self, Ping.self, Deliveries.self,
    ])

  private static let path = ["governance", "v1", "webhooks"]

  private static func state(_ webhook: JSONObject) throws -> String {
    if try !webhook.required("is-enabled").bool() { return "disabled" }
    if webhook.optional("paused-at-ms") != nil { return "paused" }
    return webhook.optional("failing-since-ms") == nil ? "enabled" : "failing"
  }

  private static func time(_ json: JSONValue) throws -> String { "\(Instant(milliseconds: try json.int64()))" }

  /// Of which events a receiver is told.
  struct Selection: ParsableArguments {
    @Option(name: .customLong("action"), help: "Tell of this action only, such as update-table. Repeatable.") var actions: [String] = []
    @Option(
      name: .customLong("on"), parsing: .upToNextOption,
      help: ArgumentHelp(
        "Tell of this object and what lies in it only: warehouse [NAME], zone NAME, namespace NAME, table NAME, view NAME, dataset NAME or model NAME.",
        valueName: "object"))
    var object: [String] = []

    func write(to writer: inout JSONWriter, in warehouse: String) throws {
      if !actions.isEmpty { writer.field("actions", actions) }
      guard !object.isEmpty else { return }
      let name = try ObjectName(object)
      writer.key("object")
      name.write(to: &writer, in: warehouse)
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List webhooks.")

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "webhooks", columns: [.text("NAME"), .fixed("STATE"), .number("AFTER"), .text("URL"), .text("LAST ERROR")])
        try await client.pages(path) { page in
          try list.page(page) { value in
            let webhook = try value.object()
            return [
              try webhook.required("name").string(), try state(webhook), String(try webhook.required("after").int64()),
              try webhook.required("url").string(), try webhook.optional("last-error")?.string() ?? "",
            ]
          }
        }
        try list.end(none: "There are no webhooks.")
      }
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Add a webhook, and show its secret.")

    @Argument(help: "Name of the new webhook: lower-case letters, digits, '-' and '_'.") var name: String
    @Argument(help: "Where to send events: an https URL.") var url: String
    @OptionGroup var selection: Selection
    @Option(help: ArgumentHelp("Begin behind this place, with -1 at the first event; else with the next that comes.", valueName: "place"))
    var after: Int64?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var writer = JSONWriter()
        var failure: (any Error)?
        writer.object {
          $0.field("name", name)
          $0.field("url", url)
          if let after { $0.field("after", after) }
          do { try selection.write(to: &$0, in: client.warehouse) } catch { failure = error }
        }
        if let failure { throw failure }
        let document = try await client.post(path, writer.bytes).json()
        try output.show(document) { isBold in
          let webhook = try document.object()
          var sheet = FactSheet(isBold: isBold)
          sheet.add("Webhook", try webhook.required("name").string())
          sheet.add("URL", try webhook.required("url").string())
          sheet.add("Secret", try webhook.required("secret").string())
          return sheet.text
        }
        if output.format == .table { try StandardStream.error.write("The secret is not shown again; keep it where secrets are kept.\n") }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a webhook and how far it has come.")

    @Argument(help: "Name of the webhook.", completion: .custom(NameCompletion.webhooks)) var name: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.get(path + [name]).json()
        try output.show(document) { isBold in
          let webhook = try document.object()
          var sheet = FactSheet(isBold: isBold)
          sheet.add("Webhook", try webhook.required("name").string())
          sheet.add("URL", try webhook.required("url").string())
          sheet.add("State", try state(webhook))
          let actions = try webhook.required("actions").array().map { try $0.string() }
          sheet.add("Actions", actions.isEmpty ? "all" : actions.joined(separator: ", "))
          sheet.add("Object", try webhook.optional("object").map { "\(try ObjectName(json: $0))" } ?? "all")
          sheet.add("Told up to place", String(try webhook.required("after").int64()))
          if let paused = webhook.optional("paused-at-ms") { sheet.add("Paused", try time(paused)) }
          if let failing = webhook.optional("failing-since-ms") { sheet.add("Failing since", try time(failing)) }
          if let error = webhook.optional("last-error") { sheet.add("Last error", try error.string()) }
          sheet.add("Created", try time(webhook.required("created-at-ms")))
          return sheet.text
        }
      }
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Change what is given of a webhook.")

    @Argument(help: "Name of the webhook.", completion: .custom(NameCompletion.webhooks)) var name: String
    @Option(help: "Where to send events: an https URL.") var url: String?
    @OptionGroup var selection: Selection
    @Flag(inversion: .prefixedEnableDisable, help: "Send events, also after a pause, or send none.") var delivery: Bool?
    @Option(help: ArgumentHelp("Go on behind this place, with -1 at the first event.", valueName: "place")) var after: Int64?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var writer = JSONWriter()
        var failure: (any Error)?
        writer.object {
          if let url { $0.field("url", url) }
          if let delivery { $0.field("is-enabled", delivery) }
          if let after { $0.field("after", after) }
          do { try selection.write(to: &$0, in: client.warehouse) } catch { failure = error }
        }
        if let failure { throw failure }
        try output.done("Changed webhook \(name).", await client.post(path + [name], writer.bytes))
      }
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove a webhook.")

    @Argument(help: "Name of the webhook.", completion: .custom(NameCompletion.webhooks)) var name: String
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try confirmation.confirm("Remove the webhook \(name)?")
      try await client.run { client, output in
        try output.done("Removed webhook \(name).", await client.delete(path + [name]))
      }
    }
  }

  struct Ping: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Send an event that says nothing, now, and show what was answered.")

    @Argument(help: "Name of the webhook.", completion: .custom(NameCompletion.webhooks)) var name: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let answer = try await client.post(path + [name, "ping"], [])
        let attempt = try answer.json().object()
        let error = try attempt.optional("error")?.string()
        let status = try attempt.optional("status").map { " with \(try $0.int64())" } ?? ""
        guard let error else {
          return try output.done("The receiver accepted the event\(status) in \(try attempt.required("duration-ms").int64()) ms.", answer)
        }
        if output.format != .table { try output.document(answer.json()) }
        throw CommandFailure(.failure, "The receiver of webhook \(name) did not accept the event: \(error)")
      }
    }
  }

  struct Deliveries: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the latest attempts to deliver, the last one first.")

    @Argument(help: "Name of the webhook.", completion: .custom(NameCompletion.webhooks)) var name: String
    @Option(help: "How many to show, 200 at most.") var limit = 50
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let page = try await client.get(path + [name, "deliveries"], query: [("limit", String(limit))]).json().object()
        var list = ListOutput(
          output, key: "deliveries",
          columns: [.fixed("EVENT"), .number("PLACE"), .fixed("TIME"), .number("MS"), .number("STATUS"), .text("ERROR")])
        try list.page(page) { value in
          let attempt = try value.object()
          return [
            try attempt.required("event-id").string(), try attempt.optional("place").map { String(try $0.int64()) } ?? "ping",
            try time(attempt.required("attempted-at-ms")), String(try attempt.required("duration-ms").int64()),
            try attempt.optional("status").map { String(try $0.int64()) } ?? "", try attempt.optional("error")?.string() ?? "",
          ]
        }
        try list.end(none: "Nothing was sent yet.")
      }
    }
  }
}
