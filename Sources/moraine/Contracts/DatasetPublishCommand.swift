import ArgumentParser
import JSON

struct DatasetPublishCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish", abstract: "Move main forward to a snapshot of a branch that passed the contract's checks.")

  @Argument(help: "The table: level.level.name.", transform: DatasetName.init(parsing:)) var table: DatasetName
  @Option(name: .customLong("from"), help: "The branch.") var branch: String
  @Option(help: ArgumentHelp("A snapshot on the branch; without one, its head.", valueName: "id")) var snapshot: Int64?
  @OptionGroup var client: ClientOptions

  func run() async throws {
    let body = JSONWriter.text { writer in
      writer.object {
        $0.field("from", branch)
        if let snapshot { $0.field("snapshot-id", snapshot) }
      }
    }
    try await client.run { client, output in
      let answer = try await client.post(table.governancePath(client, "publish"), body)
      let main = try answer.json().object().required("metadata").object().required("current-snapshot-id").int64()
      try output.done("main of \(table) is at snapshot \(main).", answer)
    }
  }
}
