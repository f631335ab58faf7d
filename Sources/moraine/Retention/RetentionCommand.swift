import ArgumentParser
import JSON

struct RetentionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retention", abstract: "Retention: how long snapshots and tables are kept, and why.",
    discussion: """
      Rules say how long at least and at most. The server looks after tables by itself; `apply` has it done now. The longest duty wins:
      minima, pins, holds, refs and a table's own properties keep what a maximum would let go.
      """,
    subcommands: [
      Plan.self, Apply.self, Explain.self, History.self, Files.self, RetentionRuleCommand.self, RetentionDecisionCommand.self,
    ])

  static func path(_ more: String...) -> [String] { ["governance", "v1", "retention"] + more }

  /// `3 snapshots`, `1 file`.
  static func count(_ number: Int64, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what would go, and what is due and kept all the same; nothing changes.",
      usage: "moraine retention plan OBJECT",
      discussion: """
        OBJECT is warehouse [NAME], zone NAME, namespace NAME or table NAME. With -o spark-sql or -o trino-sql it prints statements that do
        the same in an engine, for tables that are too large for one machine; comments tell what the engine's procedures cannot say.
        Files and bytes are those that the snapshots added; what other snapshots still need of them stays.
        """)

    @Argument(help: ArgumentHelp("The object", valueName: "words")) var words: [String]
    @Option(help: ArgumentHelp("What the engine calls this catalog, in scripts; default the warehouse's name.", valueName: "name"))
    var engineCatalog: String?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let object = try ObjectName(words)
      try await client.run(formats: OutputFormat.common.union(OutputFormat.scripts)) { client, output in
        var query = object.query(in: client.warehouse)
        if output.format.isScript { query.append(("dialect", output.format.rawValue)) }
        if let engineCatalog { query.append(("engine-catalog", engineCatalog)) }
        if output.format.isScript {
          return try await client.pages(RetentionCommand.path("plan"), query: query) { page in
            for table in try page.required("tables").array() { try output.stream.write(table.object().required("script").string()) }
          }
        }
        var list = ListOutput(
          output, key: "tables",
          columns: [
            .text("TABLE"), .number("SNAPSHOTS"), .number("EXPIRE"), .number("DUE, KEPT"), .number("FILES"), .number("BYTES"), .text("WHY"),
          ])
        try await client.pages(RetentionCommand.path("plan"), query: query) { page in
          try list.page(page) { json in try Self.row(json.object()) }
        }
        try list.end(none: "There are no tables in \(object).")
      }
    }

    private static func row(_ table: JSONObject) throws -> [String] {
      func numbers(_ key: StaticString) throws -> String { "\(try table.required(key).int64())" }
      var reasons = try table.required("due").array().map { try RetentionCommand.due($0.object()) }
      if let obstacle = table.optional("obstacle") { reasons.append(try obstacle.string()) }
      let rules = try table.required("expire").array().compactMap { try $0.object().optional("due")?.object().required("rule").string() }
      reasons += Set(rules).sorted().map { "rule \($0)" }
      let keepers = try table.required("keep").array().compactMap { fate in
        try fate.object().required("kept-by").array().first { try $0.object().required("binds").bool() }?.object().required("by").string()
      }
      if !keepers.isEmpty { reasons.append("kept by " + Set(keepers).sorted().prefix(3).joined(separator: ", ")) }
      return [
        try RetentionCommand.name(table), try numbers("snapshots"), try numbers("expired-snapshots"), try numbers("kept-though-due"),
        try numbers("files-added"), try numbers("bytes-added"), reasons.joined(separator: "; "),
      ]
    }
  }

  /// `ns.t`
  static func name(_ object: JSONObject) throws -> String {
    let levels = try object.required("namespace").array().map { try $0.string() }
    return "\(DatasetName(namespace: NamespaceName(levels: levels), name: try object.required("name").string()))"
  }

  static func due(_ due: JSONObject) throws -> String {
    "rule \(try due.required("rule").string()) (\(try due.required("then").string())) since "
      + "\(Instant(milliseconds: try due.required("due-at-ms").int64()))"
  }

  struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say why a snapshot is kept, until when, and by which rule.",
      discussion: "Ends with 0 also for a snapshot that is about to go.")

    @Argument(help: "The table, and maybe a snapshot's id or a ref: level.name, level.name@id, level.name@ref.") var table: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let parts = table.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let name = try DatasetName(parsing: parts[0])
      var query: [(String, String)] = []
      if parts.count == 2 { query = [(Int64(parts[1]) == nil ? "ref" : "snapshot-id", parts[1])] }
      try await client.run { [query] client, output in
        let document = try await client.get(name.governancePath(client, "retention"), query: query).json()
        try output.show(document) { isBold in
          let fate = try document.object()
          var sheet = FactSheet(isBold: isBold)
          sheet.add("Snapshot", "\(try fate.required("snapshot-id").int64())")
          sheet.add("Made", "\(Instant(milliseconds: try fate.required("timestamp-ms").int64()))")
          let duties = try fate.required("kept-by").array().map { try $0.object() }
          let binding = try duties.filter { try $0.required("binds").bool() }
          sheet.add("Goes", try Self.verdict(fate, isKept: !binding.isEmpty))
          if let longest = binding.first { sheet.add("Kept", try Self.text(longest)) }
          for duty in binding.dropFirst() { sheet.add("and", try Self.text(duty)) }
          for duty in try duties.filter({ try !$0.required("binds").bool() }) { sheet.add("no longer", try Self.text(duty)) }
          if let due = fate.optional("due") { sheet.add("Due", try RetentionCommand.due(due.object())) }
          if let obstacle = fate.optional("obstacle") { sheet.add("Obstacle", try obstacle.string()) }
          return sheet.text
        }
      }
    }

    private static func verdict(_ fate: JSONObject, isKept: Bool) throws -> String {
      if try fate.required("expires").bool() { return "now" }
      if fate.optional("due") != nil { return "not yet, though it is due" }
      guard let end = fate.optional("maximum-ends-at-ms") else { return isKept ? "not at all" : "not at all: no rule sets a maximum" }
      return "not before \(Instant(milliseconds: try end.int64()))"
    }

    private static func text(_ duty: JSONObject) throws -> String {
      let by = try duty.required("by").string()
      if let until = duty.optional("until-ms") { return "until \(Instant(milliseconds: try until.int64())), by \(by)" }
      if let condition = duty.optional("as-long-as") { return "\(try condition.string()), by \(by)" }
      return "without end, by \(by)"
    }
  }

  struct Apply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Have tables looked after now: expire what is due, and delete what nothing reaches any more.",
      usage: "moraine retention apply OBJECT",
      discussion: """
        OBJECT is warehouse [NAME], zone NAME, namespace NAME or table NAME. The server does it in the background, goes on after a crash,
        and keeps evidence of each deleted file: `moraine retention history`.
        """)

    @Argument(help: ArgumentHelp("The object", valueName: "words")) var words: [String]
    @Flag(help: "Look for files, too, that nothing ever named.") var orphans = false
    @Flag(help: "Do not wait until it is done.") var noWait = false
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let object = try ObjectName(words)
      try await client.run { client, output in
        let body = JSONWriter.text { writer in
          writer.object {
            $0.key("object")
            object.write(to: &$0, in: client.warehouse)
            $0.field("orphans", orphans)
          }
        }
        let answer = try await client.post(RetentionCommand.path("apply"), body)
        let runs = try answer.json().object().required("runs").array().map { try $0.object().required("id").string() }
        if noWait { return try output.done("Looking after \(RetentionCommand.count(Int64(runs.count), "table")).", answer) }
        var bar = ProgressBar(isShown: !output.isQuiet && output.format == .table)
        var columns: [[String]] = []
        var documents: [JSONValue] = []
        for (place, run) in runs.enumerated() {
          let document = try await Self.wait(for: run, client, &bar, place: place + 1, of: runs.count)
          documents.append(document)
          let status = try RunStatus(document)
          columns.append([
            status.name, status.state,
            RetentionCommand.count(status.snapshots, "snapshot") + ", " + RetentionCommand.count(status.deletedFiles, "file") + ", "
              + RetentionCommand.count(status.deletedBytes, "byte"), status.outcome ?? status.problem ?? "",
          ])
        }
        try bar.end()
        guard output.format == .table else {
          let text = JSONWriter.text { writer in
            writer.object { $0.field("runs", array: { array in for document in documents { array.raw(document.raw) } }) }
          }
          return try output.document(JSONDocument(parsing: text).root)
        }
        if columns.isEmpty { return try output.done("There are no tables in \(object).") }
        var table = TextTable(
          [.text("TABLE"), .fixed("STATE"), .text("GONE"), .text("SAYS")], width: output.stream.columns, isBold: output.isBold)
        if !output.isQuiet { try output.stream.write(table.lines(columns)) }
      }
    }

    private static func wait(
      for run: String, _ client: CatalogClient, _ bar: inout ProgressBar, place: Int, of count: Int
    ) async throws -> JSONValue {
      var pause = Duration.milliseconds(100)
      while true {
        let document = try await client.get(RetentionCommand.path("runs", run)).json()
        let status = try RunStatus(document)
        if status.isOver { return document }
        let what = count > 1 ? "files of \(status.name) (\(place) of \(count))" : "files"
        switch status.state {
        case "deleting": try bar.show(status.deletedFiles, of: status.files, what, problem: status.problem)
        case "gathering": try bar.show(status.files, of: nil, "\(what) found", problem: status.problem)
        default: try bar.show(status.snapshots, of: nil, "snapshots to expire", problem: status.problem)
        }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .seconds(1))
      }
    }
  }
}

/// How far a run is.
struct RunStatus {
  let name: String
  let state: String
  let snapshots: Int64
  let files: Int64
  let deletedFiles: Int64
  let deletedBytes: Int64
  let outcome: String?
  let problem: String?

  var isOver: Bool { state == "done" || state == "stopped" }

  init(_ document: JSONValue) throws {
    let object = try document.object()
    name = try RetentionCommand.name(object)
    state = try object.required("state").string()
    snapshots = try object.required("expired-snapshots").int64()
    files = try object.required("files").int64()
    deletedFiles = try object.required("deleted-files").int64()
    deletedBytes = try object.required("deleted-bytes").int64()
    outcome = try object.optional("outcome")?.string()
    problem = try object.optional("problem")?.string()
  }
}
