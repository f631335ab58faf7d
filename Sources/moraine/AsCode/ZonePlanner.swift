import Governance
import JSON

/// Zones, their rules and who answers for them.
struct ZonePlanner: SectionPlanner {
  private static func path(_ client: CatalogClient) -> [String] { ["governance", "v1", "warehouses", client.warehouse, "zones"] }

  func list(_ client: CatalogClient) async throws -> [String: JSONValue] {
    try await pages(client, Self.path(client), key: "zones") { try $0.required("name").string() }
  }

  func plan(_ declaration: Declaration, _ present: JSONValue?, _ client: CatalogClient) async throws -> PlannedChange? {
    let name = declaration.name
    let there = try present?.object()
    let before = (
      kind: try there?.required("kind").string(), description: try there?.required("description").string(),
      isDefault: try there?.required("is-default").bool() ?? false
    )
    let kind = try declaration.text("kind")
    guard let kindName = kind ?? before.kind, let known = Zone.Kind(rawValue: kindName) else {
      let kinds = Zone.Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw declaration.failure("A zone has a kind: \(kinds)", at: "kind")
    }
    let description = try declaration.text("description")
    let isDefault = try declaration.reading { try $0.optional("default")?.bool() } ?? false
    let standing = try there.map { try ZoneRules(json: $0.required("rules")) } ?? ZoneRules.standard(for: known)
    let rules = try declaration.reading { try $0.optional("rules").map { try standing.changed(by: $0) } }
    var fields = FieldChanges()
    if there != nil { fields.note("kind", before.kind, kind) }
    fields.note("description", before.description, description)
    if isDefault { fields.note("default", before.isDefault ? "yes" : "no", "yes") }
    let hasOtherRules = rules.map { $0 != standing } ?? false
    if let rules, hasOtherRules { fields.note("rules", Self.text(standing), Self.text(rules)) }
    let isChanged = !fields.isEmpty
    let owners = try await OwnersPlan(
      declaration, of: ObjectName(["zone", name]), isThere: there != nil, into: &fields, client)
    guard there == nil || !fields.isEmpty else { return nil }
    let isNew = there == nil
    return PlannedChange(kind: isNew ? .add : .change, title: declaration.title, details: fields.details) { client in
      let body = object {
        if isNew { $0.field("name", name) }
        if isNew || kind != nil { $0.field("kind", kindName) }
        if let description { $0.field("description", description) }
        if isDefault { $0.field("is-default", true) }
        if let rules, hasOtherRules { $0.field("rules", rules) }
      }
      if isNew {
        _ = try await client.post(Self.path(client), body)
      } else if isChanged {
        _ = try await client.post(Self.path(client) + [name], body)
      }
      try await owners.make(client)
    }
  }

  private static func text(_ rules: ZoneRules) -> String { String(decoding: rules.jsonText, as: UTF8.self) }
}
