import AsyncHTTPClient
import CatalogStore
import Foundation
import JSON
import Logging
import NIOCore
import NIOHTTP1
import Postgres
import PostgresTestSupport
import Testing

@testable import CatalogServer

/// A server on a port of its own, with an empty database and a folder for files.
struct RunningServer {
  struct Answer: CustomStringConvertible {
    let status: Int
    let body: String
    let challenge: String?
    let caching: String?
    var description: String { "\(status) \(body.prefix(300))" }
  }

  let url: String
  let folder: String
  let database: TestDatabase
  /// Of the first administrator, where one was made.
  let minted: MintedCredential?

  /// - Parameter allowsAnonymous: whether whoever asks is answered.
  static func with(
    allowsAnonymous: Bool = true, _ body: (RunningServer) async throws -> Void
  ) async throws {
    try await TestPostgres.shared.withDatabase { database in
      let folder = "/tmp/moraine-server-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: folder) }
      var configuration = ServerConfiguration(database: database.configuration)
      configuration.port = 0
      configuration.identity.allowsAnonymous = allowsAnonymous
      let server = try await Server(configuration, logger: Logger(label: "test") { JSONLogHandler(label: $0, level: .critical) })
      let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
      let running = Task {
        defer { continuation.finish() }
        try await server.run { continuation.yield($0) }
      }
      var port: Int?
      for await found in ports {
        port = found
        break
      }
      let result: Result<Void, any Error>
      do {
        let url = "http://127.0.0.1:\(try #require(port))"
        result = .success(try await body(RunningServer(url: url, folder: folder, database: database, minted: server.mintedCredential)))
      } catch {
        result = .failure(error)
      }
      running.cancel()
      _ = await running.result
      try result.get()
    }
  }

  func send(
    _ method: String, _ path: String, _ body: String = "", key: String? = nil, token: String? = nil, headers: [(String, String)] = []
  ) async throws -> Answer {
    var request = HTTPClientRequest(url: url + path)
    request.method = .RAW(value: method)
    if !body.isEmpty { request.body = .bytes(ByteBuffer(string: body)) }
    if let key { request.headers.add(name: "Idempotency-Key", value: key) }
    if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
    return Answer(
      status: Int(response.status.code), body: String(buffer: try await response.body.collect(upTo: 64 << 20)),
      challenge: response.headers.first(name: "WWW-Authenticate"), caching: response.headers.first(name: "Cache-Control"))
  }

  /// An access token for a client's credential.
  func token(client: String, secret: String) async throws -> String {
    let answer = try await send(
      "POST", "/v1/oauth/tokens", "grant_type=client_credentials&client_id=\(client)&client_secret=\(secret)",
      headers: [("Content-Type", "application/x-www-form-urlencoded")])
    return try JSONDocument(parsing: Array(answer.body.utf8)).root.object().required("access_token").string()
  }

  /// Waits until no index and no refresh is under way.
  func awaitJobs() async throws {
    func isUnderWay() async throws -> Bool {
      try await database.pool.run { connection in
        try connection.first("SELECT EXISTS (SELECT FROM jobs WHERE kind IN ('index', 'refresh'))") { row in try row[0] as Bool }
          ?? false
      }
    }
    for _ in 0..<600 {
      guard try await isUnderWay() else { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("the jobs do not end")
  }

  /// As if the rule that there is had asked about the table that there is.
  func openRetentionDecision() async throws -> String? {
    try await database.pool.run { connection in
      try connection.first(
        """
        INSERT INTO retention_decisions (id, dataset_id, identifier, rule_id, due_at, outcome, holds, pins, model_versions, opened_at)
        SELECT gen_random_uuid(), d.id, d.identifier, r.id, now(), 'ask', '{}', '{}', '{}', now() FROM datasets d, retention_rules r
        WHERE d.dropped_at IS NULL LIMIT 1 RETURNING id::text
        """
      ) { row in try row[0] as String }
    }
  }

  /// The audit events' actions, in order; but for the ends of indexes, refreshes and retention, which the server writes when it gets there.
  func actions() async throws -> [String] {
    let events = try await database.pool.run { connection in
      try connection.query("SELECT canonical FROM audit_events ORDER BY id") { row in try row[0] as [UInt8] }
    }
    return try events.map { try JSONDocument(parsing: $0).root.object().required("action").string() }
      .filter { !["finish-index", "finish-refresh", "finish-retention"].contains($0) }
  }
}
