import ArgumentParser
import Cedar
import JSON

struct CedarAuthorizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "authorize", abstract: "Decide a request.",
    discussion: """
      Ends with 0 when the request is allowed and with 5 when it is denied.

      With --batch, standard input holds a request a line, {"policies": TEXT or {"path": P}, "schema": TEXT or {"path": P},
      "entities": [...] or {"path": P}, "request": {"principal": {"type": T, "id": I}, "action": ..., "resource": ..., "context": {...}},
      "validateRequest": true}, and standard output an answer a line, {"decision": "allow" or "deny", "reason": [IDs], "errors": [IDs]}.
      What cannot be decided is denied, with the cause as "error".
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("File of policies.", valueName: "file")) var policies: String?
  @Option(
    name: [.customShort("k"), .customLong("template-linked")],
    help: ArgumentHelp("File of links of templates, JSON.", valueName: "file")) var links: String?
  @Option(name: .shortAndLong, help: ArgumentHelp("File of a schema.", valueName: "file")) var schema: String?
  @Option(help: ArgumentHelp("File of entities, JSON.", valueName: "file")) var entities: String?
  @Option(name: [.customShort("l"), .long], help: ArgumentHelp("Who asks, such as User::\"alice\".", valueName: "entity")) var principal:
    String?
  @Option(name: .shortAndLong, help: ArgumentHelp("What for, such as Action::\"read\".", valueName: "entity")) var action: String?
  @Option(name: .shortAndLong, help: ArgumentHelp("With what, such as Table::\"t\".", valueName: "entity")) var resource: String?
  @Option(name: .shortAndLong, help: ArgumentHelp("File of the context, JSON.", valueName: "file")) var context: String?
  @Option(help: ArgumentHelp("File of the whole request, JSON.", valueName: "file")) var requestJSON: String?
  @Flag(inversion: .prefixedNo, help: "Check the request against the schema.") var requestValidation = true
  @Flag(name: .shortAndLong, help: "Tell which policies decided.") var verbose = false
  @Flag(help: "Requests and answers as JSON lines.") var batch = false
  @Option(name: [.customShort("o"), .long], help: "table or json.") var output = OutputFormat.table

  func run() throws {
    if batch { return try Self.runBatch() }
    guard let policies else { throw CommandFailure.usage("There are no policies", hint: "Name their file with --policies.") }
    guard let entities else { throw CommandFailure.usage("There are no entities", hint: "Name their file with --entities; [] is none.") }
    var sources = CedarSources()
    let schemaSource = schema.map(CedarSource.path)
    let schema = try schemaSource.map { try sources.schema($0) }
    var set = try sources.policies(.path(policies)).set
    if let links { try CommandFailure.naming(links) { try set.add(CedarLinks.read(try CedarFile.read(links))) } }
    let store = try sources.entities(path: entities, schema, from: schemaSource)
    let request = try request(schema)
    if let schema, requestValidation { try CommandFailure.naming("the request") { try schema.check(request) } }
    try show(Authorizer(set).authorize(request, entities: store))
  }

  private func request(_ schema: Schema?) throws -> Request {
    if let requestJSON {
      guard principal == nil, action == nil, resource == nil, context == nil else {
        throw CommandFailure.usage("The request is given twice", hint: "Give --request-json, or its parts, not both.")
      }
      return try CommandFailure.naming(requestJSON) {
        let json = try JSONDocument(parsing: Array(try CedarFile.read(requestJSON).utf8), limits: ValueReader.limits).root
        return try CedarRequest.read(try json.object(), schema)
      }
    }
    func entity(_ text: String?, _ option: String) throws -> EntityUID {
      guard let text else { throw CommandFailure.usage("The request has no \(option)", hint: "Give --\(option) or --request-json.") }
      return try CommandFailure.naming("--\(option)") { try PolicyParser.entity(text) }
    }
    let action = try entity(action, "action")
    var record = Record.empty
    if let context {
      record = try CommandFailure.naming(context) {
        let json = try JSONDocument(parsing: Array(try CedarFile.read(context).utf8), limits: ValueReader.limits).root
        return try RequestReader.context(json, expecting: schema?.expectedContext(of: action))
      }
    }
    return Request(
      principal: try entity(principal, "principal"), action: action, resource: try entity(resource, "resource"), context: record)
  }

  private func show(_ response: Response) throws {
    switch output {
    case .json: try StandardStream.output.write(JSONWriter.text { CedarRequest.write(response, to: &$0) } + [0x0A])
    case .table, .yaml, .sparkSQL, .trinoSQL, .tree, .dot, .svg:
      var lines = [response.decision == .allow ? "ALLOW" : "DENY"]
      if verbose {
        let reasons = response.reasons.map(\.string).joined(separator: ", ")
        lines.append(response.reasons.isEmpty ? "No policy applies." : "Decided by: \(reasons)")
      }
      try StandardStream.output.write(lines.map { TerminalText.plain($0) + "\n" }.joined())
      for error in response.errors { try StandardStream.error.write(TerminalText.plain("Skipped: \(error)") + "\n") }
      if response.decision == .allow, response.hasErroringForbid {
        try StandardStream.error.write("A policy that forbids could not be evaluated. Cedar skips it; whoever enforces should deny.\n")
      }
    }
    if response.decision == .deny { throw ExitCode(CommandExit.refused.rawValue) }
  }

  private static func runBatch() throws {
    var sources = CedarSources()
    try CedarBatch(refusal: { CedarRequest.write(.deny, [], [], to: &$0) }).run { line, writer in
      let policies = try sources.policies(CedarSource(json: try line.required("policies")))
      let schemaSource = try line.optional("schema").map(CedarSource.init(json:))
      let schema = try schemaSource.map { try sources.schema($0) }
      let entities = try line.required("entities")
      let store =
        entities.kind == .array
        ? try CedarText.entities(entities, schema)
        : try sources.entities(path: try entities.object().required("path").string(), schema, from: schemaSource)
      let request = try CedarRequest.read(try line.required("request").object(), schema)
      if let schema, try line.optional("validateRequest")?.bool() ?? false { try schema.check(request) }
      CedarRequest.write(policies.authorizer.authorize(request, entities: store), to: &writer)
    }
  }
}

/// Requests and answers as JSON.
enum CedarRequest {
  static func read(_ object: JSONObject, _ schema: Schema?) throws -> Request {
    let action = try ValueReader.entity(try object.required("action"))
    return try RequestReader.request(object.value, expecting: schema?.expectedContext(of: action))
  }

  static func write(_ response: Response, to writer: inout JSONWriter) {
    writer.object { write(response.decision, response.reasons, response.errors.map(\.policy), to: &$0) }
  }

  static func write(_ decision: Decision, _ reasons: [Text], _ errors: [Text], to writer: inout JSONWriter) {
    writer.field("decision", decision.name)
    writer.field("reason", reasons.map(\.string))
    writer.field("errors", errors.map(\.string))
  }
}

/// Links of templates as the `cedar` command keeps them: `[{"template_id", "link_id", "args": {"?principal": ENTITY, "?resource": ENTITY}}]`.
enum CedarLinks {
  static func read(_ text: String) throws -> [TemplateLink] {
    try JSONDocument(parsing: Array(text.utf8), limits: ValueReader.limits).root.array().map { json in
      let object = try json.object()
      let arguments = try object.optional("args")?.object()
      func entity(_ slot: StaticString) throws -> EntityUID? {
        try arguments?.optional(slot).map { try PolicyParser.entity(try $0.string()) }
      }
      return TemplateLink(
        id: Text(try object.required("link_id").string()), template: Text(try object.required("template_id").string()),
        principal: try entity("?principal"), resource: try entity("?resource"))
    }
  }
}

extension PolicySet {
  fileprivate mutating func add(_ links: [TemplateLink]) throws {
    for link in links { try self.link(link) }
  }
}
