import ArgumentParser
import JSON

extension RetentionCommand {
  struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List what retention has done, the newest first.",
      discussion: "All tables' history is for those who read the audit trail. `moraine retention files RUN` lists each deleted file.")

    @Argument(help: "A table: level.level.name; all of them without one.", transform: DatasetName.init(parsing:)) var table: DatasetName?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "runs",
          columns: [
            .fixed("RUN"), .text("TABLE"), .fixed("STATE"), .fixed("ASKED"), .text("BY"), .number("SNAPSHOTS"), .number("FILES"),
            .number("BYTES"), .text("SAYS"),
          ])
        let query = try table.map { try ObjectName(["table", "\($0)"]).query(in: client.warehouse) } ?? []
        try await client.pages(RetentionCommand.path("runs"), query: query) { page in
          try list.page(page) { json in
            let run = try json.object()
            let status = try RunStatus(json)
            return [
              try run.required("id").string(), status.name, status.state,
              "\(Instant(milliseconds: try run.required("asked-at-ms").int64()))", try run.required("asked-by").string(),
              "\(status.snapshots)", "\(status.deletedFiles)", "\(status.deletedBytes)", status.outcome ?? status.problem ?? "",
            ]
          }
        }
        try list.end(none: "Retention has done nothing there.")
      }
    }
  }

  struct Files: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the files that a run deleted: each with its snapshot, the rule, and when.")

    @Argument(help: "The run's id, as `moraine retention history` shows it.") var run: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "files",
          columns: [.text("PATH"), .fixed("KIND"), .number("BYTES"), .number("SNAPSHOT"), .text("RULE"), .fixed("DELETED")])
        try await client.pages(RetentionCommand.path("runs", run, "files")) { page in
          try list.page(page) { json in
            let file = try json.object()
            return [
              try file.required("path").string(), try file.required("kind").string(),
              try file.optional("size-bytes").map { "\(try $0.int64())" } ?? "",
              try file.optional("snapshot-id").map { "\(try $0.int64())" } ?? "", try file.optional("rule")?.string() ?? "",
              try file.optional("deleted-at-ms").map { "\(Instant(milliseconds: try $0.int64()))" } ?? "",
            ]
          }
        }
        try list.end(none: "The run deleted no files.")
      }
    }
  }
}
