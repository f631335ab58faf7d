import ArgumentParser

extension ModelCommand {
  struct Trace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what a version was made from: its training data, and what that came from.",
      discussion: "The same as `moraine lineage show model:NAME@VERSION`.")

    @Argument(help: ArgumentHelp("The version: credit-risk@7.", valueName: "version"), transform: ModelVersionName.init(parsing:))
    var name: ModelVersionName
    @OptionGroup var options: LineageOptions

    func run() async throws { try await options.show(direction: "upstream") { _ in "model:\(name)" } }
  }
}
