import ArgumentParser
import JSON

extension ModelCommand {
  struct Snippet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write code that reads exactly what a version was trained on.",
      discussion:
        "Snapshots, filters and columns are those that were bound. Filters are written as they were given, whatever engine they were for.")

    @Argument(help: ArgumentHelp("The version: credit-risk@7.", valueName: "version"), transform: ModelVersionName.init(parsing:))
    var name: ModelVersionName
    @Option(help: ArgumentHelp("pyiceberg, spark (SQL) or duckdb.", valueName: "engine")) var engine = SnippetEngine.pyiceberg
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let version = try await client.get(name.path).json().object()
        let snippet = TrainingSnippet(
          version: name, server: client.server, hasToken: client.token != nil, inputs: try TrainingSnippet.inputs(of: version))
        let text = snippet.text(for: engine)
        guard output.format == .table else {
          let document = JSONWriter.text { writer in
            writer.object {
              $0.field("engine", engine.rawValue)
              $0.field("code", text)
            }
          }
          return try output.document(JSONDocument(parsing: document).root)
        }
        try output.stream.write(text)
      }
    }
  }
}

enum SnippetEngine: String, ExpressibleByArgument, CaseIterable, Sendable {
  case pyiceberg, spark, duckdb
}
