import ArgumentParser
import JSON

extension AuditCommand {
  struct Search: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Find events of the audit trail: changes, denials, recorded reads.",
      discussion: """
        The newest first. `moraine audit show PLACE` tells all of one. Looking into the trail leaves nothing in it.

          moraine audit search --decision deny --since 2026-05-01
          moraine audit search --actor service:etl --on namespace raw --action drop-table
          moraine audit search --request 019a2f3e-8a52-7c3e-9d1b-0c7f5a1e2b3c -o json
        """)

    @OptionGroup var filter: TrailOptions
    @Option(help: ArgumentHelp("At most so many.", valueName: "number")) var limit = 100
    @Option(help: ArgumentHelp("Before this place only.", valueName: "place")) var before: Int64?
    @Option(help: ArgumentHelp("Behind this place only, the oldest first; -1 for the beginning.", valueName: "place")) var after: Int64?
    @OptionGroup var client: ClientOptions

    private static let largestPage = 1_000

    func validate() throws {
      guard limit > 0 else { throw ValidationError("--limit must be 1 or more.") }
      guard before == nil || after == nil else { throw ValidationError("--before and --after exclude each other.") }
    }

    func run() async throws {
      try await client.run { client, output in
        let query = try filter.query(in: client.warehouse)
        var cursor = after.map { ("after", String($0)) } ?? before.map { ("before", String($0)) }
        var list = ListOutput(output, key: "events", columns: TrailRow.columns)
        var (left, waiting) = (limit, Int64(0))
        while left > 0 {
          let page = try await client.get(
            TrailRow.path, query: query + [("limit", String(min(left, Self.largestPage)))] + (cursor.map { [$0] } ?? [])
          ).json().object()
          let events = Array(try page.required("events").array())
          try list.add(events, row: TrailRow.cells)
          left -= events.count
          waiting = try page.required("placed").int64() - page.required("indexed").int64()
          let next = try page.optional(after == nil ? "next-before" : "next-after")?.int64()
          guard let next, !events.isEmpty else { break }
          cursor = (after == nil ? "before" : "after", String(next))
        }
        try list.end(none: "The trail has no such event.")
        if waiting > 0, output.format == .table {
          try StandardStream.error.write("\(waiting) of the latest events are not indexed yet.\n")
        }
      }
    }
  }

  struct Tail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the latest events of the audit trail, and go on with those that come.",
      discussion: """
        Changes, denials and recorded reads, the oldest first; `moraine events tail` has changes alone, with what they changed. With
        -o json, each line is an event.

          moraine audit tail --follow --decision deny
        """)

    @OptionGroup var filter: TrailOptions
    @Option(help: ArgumentHelp("Begin with so many of the latest ones.", valueName: "number")) var limit = 20
    @Flag(name: .shortAndLong, help: "Wait for more, until the command is stopped.") var follow = false
    @OptionGroup var client: ClientOptions

    func validate() throws {
      guard 1...1_000 ~= limit else { throw ValidationError("--limit must be from 1 to 1000.") }
    }

    func run() async throws {
      try await client.run { client, output in
        let query = try filter.query(in: client.warehouse)
        var table = TextTable(TrailRow.columns, width: output.stream.columns, isBold: output.isBold)
        func show(_ events: [JSONValue]) throws {
          if output.format == .table, !events.isEmpty { try output.stream.write(table.lines(events.map(TrailRow.cells))) }
          if output.format != .table { for event in events { try Self.write(event, output) } }
        }
        let latest = try await client.get(TrailRow.path, query: query + [("limit", String(limit))]).json().object()
        try show(try latest.required("events").array().reversed())
        var cursor = try latest.required("indexed").int64() - 1
        while follow {
          let page = try await client.get(TrailRow.path, query: query + [("after", String(cursor)), ("limit", "1000")]).json().object()
          let events = Array(try page.required("events").array())
          try show(events)
          let next = try page.required("next-after").int64()
          if next == cursor || events.isEmpty { try await Task.sleep(for: .seconds(1)) }
          cursor = next
        }
      }
    }

    private static func write(_ event: JSONValue, _ output: CommandOutput) throws {
      try output.stream.write(
        output.format == .yaml ? Array("---\n".utf8) + Array(YAMLText.text(event).utf8) : JSONText.compact(event) + [0x0A])
    }
  }
}
