import ArgumentParser
import Governance
import JSON

struct QualityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quality", abstract: "Results of checks: what tools found out about snapshots.", subcommands: [Record.self, List.self])

  struct Record: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Record results of checks of one snapshot.",
      discussion: """
        From a tool's own file, or one result by hand with --check and --outcome. They are about the head of main, unless --ref or \
        --snapshot says otherwise.
        """)

    @Argument(help: "The table: level.level.name.", transform: DatasetName.init(parsing:)) var table: DatasetName
    @Option(help: "The head of this branch or tag.") var ref: String?
    @Option(help: ArgumentHelp("This snapshot.", valueName: "id")) var snapshot: Int64?
    @Option(help: "dbt's run_results.json.", completion: .file(extensions: ["json"])) var dbt: String?
    @Option(help: "A validation result of Great Expectations.", completion: .file(extensions: ["json"])) var greatExpectations: String?
    @Option(help: "Results of a scan of Soda.", completion: .file(extensions: ["json"])) var soda: String?
    @Option(help: "A run event of OpenLineage with the facet dataQualityAssertions.", completion: .file(extensions: ["json"]))
    var openlineage: String?
    @Option(help: "The name of a check.") var check: String?
    @Option(help: "passed, failed or error.") var outcome: String?
    @Option(help: "Who checked.") var source = "manual"
    @OptionGroup var client: ClientOptions

    func validate() throws {
      guard ref == nil || snapshot == nil else { throw ValidationError("--ref and --snapshot exclude each other.") }
      let files = [dbt, greatExpectations, soda, openlineage].compactMap { $0 }
      guard files.count + (check == nil ? 0 : 1) == 1 else {
        throw ValidationError("Give one of --dbt, --great-expectations, --soda and --openlineage, or --check with --outcome.")
      }
      guard (check == nil) == (outcome == nil) else { throw ValidationError("--check and --outcome belong together.") }
    }

    func run() async throws {
      let (source, results) = try results()
      let body = JSONWriter.text { writer in
        writer.object {
          if let ref { $0.field("ref", ref) }
          if let snapshot { $0.field("snapshot-id", snapshot) }
          $0.field("source", source)
          $0.field("results", results)
        }
      }
      try await client.run { client, output in
        let answer = try await client.post(table.governancePath(client, "quality"), body)
        let passed = results.count { $0.outcome == .passed }
        try output.done("Recorded \(results.count) results for \(table), of which \(passed) passed.", answer)
      }
    }

    private func results() throws -> (source: String, results: [QualityResult]) {
      if let check, let outcome {
        guard let known = QualityResult.Outcome(rawValue: outcome) else {
          throw CommandFailure.usage("The outcome is \"\(outcome)\"; it may be passed, failed or error")
        }
        return (source, [QualityResult(check: check, outcome: known)])
      }
      let files: [(String?, QualityReport.Tool)] = [
        (dbt, .dbt), (greatExpectations, .greatExpectations), (soda, .soda), (openlineage, .openLineage),
      ]
      guard let (path, tool) = files.lazy.compactMap({ file, tool in file.map { ($0, tool) } }).first else {
        throw CommandFailure.usage("No results are given")
      }
      do {
        return (tool.rawValue, try QualityReport(JSONDocument(parsing: LocalFile.read(path)).root, from: tool).results)
      } catch let error as JSONError {
        throw CommandFailure.usage("\(path) holds no results of \(tool.rawValue): \(error)")
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List results of checks, the newest first.")

    @Argument(help: "The table: level.level.name.", transform: DatasetName.init(parsing:)) var table: DatasetName
    @Option(help: ArgumentHelp("Of this snapshot only.", valueName: "id")) var snapshot: Int64?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "results",
          columns: [.text("CHECK"), .fixed("OUTCOME"), .number("SNAPSHOT"), .fixed("CHECKED"), .text("SOURCE"), .text("RECORDED BY")])
        let query = snapshot.map { [("snapshot-id", String($0))] } ?? []
        try await client.pages(table.governancePath(client, "quality"), query: query) { page in
          try list.page(page) { json in
            let result = try json.object()
            return [
              try result.required("check").string(), try result.required("outcome").string(),
              String(try result.required("snapshot-id").int64()),
              "\(Instant(milliseconds: try result.required("checked-at-ms").int64()))", try result.required("source").string(),
              try result.required("recorded-by").string(),
            ]
          }
        }
        try list.end(none: "No results of checks are recorded for \(table).")
      }
    }
  }
}
