import Catalog
package import CatalogStore
package import JSON
import Postgres

/// Grants: privileges on an object, for somebody.
struct GrantController: Sendable {
  let catalog: Catalog

  func listGrants(_ call: Call) async throws -> Reply {
    var filter = GrantFilter(object: try AccessObject(query: call))
    if let principal = try call.query("principal"), !principal.isEmpty { filter.grantee = GranteeName(principal) }
    if let privilege = try call.query("privilege"), !privilege.isEmpty { filter.privilege = try Self.privilege(privilege) }
    if let time = try call.asOf { filter.time = .at(time) }
    if try call.flag("history") {
      guard filter.time == .now else { throw CatalogError.badRequest("history and as-of-ms exclude each other") }
      filter.time = .ever
    }
    let page = try await catalog.listGrants(filter, call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("grants", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func grantPrivilege(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let outcome = try await catalog.grant(
      Self.privilege(object.required("privilege").string()), to: GranteeName(object.required("principal").string()),
      on: AccessObject(json: object.required("object")), call.context, answer: { Self.answer($0, isNew: true) })
    if !outcome.isNew, let earlier = try await call.earlierAnswer(of: catalog) { return earlier }
    return Reply(json: Self.answer(outcome.grant, isNew: outcome.isNew))
  }

  private static func answer(_ grant: StoredGrant, isNew: Bool) -> [UInt8] {
    JSONWriter.text { writer in
      writer.object {
        $0.field("changed", isNew)
        $0.field("grant", grant)
      }
    }
  }

  func revokeGrant(_ call: Call) async throws -> Reply {
    let text = try call.parameter("grant")
    guard let id = PostgresUUID(text) else { throw CatalogError.badRequest("\"\(text)\" is no id of a grant; it must be a UUID") }
    try await catalog.revokeGrant(GrantID(id), call.context)
    return .noContent
  }

  private static func privilege(_ text: String) throws -> Privilege {
    guard let privilege = Privilege(rawValue: text) else {
      let known = Privilege.allCases.map(\.rawValue).joined(separator: ", ")
      throw CatalogError.badRequest("\"\(text)\" is no privilege; there are \(known)")
    }
    return privilege
  }
}

extension StoredGrant: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id.description)
      $0.field("principal", grantee.description)
      $0.field("privilege", privilege.rawValue)
      if let object { $0.field("object", object) }
      $0.field("object-kind", objectKind)
      $0.field("object-name", objectName)
      $0.field("granted-by", grantedBy)
      $0.field("granted-at-ms", grantedAt.milliseconds)
      if let revokedBy { $0.field("revoked-by", revokedBy) }
      if let revokedAt { $0.field("revoked-at-ms", revokedAt.milliseconds) }
    }
  }
}
