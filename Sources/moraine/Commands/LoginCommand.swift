import ArgumentParser
import JSON

struct LoginCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "login", abstract: "Show who you are, and keep a personal access token in the profile.",
    discussion: """
      With --client-id, the secret is taken from MORAINE_CLIENT_SECRET, asked for unseen, or read from standard input. With --with-token, a
      token of any issuer the server accepts is read from standard input. Either way what is kept is a personal access token of its own,
      readable by you alone; a personal access token is kept as it is.
      """)

  @Option(help: "Id of the client to log in as.") var clientID: String?
  @Flag(help: "Read a token from standard input.") var withToken = false
  @Option(help: "Days until the token that is kept expires.") var days = 30
  @OptionGroup var client: ClientOptions

  func validate() throws {
    guard (clientID == nil) == withToken else { throw ValidationError("Give either --client-id ID or --with-token.") }
  }

  func run() async throws {
    let secret: String
    if clientID != nil, let given = environment("MORAINE_CLIENT_SECRET") {
      secret = given
    } else {
      secret = try SecretInput.read(withToken ? "Token:" : "Client secret:")
    }
    let body = try TokenCommand.body(description: "moraine login", days: days)
    let connection = try client.connection
    let name = try ProfileFile.read().profileName(client.profile)
    try await client.run { client, output in
      let bearer = if let clientID { try await client.accessToken(clientID: clientID, secret: secret) } else { secret }
      let authenticated = client.showing(bearer)
      let me = try await authenticated.get(["management", "v1", "me"]).json().object()
      let kept =
        bearer.hasPrefix("moraine_pat_")
        ? bearer : try await authenticated.post(TokenCommand.path, body).json().object().required("token").string()
      try ProfileFile.change(name) { profile in
        profile.server = connection.server.description
        profile.token = kept
      }
      try output.done(
        "Logged in to \(connection.server) as \(try me.required("kind").string()) \(try me.required("name").string()) (profile \(name)).")
    }
  }
}

struct LogoutCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logout", abstract: "Revoke the profile's token and forget it.")

  @OptionGroup var client: ClientOptions

  func run() async throws {
    let file = try ProfileFile.read()
    let name = file.profileName(client.profile)
    guard let profile = file.profiles[name], let token = profile.token else {
      throw CommandFailure.usage("The profile \(name) holds no token", hint: "`moraine profile list` shows the profiles.")
    }
    try await client.run { client, output in
      // moraine_pat_<id>_<secret>
      let parts = token.split(separator: "_")
      var isRevoked = false
      if parts.count == 4, client.server.description == profile.server {
        do {
          _ = try await client.showing(token).delete(TokenCommand.path + [String(parts[2])])
          isRevoked = true
        } catch let failure as CommandFailure where failure.exit == .refused || failure.exit == .notFound {
          // It was worthless already.
        }
      }
      try ProfileFile.change(name) { $0.token = nil }
      try output.done(isRevoked ? "Revoked and forgot the token of profile \(name)." : "Forgot the token of profile \(name).")
    }
  }
}

struct WhoAmICommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "whoami", abstract: "Tell as whom the server knows you.")

  @OptionGroup var client: ClientOptions

  func run() async throws {
    try await client.run { client, output in
      let document = try await client.get(["management", "v1", "me"]).json()
      try output.show(document) { isBold in
        let object = try document.object()
        func names(_ key: StaticString) throws -> String {
          try object.required(key).array().map { try $0.string() }.joined(separator: ", ")
        }
        var sheet = FactSheet(isBold: isBold)
        sheet.add("Name", try object.required("name").string())
        sheet.add("Kind", try object.required("kind").string())
        sheet.add("Roles", try names("roles"))
        sheet.add("Teams", try names("teams"))
        let groups = try names("token-groups")
        if !groups.isEmpty { sheet.add("Groups of token", groups) }
        return sheet.text
      }
    }
  }
}
