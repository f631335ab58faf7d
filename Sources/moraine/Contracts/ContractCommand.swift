import ArgumentParser
import Governance
import JSON

struct ContractCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "contract", abstract: "Contracts: what tables promise, and every commit is held to.",
    discussion: """
      A contract is a YAML file; docs/contracts.md tells its clauses. Applying one makes a new version, and the newest is in force; none \
      ever changes.
      """,
    subcommands: [
      Apply.self, Show.self, List.self, Check.self, Retire.self, Breaches.self, ImportOpenDataContract.self,
    ])

  struct Apply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Put a contract in force.")

    @Argument(help: "The YAML file.", completion: .file(extensions: ["yaml", "yml", "json"])) var file: String
    @Option(help: "The table: level.level.name; goes before the file's `dataset`.", transform: DatasetName.init(parsing:))
    var dataset: DatasetName?
    @Option(help: "Why, for those who read the history.") var comment = ""
    @Option(help: ArgumentHelp("The version that must be in force, 0 for none; without it, whichever is now.", valueName: "number"))
    var ifCurrent: Int64?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let file = try ContractFile(reading: file)
      let table = try file.dataset(dataset)
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("contract", file.contract)
          $0.field("comment", comment)
          if let ifCurrent { $0.field("if-current", ifCurrent) }
        }
      }
      try await client.run { client, output in
        let answer = try await client.post(table.governancePath(client, "contract"), body)
        let number = try answer.json().object().required("number").int64()
        try output.done("Version \(number) of the contract of \(table) is in force.", answer)
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the contract of a table as YAML.", discussion: "What it prints can be changed and applied again.")

    @Argument(help: "The table: level.level.name.", transform: DatasetName.init(parsing:)) var table: DatasetName
    @Argument(help: "Version; without one, that in force.") var number: Int64?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let path = table.governancePath(client, "contract") + (number.map { ["versions", String($0)] } ?? [])
        let document = try await client.get(path).json()
        try output.show(document) { _ in
          let object = try document.object()
          let comment = try object.required("comment").string()
          return TerminalText.plain(
            "# Version \(try object.required("number").int64()) of the contract of \(table), by \(try object.required("author").string()), "
              + "\(Instant(milliseconds: try object.required("applied-at-ms").int64()))\(comment.isEmpty ? "" : ": \(comment)")")
            + "\n" + (try YAMLText.text(object.required("contract")))
        }
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the versions of a table's contract, the newest first.")

    @Argument(help: "The table: level.level.name.", transform: DatasetName.init(parsing:)) var table: DatasetName
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "versions",
          columns: [.number("NUMBER"), .fixed("IN FORCE"), .fixed("MODE"), .fixed("APPLIED"), .text("BY"), .text("COMMENT")])
        try await client.pages(table.governancePath(client, "contract", "versions")) { page in
          let current = try page.required("current").int64()
          try list.page(page) { json in
            let version = try json.object()
            let number = try version.required("number").int64()
            return [
              String(number), number == current ? "yes" : "", try version.required("mode").string(),
              "\(Instant(milliseconds: try version.required("applied-at-ms").int64()))", try version.required("author").string(),
              try version.required("comment").string(),
            ]
          }
        }
        try list.end(none: "The table \(table) never had a contract.")
      }
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Hold a table, as it is, against a contract; nothing changes.",
      discussion: "Its main snapshot is looked at as if it had just come. Ends with 1 when a clause is broken.")

    @Argument(help: "The table: level.level.name.", transform: DatasetName.init(parsing:)) var table: DatasetName
    @Option(help: "A contract in a YAML file, instead of the one in force.", completion: .file(extensions: ["yaml", "yml", "json"]))
    var contract: String?
    @Option(help: ArgumentHelp("Another snapshot.", valueName: "id")) var snapshot: Int64?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let file = try contract.map { try ContractFile(reading: $0) }
      let body = JSONWriter.text { writer in
        writer.object {
          if let file { $0.field("contract", file.contract) }
          if let snapshot { $0.field("snapshot-id", snapshot) }
        }
      }
      try await client.run { client, output in
        let document = try await client.post(table.governancePath(client, "contract", "check"), body).json()
        let findings = try document.object()
        try output.show(document) { isBold in
          var sheet = FactSheet(isBold: isBold)
          sheet.add("Contract", try findings.required("kept").bool() ? "kept" : "broken")
          for violation in try findings.required("violations").array() { try ContractCommand.add(violation, to: &sheet) }
          sheet.add("Gate", try findings.required("gate-passed").bool() ? "passed" : "not passed")
          for violation in try findings.required("gate").array() { try ContractCommand.add(violation, to: &sheet) }
          return sheet.text
        }
        guard try findings.required("kept").bool() else {
          throw CommandFailure(.failure, "The table \(table) breaks the contract")
        }
      }
    }
  }

  struct Retire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "End the contract of a table; its versions stay.")

    @Argument(help: "The table: level.level.name.", transform: DatasetName.init(parsing:)) var table: DatasetName
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        try output.done("The contract of \(table) has ended.", await client.delete(table.governancePath(client, "contract")))
      }
    }
  }

  struct Breaches: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List what broke contracts of mode warn.")

    @Argument(help: "The table: level.level.name.", transform: DatasetName.init(parsing:)) var table: DatasetName
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "breaches", columns: [.fixed("CLAUSE"), .fixed("WHEN"), .text("BY"), .number("SNAPSHOT"), .text("FOUND")])
        try await client.pages(table.governancePath(client, "contract", "breaches")) { page in
          try list.page(page) { json in
            let breach = try json.object()
            let violation = try breach.required("violation").object()
            return [
              try violation.required("clause").string(), "\(Instant(milliseconds: try breach.required("occurred-at-ms").int64()))",
              try breach.required("principal").string(), try violation.optional("snapshot-id").map { String(try $0.int64()) } ?? "",
              try violation.required("found").string(),
            ]
          }
        }
        try list.end(none: "No contract of \(table) was broken that only warns.")
      }
    }
  }

  struct ImportOpenDataContract: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import-odcs", abstract: "Write an open data contract (ODCS, version 3) as one of ours.",
      discussion: "The contract goes to standard output, and what could not be taken over, member by member, to standard error.")

    @Argument(help: "The YAML or JSON file.", completion: .file(extensions: ["yaml", "yml", "json"])) var file: String
    @Option(help: "The object of its schema that the table is; needed where there are several.") var object: String?
    @Option(help: "The table that it is for: level.level.name.", transform: DatasetName.init(parsing:)) var dataset: DatasetName?

    func run() async throws {
      let document = try YAMLDocument(reading: file)
      let imported: OpenDataContract
      do { imported = try OpenDataContract(document.json, object: object) } catch { throw document.failure(error) }
      let ours = JSONWriter.text { writer in
        writer.object {
          if let dataset { $0.field("dataset", dataset.description) }
          for member in try! JSONDocument(parsing: imported.contract.jsonText).root.object() {
            $0.key(member.key)
            $0.raw(member.value.raw)
          }
        }
      }
      for line in imported.left { try StandardStream.error.write("Left out: " + TerminalText.plain(line) + "\n") }
      try StandardStream.output.write(YAMLText.text(JSONDocument(parsing: ours).root))
    }
  }

  /// A broken clause, for a person.
  static func add(_ violation: JSONValue, to sheet: inout FactSheet) throws {
    let violation = try violation.object()
    sheet.add(
      "  \(try violation.required("clause").string())",
      "promised \(try violation.required("promised").string()); \(try violation.required("found").string()); "
        + "\(try violation.required("remedy").string())")
  }
}
