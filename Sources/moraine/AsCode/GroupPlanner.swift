import JSON

/// Teams and roles, and who is in them.
struct GroupPlanner: SectionPlanner {
  let kind: String

  private static let path = ["management", "v1", "principals"]

  func list(_ client: CatalogClient) async throws -> [String: JSONValue] {
    try await pages(client, Self.path, key: "principals", query: [("kind", kind)]) { try $0.required("name").string() }
  }

  func plan(_ declaration: Declaration, _ present: JSONValue?, _ client: CatalogClient) async throws -> PlannedChange? {
    let (name, kind) = (declaration.name, kind)
    let description = try declaration.text("description")
    let members = try declaration.people("members")
    var there: [String] = []
    if present != nil, members != nil {
      try await client.pages(Self.path + [kind, name, "members"]) { page in
        for member in try page.required("principals").array() {
          let member = try member.object()
          there.append("\(try member.required("kind").string()):\(try member.required("name").string())")
        }
      }
    }
    var fields = FieldChanges()
    let isDescribed = fields.note("description", try present?.object().required("description").string(), description)
    let (added, removed) = fields.note("members", there, members)
    guard present == nil || !fields.isEmpty else { return nil }
    let isNew = present == nil
    return PlannedChange(kind: isNew ? .add : .change, title: declaration.title, details: fields.details) { client in
      if isNew {
        _ = try await client.post(
          Self.path,
          object {
            $0.field("kind", kind)
            $0.field("name", name)
            $0.field("description", description ?? "")
          })
      } else if isDescribed, let description {
        _ = try await client.post(Self.path + [kind, name], object { $0.field("description", description) })
      }
      for member in added.compactMap(PrincipalName.init(argument:)) {
        _ = try await client.post(
          Self.path + [kind, name, "members"],
          object {
            $0.field("kind", member.kind)
            $0.field("name", member.name)
          })
      }
      for member in removed.compactMap(PrincipalName.init(argument:)) {
        _ = try await client.delete(Self.path + [kind, name, "members", member.kind, member.name])
      }
    }
  }
}

/// A JSON object.
func object(_ members: (inout JSONWriter) -> Void) -> [UInt8] { JSONWriter.text { $0.object(members) } }
