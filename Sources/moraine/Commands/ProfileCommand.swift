import ArgumentParser

struct ProfileCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile", abstract: "Named choices of server, warehouse and token.",
    discussion: "They are kept in $XDG_CONFIG_HOME/moraine/config.yaml, or ~/.config/moraine/config.yaml.",
    subcommands: [List.self, Use.self, Set.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the profiles; tokens are not shown.")

    func run() throws {
      let file = try ProfileFile.read()
      let output = StandardStream.output
      var table = TextTable(
        [.text("PROFILE"), .fixed("CURRENT"), .text("SERVER"), .text("WAREHOUSE"), .fixed("TOKEN")], width: output.columns,
        isBold: CommandOutput(format: .table, isQuiet: false).isBold)
      let rows = file.profiles.sorted { $0.key < $1.key }.map { name, profile in
        [name, name == file.current ? "yes" : "", profile.server ?? "", profile.warehouse ?? "", profile.token == nil ? "" : "set"]
      }
      guard !rows.isEmpty else {
        return try StandardStream.error.write("There are no profiles; `moraine profile set NAME --server URL` makes one.\n")
      }
      try output.write(table.lines(rows))
    }
  }

  struct Use: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Choose the profile that is used when none is named.")

    @Argument(help: "Name of the profile.") var name: String

    func run() throws {
      var file = try ProfileFile.read()
      _ = try file.profile(named: name)
      file.current = name
      try file.write()
    }
  }

  struct Set: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a profile, or change what is given of it.")

    @Argument(help: "Name of the profile.") var name: String
    @Option(help: ArgumentHelp("Address of the server.", valueName: "url")) var server: String?
    @Option(name: .shortAndLong, help: "Warehouse to work in.") var warehouse: String?
    @Flag(help: "Read a token to show the server from standard input; `moraine login` gets one by itself.") var withToken = false

    func run() throws {
      var file = try ProfileFile.read()
      var profile = file.profiles[name] ?? Profile()
      if let server { profile.server = try ServerAddress(parsing: server).description }
      profile.warehouse = warehouse ?? profile.warehouse
      if withToken { profile.token = try SecretInput.read("Token:") }
      file.profiles[name] = profile
      file.current = file.current ?? name
      try file.write()
    }
  }
}
