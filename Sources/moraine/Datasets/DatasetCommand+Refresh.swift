import ArgumentParser
import JSON

extension DatasetCommand {
  struct Refresh: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read the log of a Delta or Hudi table: its columns, version and size become what the log says.",
      discussion: "The server does it in the background, by itself now and then, and goes on after a restart.")

    @OptionGroup var target: DatasetArgument
    @Flag(inversion: .prefixedNo, help: "Wait until it is done.") var wait = true
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let path = client.path(dataset: target.name, "refresh")
        var answer = try await client.post(path, Array("{}".utf8))
        guard wait else { return try output.done("The log of \(target.name) is being read.", answer) }
        var status = try RefreshStatus(answer.json())
        var bar = ProgressBar(isShown: !output.isQuiet && output.format == .table)
        var pause = Duration.milliseconds(100)
        while status.state == "under-way" {
          try bar.show(status.filesRead, of: status.filesWanted, "files of the log", problem: status.waitsFor)
          try await Task.sleep(for: pause)
          pause = min(pause * 2, .seconds(1))
          answer = try await client.get(path)
          status = try RefreshStatus(answer.json())
        }
        try bar.end()
        if let problem = status.problem { throw CommandFailure(.failure, problem) }
        let dataset = try await client.get(client.path(dataset: target.name))
        try output.done("Refreshed \(target.name): \(try Self.summary(dataset.json().object())).", dataset)
      }
    }

    private static func summary(_ dataset: JSONObject) throws -> String {
      let version = try dataset.optional("current-version")?.string()
      let columns = try dataset.required("columns").array().count
      let size = try dataset.optional("table").flatMap { try LoggedTableFacts($0).size }
      return ([version.map { "version \($0)" } ?? "nothing written yet", "\(columns) columns"] + [size].compactMap { $0 })
        .joined(separator: ", ")
    }
  }
}

/// When a table's log was read, and how that ended.
struct RefreshStatus {
  let state: String
  let filesRead: Int64
  let filesWanted: Int64
  let problem: String?
  let waitsFor: String?
  let finishedAtMs: Int64?

  init(_ json: JSONValue) throws {
    let object = try json.object()
    state = try object.required("state").string()
    filesRead = try object.required("files-read").int64()
    filesWanted = try object.required("files-wanted").int64()
    problem = try object.optional("problem")?.string()
    waitsFor = try object.optional("waits-for")?.string()
    finishedAtMs = try object.optional("finished-at-ms")?.int64()
  }

  /// In a sentence, with what to do about what went wrong.
  var text: String {
    let last = finishedAtMs.map { "\(Instant(milliseconds: $0))" }
    if let problem { return "failed\(last.map { " at \($0)" } ?? ""): \(problem)" }
    if state == "under-way" { return waitsFor.map { "under way; waits: \($0)" } ?? "under way" }
    return last.map { "as of \($0)" } ?? "never"
  }
}

/// What a log says beside columns and version.
struct LoggedTableFacts {
  let committedAtMs: Int64?
  let operation: String?
  let format: String
  let partitionColumns: [String]
  /// Files, bytes and rows, as far as they are known.
  let size: String?

  init(_ json: JSONValue) throws {
    let object = try json.object()
    committedAtMs = try object.optional("committed-at-ms")?.int64()
    operation = try object.optional("operation")?.string()
    format = try object.required("format").string()
    partitionColumns = try object.required("partition-columns").array().map { try $0.string() }
    let counts: [(JSONValue?, String)] = [
      (object.optional("files"), "files"), (object.optional("size-bytes"), "bytes"), (object.optional("rows"), "rows"),
    ]
    let known = try counts.compactMap { json, unit in try json.map { "\(try $0.int64()) \(unit)" } }
    size = known.isEmpty ? nil : known.joined(separator: ", ")
  }
}
