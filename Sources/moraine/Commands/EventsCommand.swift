import ArgumentParser
import JSON

struct EventsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events", abstract: "Events: everything that changes, in order.", subcommands: [Tail.self])

  struct Tail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show events, and go on with those that come.",
      discussion: """
        A line for each event; with -o json, each line is the event itself, as CloudEvents 1.0. The last line's PLACE is where to go on:
        give it to --after. Without --after, events are shown from the first one, or, with --follow, those that come from now on.

          moraine events tail --follow
          moraine events tail --after 4711 --on table sales.orders --action update-table
        """)

    @Option(help: ArgumentHelp("Events behind this place only.", valueName: "place")) var after: Int64?
    @Flag(name: .shortAndLong, help: "Wait for more, until the command is stopped.") var follow = false
    @Option(name: .customLong("action"), help: "Of this action only, such as update-table. Repeatable.") var actions: [String] = []
    @Option(
      name: .customLong("on"), parsing: .upToNextOption,
      help: ArgumentHelp(
        "Of this object and what lies in it only: warehouse [NAME], zone NAME, namespace NAME, table NAME or view NAME.",
        valueName: "object"))
    var object: [String] = []
    @OptionGroup var client: ClientOptions

    private static let longestWaitSeconds = 20

    func run() async throws {
      let object = try self.object.isEmpty ? nil : ObjectName(self.object)
      try await client.run { client, output in
        var query = object?.query(in: client.warehouse) ?? []
        if !actions.isEmpty { query.append(("action", actions.joined(separator: ","))) }
        if follow { query.append(("wait", String(Self.longestWaitSeconds))) }
        var cursor = after.map(String.init) ?? (follow ? "end" : "-1")
        var table = TextTable(
          [.number("PLACE"), .fixed("TIME"), .fixed("ACTION"), .text("OBJECT"), .text("PRINCIPAL")], width: output.stream.columns,
          isBold: output.isBold)
        while true {
          let page = try await client.get(["governance", "v1", "events"], query: query + [("after", cursor)]).json().object()
          let events = Array(try page.required("events").array())
          if output.format == .table, !events.isEmpty { try output.stream.write(table.lines(events.map(Self.row))) }
          if output.format != .table { try Self.write(events, output) }
          let next = String(try page.required("next-after").int64())
          // Nothing found and nothing looked at is the end.
          if !follow, events.isEmpty, next == cursor { return }
          cursor = next
        }
      }
    }

    private static func write(_ events: [JSONValue], _ output: CommandOutput) throws {
      for event in events {
        try output.stream.write(
          output.format == .yaml ? Array("---\n".utf8) + Array(YAMLText.text(event).utf8) : JSONText.compact(event) + [0x0A])
      }
    }

    private static func row(_ json: JSONValue) throws -> [String] {
      let event = try json.object()
      let data = try event.required("data").object()
      let kind = try data.required("object").object().required("kind").string()
      return [
        String(try data.required("place").int64()), try event.required("time").string(), try data.required("action").string(),
        "\(kind) \(try event.optional("subject")?.string() ?? "")", try data.required("principal").string(),
      ]
    }
  }
}
