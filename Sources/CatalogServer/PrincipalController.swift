import Catalog
package import CatalogStore
import Identity
package import JSON
import Postgres

/// Users, services, roles and teams, and who is in which.
struct PrincipalController: Sendable {
  let catalog: Catalog

  func listPrincipals(_ call: Call) async throws -> Reply {
    var kind: StoredPrincipal.Kind?
    if let text = try call.query("kind"), !text.isEmpty {
      kind = try Self.kind(text) ?? { throw CatalogError.badRequest("The query parameter kind is \"\(text)\"; it may be \(Self.kinds)") }()
    }
    return Reply(principals: try await catalog.listPrincipals(of: kind, call.page, call.context))
  }

  func createPrincipal(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let stored = try await catalog.createPrincipal(
      Self.reference(object), description: object.optional("description")?.string() ?? "",
      cleared: object.optional("cleared").map(Self.texts) ?? [], call.context, answer: { $0.jsonText })
    return Reply(stored)
  }

  func loadPrincipal(_ call: Call) async throws -> Reply {
    Reply(try await catalog.loadPrincipal(Self.named(by: call), call.context))
  }

  func updatePrincipal(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let change = PrincipalChange(
      description: try object.optional("description")?.string(), cleared: try object.optional("cleared").map(Self.texts),
      isEnabled: try object.optional("is-enabled")?.bool())
    return Reply(try await catalog.updatePrincipal(Self.named(by: call), change, call.context, answer: { $0.jsonText }))
  }

  func dropPrincipal(_ call: Call) async throws -> Reply {
    try await catalog.dropPrincipal(Self.named(by: call), call.context)
    return .noContent
  }

  // MARK: Members

  func listMembers(_ call: Call) async throws -> Reply {
    Reply(principals: try await catalog.listMembers(of: Self.named(by: call), call.page, call.context))
  }

  func addMember(_ call: Call) async throws -> Reply {
    let group = try Self.named(by: call)
    let member = try Self.reference(call.json.object())
    let answer = JSONWriter.text { writer in
      writer.object {
        $0.field("group", group)
        $0.field("member", member)
      }
    }
    try await catalog.addMember(member, to: group, call.context, answer: answer)
    return Reply(json: answer)
  }

  func removeMember(_ call: Call) async throws -> Reply {
    let member = try Self.named(by: call, kind: "member-kind", name: "member")
    try await catalog.removeMember(member, from: Self.named(by: call), call.context)
    return .noContent
  }

  // MARK: The caller

  func whoAmI(_ call: Call) async throws -> Reply {
    let caller = call.context.caller
    let groups = try await catalog.groupsOfCaller(call.context)
    let kind =
      switch caller.authority {
      case .server, .anonymous: "anonymous"
      case .principal(let kind): kind.rawValue
      }
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("kind", kind)
          $0.field("name", caller.name)
          $0.field("roles", groups.filter { $0.kind == .role }.map(\.name))
          $0.field("teams", groups.filter { $0.kind == .team }.map(\.name))
          $0.field("token-groups", caller.groups)
        }
      })
  }

  // MARK: Names

  private static let kinds = "user, service, role or team"

  private static func kind(_ text: String) throws -> StoredPrincipal.Kind? { StoredPrincipal.Kind(rawValue: text) }

  private static func named(by call: Call, kind: String = "kind", name: String = "principal") throws -> PrincipalReference {
    let text = try call.parameter(kind)
    guard let kind = StoredPrincipal.Kind(rawValue: text) else {
      throw CatalogError.badRequest("\"\(text)\" is no kind of principal; there are \(kinds)")
    }
    return PrincipalReference(kind, try call.parameter(name))
  }

  private static func reference(_ object: JSONObject) throws -> PrincipalReference {
    let kind = try object.required("kind")
    guard let known = StoredPrincipal.Kind(rawValue: try kind.string()) else {
      throw kind.invalid("No kind of principal; there are \(kinds)")
    }
    return PrincipalReference(known, try object.required("name").string())
  }

  private static func texts(_ json: JSONValue) throws -> [String] { try json.array().map { try $0.string() } }
}

extension Reply {
  fileprivate init(principals page: Page<StoredPrincipal>) {
    self.init(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("principals", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }
}

extension PrincipalReference: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("kind", kind.rawValue)
      $0.field("name", name)
    }
  }
}

extension StoredPrincipal: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("id", id.description)
      $0.field("kind", reference.kind.rawValue)
      $0.field("name", reference.name)
      $0.field("description", description)
      $0.field("cleared", cleared)
      $0.field("is-enabled", isEnabled)
      $0.field("version", version)
      $0.field("created-at-ms", createdAt.milliseconds)
    }
  }
}
