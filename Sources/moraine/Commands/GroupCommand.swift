import ArgumentParser
import JSON

struct RoleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "role", abstract: "Roles, and who is in them.",
    discussion: "Users, services, teams and other roles may be in a role. A member is written KIND:NAME, as in user:alice.",
    subcommands: GroupCommand<RoleKind>.subcommands)
}

struct TeamCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "team", abstract: "Teams, and who is in them.",
    discussion: """
      Users, services and other teams may be in a team. A member is written KIND:NAME, as in user:alice. The team ALIAS/GROUP also holds \
      whoever shows a token of that issuer with that group.
      """,
    subcommands: GroupCommand<TeamKind>.subcommands)
}

/// What tells roles and teams apart.
protocol GroupKind { static var name: String { get } }
enum RoleKind: GroupKind { static let name = "role" }
enum TeamKind: GroupKind { static let name = "team" }

/// The commands that roles and teams have in common.
enum GroupCommand<Kind: GroupKind> {
  static var subcommands: [any ParsableCommand.Type] { [List.self, Create.self, Members.self, Add.self, Remove.self, Drop.self] }

  struct List: AsyncParsableCommand {
    static var configuration: CommandConfiguration { CommandConfiguration(commandName: "list", abstract: "List the \(Kind.name)s.") }

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        try await PrincipalCommand.list(
          client, output, PrincipalCommand.path, query: [("kind", Kind.name)], none: "There are no \(Kind.name)s.")
      }
    }
  }

  struct Create: AsyncParsableCommand {
    static var configuration: CommandConfiguration { CommandConfiguration(commandName: "create", abstract: "Add a \(Kind.name).") }

    @Argument(help: "Its name.") var name: String
    @Option(help: "What it is for.") var description = ""
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("kind", Kind.name)
          $0.field("name", name)
          $0.field("description", description)
        }
      }
      try await client.run { client, output in
        try output.done("Created \(Kind.name) \(name).", await client.post(PrincipalCommand.path, body))
      }
    }
  }

  struct Members: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(commandName: "members", abstract: "List who is directly in a \(Kind.name).")
    }

    @Argument(help: "Its name.", completion: .custom(NameCompletion.principals(Kind.name))) var name: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        try await PrincipalCommand.list(
          client, output, PrincipalName(kind: Kind.name, name: name).path("members"), none: "Nobody is in the \(Kind.name) \(name).")
      }
    }
  }

  struct Add: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(commandName: "add", abstract: "Put somebody into a \(Kind.name).")
    }

    @Argument(help: "Name of the \(Kind.name).", completion: .custom(NameCompletion.principals(Kind.name))) var name: String
    @Argument(help: "KIND:NAME.") var member: PrincipalName
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("kind", member.kind)
          $0.field("name", member.name)
        }
      }
      try await client.run { client, output in
        let path = PrincipalName(kind: Kind.name, name: name).path("members")
        try output.done("\(member) is in the \(Kind.name) \(name).", await client.post(path, body))
      }
    }
  }

  struct Remove: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(commandName: "remove", abstract: "Take somebody out of a \(Kind.name).")
    }

    @Argument(help: "Name of the \(Kind.name).", completion: .custom(NameCompletion.principals(Kind.name))) var name: String
    @Argument(help: "KIND:NAME.") var member: PrincipalName
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let path = PrincipalName(kind: Kind.name, name: name).path("members", member.kind, member.name)
        try output.done("\(member) is no longer in the \(Kind.name) \(name).", await client.delete(path))
      }
    }
  }

  struct Drop: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(commandName: "drop", abstract: "Remove a \(Kind.name) that nothing speaks of.")
    }

    @Argument(help: "Its name.", completion: .custom(NameCompletion.principals(Kind.name))) var name: String
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try confirmation.confirm("Remove the \(Kind.name) \(name)?")
      try await client.run { client, output in
        try output.done("Removed the \(Kind.name) \(name).", await client.delete(PrincipalName(kind: Kind.name, name: name).path()))
      }
    }
  }
}
