import ArgumentParser
import Cedar
import JSON

struct CedarValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Check policies against a schema, strictly.",
    discussion: """
      Ends with 0 when they are valid and with 1 when they are not.

      With --batch, standard input holds {"policies": TEXT or {"path": P}, "schema": TEXT or {"path": P}} a line, and standard output
      {"valid": true or false, "errors": [{"policy": ID, "message": TEXT}]} a line. "policy" is null where it is none's fault.
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("File of policies.", valueName: "file")) var policies: String?
  @Option(name: .shortAndLong, help: ArgumentHelp("File of a schema.", valueName: "file")) var schema: String?
  @Option(help: ArgumentHelp("Let entities be reached in so many steps at most.", valueName: "steps")) var level: Int?
  @Flag(help: "Refuse what has warnings.") var denyWarnings = false
  @Flag(help: "Questions and answers as JSON lines.") var batch = false
  @Option(name: [.customShort("o"), .long], help: "table or json.") var output = OutputFormat.table

  func run() throws {
    if batch { return try runBatch() }
    guard let policies else { throw CommandFailure.usage("There are no policies", hint: "Name their file with --policies.") }
    guard let schema else { throw CommandFailure.usage("There is no schema", hint: "Name its file with --schema.") }
    var sources = CedarSources()
    let text = try sources.text(path: policies)
    let set = try sources.policies(.path(policies)).set
    let result = Validator(try sources.schema(.path(schema))).validate(set, level: level)
    let isValid = result.isValid && (result.warnings.isEmpty || !denyWarnings)
    if output == .json {
      try StandardStream.output.write(JSONWriter.text { Self.write(isValid, result.errors, to: &$0) } + [0x0A])
    } else {
      let source = CedarText.isJSON(text) ? nil : try SourceText(text)
      func line(_ kind: String, _ problem: ValidationProblem) -> String {
        let position = source?.position(of: problem.range.start)
        let place = policies + (position.map { ":\($0.line):\($0.column)" } ?? "")
        return TerminalText.plain("\(place): \(kind): \(problem)") + "\n"
      }
      for problem in result.errors { try StandardStream.output.write(line("error", problem)) }
      for problem in result.warnings { try StandardStream.output.write(line("warning", problem)) }
      if isValid {
        try StandardStream.output.write("\(set.policies.count) \(set.policies.count == 1 ? "policy is" : "policies are") valid.\n")
      }
    }
    if !isValid { throw ExitCode(CommandExit.failure.rawValue) }
  }

  private func runBatch() throws {
    var sources = CedarSources()
    try CedarBatch(refusal: { $0.field("valid", false) }).run { line, writer in
      let schema = try sources.schema(CedarSource(json: try line.required("schema")))
      let policies = try sources.policies(CedarSource(json: try line.required("policies")))
      let result = Validator(schema).validate(policies.set, level: level)
      Self.write(result.isValid && (result.warnings.isEmpty || !denyWarnings), result.errors, to: &writer)
    }
  }

  private static func write(_ isValid: Bool, _ errors: [ValidationProblem], to writer: inout JSONWriter) {
    writer.object {
      $0.field("valid", isValid)
      $0.field("errors", errors.map(ProblemObject.init))
    }
  }
}

private struct ProblemObject: JSONEncodable {
  let problem: ValidationProblem

  func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("policy", problem.policy.string)
      $0.field("message", problem.message)
    }
  }
}
