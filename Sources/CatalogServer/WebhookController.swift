import Catalog
package import CatalogStore
package import JSON
import Postgres
import Webhooks

/// Webhooks: who is told of events over HTTP. A secret is in one answer, its first, and nowhere else.
struct WebhookController: Sendable {
  let catalog: Catalog

  func listWebhooks(_ call: Call) async throws -> Reply {
    let page = try await catalog.listWebhooks(call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("webhooks", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func createWebhook(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let filter = EventFilter(
      actions: try object.optional("actions").map(Self.actions) ?? [], object: try object.optional("object").map(AccessObject.init(json:)))
    let (webhook, secret) = try await catalog.createWebhook(
      object.required("name").string(), url: object.required("url").string(), filter,
      isEnabled: object.optional("is-enabled")?.bool() ?? true, after: object.optional("after")?.int64(), call.context,
      answer: { $0.jsonText })
    return Reply(showing: secret.revealed, as: "secret") { webhook.writeMembers(to: &$0) }
  }

  func loadWebhook(_ call: Call) async throws -> Reply { Reply(try await catalog.loadWebhook(call.parameter("webhook"), call.context)) }

  func updateWebhook(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    var change = WebhookChange()
    change.url = try object.optional("url")?.string()
    change.actions = try object.optional("actions").map(Self.actions)
    // `null` is every object.
    change.object = try object["object"].map { try $0.isNull ? nil : AccessObject(json: $0) }
    change.isEnabled = try object.optional("is-enabled")?.bool()
    change.after = try object.optional("after")?.int64()
    return Reply(
      try await catalog.updateWebhook(call.parameter("webhook"), change, call.context, answer: { $0.jsonText }))
  }

  func dropWebhook(_ call: Call) async throws -> Reply {
    try await catalog.dropWebhook(call.parameter("webhook"), call.context)
    return .noContent
  }

  func listDeliveries(_ call: Call) async throws -> Reply {
    let attempts = try await catalog.listDeliveries(
      of: call.parameter("webhook"), limit: call.number("limit", 1...200) ?? 50, call.context)
    return Reply(json: JSONWriter.text { writer in writer.object { $0.field("deliveries", attempts) } })
  }

  func pingWebhook(_ call: Call) async throws -> Reply {
    Reply(try await catalog.pingWebhook(call.parameter("webhook"), call.context))
  }

  private static func actions(_ json: JSONValue) throws -> Set<String> {
    Set(try json.array().map { try CatalogAction(named: $0.string()).rawValue })
  }
}

extension StoredWebhook: JSONEncodable {
  package func write(to writer: inout JSONWriter) { writer.object { writeMembers(to: &$0) } }

  func writeMembers(to writer: inout JSONWriter) {
    writer.field("id", id.description)
    writer.field("name", name)
    writer.field("url", url)
    writer.field("actions", filter.actions.sorted())
    if let object = filter.object { writer.field("object", object) }
    writer.field("is-enabled", isEnabled)
    writer.field("after", progress.after)
    if let paused = progress.pausedAt { writer.field("paused-at-ms", paused.milliseconds) }
    if let failing = progress.failingSince { writer.field("failing-since-ms", failing.milliseconds) }
    writer.field("failed-attempts", progress.attempts)
    if let error = progress.lastError { writer.field("last-error", error) }
    writer.field("version", version)
    writer.field("created-at-ms", createdAt.milliseconds)
  }
}

extension WebhookAttempt: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("event-id", event.description)
      if let place { $0.field("place", place) }
      $0.field("attempted-at-ms", time.milliseconds)
      $0.field("duration-ms", durationMs)
      $0.field("accepted", error == nil)
      if let status { $0.field("status", status) }
      if let error { $0.field("error", error) }
    }
  }
}
