import Catalog
package import CatalogStore
import HTTPTypes
import Identity
package import JSON
import Postgres

/// OAuth2 clients of services, and the caller's own personal access tokens. A secret is in one answer, its first, and nowhere else.
struct CredentialController: Sendable {
  let catalog: Catalog

  // MARK: Clients

  func listClients(_ call: Call) async throws -> Reply {
    let page = try await catalog.listClients(call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("clients", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func createClient(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let service = try object.required("service").string()
    let (client, secret) = try await catalog.createClient(
      object.optional("id")?.string() ?? service, of: service, call.context, answer: { $0.jsonText })
    return Reply(showing: secret.revealed, as: "secret") { client.writeMembers(to: &$0) }
  }

  func loadClient(_ call: Call) async throws -> Reply { Reply(try await catalog.loadClient(call.parameter("client"), call.context)) }

  func updateClient(_ call: Call) async throws -> Reply {
    let isEnabled = try call.json.object().required("is-enabled").bool()
    return Reply(
      try await catalog.updateClient(call.parameter("client"), isEnabled: isEnabled, call.context, answer: { $0.jsonText }))
  }

  func dropClient(_ call: Call) async throws -> Reply {
    try await catalog.dropClient(call.parameter("client"), call.context)
    return .noContent
  }

  func addClientSecret(_ call: Call) async throws -> Reply {
    let (secret, revealed) = try await catalog.addSecret(to: call.parameter("client"), call.context, answer: { $0.jsonText })
    return Reply(showing: revealed.revealed, as: "secret") { secret.writeMembers(to: &$0) }
  }

  func dropClientSecret(_ call: Call) async throws -> Reply {
    try await catalog.dropSecret(call.parameter("secret"), of: call.parameter("client"), call.context)
    return .noContent
  }

  // MARK: Personal access tokens

  func listTokens(_ call: Call) async throws -> Reply {
    let page = try await catalog.listTokens(call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("tokens", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func createToken(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let seconds = try object.optional("lifetime-seconds")?.int32() ?? 30 * 86_400
    let (token, revealed) = try await catalog.createToken(
      description: object.optional("description")?.string() ?? "", lifetime: .seconds(Int64(seconds)), call.context,
      answer: { $0.jsonText })
    return Reply(showing: revealed.revealed, as: "token") { token.writeMembers(to: &$0) }
  }

  func revokeToken(_ call: Call) async throws -> Reply {
    try await catalog.revokeToken(call.parameter("token"), call.context)
    return .noContent
  }
}

extension Reply {
  /// An answer with a secret in it, which nothing on its way may keep.
  init(showing secret: String, as key: StaticString, _ members: (inout JSONWriter) -> Void) {
    self.init(
      json: JSONWriter.text { writer in
        writer.object {
          members(&$0)
          $0.field(key, secret)
        }
      })
    headers[.cacheControl] = "no-store"
  }
}

extension StoredClient: JSONEncodable {
  package func write(to writer: inout JSONWriter) { writer.object { writeMembers(to: &$0) } }

  fileprivate func writeMembers(to writer: inout JSONWriter) {
    writer.field("id", id)
    writer.field("service", service)
    writer.field("is-enabled", isEnabled)
    writer.field("secrets", secrets)
    writer.field("created-at-ms", createdAt.milliseconds)
  }
}

extension StoredClient.Secret: JSONEncodable {
  package func write(to writer: inout JSONWriter) { writer.object { writeMembers(to: &$0) } }

  fileprivate func writeMembers(to writer: inout JSONWriter) {
    writer.field("id", id.description)
    writer.field("created-at-ms", createdAt.milliseconds)
  }
}

extension StoredPersonalAccessToken: JSONEncodable {
  package func write(to writer: inout JSONWriter) { writer.object { writeMembers(to: &$0) } }

  fileprivate func writeMembers(to writer: inout JSONWriter) {
    writer.field("id", id)
    writer.field("description", description)
    writer.field("created-at-ms", createdAt.milliseconds)
    writer.field("expires-at-ms", expiresAt.milliseconds)
  }
}
