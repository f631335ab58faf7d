import ArgumentParser
import JSON
import Lineage

struct LineageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lineage", abstract: "What data, features and models were made from, and what was made from them.",
    subcommands: [Show.self])

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what something was made from, or what was made from it.",
      discussion: """
          moraine lineage show model:credit-risk@7
          moraine lineage show curated.loans --both --columns -o svg --save loans.svg
          moraine lineage show dataset:curated.loans@8744736658442914487 --downstream

        From one state of a dataset, a version of a model or a run, only what can have gone into that state is shown, or can have something \
        of it. What you may not see is shown as hidden.
        """)

    @Argument(
      help: ArgumentHelp(
        "dataset:NAME[@SNAPSHOT, BRANCH, TAG or VERSION], feature:NAME, column:TABLE.COLUMN, model:NAME[@VERSION], job:NAMESPACE/NAME, run:UUID, external:NAMESPACE/NAME; a name alone is a dataset's.",
        valueName: "ref"), completion: .custom(NameCompletion.lineage), transform: LineageName.init(parsing:))
    var name: LineageName
    @Flag(help: "Which way: --upstream is the default.") var direction = Direction.upstream
    @Option(help: "How many steps, 1 to 100.") var depth = 10
    @Flag(help: "Which columns became which, with the jobs as names on the arrows.") var columns = false
    @Option(help: ArgumentHelp("Write it there instead of standard output.", valueName: "file"), completion: .file()) var save: String?
    @OptionGroup var past: PastOptions
    @OptionGroup var client: ClientOptions

    enum Direction: String, EnumerableFlag {
      case upstream, downstream, both

      static func help(for value: Direction) -> ArgumentHelp? {
        switch value {
        case .upstream: "What it was made from; the default."
        case .downstream: "What was made from it."
        case .both: "Both."
        }
      }
    }

    func validate() throws {
      guard (1...100).contains(depth) else { throw ValidationError("--depth is 1 to 100, not \(depth).") }
    }

    func run() async throws {
      try await client.run(formats: OutputFormat.common.union([.tree, .dot, .svg])) { client, output in
        var query = [("node", name.reference(in: client.warehouse)), ("direction", direction.rawValue), ("depth", "\(depth)")]
        if columns { query.append(("columns", "true")) }
        if let asOf = past.asOf { query.append(("as-of-ms", "\(asOf)")) }
        let answer = try await client.get(["governance", "v1", "lineage"], query: query).json()
        let graph = try TraceGraph(answer, warehouse: client.warehouse).graph
        let bytes = try Self.bytes(graph, output)
        guard let save else { return try output.stream.write(bytes) }
        try LocalFile.replace(save, with: bytes)
        if !output.isQuiet { try StandardStream.error.write("Wrote \(TerminalText.plain(save)).\n") }
      }
    }

    private static func bytes(_ graph: LineageGraph, _ output: CommandOutput) throws -> [UInt8] {
      switch output.format {
      case .table, .tree, .sparkSQL, .trinoSQL: return Array(graph.treeText.utf8)
      case .dot: return Array(graph.dotText.utf8)
      case .svg: return Array(LineageDrawing(graph).svgText().utf8)
      case .yaml: return try Array(YAMLText.text(JSONDocument(parsing: graph.jsonText).root).utf8)
      case .json:
        let json = try JSONDocument(parsing: graph.jsonText).root
        return (output.stream.isTerminal ? JSONText.pretty(json) : JSONText.compact(json)) + [0x0A]
      }
    }
  }
}
