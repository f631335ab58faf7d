import ArgumentParser
import JSON

struct ModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Models, their versions, and what exactly these were trained on.",
    discussion: """
        moraine model create credit-risk --purpose "Scores loan applications" --tier high --regulated --owner team:risk
        moraine model version credit-risk@7 --code git:4f1c2e --metric auc=0.81
        moraine model bind credit-risk@7 --input curated.loans@8744736658442914487 --role train
        moraine model approve credit-risk@7 --comment "Validated, report MR-118"
      """,
    subcommands: [
      List.self, Show.self, Create.self, Update.self, Version.self, Capture.self, Bind.self, Withdraw.self, Approve.self, Reject.self,
      Retire.self, Drop.self, Trace.self, Verify.self, Snippet.self,
    ])

  static let path = ["governance", "v1", "models"]

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List models, or the versions of one.")

    @Argument(help: "Only the versions of this model.") var model: String?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        if let model { try await versions(of: model, client, output) } else { try await models(client, output) }
      }
    }

    private func models(_ client: CatalogClient, _ output: CommandOutput) async throws {
      var list = ListOutput(
        output, key: "models", columns: [.text("MODEL"), .text("OWNER"), .fixed("TIER"), .fixed("REGULATED"), .text("PURPOSE")])
      try await client.pages(path) { page in
        try list.page(page) { json in
          let model = try json.object()
          return [
            try model.required("name").string(), try model.optional("owner")?.string() ?? "", try model.required("risk-tier").string(),
            try model.required("regulated").bool() ? "yes" : "no", try model.required("purpose").string(),
          ]
        }
      }
      try list.end(none: "There are no models; `moraine model create` makes one.")
    }

    private func versions(of model: String, _ client: CatalogClient, _ output: CommandOutput) async throws {
      var list = ListOutput(
        output, key: "versions", columns: [.text("VERSION"), .fixed("STAGE"), .text("DEVELOPER"), .fixed("CREATED"), .text("CODE")])
      try await client.pages(path + [model, "versions"]) { page in
        try list.page(page) { json in
          let version = try json.object()
          return [
            try version.required("version").string(), try version.required("stage").string(), try version.required("developer").string(),
            "\(Instant(milliseconds: try version.required("created-at-ms").int64()))",
            try version.optional("code-reference")?.string() ?? "",
          ]
        }
      }
      try list.end(none: "\(model) has no versions; `moraine model version \(model)@1` makes one.")
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a model known. You own it unless you say who does.")

    @Argument(help: "Name of the model.") var name: String
    @Option(help: "What it is for.") var purpose: String
    @OptionGroup var facts: ModelFacts
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let answer = try await client.post(
          path,
          JSONWriter.text { writer in
            writer.object {
              $0.field("name", name)
              $0.field("purpose", purpose)
              facts.write(to: &$0)
            }
          })
        try output.done("Made the model \(name).", answer)
      }
    }
  }

  struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change what is said of a model.",
      discussion: "A model that becomes regulated has the training data of all its versions pinned, and stays regulated.")

    @Argument(help: "Name of the model.") var name: String
    @Option(help: "What it is for.") var purpose: String?
    @OptionGroup var facts: ModelFacts
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let answer = try await client.post(
          path + [name],
          JSONWriter.text { writer in
            writer.object {
              if let purpose { $0.field("purpose", purpose) }
              facts.write(to: &$0)
            }
          })
        try output.done("Changed the model \(name).", answer)
      }
    }
  }

  struct ModelFacts: ParsableArguments {
    @Option(help: ArgumentHelp("Who answers for it: team:risk, user:ann.", valueName: "principal")) var owner: String?
    @Option(help: ArgumentHelp("How much harm it can do: minimal, limited or high.", valueName: "tier")) var tier: String?
    @Flag(help: "It is regulated: what its versions are trained on has to stay.") var regulated = false
    @Option(
      name: .customLong("answers-to"), help: ArgumentHelp("What reports on it must answer: eu-annex-iv@1; repeatable.", valueName: "name"))
    var profiles: [String] = []
    @Option(help: ArgumentHelp("How long training data is kept after a version's retirement; 3650 if nothing is said.", valueName: "days"))
    var keepDays: Int?

    fileprivate func write(to writer: inout JSONWriter) {
      if let owner { writer.field("owner", owner) }
      if let tier { writer.field("risk-tier", tier) }
      if regulated { writer.field("regulated", true) }
      if !profiles.isEmpty { writer.field("profiles", profiles) }
      if let keepDays { writer.field("keep-days-after-retirement", Int64(keepDays)) }
    }
  }

  struct Version: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a version of a model known, or change what is said of one.")

    @Argument(help: ArgumentHelp("The version: credit-risk@7.", valueName: "version"), transform: ModelVersionName.init(parsing:))
    var name: ModelVersionName
    @Flag(help: "It is there already: change it.") var update = false
    @Option(help: ArgumentHelp("development, validation or production.", valueName: "stage")) var stage: String?
    @Option(help: ArgumentHelp("The code that made it: git:4f1c2e.", valueName: "reference")) var code: String?
    @Option(help: ArgumentHelp("The container that it ran in: sha256:….", valueName: "digest")) var container: String?
    @Option(help: "Who made it; you, unless you say so.") var developer: String?
    @Option(help: ArgumentHelp("The run that made it: an engine's application, an MLflow run, a run of OpenLineage.", valueName: "id"))
    var run: String?
    @Option(name: .customLong("parameter"), help: "A parameter; repeatable.", transform: KeyValue.init(parsing:)) var parameters:
      [KeyValue] =
        []
    @Option(name: .customLong("metric"), help: "A metric; repeatable.", transform: KeyValue.init(parsing:)) var metrics: [KeyValue] = []
    @Option(
      name: .customLong("artifact"), help: "An artifact's digest: model.pkl=sha256:…; repeatable.", transform: KeyValue.init(parsing:))
    var artifacts: [KeyValue] = []
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let body = JSONWriter.text { writer in
        writer.object {
          if !update { $0.field("version", name.version) }
          if let stage { $0.field("stage", stage) }
          if let code { $0.field("code-reference", code) }
          if let container { $0.field("container-digest", container) }
          if let developer, !update { $0.field("developer", developer) }
          if let run { $0.field("run", run) }
          if !parameters.isEmpty { $0.field("parameters", parameters.properties) }
          if !metrics.isEmpty { $0.field("metrics", metrics.properties) }
          if !artifacts.isEmpty { $0.field("artifacts", artifacts.properties) }
        }
      }
      try await client.run { client, output in
        let answer = try await client.post(update ? name.path : path + [name.model, "versions"], body)
        try output.done(update ? "Changed \(name)." : "Made \(name).", answer)
      }
    }
  }

  struct Bind: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what a version was trained on: resolved now, to states that never change.",
      discussion: """
        A table's state is a snapshot's id, a tag, a branch or a time; a file set's is a snapshot's id, another format's is its version. \
        Without one it is the present state. What a regulated model was trained on is pinned: nobody can expire or drop it.

          moraine model bind credit-risk@7 --input curated.loans@2026-05-03 --input curated.loans@holdout --role train --role test
        """)

    @Argument(help: ArgumentHelp("The version: credit-risk@7.", valueName: "version"), transform: ModelVersionName.init(parsing:))
    var name: ModelVersionName
    @Option(
      name: .customLong("input"), help: ArgumentHelp("A dataset's state; repeatable.", valueName: "name@state"),
      completion: .custom(NameCompletion.datasets), transform: DatasetStateName.init(parsing:))
    var inputs: [DatasetStateName]
    @Option(
      name: .customLong("role"),
      help: ArgumentHelp(
        "train, validate, test or reference: once for all inputs, or once for each in their order. (default: train)", valueName: "role"))
    var roles: [String] = []
    @Option(help: ArgumentHelp("The rows that were used, as the engine's filter says it.", valueName: "filter")) var filter: String?
    @Option(name: .customLong("column"), help: "A column that was used; all unless named; repeatable.") var columns: [String] = []
    @Option(
      name: .customLong("source"),
      help: ArgumentHelp("The state of a feature view's source, where it is not the present one; repeatable.", valueName: "name@state"),
      completion: .custom(NameCompletion.datasets), transform: DatasetStateName.init(parsing:))
    var sources: [DatasetStateName] = []
    @OptionGroup var client: ClientOptions

    func validate() throws {
      guard !inputs.isEmpty else { throw ValidationError("Say what it was trained on with --input.") }
      guard roles.count <= 1 || roles.count == inputs.count else {
        throw ValidationError("There are \(inputs.count) inputs and \(roles.count) roles. Give one --role for all, or one for each.")
      }
      guard sources.allSatisfy({ $0.choice != nil }) else { throw ValidationError("Write the state of a source behind an @.") }
    }

    func run() async throws {
      try await client.run { client, output in
        _ = try await client.post(name.path + ["inputs"], body(in: client.warehouse))
        let document = try await client.get(name.path).json()
        try output.show(document) { isBold in
          if output.isQuiet { return "" }
          var sheet = FactSheet(isBold: isBold)
          try TrainingInputs.add(document.object().required("inputs"), to: &sheet)
          return "\(name) was trained on\n" + sheet.text
        }
      }
    }

    private func body(in warehouse: String) -> [UInt8] {
      JSONWriter.text { writer in
        writer.object {
          $0.field(
            "inputs",
            array: { array in
              for (index, input) in inputs.enumerated() {
                let role = roles.count > 1 ? roles[index] : roles.first ?? "train"
                array.object {
                  $0.field("warehouse", warehouse)
                  input.write(to: &$0)
                  $0.field("role", role)
                  if let filter { $0.field("row-filter", filter) }
                  if !columns.isEmpty { $0.field("columns", columns) }
                  guard !sources.isEmpty else { return }
                  $0.field("sources", array: { array in for source in sources { array.object { source.write(to: &$0) } } })
                }
              }
            })
        }
      }
    }
  }

  struct Withdraw: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say that a version was not trained on an input after all; what was said stays on record.")

    @Argument(help: ArgumentHelp("The version: credit-risk@7.", valueName: "version"), transform: ModelVersionName.init(parsing:))
    var name: ModelVersionName
    @Argument(help: "The input's id, as `moraine model show -o json` has it.") var input: String
    @Option(help: "Why.") var reason: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let body = JSONWriter.text { writer in writer.object { $0.field("reason", reason) } }
        try output.done("Withdrew an input of \(name).", await client.post(name.path + ["inputs", input, "withdraw"], body))
      }
    }
  }

  struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Approve a version.", discussion: "Where the model's risk tier is high, somebody other than its developer must.")

    @OptionGroup var word: ApprovalWord

    func run() async throws { try await word.say("approved", "Approved") }
  }

  struct Reject: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Reject a version.")

    @OptionGroup var word: ApprovalWord

    func run() async throws { try await word.say("rejected", "Rejected") }
  }

  struct ApprovalWord: ParsableArguments {
    @Argument(help: ArgumentHelp("The version: credit-risk@7.", valueName: "version"), transform: ModelVersionName.init(parsing:))
    var name: ModelVersionName
    @Option(help: "What is to be known of it.") var comment = ""
    @OptionGroup var client: ClientOptions

    fileprivate func say(_ decision: String, _ said: String) async throws {
      try await client.run { client, output in
        let body = JSONWriter.text { writer in
          writer.object {
            $0.field("decision", decision)
            $0.field("comment", comment)
          }
        }
        try output.done("\(said) \(name).", await client.post(name.path + ["approvals"], body))
      }
    }
  }

  struct Retire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a version out of use for ever.",
      discussion: "What a regulated model was trained on is kept for as long after that as the model says.")

    @Argument(help: ArgumentHelp("The version: credit-risk@7.", valueName: "version"), transform: ModelVersionName.init(parsing:))
    var name: ModelVersionName
    @Option(help: "Why.") var reason: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let body = JSONWriter.text { writer in writer.object { $0.field("reason", reason) } }
        try output.done("Retired \(name).", await client.post(name.path + ["retire"], body))
      }
    }
  }

  struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Forget a model that has no versions.")

    @Argument(help: "Name of the model.") var name: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in try output.done("Dropped the model \(name).", await client.delete(path + [name])) }
    }
  }
}
