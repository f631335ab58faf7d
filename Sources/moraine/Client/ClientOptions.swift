import ArgumentParser
import JSON

/// What every command of the client takes.
struct ClientOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Address of the server (MORAINE_SERVER, or the profile; default \(ServerAddress.standard)).", valueName: "url"))
  var server: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Warehouse to work in (MORAINE_WAREHOUSE, or the profile; default main).", valueName: "name"),
    completion: .custom(NameCompletion.warehouses))
  var warehouse: String?

  @Option(
    help: ArgumentHelp(
      "Profile to take server, warehouse and token from (MORAINE_PROFILE); MORAINE_TOKEN comes before its token.", valueName: "name"),
    completion: .custom { _, _, _ in ((try? ProfileFile.read())?.profiles.keys.sorted()) ?? [] })
  var profile: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("Form of the output: table, json or yaml.", valueName: "format"))
  var output: OutputFormat = .table

  @Flag(name: .shortAndLong, help: "Say nothing when all went well; lists show names alone.")
  var quiet = false

  var connection: ClientConnection {
    get throws(CommandFailure) {
      try ClientConnection(choosing: ConnectionChoice(server: server, warehouse: warehouse, profile: profile))
    }
  }

  /// Runs a command's work with a client and a place for its output.
  ///
  /// - Parameter formats: in which its output is to be had.
  func run(
    formats: Set<OutputFormat> = OutputFormat.common, _ body: (CatalogClient, CommandOutput) async throws -> Void
  ) async throws {
    guard formats.contains(output) else {
      let names = OutputFormat.allCases.filter(formats.contains).map(\.rawValue)
      throw CommandFailure.usage(
        "This is not to be had as \(output.rawValue)", hint: "Write -o \(names.dropLast().joined(separator: ", ")) or \(names.last ?? "").")
    }
    let output = CommandOutput(format: output, isQuiet: quiet)
    do {
      try await CatalogClient.withClient(connection) { client in
        try await body(client, output)
      }
    } catch let error as JSONError {
      throw CommandFailure(.failure, "The server's answer is not understood: \(error)", hint: "Are client and server of the same version?")
    }
  }
}
