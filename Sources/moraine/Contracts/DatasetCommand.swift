import ArgumentParser

struct DatasetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset", abstract: "Datasets on their way to those who rely on them.",
    subcommands: [DatasetPublishCommand.self, DatasetPromoteCommand.self, DatasetPromotionsCommand.self])
}
