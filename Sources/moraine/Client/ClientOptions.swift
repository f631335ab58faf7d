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
    help: ArgumentHelp("Profile to take server, warehouse and token from (MORAINE_PROFILE).", valueName: "name"),
    completion: .custom { _, _, _ in ((try? ProfileFile.read())?.profiles.keys.sorted()) ?? [] })
  var profile: String?

  @Option(help: ArgumentHelp("Token to show the server (MORAINE_TOKEN, or the profile).", valueName: "token"))
  var token: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("Form of the output: table, json or yaml.", valueName: "format"))
  var output: OutputFormat = .table

  @Flag(name: .shortAndLong, help: "Say nothing when all went well; lists show names alone.")
  var quiet = false

  /// A flag comes before the environment, which comes before the profile.
  func connection(_ file: ProfileFile? = nil) throws(CommandFailure) -> ClientConnection {
    let name = profile ?? environment("MORAINE_PROFILE")
    let profiles = if let file { file } else { try ProfileFile.read() }
    let profile = try profiles.profile(named: name)
    let server = server ?? environment("MORAINE_SERVER") ?? profile.server
    let address = try server.map { text throws(CommandFailure) in try ServerAddress(parsing: text) } ?? .standard
    // A profile's token is for the profile's server: another one must not see it.
    let isOwnServer =
      try profile.server.map { text throws(CommandFailure) in try ServerAddress(parsing: text) == address } ?? (server == nil)
    return ClientConnection(
      server: address,
      warehouse: warehouse ?? environment("MORAINE_WAREHOUSE") ?? profile.warehouse ?? "main",
      token: token ?? environment("MORAINE_TOKEN") ?? (isOwnServer ? profile.token : nil))
  }

  /// Runs a command's work with a client and a place for its output.
  func run(_ body: (CatalogClient, CommandOutput) async throws -> Void) async throws {
    let output = CommandOutput(format: output, isQuiet: quiet)
    do {
      try await CatalogClient.withClient(connection()) { client in
        try await body(client, output)
      }
    } catch let error as JSONError {
      throw CommandFailure(.failure, "The server's answer is not understood: \(error)", hint: "Are client and server of the same version?")
    }
  }
}

/// Where requests go, and as whom.
struct ClientConnection: Hashable, Sendable {
  let server: ServerAddress
  let warehouse: String
  let token: String?
}
