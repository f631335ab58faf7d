import ArgumentParser
import JSON
import TransparencyLog

extension AuditCommand {
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show one event: who, what, when, on what, how it stood before and after, and what decided.",
      discussion: """
        The leaf hash is computed here, from the event's text. `moraine audit proof` shows that the event is in the log.

          moraine audit show 4711
          moraine audit show 019a2f3e-8a52-7c3e-9d1b-0c7f5a1e2b3c
        """)

    @Argument(help: "Place or id of the event.") var event: String
    @OptionGroup var client: ClientOptions

    func run() async throws {
      try await client.run { client, output in
        let document = try await client.get(TrailRow.path + [id(client)]).json()
        let answer = try document.object()
        let text = Array(try answer.required("canonical").string().utf8)
        let isIntact = try Self.digits(LeafHash.of(text)) == answer.required("leaf-hash").string()
        try output.show(document) { try Self.page(answer, text, isIntact: isIntact, isBold: $0) }
        guard isIntact else {
          throw CommandFailure(
            .failure, "The event's text is not the one that its leaf hash was taken of",
            hint: "`moraine audit verify` tells what was changed.")
        }
      }
    }

    /// The event's id, looked up if its place was given.
    private func id(_ client: CatalogClient) async throws -> String {
      guard let place = Int64(event), place >= 0 else { return event }
      let page = try await client.get(TrailRow.path, query: [("after", String(place - 1)), ("limit", "1")]).json().object()
      guard let found = Array(try page.required("events").array()).first, case let found = try found.object(),
        try found.required("place").int64() == place, let id = try found.optional("id")?.string()
      else { throw CommandFailure(.notFound, "No event with the place \(place) is indexed") }
      return id
    }

    private static func digits(_ bytes: [UInt8]) -> String {
      bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func page(_ answer: JSONObject, _ text: [UInt8], isIntact: Bool, isBold: Bool) throws -> String {
      let event = try JSONDocument(parsing: text).root.object()
      let (id, leaf) = (try answer.required("id").string(), try answer.required("leaf-hash").string())
      var sheet = FactSheet(isBold: isBold)
      sheet.add("Event", id)
      sheet.add("Time", try TrailRow.time(event.required("time-us")))
      sheet.add("Who", try event.required("principal").string())
      sheet.add("What", try event.required("action").string())
      sheet.add("On", try TrailRow.object(event.required("object")))
      sheet.add("Request", try event.required("request-id").string())
      try decision(event, answer, &sheet)
      if let after = event.optional("after") {
        let before = event.optional("before")
        sheet.add(
          "Before → after", lines: EventDifference.lines(from: before, to: after).map(TerminalText.plain))
      }
      if let read = try event.optional("read")?.object() { sheet.add("Read", properties: read.texts) }
      if let place = try answer.optional("place")?.int64() {
        sheet.add("Place", String(place))
        let size = try answer.optional("checkpoint")?.int64()
        sheet.add("Checkpoint", size.map { "of \($0) events covers it" } ?? "none covers it yet")
      } else {
        sheet.add("Place", "not given yet")
      }
      sheet.add("Leaf hash", leaf + (isIntact ? "" : ", which is not that of the text"))
      sheet.add("Receipt", "\(id) \(leaf)")
      sheet.add("Proof", "moraine audit proof \(id)")
      return sheet.text
    }

    /// What was decided, and by what.
    private static func decision(_ event: JSONObject, _ answer: JSONObject, _ sheet: inout FactSheet) throws {
      let isDenied = try event.required("decision").string() == "deny"
      let asked = try event.optional("asked")?.string()
      sheet.add("Decision", (isDenied ? "denied" : "allowed") + (asked.map { ", asked for \($0)" } ?? ""))
      if let isTold = try event.optional("told")?.bool() {
        sheet.add("Told", isTold ? "yes" : "no: the object was not there for who asked")
      }
      if let reason = try event.optional("reason")?.string() { sheet.add("Reason", reason) }
      if let digest = try event.optional("policy-set")?.string() {
        let number = try answer.optional("policy-set-number")?.int64()
        sheet.add("Policy set", (number.map { "\($0), " } ?? "") + digest)
      }
      if let policies = try event.optional("policies")?.array().map({ try $0.string() }) {
        let reasons = try answer.required("reasons").object().strings()
        sheet.add(
          "Policies that denied",
          lines: policies.isEmpty
            ? ["none: no policy permits it"]
            : policies.map { TerminalText.plain($0 + (reasons[$0].map { ": \($0)" } ?? "")) })
      }
      let errors = try event.optional("errors")?.array().map { TerminalText.plain(try $0.string()) } ?? []
      if !errors.isEmpty { sheet.add("Errors", lines: errors) }
    }
  }
}

/// What of an object is different, member by member.
enum EventDifference {
  /// `- member: old` and `+ member: new`, members of members with dots; what is the same is left out.
  static func lines(from old: JSONValue?, to new: JSONValue?) -> [String] {
    lines(old, new, at: "")
  }

  private static func lines(_ old: JSONValue?, _ new: JSONValue?, at path: String) -> [String] {
    let (oldMembers, newMembers) = (members(old), members(new))
    // Of a thing that came or went, each member is told.
    if let names = oldMembers ?? newMembers, old == nil || oldMembers != nil, new == nil || newMembers != nil {
      var keys = names.map(\.key)
      keys += (newMembers ?? []).map(\.key).filter { !keys.contains($0) }
      if keys.isEmpty, path.isEmpty { return [] }
      if !keys.isEmpty {
        return keys.flatMap { key in
          lines(value(key, oldMembers), value(key, newMembers), at: path.isEmpty ? key : "\(path).\(key)")
        }
      }
    }
    let (oldText, newText) = (old.map(text), new.map(text))
    guard oldText != newText else { return [] }
    return (oldText.map { ["- \(path): \($0)"] } ?? []) + (newText.map { ["+ \(path): \($0)"] } ?? [])
  }

  private static func members(_ value: JSONValue?) -> [(key: String, value: JSONValue)]? {
    (try? value?.object())?.map { (key: $0.key, value: $0.value) }
  }

  private static func value(_ key: String, _ members: [(key: String, value: JSONValue)]?) -> JSONValue? {
    members?.first { $0.key == key }?.value
  }

  /// A string as it is, anything else as JSON.
  private static func text(_ value: JSONValue) -> String {
    (try? value.string()) ?? String(decoding: JSONText.compact(value), as: UTF8.self)
  }
}
