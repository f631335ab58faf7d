import ArgumentParser

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
    @OptionGroup var options: LineageOptions

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

    func run() async throws {
      try await options.show(direction: direction.rawValue) { name.reference(in: $0) }
    }
  }
}
