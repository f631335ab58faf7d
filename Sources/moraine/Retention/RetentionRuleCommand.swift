import ArgumentParser
import JSON

struct RetentionRuleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rule", abstract: "Rules: how long at least, how long at most, and what then.",
    subcommands: [Set.self, List.self, Remove.self])

  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a rule; one of the same name ends.",
      discussion: """
        Times are a number and a unit: 90s, 15m, 36h, 2d, 1w. They count from the making of a snapshot (created), the table's last snapshot
        (modified), the day of the tag (tagged), or the retirement of the last model version that was trained on it (model-retired).

          moraine retention rule set keep-raw --on zone raw --minimum 52w
          moraine retention rule set tidy --on zone curated --maximum 30d --then expire-snapshots
          moraine retention rule set gdpr --tag classification=pii --trigger tagged --maximum 104w --then purge
        """)

    @Argument(help: "Name of the rule: lower-case letters, digits, '-' and '_'.") var name: String
    @Option(
      parsing: .upToNextOption,
      help: ArgumentHelp("What it is for: warehouse [NAME], zone NAME, namespace NAME, table NAME, …", valueName: "object"))
    var on: [String] = []
    @Option(help: ArgumentHelp("Instead: whatever carries a tag, with any value unless one is given.", valueName: "key[=value]"))
    var tag: String?
    @Option(help: "created, modified, tagged or model-retired.") var trigger = "created"
    @Option(help: ArgumentHelp("Nothing goes before.", valueName: "time")) var minimum: String?
    @Option(help: ArgumentHelp("After it, --then is done, unless a duty keeps it.", valueName: "time")) var maximum: String?
    @Option(help: "keep-record, expire-snapshots, drop, purge or ask.") var then: String?
    @Option(help: "Why, for those who read it.") var description: String?
    @OptionGroup var client: ClientOptions

    func validate() throws {
      guard on.isEmpty != (tag == nil) else { throw ValidationError("Say what the rule is for: with --on, or with --tag.") }
    }

    func run() async throws {
      let object = on.isEmpty ? nil : try ObjectName(on)
      try await client.run { client, output in
        let body = JSONWriter.text { writer in
          writer.object {
            $0.field(
              "rule",
              object: {
                $0.field("name", name)
                $0.field("trigger", trigger)
                if let minimum { $0.field("minimum", minimum) }
                if let maximum { $0.field("maximum", maximum) }
                if let then { $0.field("then", then) }
                if let description { $0.field("description", description) }
              })
            if let object {
              $0.key("object")
              object.write(to: &$0, in: client.warehouse)
            }
            if let tag {
              let parts = tag.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
              $0.field(
                "tag",
                object: {
                  $0.field("key", parts[0])
                  if parts.count == 2 { $0.field("value", parts[1]) }
                })
            }
          }
        }
        try output.done("The rule \(name) holds.", await client.post(RetentionCommand.path("rules"), body))
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the rules that hold.")

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "rules",
          columns: [
            .text("NAME"), .text("FOR"), .fixed("COUNTS FROM"), .fixed("MINIMUM"), .fixed("MAXIMUM"), .fixed("THEN"), .text("BY"),
            .text("DESCRIPTION"),
          ])
        try await client.pages(RetentionCommand.path("rules")) { page in
          try list.page(page) { json in
            let stored = try json.object()
            let rule = try stored.required("rule").object()
            return [
              try rule.required("name").string(), try stored.required("scope").string(), try rule.required("trigger").string(),
              try rule.optional("minimum")?.string() ?? "", try rule.optional("maximum")?.string() ?? "",
              try rule.optional("then")?.string() ?? "", try stored.required("defined-by").string(),
              try rule.optional("description")?.string() ?? "",
            ]
          }
        }
        try list.end(none: "There are no rules: nothing goes by itself.")
      }
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "End a rule. What was done by it stays done.")

    @Argument(help: "Name of the rule.") var name: String
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      // A minimum that ends may let something go at once.
      try confirmation.confirm("End the retention rule \(name)? What only it keeps may go.")
      try await client.run { client, output in
        try output.done("The rule \(name) has ended.", await client.delete(RetentionCommand.path("rules", name)))
      }
    }
  }
}

struct RetentionDecisionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decision", abstract: "Decisions: where a rule asks, or lets go what a pin or hold keeps.",
    subcommands: [List.self, Answer.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List decisions that wait for an answer, the newest first.")

    @Flag(help: "Those that were answered, too.") var all = false
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "decisions",
          columns: [
            .fixed("DECISION"), .text("TABLE"), .text("RULE"), .fixed("THEN"), .fixed("DUE"), .text("HOLDS"), .text("MODEL VERSIONS"),
            .text("ANSWER"),
          ])
        try await client.pages(RetentionCommand.path("decisions"), query: [("open", all ? "false" : "true")]) { page in
          try list.page(page) { json in
            let decision = try json.object()
            func texts(_ key: StaticString) throws -> String {
              try decision.required(key).array().map { try $0.string() }.joined(separator: ", ")
            }
            let answer = try decision.optional("answer").map { value in
              "\(try value.string()) (\(try decision.required("answered-by").string()): \(try decision.required("comment").string()))"
            }
            return [
              try decision.required("id").string(), try RetentionCommand.name(decision), try decision.required("rule").string(),
              try decision.required("then").string(), "\(Instant(milliseconds: try decision.required("due-at-ms").int64()))",
              try texts("holds"), try texts("model-versions"), answer ?? "",
            ]
          }
        }
        try list.end(none: "Nothing waits for a decision.")
      }
    }
  }

  struct Answer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Answer a decision: keep, drop or purge.",
      discussion: "To let a table go, its pins and holds must have ended. Who answers keep may say until when: then it is asked again.")

    @Argument(help: "The decision's id.") var decision: String
    @Argument(help: "keep, drop or purge.") var answer: String
    @Option(help: "Why, for those who read it later.") var comment: String
    @Option(
      help: ArgumentHelp("After keep: when to ask again: 2026-05-03 or 2026-05-03T12:00:00Z.", valueName: "date"),
      transform: PastOptions.milliseconds)
    var until: Int64?
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      if answer != "keep" { try confirmation.confirm("Let the table go (\(answer))?") }
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("answer", answer)
          $0.field("comment", comment)
          if let until { $0.field("keep-until-ms", until) }
        }
      }
      try await client.run { client, output in
        let reply = try await client.post(RetentionCommand.path("decisions", decision), body)
        try output.done("Answered: \(answer).", reply)
      }
    }
  }
}
