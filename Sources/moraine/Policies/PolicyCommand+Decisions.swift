import ArgumentParser
import JSON

extension PolicyCommand {
  struct Why: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tell why somebody may do something, or may not.",
      usage: "moraine policy why PRINCIPAL ACTION on OBJECT [--context JSON] [--as-of DATE]",
      discussion: """
        Shows the policies that decided. ACTION is one of the schema's, such as readData or append; `moraine policy schema` shows them.
        Ends with 0 when it is allowed and with 5 when it is denied.

          moraine policy why alice readData on table sales.orders
          moraine policy why service:loader overwrite on table raw.events --context '{"branch": "main"}'
        """)

    @Argument(help: ArgumentHelp("PRINCIPAL ACTION on OBJECT", valueName: "words"), completion: .custom(PhraseCompletion.question))
    var words: [String]
    @Option(help: ArgumentHelp("The circumstances, as Cedar writes them; the rest is assumed.", valueName: "json")) var context: String?
    @Flag(help: "Also show the entities it rested on.") var facts = false
    @OptionGroup var past: PastOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      var phrase = Phrase(words)
      let principal = try phrase.word("principal")
      let action = try phrase.word("action")
      try phrase.skip("on", before: "object")
      let object = try phrase.object()
      let context = try contextBytes(context)
      var isAllowed = true
      try await client.run { client, output in
        let body = JSONWriter.text { writer in
          writer.object {
            $0.field("principal", principal)
            $0.field("action", action)
            $0.key("resource")
            object.write(to: &$0, in: client.warehouse)
            if let context { $0.field("context", raw: context) }
            if let time = past.asOf { $0.field("as-of-ms", time) }
          }
        }
        let document = try await client.post(["governance", "v1", "policies", "why"], body).json()
        let answer = try document.object()
        isAllowed = try answer.required("decision").string() == "allow"
        try output.show(document) { try DecisionText.why(answer, withFacts: facts, isBold: $0) }
      }
      if !isAllowed { throw ExitCode(CommandExit.refused.rawValue) }
    }
  }

  struct WhoCan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "who-can", abstract: "List the users and services that may do something to an object, and by what.",
      usage: "moraine policy who-can ACTION on OBJECT [--context JSON] [--as-of DATE]")

    @Argument(help: ArgumentHelp("ACTION on OBJECT", valueName: "words"), completion: .custom(PhraseCompletion.question))
    var words: [String]
    @Option(help: ArgumentHelp("The circumstances, as Cedar writes them; the rest is assumed.", valueName: "json")) var context: String?
    @OptionGroup var past: PastOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      var phrase = Phrase(words)
      let action = try phrase.word("action")
      try phrase.skip("on", before: "object")
      let object = try phrase.object()
      let context = try contextBytes(context)
      try await client.run { client, output in
        let body = JSONWriter.text { writer in
          writer.object {
            $0.field("action", action)
            $0.key("resource")
            object.write(to: &$0, in: client.warehouse)
            if let context { $0.field("context", raw: context) }
            if let time = past.asOf { $0.field("as-of-ms", time) }
          }
        }
        var list = ListOutput(output, key: "principals", columns: [.fixed("PRINCIPAL"), .text("BY")])
        try await client.ask(["governance", "v1", "policies", "who-can"], body) { page in
          try list.page(page) { json in
            let permitted = try json.object()
            let policies = try permitted.required("policies").array().map { try DecisionText.source(try $0.object()) }
            return [try permitted.required("principal").string(), policies.joined(separator: "; ")]
          }
        }
        try list.end(none: "Nobody may.")
      }
    }
  }

  struct WhatCan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "what-can", abstract: "List what somebody may do, object by object.",
      usage: "moraine policy what-can PRINCIPAL [on OBJECT] [--as-of DATE]",
      discussion: "What depends on the circumstances is judged as for branch main, now, and with nothing said of owner or description.")

    @Argument(help: ArgumentHelp("PRINCIPAL [on OBJECT]", valueName: "words"), completion: .custom(PhraseCompletion.question))
    var words: [String]
    @OptionGroup var past: PastOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
      var phrase = Phrase(words)
      let principal = try phrase.word("principal")
      var object: ObjectName?
      if !phrase.isEmpty {
        try phrase.skip("on", before: "object")
        object = try phrase.object()
      }
      let asked = object
      try await client.run { client, output in
        let body = JSONWriter.text { writer in
          writer.object {
            $0.field("principal", principal)
            if let asked {
              $0.key("resource")
              asked.write(to: &$0, in: client.warehouse)
            }
            if let time = past.asOf { $0.field("as-of-ms", time) }
          }
        }
        var list = ListOutput(output, key: "objects", columns: [.text("OBJECT"), .text("ACTIONS")])
        try await client.ask(["governance", "v1", "policies", "what-can"], body) { page in
          try list.page(page) { json in
            let allowed = try json.object()
            let actions = try allowed.required("actions").array().map { try $0.string() }
            let name = try ObjectName(json: allowed.required("resource"))
            let warehouse = name.warehouse.map { $0 == client.warehouse || name.kind == .warehouse ? "" : " -w \($0)" } ?? ""
            return ["\(name)\(warehouse)", actions.joined(separator: " ")]
          }
        }
        try list.end(none: "\(principal) may do nothing.")
      }
    }
  }
}

