import ArgumentParser
import JSON
import Lineage

/// How a trace is asked for and drawn.
struct LineageOptions: ParsableArguments {
  @Option(help: "How many steps, 1 to 100.") var depth = 10
  @Flag(help: "Which columns became which, with the jobs as names on the arrows.") var columns = false
  @Option(help: ArgumentHelp("Write it there instead of standard output.", valueName: "file"), completion: .file()) var save: String?
  @OptionGroup var past: PastOptions
  @OptionGroup var client: ClientOptions

  func validate() throws {
    guard (1...100).contains(depth) else { throw ValidationError("--depth is 1 to 100, not \(depth).") }
  }

  /// - Parameters:
  ///   - node: as the server's `node` has it, of the warehouse in which the command works: `model:credit-risk@7`.
  ///   - direction: `upstream`, `downstream` or `both`.
  func show(direction: String, _ node: (_ warehouse: String) -> String) async throws {
    try await client.run(formats: OutputFormat.common.union([.tree, .dot, .svg])) { client, output in
      var query = [("node", node(client.warehouse)), ("direction", direction), ("depth", "\(depth)")]
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
