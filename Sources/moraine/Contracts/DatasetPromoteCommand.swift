import ArgumentParser
import JSON

struct DatasetPromoteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote", abstract: "Move a table into another zone, once it keeps the contract that it will have there.",
    discussion: "Both zones must let it. Who did it, when and why is recorded.")

  @Argument(help: "The table: level.level.name.", transform: DatasetName.init(parsing:)) var table: DatasetName
  @Option(name: .customLong("to"), help: "Its new name, in a namespace of another zone.", transform: DatasetName.init(parsing:))
  var target: DatasetName
  @Option(help: "Why.") var reason: String
  @Option(
    help: "The contract that it gets, in a YAML file; without one, it keeps the one that it has.",
    completion: .file(extensions: ["yaml", "yml", "json"]))
  var contract: String?
  @OptionGroup var client: ClientOptions

  func run() async throws {
    let file = try contract.map { try ContractFile(reading: $0) }
    let body = JSONWriter.text { writer in
      writer.object {
        $0.field(
          "target",
          object: {
            $0.field("namespace", target.namespace.levels)
            $0.field("name", target.name)
          })
        $0.field("reason", reason)
        if let file { $0.field("contract", file.contract) }
      }
    }
    try await client.run { client, output in
      try output.done("Promoted \(table) to \(target).", await client.post(table.governancePath(client, "promote"), body))
    }
  }
}

struct DatasetPromotionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "promotions", abstract: "List how a table came where it is.")

  @Argument(help: "The table: level.level.name.", transform: DatasetName.init(parsing:)) var table: DatasetName
  @OptionGroup var client: ClientOptions

  func run() async throws {
    try await client.run { client, output in
      let document = try await client.get(table.governancePath(client, "promotions")).json()
      let rows = try document.object().required("promotions").array().map { json in
        let promotion = try json.object()
        return [
          try name(promotion.required("source")), try name(promotion.required("target")),
          "\(Instant(milliseconds: try promotion.required("promoted-at-ms").int64()))", try promotion.required("promoted-by").string(),
          String(try promotion.required("contract-number").int64()), try promotion.required("reason").string(),
        ]
      }
      try output.table(
        [.text("FROM"), .text("TO"), .fixed("WHEN"), .text("BY"), .number("CONTRACT"), .text("REASON")], rows, document: document)
    }
  }

  private func name(_ levels: JSONValue) throws -> String {
    let parts = try levels.array().map { try $0.string() }
    return DatasetName(namespace: NamespaceName(levels: parts.dropLast()), name: parts.last ?? "").description
  }
}
