import Catalog
import HTTPTypes
import NIOCore

/// What operators and their machines ask.
struct HealthController: Sendable {
  let catalog: Catalog
  let readiness: @Sendable () async -> Bool
  let metricsText: @Sendable () async -> String

  /// The process runs.
  func live(_: Call) async throws -> Reply { Reply(json: Array(#"{"status":"live"}"#.utf8)) }

  /// It can serve: the database answers and the server is not stopping.
  func ready(_: Call) async throws -> Reply {
    guard await readiness() else {
      throw ErrorReply(.serviceUnavailable, "ServiceUnavailableException", "The server is starting, stopping, or without its database")
    }
    return Reply(json: Array(#"{"status":"ready"}"#.utf8))
  }

  /// Prometheus text exposition format 0.0.4.
  func metrics(_ call: Call) async throws -> Reply {
    try await catalog.authorizeMetrics(call.context)
    var reply = Reply(status: .ok)
    reply.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
    reply.body = ByteBuffer(string: await metricsText())
    return reply
  }
}
