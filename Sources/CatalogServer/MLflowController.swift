package import Catalog
package import CatalogStore
package import JSON
import Postgres

/// Servers of MLflow whose model versions are taken over.
struct MLflowController: Sendable {
  let catalog: Catalog

  func listMLflowServers(_ call: Call) async throws -> Reply {
    let page = try await catalog.listMLflowServers(call.page, call.context)
    return Reply(
      json: JSONWriter.text { writer in
        writer.object {
          $0.field("servers", page.elements)
          $0.nextPageToken(page.next)
        }
      })
  }

  func createMLflowServer(_ call: Call) async throws -> Reply {
    let object = try call.json.object()
    let request = MLflowServerRequest(
      name: try object.required("name").string(), trackingURL: try object.required("tracking-url").string(),
      registryURL: try object.optional("registry-url")?.string(), workspace: try object.optional("workspace")?.string(),
      models: try object.optional("models")?.array().map { try $0.string() } ?? [],
      principal: GranteeName(try object.required("principal").string()),
      owner: try object.optional("owner").map { GranteeName(try $0.string()) },
      tier: try object.optional("risk-tier").map { try $0.word(RiskTier.self, "risk tier") } ?? .limited,
      secretName: try object.optional("secret-name")?.string())
    return Reply(try await catalog.createMLflowServer(request, call.context, answer: { $0.jsonText }))
  }

  func loadMLflowServer(_ call: Call) async throws -> Reply {
    Reply(try await catalog.loadMLflowServer(call.parameter("server"), call.context))
  }

  func dropMLflowServer(_ call: Call) async throws -> Reply {
    try await catalog.dropMLflowServer(call.parameter("server"), call.context)
    return .noContent
  }

  func pollMLflowServer(_ call: Call) async throws -> Reply {
    try await catalog.pollMLflowServer(
      call.parameter("server"), all: call.json.object().optional("all")?.bool() ?? false, call.context)
    return .noContent
  }
}

extension ListedMLflowServer: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("name", server.name)
      $0.field("tracking-url", server.trackingURL)
      if let url = server.registryURL { $0.field("registry-url", url) }
      if let workspace = server.workspace { $0.field("workspace", workspace) }
      $0.field("models", server.models)
      $0.field("principal", server.principal)
      $0.field("owner", server.owner)
      $0.field("risk-tier", server.tier.rawValue)
      if let name = server.secretName { $0.field("secret-name", name) }
      $0.field("created-by", server.createdBy)
      $0.field("created-at-ms", server.createdAt.milliseconds)
      if let time = progress.polledAt { $0.field("polled-at-ms", time.milliseconds) }
      if let time = progress.nextPollAt { $0.field("next-poll-at-ms", time.milliseconds) }
      if let time = progress.failingSince { $0.field("failing-since-ms", time.milliseconds) }
      if let time = progress.failedAt { $0.field("failed-at-ms", time.milliseconds) }
      if let error = progress.lastError { $0.field("last-error", error) }
      $0.field("version-count", progress.versions)
      $0.field("waiting-count", progress.waiting)
      $0.field("waiting", waiting)
    }
  }
}

extension WaitingVersion: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("model", name.model)
      $0.field("version", name.version)
      $0.field("reason", reason)
      $0.field("since-ms", since.milliseconds)
      $0.field("retry-at-ms", retryAt.milliseconds)
    }
  }
}

extension RecordedMLflowFacts: JSONEncodable {
  package func write(to writer: inout JSONWriter) {
    writer.object {
      $0.field("server", facts.server)
      $0.field("model", facts.name.model)
      $0.field("version", facts.name.version)
      if let stage = facts.stage { $0.field("stage", stage) }
      $0.field("aliases", facts.aliases)
      if let status = facts.status { $0.field("status", status) }
      if let experiment = facts.experiment { $0.field("experiment", experiment) }
      if let features = facts.features { $0.field("features", features) }
      $0.field("gaps", facts.gaps)
      $0.field("seen-at-ms", seenAt.milliseconds)
      if let goneAt { $0.field("gone-at-ms", goneAt.milliseconds) }
    }
  }
}
