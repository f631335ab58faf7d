import ArgumentParser
import JSON

struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Your personal access tokens.", subcommands: [List.self, Create.self, Revoke.self])

  static let path = ["management", "v1", "tokens"]

  /// The body of a request for a token.
  static func body(description: String, days: Int) throws -> [UInt8] {
    guard (1...366).contains(days) else { throw CommandFailure.usage("A token lives for 1 to 366 days, not \(days)") }
    return JSONWriter.text { writer in
      writer.object {
        $0.field("description", description)
        $0.field("lifetime-seconds", days * 86_400)
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List your tokens that still work.")

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "tokens", columns: [.fixed("TOKEN"), .fixed("CREATED"), .fixed("EXPIRES"), .text("DESCRIPTION")])
        try await client.pages(path) { page in
          try list.page(page) { token in
            let object = try token.object()
            return [
              try object.required("id").string(), "\(Instant(milliseconds: try object.required("created-at-ms").int64()))",
              "\(Instant(milliseconds: try object.required("expires-at-ms").int64()))", try object.required("description").string(),
            ]
          }
        }
        try list.end(none: "You have no personal access tokens.")
      }
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a token and show it, once.",
      discussion: "Who logged in with a personal access token cannot make another with it.")

    @Option(help: "What it is for.") var description = ""
    @Option(help: "Days until it expires.") var days = 30
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = try TokenCommand.body(description: description, days: days)
      try await client.run { client, output in
        let document = try await client.post(path, body).json()
        // Alone on its line, so that a script can take it.
        try output.show(document) { _ in try document.object().required("token").string() + "\n" }
        if output.format == .table { try StandardStream.error.write("It is not shown again.\n") }
      }
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a token worthless.")

    @Argument(help: "Id of the token, as `token list` tells it.") var id: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        try output.done("Revoked token \(id).", await client.delete(path + [id]))
      }
    }
  }
}
