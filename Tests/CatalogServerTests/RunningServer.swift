import AsyncHTTPClient
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
    var description: String { "\(status) \(body.prefix(300))" }
  }

  let url: String
  let folder: String
  let database: TestDatabase

  static func with(_ body: (RunningServer) async throws -> Void) async throws {
    try await TestPostgres.shared.withDatabase { database in
      let folder = "/tmp/moraine-server-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: folder) }
      var configuration = ServerConfiguration(database: database.configuration)
      configuration.port = 0
      configuration.identity.allowsAnonymous = true
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
        result = .success(try await body(RunningServer(url: url, folder: folder, database: database)))
      } catch {
        result = .failure(error)
      }
      running.cancel()
      _ = await running.result
      try result.get()
    }
  }

  func send(_ method: String, _ path: String, _ body: String = "", key: String? = nil) async throws -> Answer {
    var request = HTTPClientRequest(url: url + path)
    request.method = .RAW(value: method)
    if !body.isEmpty { request.body = .bytes(ByteBuffer(string: body)) }
    if let key { request.headers.add(name: "Idempotency-Key", value: key) }
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
    return Answer(status: Int(response.status.code), body: String(buffer: try await response.body.collect(upTo: 64 << 20)))
  }

  /// The audit events' actions, in order.
  func actions() async throws -> [String] {
    let events = try await database.pool.run { connection in
      try connection.query("SELECT canonical FROM audit_events ORDER BY id") { row in try row[0] as [UInt8] }
    }
    return try events.map { try JSONDocument(parsing: $0).root.object().required("action").string() }
  }
}