/// The circumstances of a question, which must be a JSON object.
private func contextBytes(_ text: String?) throws -> [UInt8]? {
  guard let text else { return nil }
  do {
    let value = try JSONDocument(parsing: text).root
    _ = try value.object()
    return Array(text.utf8)
  } catch {
    throw CommandFailure.usage("The context is no JSON object: \(error)", hint: #"Write it as '{"branch": "main"}'."#)
  }
}

/// Decisions in words.
enum DecisionText {
  static func why(_ answer: JSONObject, withFacts: Bool, isBold: Bool) throws -> String {
    let isAllowed = try answer.required("decision").string() == "allow"
    let who = try answer.required("principal").string()
    let what = try answer.required("action").string()
    let object = try ObjectName(json: answer.required("resource"))
    let verdict = isAllowed ? "ALLOWED" : "DENIED"
    var text = TerminalText.plain("\(verdict): \(who) \(isAllowed ? "may" : "may not") \(what) on \(object)") + "\n"
    if isBold { text = "\u{1B}[1m\(text.dropLast())\u{1B}[0m\n" }
    let set = try answer.required("policy-set").object()
    let applied = Instant(milliseconds: try set.required("applied-at-ms").int64())
    text += "By policy set \(try set.required("number").int64()), in force since \(applied)\n"
    for json in try answer.required("policies").array() {
      let policy = try json.object()
      text += "\n" + TerminalText.plain("\(try policy.required("effect").string()) by \(try source(policy))") + "\n"
      if let reason = try policy.optional("reason")?.string() { text += "  " + TerminalText.plain(reason) + "\n" }
      for line in try policy.required("text").string().split(separator: "\n") { text += "    " + TerminalText.plain(String(line)) + "\n" }
    }
    for json in try answer.required("errors").array() {
      let error = try json.object()
      text += TerminalText.plain("\nSkipped policy \(try error.required("id").string()): \(try error.required("message").string())") + "\n"
    }
    text +=
      "\nCircumstances: " + TerminalText.plain(String(decoding: JSONText.compact(try answer.required("context")), as: UTF8.self)) + "\n"
    for note in try answer.required("notes").array() { text += "Note: " + TerminalText.plain(try note.string()) + "\n" }
    if withFacts { text += "\nFacts:\n" + String(decoding: JSONText.pretty(try answer.required("facts")), as: UTF8.self) + "\n" }
    return text
  }

  /// `policy analyst-read, for role:analyst`, or `read granted to team:risk on table sales.orders by alice`.
  static func source(_ policy: JSONObject) throws -> String {
    if let grant = try policy.optional("grant")?.object() {
      let object = try grant.optional("object").map { "\(try ObjectName(json: $0))" } ?? grant.required("object-name").string()
      let privilege = try grant.required("privilege").string()
      return
        "\(privilege) granted to \(try grant.required("principal").string()) on \(object) by \(try grant.required("granted-by").string())"
    }
    let audience = try policy.optional("for")?.string()
    return "policy \(try policy.required("id").string())" + (audience.map { ", for \($0)" } ?? "")
  }
}

extension CatalogClient {
  /// Asks a question whose answer comes in pages.
  fileprivate func ask(_ path: [String], _ body: [UInt8], _ page: (JSONObject) throws -> Void) async throws {
    var token = ""
    while true {
      let object = try await post(path, body, query: [("pageToken", token)]).json().object()
      try page(object)
      guard let next = try object.optional("next-page-token")?.string(), !next.isEmpty, next != token else { return }
      token = next
    }
  }
}
