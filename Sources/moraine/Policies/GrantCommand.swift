import ArgumentParser
import JSON

struct GrantCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grant", abstract: "Grant somebody a privilege on an object.",
    usage: "moraine grant PRIVILEGE on OBJECT to PRINCIPAL",
    discussion: """
      PRIVILEGE is see, read, write, define or manage. OBJECT is catalog, warehouse [NAME], zone NAME, namespace NAME, table NAME, view
      NAME, dataset NAME or model NAME. PRINCIPAL is user:NAME, service:NAME, role:NAME or team:NAME, or the name alone where only one is called so.

      A grant holds for the object and everything in it, also for what comes into it later. It follows a table that is renamed. What a
      policy forbids stays forbidden.

        moraine grant read on table sales.orders to role:analyst
        moraine grant write on zone raw to service:loader
      """)

  @Argument(help: ArgumentHelp("PRIVILEGE on OBJECT to PRINCIPAL", valueName: "words"), completion: .custom(PhraseCompletion.grant))
  var words: [String]

  @OptionGroup var client: ClientOptions

  func run() async throws {
    let phrase = try GrantPhrase(words, joinedBy: "to")
    try await client.run { client, output in
      let body = JSONWriter.text { writer in
        writer.object {
          $0.field("privilege", phrase.privilege)
          $0.field("principal", phrase.principal)
          $0.key("object")
          phrase.object.write(to: &$0, in: client.warehouse)
        }
      }
      let answer = try await client.post(["governance", "v1", "grants"], body)
      let isNew = try answer.json().object().required("changed").bool()
      let what = "\(phrase.privilege) on \(phrase.object)"
      try output.done(isNew ? "Granted \(what) to \(phrase.principal)." : "\(phrase.principal) holds \(what) already.", answer)
    }
  }
}

struct RevokeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Take a grant back.",
    usage: "moraine revoke PRIVILEGE on OBJECT from PRINCIPAL\n       moraine revoke GRANT-ID",
    discussion: "It stays in the history: `moraine grants --history` shows it. Objects and principals are written as for `moraine grant`.")

  @Argument(
    help: ArgumentHelp("PRIVILEGE on OBJECT from PRINCIPAL, or the id of a grant", valueName: "words"),
    completion: .custom(PhraseCompletion.revoke))
  var words: [String]

  @OptionGroup var client: ClientOptions

  func run() async throws {
    if words.count == 1 {
      return try await client.run { client, output in
        try output.done("Took grant \(words[0]) back.", await client.delete(["governance", "v1", "grants", words[0]]))
      }
    }
    let phrase = try GrantPhrase(words, joinedBy: "from")
    try await client.run { client, output in
      var ids: [String] = []
      let query = phrase.object.query(in: client.warehouse) + [("principal", phrase.principal), ("privilege", phrase.privilege)]
      try await client.pages(["governance", "v1", "grants"], query: query) { page in
        for grant in try page.required("grants").array() { ids.append(try grant.object().required("id").string()) }
      }
      let what = "\(phrase.privilege) on \(phrase.object)"
      guard !ids.isEmpty else {
        throw CommandFailure(
          .notFound, "\(phrase.principal) was not granted \(what)",
          hint: "What somebody has by a role, or on what it lies in, is taken back there; `moraine grants` shows it.")
      }
      for id in ids { _ = try await client.delete(["governance", "v1", "grants", id]) }
      try output.done("Took \(what) back from \(phrase.principal).")
    }
  }
}

/// `PRIVILEGE on OBJECT to PRINCIPAL`
struct GrantPhrase {
  let privilege: String
  let object: ObjectName
  let principal: String

  init(_ words: [String], joinedBy joint: String) throws {
    var phrase = Phrase(words)
    privilege = try phrase.word("privilege")
    guard PhraseCompletion.privileges.contains(privilege) else {
      throw CommandFailure.usage(
        "\"\(privilege)\" is no privilege", hint: "There are \(PhraseCompletion.privileges.joined(separator: ", ")).")
    }
    try phrase.skip("on", before: "object")
    object = try phrase.object(until: joint)
    try phrase.skip(joint, before: "principal")
    principal = try phrase.word("principal")
    try phrase.finish()
  }
}

struct GrantsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grants", abstract: "List grants: of an object, of somebody, or all.",
    usage: "moraine grants [on OBJECT] [--to PRINCIPAL] [--privilege PRIVILEGE] [--history | --as-of DATE]")

  @Argument(
    help: ArgumentHelp("on OBJECT: granted on this very object", valueName: "words"), completion: .custom(PhraseCompletion.question))
  var words: [String] = []

  @Option(help: ArgumentHelp("Granted to this very principal.", valueName: "principal")) var to: String?
  @Option(help: "see, read, write, define or manage.", completion: .list(PhraseCompletion.privileges)) var privilege: String?
  @Flag(help: "Also grants that were taken back.") var history = false
  @OptionGroup var past: PastOptions
  @OptionGroup var client: ClientOptions

  func run() async throws {
    var phrase = Phrase(words)
    var object: ObjectName?
    if !phrase.isEmpty {
      try phrase.skip("on", before: "object")
      object = try phrase.object()
    }
    try await client.run { client, output in
      var query = object?.query(in: client.warehouse) ?? []
      if let to { query.append(("principal", to)) }
      if let privilege { query.append(("privilege", privilege)) }
      if history { query.append(("history", "true")) }
      if let time = past.asOf { query.append(("as-of-ms", String(time))) }
      var columns: [TextTable.Column] = [
        .fixed("PRINCIPAL"), .fixed("PRIVILEGE"), .text("OBJECT"), .fixed("GRANTED"), .text("BY"),
      ]
      if history { columns += [.fixed("REVOKED"), .text("BY")] }
      var list = ListOutput(output, key: "grants", columns: columns + [.fixed("ID")])
      try await client.pages(["governance", "v1", "grants"], query: query) { page in
        try list.page(page) { try Self.row($0, history: history) }
      }
      try list.end(none: "There are no such grants.")
    }
  }

  private static func row(_ json: JSONValue, history: Bool) throws -> [String] {
    let grant = try json.object()
    func time(_ value: JSONValue?) throws -> String { try value.map { "\(Instant(milliseconds: try $0.int64()))" } ?? "" }
    let object = try grant.optional("object").map { "\(try ObjectName(json: $0))" }
    let gone = "\(try grant.required("object-kind").string()) \(try grant.required("object-name").string()) (gone)"
    var row = [
      try grant.required("principal").string(), try grant.required("privilege").string(), object ?? gone,
      try time(grant.required("granted-at-ms")), try grant.required("granted-by").string(),
    ]
    if history { row += [try time(grant.optional("revoked-at-ms")), try grant.optional("revoked-by")?.string() ?? ""] }
    return row + [try grant.required("id").string()]
  }
}
