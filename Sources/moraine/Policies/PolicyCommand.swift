import ArgumentParser
import Cedar
import Governance
import JSON

struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Policy sets: who may do what, and why.",
    discussion: """
      A policy set is the .cedar files of a folder, with its tests in tests/*.json. Applying one makes a new version, and the newest is in
      force; none ever changes.
      """,
    subcommands: [
      Apply.self, List.self, Show.self, Diff.self, Test.self, ShowSchema.self, Why.self, WhoCan.self, WhatCan.self,
    ])

  static let path = ["governance", "v1", "policy-sets"]

  struct Apply: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check the policy set in a folder and put it in force.",
      discussion: """
        What becomes different is shown first. A set that is not valid, or that its own tests do not bear out, is refused, and the one in
        force stays; so is one that was made for another than the one in force. Ends with 1 when the set is refused.
        """)

    @Argument(help: "The folder.", completion: .directory) var folder: String
    @Flag(help: "Change nothing; only tell what would become different.") var dryRun = false
    @Option(help: "Why, for those who read the history.") var comment = ""
    @Option(help: ArgumentHelp("The number that must be in force; without it, whichever is now.", valueName: "number")) var ifCurrent:
      Int64?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      let files = try PolicyFolder(reading: folder)
      try await client.run { client, output in
        // What is shown is what is applied, or nothing is.
        let judged = try await client.post(PolicyCommand.path, body(files, isDryRun: true, ifCurrent: ifCurrent))
        let judgement = try judged.json().object()
        try PolicyCommand.failIfRefused(judgement, files, output)
        let diff = try judgement.required("diff").object()
        if output.format == .table, !output.isQuiet {
          try output.stream.write(files.report(PolicyCommand.problems(judgement, "warnings"), as: "warning"))
          try output.stream.write(PolicyDifferenceText.text(diff, isBold: output.isBold))
        }
        let number = try judgement.required("number").int64()
        let summary = try PolicyDifferenceText.summary(diff)
        guard try judgement.required("changed").bool() else {
          return try output.done("Policy set \(number) is in force already.", judged)
        }
        if dryRun { return try output.done("It would become policy set \(number): \(summary).", judged) }
        let expected = try judgement.required("replaces").int64()
        let applied = try await client.post(PolicyCommand.path, body(files, isDryRun: false, ifCurrent: expected))
        let tests = try judgement.required("tests").int64()
        try output.done("Policy set \(number) is in force: \(summary); \(tests) tests passed.", applied)
      }
    }

    private func body(_ files: PolicyFolder, isDryRun: Bool, ifCurrent: Int64?) -> [UInt8] {
      JSONWriter.text { writer in
        writer.object {
          $0.field("files", files.contents)
          $0.field("comment", comment)
          $0.field("dry-run", isDryRun)
          if let ifCurrent { $0.field("if-current", ifCurrent) }
        }
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the policy sets that were applied, the newest first.")

    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var list = ListOutput(
          output, key: "policy-sets",
          columns: [.number("NUMBER"), .fixed("APPLIED"), .text("BY"), .fixed("HASH"), .text("COMMENT")])
        try await client.pages(PolicyCommand.path) { page in
          try list.page(page) { json in
            let set = try json.object()
            return [
              String(try set.required("number").int64()), "\(Instant(milliseconds: try set.required("applied-at-ms").int64()))",
              try set.required("author").string(), String(try set.required("hash").string().prefix(12)),
              try set.required("comment").string(),
            ]
          }
        }
        try list.end(none: "No policy set was applied yet.")
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a policy set: the one in force, one by its number, or the one of a day.")

    @Argument(help: "Its number; without one, the one in force.") var number: Int64?
    @Option(help: ArgumentHelp("Show this file of it alone, as it is.", valueName: "name")) var file: String?
    @OptionGroup var past: PastOptions
    @OptionGroup var client: ClientOptions

    func validate() throws {
      guard number == nil || past.asOf == nil else { throw ValidationError("A number and --as-of exclude each other.") }
    }

    func run() async throws {
      try await client.run { client, output in
        let query = past.asOf.map { [("as-of-ms", String($0))] } ?? []
        let document = try await client.get(PolicyCommand.path + [number.map { String($0) } ?? "current"], query: query).json()
        let set = try document.object()
        let files = try set.required("files").object()
        if let file {
          guard let content = try files.first(where: { $0.key == file })?.value.string() else {
            throw CommandFailure(
              .notFound, "The policy set has no file \(file)", hint: "It has \(files.map(\.key).sorted().joined(separator: ", ")).")
          }
          return try output.stream.write(content)
        }
        try output.show(document) { isBold in
          var sheet = FactSheet(isBold: isBold)
          sheet.add("Policy set", String(try set.required("number").int64()))
          sheet.add("Hash", try set.required("hash").string())
          sheet.add("Applied", "\(Instant(milliseconds: try set.required("applied-at-ms").int64()))")
          sheet.add("By", try set.required("author").string())
          let comment = try set.required("comment").string()
          if !comment.isEmpty { sheet.add("Comment", comment) }
          for member in files.sorted(by: { $0.key < $1.key }) where member.key.hasSuffix(".cedar") {
            let lines = try member.value.string().split(separator: "\n", omittingEmptySubsequences: false)
            sheet.add(member.key, lines: lines.map { TerminalText.plain(String($0)) })
          }
          let others = files.map(\.key).filter { !$0.hasSuffix(".cedar") }.sorted()
          if !others.isEmpty { sheet.add("Other files", lines: others.map(TerminalText.plain)) }
          return sheet.text
        }
      }
    }
  }

  struct Diff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what is different between two policy sets, policy by policy.",
      discussion: "With one number, the set before it is compared with it; with none, the one in force with the one before.")

    @Argument(help: "Number of the older set.") var older: Int64?
    @Argument(help: "Number of the newer set.") var newer: Int64?
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        var new = newer ?? older
        if new == nil {
          new = try await client.get(PolicyCommand.path + ["current"]).json().object().required("number").int64()
        }
        let to = new ?? 1
        let from = newer == nil ? max(1, to - 1) : older ?? 1
        let document = try await client.get(PolicyCommand.path + [String(from), "diff", String(to)]).json()
        try output.show(document) { isBold in
          "Policy set \(from) → \(to)\n\n"
            + (try PolicyDifferenceText.text(try document.object().required("diff").object(), isBold: isBold))
        }
      }
    }
  }

  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check the policy set in a folder and run its tests, here and without a server.",
      discussion: "Ends with 0 when all is well and with 1 when it is not.")

    @Argument(help: "The folder.", completion: .directory) var folder: String
    @Flag(name: .shortAndLong, help: "Name every test that passed.") var verbose = false
    @Flag(name: .shortAndLong, help: "Say nothing when all went well.") var quiet = false

    func run() throws {
      let files = try PolicyFolder(reading: folder)
      let bundle: PolicyBundle
      do { bundle = try files.bundle() } catch {
        try StandardStream.output.write(files.report(error.problems, as: "error"))
        let count = error.problems.count
        throw CommandFailure(.failure, "The policy set is refused: \(count) \(count == 1 ? "problem" : "problems")")
      }
      if quiet { return }
      var text = files.report(bundle.warnings, as: "warning")
      for test in bundle.tests where verbose { text += TerminalText.plain("passed  \(test.file) \(test.number): \(test.name)") + "\n" }
      let (policies, tests) = (bundle.policies.policies.count, bundle.tests.count)
      text += "\(policies) policies are valid; \(tests) \(tests == 1 ? "test" : "tests") passed.\n"
      try StandardStream.output.write(text)
    }
  }

  struct ShowSchema: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "schema", abstract: "Show the schema that policies are written in.",
      discussion: "It is that of this program's version, and the server's when both are of one version.")

    func run() throws { try StandardStream.output.write(PolicyBundle.schemaText) }
  }

  static func problems(_ object: JSONObject, _ key: StaticString) throws -> [PolicyProblem] {
    try object.optional(key)?.array().map { json in
      let problem = try json.object()
      return PolicyProblem(
        file: try problem.required("file").string(), line: try problem.optional("line")?.int(),
        column: try problem.optional("column")?.int(),
        policy: try problem.optional("policy")?.string(), try problem.required("message").string())
    } ?? []
  }

  /// Tells what is wrong with a set that the server found so.
  static func failIfRefused(_ judgement: JSONObject, _ files: PolicyFolder, _ output: CommandOutput) throws {
    guard try !judgement.required("valid").bool() else { return }
    if output.format == .table {
      try output.stream.write(files.report(problems(judgement, "problems"), as: "error"))
    } else {
      try output.document(judgement.value)
    }
    throw CommandFailure(
      .failure, "The policy set is refused, and the one in force stays",
      hint: "`moraine policy test \(files.path)` checks it without a server.")
  }
}
