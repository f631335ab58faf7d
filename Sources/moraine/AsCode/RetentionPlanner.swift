import Governance
import JSON

/// A retention rule as files say it: the rule, and what it is for.
struct DeclaredRetention: Sendable {
  enum Scope: Hashable, Sendable {
    case object(ObjectName)
    /// `key` or `key=value`
    case tag(String)
  }

  let rule: RetentionRule
  let scope: Scope

  /// - Throws: a failure that names file, line and key.
  init(_ declaration: Declaration, _ warehouse: String) throws {
    guard RetentionRule.isName(declaration.name) else { throw declaration.failure("\(RetentionRule.nameRule) as the rule's name") }
    rule = try declaration.reading { _ in
      try RetentionRule(name: declaration.name, json: declaration.json, beside: ["for", "tag"])
    }
    switch (try declaration.text("for"), try declaration.text("tag")) {
    case (let object?, nil):
      let name: ObjectName
      do { name = try ObjectName(object.split(separator: " ", maxSplits: 1).map(String.init)) } catch let failure as CommandFailure {
        throw declaration.failure(failure.message, at: "for")
      }
      guard name.warehouse == nil || name.warehouse == warehouse else {
        throw declaration.failure("The files are about the warehouse \(warehouse); apply rules of another one there", at: "for")
      }
      scope = .object(try name.withinItsWarehouse)
    case (nil, let tag?): scope = .tag(tag)
    default: throw declaration.failure("A retention rule says what it is for: for (zone raw, table raw.loans, …) or tag (key=value)")
    }
  }

  /// Of the server's list; `nil` for what is for another warehouse, or for something that is gone.
  init?(stored: JSONObject, _ warehouse: String) throws {
    rule = try RetentionRule(json: stored.required("rule"))
    if let object = stored.optional("object") {
      let name = try ObjectName(json: object)
      guard name.warehouse == nil || name.warehouse == warehouse else { return nil }
      scope = .object(try name.withinItsWarehouse)
    } else if let tag = try stored.optional("tag")?.object() {
      let value = try tag.optional("value")?.string()
      scope = .tag(try tag.required("key").string() + (value.map { "=" + $0 } ?? ""))
    } else {
      return nil
    }
  }

  var scopeText: String {
    switch scope {
    case .object(let name): "\(name)"
    case .tag(let tag): "tag \(tag)"
    }
  }

  /// As files have it.
  func write(to writer: inout JSONWriter) {
    switch scope {
    case .object(let name): writer.field("for", "\(name)")
    case .tag(let tag): writer.field("tag", tag)
    }
    rule.write(withoutNameTo: &writer)
  }

  /// As the server wants it.
  func body(_ warehouse: String) -> [UInt8] {
    object { writer in
      writer.field("rule", rule)
      switch scope {
      case .object(let name):
        writer.key("object")
        name.write(to: &writer, in: warehouse)
      case .tag(let tag):
        let parts = tag.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        writer.field(
          "tag",
          object: {
            $0.field("key", parts.first ?? "")
            if parts.count == 2 { $0.field("value", parts[1]) }
          })
      }
    }
  }
}

/// How long things are kept. A rule is declared whole: what its declaration leaves out, it has not.
struct RetentionPlanner: SectionPlanner {
  func list(_ client: CatalogClient) async throws -> [String: JSONValue] {
    try await pages(client, RetentionCommand.path("rules"), key: "rules") { try $0.required("rule").object().required("name").string() }
  }

  func plan(_ declaration: Declaration, _ present: JSONValue?, _ client: CatalogClient) async throws -> PlannedChange? {
    let wanted = try DeclaredRetention(declaration, client.warehouse)
    let there = try present.flatMap { try DeclaredRetention(stored: $0.object(), client.warehouse) }
    guard present == nil || there != nil else {
      throw declaration.failure("The rule \(declaration.name) holds for something else, in another warehouse or gone; use another name")
    }
    var fields = FieldChanges()
    fields.note("for", there?.scopeText, wanted.scopeText)
    for (name, value) in [
      ("trigger", { $0.trigger.rawValue }), ("minimum", { $0.minimum.map(DurationText.text) ?? "" }),
      ("maximum", { $0.maximum.map(DurationText.text) ?? "" }),
      ("then", { $0.maximum == nil ? "" : $0.outcome.rawValue }), ("description", \.description),
    ] as [(String, (RetentionRule) -> String)] {
      fields.note(name, there.map { value($0.rule) }, value(wanted.rule))
    }
    guard !fields.isEmpty else { return nil }
    return PlannedChange(kind: present == nil ? .add : .change, title: declaration.title, details: fields.details) { client in
      _ = try await client.post(RetentionCommand.path("rules"), wanted.body(client.warehouse))
    }
  }

  func removal(of name: String, _ present: JSONValue?, _ client: CatalogClient) throws -> PlannedChange? {
    guard let present, try DeclaredRetention(stored: present.object(), client.warehouse) != nil else { return nil }
    return PlannedChange(kind: .remove, title: "retention rule \(name)", details: ["what only it keeps may go"]) {
      _ = try await $0.delete(RetentionCommand.path("rules", name))
    }
  }
}

extension ObjectName {
  /// As files say it: their warehouse is that of the command.
  fileprivate var withinItsWarehouse: ObjectName {
    get throws { try ObjectName(kind == .warehouse ? ["warehouse"] : "\(self)".split(separator: " ", maxSplits: 1).map(String.init)) }
  }
}
