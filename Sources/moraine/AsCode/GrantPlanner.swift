import JSON

/// Grants, written as on the command line: `read on table sales.orders to role:analyst`.
struct GrantPlanner: SectionPlanner {
  private static let path = ["governance", "v1", "grants"]

  func list(_ client: CatalogClient) async throws -> [String: JSONValue] {
    try await pages(client, Self.path, key: "grants") { grant in
      guard let object = grant.optional("object") else { return try grant.required("id").string() }
      let name = try ObjectName(json: object)
      // Of another warehouse: not what these files are about.
      if let warehouse = name.warehouse, warehouse != client.warehouse { return try grant.required("id").string() }
      return "\(try grant.required("privilege").string()) on \(name) to \(try grant.required("principal").string())"
    }
  }

  func plan(_ declaration: Declaration, _ present: JSONValue?, _ client: CatalogClient) async throws -> PlannedChange? {
    guard present == nil else { return nil }
    let phrase = try GrantPhrase(declaration.name.split(separator: " ").map(String.init), joinedBy: "to")
    let principal = try declaration.person(phrase.principal, at: "principal")
    return PlannedChange(kind: .add, title: declaration.title, details: []) { client in
      let body = object {
        $0.field("privilege", phrase.privilege)
        $0.field("principal", principal)
        $0.key("object")
        phrase.object.write(to: &$0, in: client.warehouse)
      }
      _ = try await client.post(Self.path, body)
    }
  }

  func removal(of name: String, _ present: JSONValue?, _: CatalogClient) -> PlannedChange? {
    // What lies elsewhere, or is gone, is listed under its id.
    guard name.contains(" on "), let id = try? present?.object().required("id").string() else { return nil }
    return PlannedChange(kind: .remove, title: "grant \(name)", details: []) { _ = try await $0.delete(Self.path + [id]) }
  }
}

extension GrantPhrase {
  /// A grant as all ways to write it come to.
  static func normal(_ json: JSONValue) throws -> String {
    let text = try json.string()
    do {
      let phrase = try GrantPhrase(text.split(separator: " ").map(String.init), joinedBy: "to")
      return "\(phrase.privilege) on \(phrase.object) to \(phrase.principal)"
    } catch {
      throw json.invalid("\"\(text)\" is no grant; write: PRIVILEGE on OBJECT to KIND:NAME, as in read on zone curated to role:analyst")
    }
  }
}
