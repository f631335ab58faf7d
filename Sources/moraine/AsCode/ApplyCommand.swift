import ArgumentParser
import JSON

struct ApplyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Make the catalog as files say: governance under version control.",
    discussion: """
      Files hold teams, roles, tags, zones, namespaces, tables, terms, retention rules and grants; docs/as-code.md shows them. What a file does not mention
      stays as it is. Applied twice, the second time changes nothing. `moraine export` writes such a file.

      With --prune, tags, terms, retention rules and grants that no file names are taken away, if the files have that section at all. Zones, namespaces,
      tables and people are never removed.

        moraine apply -f governance/ --dry-run
      """)

  @Option(name: [.customShort("f"), .customLong("file")], help: "A YAML file, or a folder of them. Repeatable.", completion: .file())
  var files: [String]
  @Flag(help: "Show what would change, and change nothing.") var dryRun = false
  @Flag(help: "Take away what no file names. Asks first.") var prune = false
  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var client: ClientOptions

  func run() async throws {
    let declarations = try Declarations(reading: files)
    try await client.run { client, output in
      var bar = ProgressBar(isShown: output.format == .table && !output.isQuiet)
      let total = Int64(declarations.count)
      let plan = try await Plan(declarations, client) { try bar.show(Int64($0), of: total, "compared") }
      try bar.end()
      let removals = prune ? plan.unnamed : []
      let changes = plan.changes + removals
      if output.format == .table, !output.isQuiet {
        try output.stream.write(changes.map(\.text).joined())
      }
      if !dryRun {
        if !removals.isEmpty { try confirmation.confirm("Take away \(removals.count) that no file names?") }
        for (index, change) in changes.enumerated() {
          do { try await change.make(client) } catch let failure as CommandFailure {
            try bar.end()
            throw CommandFailure(
              failure.exit, "\(change.title): \(failure.message)",
              hint: "\(index) of \(changes.count) changes were made. Mend this and apply again: what is done is not done twice.")
          }
          try bar.show(Int64(index + 1), of: Int64(changes.count), "changed")
        }
        try bar.end()
      }
      try Self.end(changes, unnamed: prune ? 0 : plan.unnamed.count, isDone: !dryRun, output)
    }
  }

  private static func end(_ changes: [PlannedChange], unnamed: Int, isDone: Bool, _ output: CommandOutput) throws {
    func count(_ kind: PlannedChange.Kind) -> Int { changes.count { $0.kind == kind } }
    guard output.format == .table else {
      let text = JSONWriter.text { writer in
        writer.object {
          $0.field("applied", isDone)
          $0.field("added", count(.add))
          $0.field("changed", count(.change))
          $0.field("removed", count(.remove))
          $0.field("unnamed", unnamed)
          $0.field(
            "changes",
            array: { array in
              for change in changes {
                array.object {
                  $0.field("kind", change.kind.rawValue)
                  $0.field("what", change.title)
                  $0.field("details", change.details)
                }
              }
            })
        }
      }
      return try output.document(JSONDocument(parsing: text).root)
    }
    let rest = unnamed > 0 ? " \(unnamed) things are named by no file; --prune takes them away." : ""
    guard !changes.isEmpty else { return try output.done("Nothing to change.\(rest)") }
    let verb = isDone ? ("added", "changed", "removed") : ("to add", "to change", "to remove")
    try output.done("\(count(.add)) \(verb.0), \(count(.change)) \(verb.1), \(count(.remove)) \(verb.2).\(rest)")
  }
}
