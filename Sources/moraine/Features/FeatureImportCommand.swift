import ArgumentParser
import JSON

struct FeatureImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Make feature views and services what a Feast registry says.",
    discussion: """
      The file is what `feast registry-dump` prints, or the registry's protobuf message as JSON; `-` reads it from standard input. Sources \
      are linked to the datasets that they are, by location or by table name; those that are none stay named as unresolved. A second \
      import changes nothing.

      With --prune, views and services go that came from this project and that the registry has no more.

        feast registry-dump | moraine feature import - --namespace ml.credit --dry-run
      """)

  @Argument(help: "The registry as JSON.", completion: .file(extensions: ["json"])) var file: String

  @Option(
    help: "Where views go; made when it is not there. Without one, a namespace called like the project.",
    transform: NamespaceName.init(parsing:))
  var namespace: NamespaceName?

  @Option(help: "Which project, when the registry has several.") var project: String?
  @Flag(help: "Show what would change, and change nothing.") var dryRun = false
  @Flag(help: "Take away what the registry has no more. Asks first.") var prune = false
  @OptionGroup var confirmation: ConfirmationOptions
  @OptionGroup var client: ClientOptions

  func run() async throws {
    let bytes = try file == "-" ? StandardInput.readAll() : LocalFile.read(file)
    do { _ = try JSONDocument(parsing: bytes) } catch {
      throw CommandFailure.usage("\(file) is no JSON: \(error)", hint: "Write it with: feast registry-dump > registry.json")
    }
    try await client.run { client, output in
      let path = ["governance", "v1", "warehouses", client.warehouse, "feature-imports"]
      if prune, !dryRun {
        let planned = try await ImportAnswer(client.post(path, body(bytes, isDryRun: true)))
        let gone = planned.changes.filter { $0.kind == "gone" }
        if !gone.isEmpty {
          try confirmation.confirm("Take away \(gone.map { "\($0.what) \($0.name)" }.joined(separator: ", "))?")
        }
      }
      let answer = try await client.post(path, body(bytes, isDryRun: dryRun))
      guard output.format == .table else { return try output.document(answer.json()) }
      let done = try ImportAnswer(answer)
      if !output.isQuiet { try output.stream.write(done.text) }
      try output.done(done.end)
    }
  }

  private func body(_ registry: [UInt8], isDryRun: Bool) -> [UInt8] {
    JSONWriter.text { writer in
      writer.object {
        $0.field("registry", raw: registry)
        if let namespace { $0.field("namespace", namespace.levels) }
        if let project { $0.field("project", project) }
        $0.field("prune", prune)
        $0.field("dry-run", isDryRun)
      }
    }
  }
}

/// What an import did, or would do.
private struct ImportAnswer {
  struct Change {
    let kind: String
    let what: String
    let name: String
    let details: [String]
  }

  let namespace: NamespaceName
  let isDone: Bool
  let isPruned: Bool
  let changes: [Change]
  let unchanged: Int64
  let unresolved: [String]
  let unusedEntities: [String]

  init(_ answer: ServerAnswer) throws {
    let object = try answer.json().object()
    namespace = NamespaceName(levels: try object.required("namespace").array().map { try $0.string() })
    isDone = try !object.required("dry-run").bool()
    isPruned = try object.required("prune").bool()
    changes = try object.required("changes").array().map { change in
      let change = try change.object()
      return Change(
        kind: try change.required("kind").string(), what: try change.required("what").string().replacing("-", with: " "),
        name: try change.required("name").string(), details: try change.required("details").array().map { try $0.string() })
    }
    unchanged = try object.required("unchanged").int64()
    unresolved = try object.required("unresolved").array().map { missing in
      let missing = try missing.object()
      let source = try missing.required("source").object()
      let place = try source.optional("location")?.string() ?? source.optional("query")?.string() ?? "it does not say where it is"
      return "\(try missing.required("view").string()), source \(try source.required("name").string()): \(place)"
    }
    unusedEntities = try object.required("unused-entities").array().map { try $0.string() }
  }

  /// A line for each change, and what of it; then what could not be linked.
  var text: String {
    var lines: [String] = []
    for change in changes {
      let sign = change.kind == "created" ? "+" : change.kind == "changed" ? "~" : isPruned ? "-" : "?"
      lines.append("\(sign) \(change.what) \(change.name)")
      lines += change.details.map { "    " + $0 }
    }
    if !unresolved.isEmpty {
      lines.append("Unresolved, none of our datasets:")
      lines += unresolved.map { "    " + $0 }
    }
    if !unusedEntities.isEmpty { lines.append("Entities that no view describes: \(unusedEntities.joined(separator: ", "))") }
    return lines.map { TerminalText.plain($0) + "\n" }.joined()
  }

  var end: String {
    func count(_ kind: String) -> Int { changes.count { $0.kind == kind } }
    let gone = count("gone")
    let rest = gone > 0 && !isPruned ? " \(gone) gone from the registry; --prune takes them away." : ""
    guard count("created") + count("changed") + (isPruned ? gone : 0) > 0 else {
      return "Nothing to change in \(namespace); \(unchanged) as they are.\(rest)"
    }
    let verb = isDone ? ("created", "changed", "taken away") : ("to create", "to change", "to take away")
    return
      "\(namespace): \(count("created")) \(verb.0), \(count("changed")) \(verb.1), \(isPruned ? gone : 0) \(verb.2), \(unchanged) as they are.\(rest)"
  }
}
