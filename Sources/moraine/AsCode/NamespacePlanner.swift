import ArgumentParser
import JSON

/// Namespaces: made where they are not there, described, and given to who answers for them.
struct NamespacePlanner: SectionPlanner {
  func plan(_ declaration: Declaration, _: JSONValue?, _ client: CatalogClient) async throws -> PlannedChange? {
    let name: NamespaceName
    do { name = try NamespaceName(parsing: declaration.name) } catch let error as ValidationError {
      throw declaration.failure(error.message)
    }
    var properties: [String: String]?
    do {
      properties = try await client.get(client.path(name)).json().object().required("properties").object().strings()
    } catch let failure as CommandFailure where failure.exit == .notFound {
      properties = nil
    }
    let description = try declaration.text("description")
    let isNew = properties == nil
    var fields = FieldChanges()
    let isDescribed = fields.note("description", properties?["comment"], description)
    let owners = try await OwnersPlan(
      declaration, of: ObjectName(["namespace", declaration.name]), isThere: !isNew, into: &fields, client)
    guard isNew || !fields.isEmpty else { return nil }
    return PlannedChange(kind: isNew ? .add : .change, title: declaration.title, details: fields.details) { client in
      let comment = description.map { ["comment": $0] } ?? [:]
      if isNew {
        _ = try await client.post(
          client.path("namespaces"),
          object {
            $0.field("namespace", name.levels)
            $0.field("properties", comment)
          })
      } else if isDescribed {
        _ = try await client.post(client.path(name, "properties"), object { $0.field("updates", comment) })
      }
      try await owners.make(client)
    }
  }
}
