/// Where requests go, and as whom.
struct ClientConnection: Hashable, Sendable {
  let server: ServerAddress
  let warehouse: String
  let token: String?
}

/// What the command line says of the connection.
struct ConnectionChoice: Hashable, Sendable {
  var server: String?
  var warehouse: String?
  var profile: String?
}

extension ClientConnection {
  /// A choice on the command line comes before the environment, which comes before the profile.
  ///
  /// - Parameters:
  ///   - file: the profiles; `nil` to read them.
  ///   - environment: a variable's value, `nil` where it is missing or empty.
  init(choosing choice: ConnectionChoice, file: ProfileFile? = nil, environment: (String) -> String? = environment) throws(CommandFailure) {
    let profiles = if let file { file } else { try ProfileFile.read() }
    let profile = try profiles.profile(named: choice.profile ?? environment("MORAINE_PROFILE"))
    let chosen = choice.server ?? environment("MORAINE_SERVER")
    let own = try profile.server.map { text throws(CommandFailure) in try ServerAddress(parsing: text) } ?? .standard
    server = try chosen.map { text throws(CommandFailure) in try ServerAddress(parsing: text) } ?? own
    warehouse = choice.warehouse ?? environment("MORAINE_WAREHOUSE") ?? profile.warehouse ?? "main"
    // A profile's token is for the profile's server: another one must not see it.
    token = environment("MORAINE_TOKEN") ?? (server == own ? profile.token : nil)
  }
}
