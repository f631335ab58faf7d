import ArgumentParser
import AsyncHTTPClient
import JSON
import NIOCore
import NIOHTTP1

/// A client of the REST API, for one server, one warehouse and one caller.
///
/// Every change carries an idempotency key. A request whose connection broke is sent once more, a change under the same key; what the
/// server refuses is never repeated.
struct CatalogClient: Sendable {
  let server: ServerAddress
  let warehouse: String
  let token: String?
  let http: HTTPClient
  let timeout: TimeAmount

  /// The largest answer read: metadata of a table with a long history.
  private static let maximumAnswerSizeBytes = 512 << 20

  // MARK: Requests

  func get(_ path: [String], query: [(String, String)] = []) async throws -> ServerAnswer {
    try await succeeding(.GET, path, query: query)
  }

  /// Whether a resource is there.
  func exists(_ path: [String]) async throws -> Bool {
    let answer = try await send(.HEAD, path)
    if answer.status == 404 { return false }
    guard answer.isSuccess else { throw CommandFailure(answer, asking: server) }
    return true
  }

  func post(_ path: [String], _ body: [UInt8], query: [(String, String)] = []) async throws -> ServerAnswer {
    try await succeeding(.POST, path, query: query, body: body)
  }

  func delete(_ path: [String], query: [(String, String)] = []) async throws -> ServerAnswer {
    try await succeeding(.DELETE, path, query: query)
  }

  /// Follows a list from page to page to its end.
  ///
  /// - Parameter page: gets each page's object.
  func pages(_ path: [String], query: [(String, String)] = [], _ page: (JSONObject) async throws -> Void) async throws {
    var token = ""
    while true {
      let answer = try await get(path, query: query + [("pageToken", token)])
      let object = try answer.json().object()
      try await page(object)
      guard let next = try object.optional("next-page-token")?.string(), !next.isEmpty else { return }
      guard next != token else { throw CommandFailure(.failure, "The server repeats a page of its list: \(path.joined(separator: "/"))") }
      token = next
    }
  }

  // MARK: Paths

  /// A path below the warehouse.
  func path(_ segments: String...) -> [String] { ["v1", warehouse] + segments }

  func path(_ namespace: NamespaceName, _ segments: String...) -> [String] {
    ["v1", warehouse, "namespaces", namespace.pathText] + segments
  }

  // MARK: Sending

  private func succeeding(_ method: HTTPMethod, _ path: [String], query: [(String, String)] = [], body: [UInt8]? = nil) async throws
    -> ServerAnswer
  {
    let answer = try await send(method, path, query: query, body: body)
    guard answer.isSuccess else { throw CommandFailure(answer, asking: server) }
    return answer
  }

  private func send(_ method: HTTPMethod, _ path: [String], query: [(String, String)] = [], body: [UInt8]? = nil) async throws
    -> ServerAnswer
  {
    var request = HTTPClientRequest(url: server.url(path, query: query))
    request.method = method
    request.headers.add(name: "Accept", value: "application/json")
    request.headers.add(name: "User-Agent", value: "moraine/\(Moraine.configuration.version)")
    if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    if method != .GET, method != .HEAD { request.headers.add(name: "Idempotency-Key", value: "\(IdempotencyKey())") }
    if let body {
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(ByteBuffer(bytes: body))
    }
    return try await exchanging(request)
  }

  /// Sends a request that may be sent twice.
  func exchanging(_ request: HTTPClientRequest) async throws -> ServerAnswer {
    do {
      return try await exchange(request)
    } catch {
      guard ConnectionProblem(error) == .broken else { throw failure(error) }
    }
    do {
      return try await exchange(request)
    } catch {
      throw failure(error)
    }
  }

  private func exchange(_ request: HTTPClientRequest) async throws -> ServerAnswer {
    let response = try await http.execute(request, timeout: timeout)
    let body = try await response.body.collect(upTo: Self.maximumAnswerSizeBytes)
    return ServerAnswer(
      status: response.status.code, requestID: response.headers.first(name: "X-Request-Id"), body: Array(body.readableBytesView))
  }

  private func failure(_ error: any Error) -> any Error {
    switch ConnectionProblem(error) {
    case .refused(let reason):
      CommandFailure(
        .unavailable, "Cannot reach the server at \(server): \(reason)",
        hint: "Is the server running? Start one with `moraine serve`, or give the address of another with --server.")
    case .broken:
      CommandFailure(
        .unavailable, "The connection to \(server) broke twice before an answer came",
        hint: "Look whether the change was made before you repeat the command.")
    case .slow:
      CommandFailure(
        .unavailable, "The server at \(server) did not answer in time",
        hint: "Look whether the change was made before you repeat the command.")
    case .other(let reason):
      error is CancellationError ? error : CommandFailure(.failure, "The request to \(server) failed: \(reason)")
    }
  }
}

extension CatalogClient {
  /// Runs `body` with a client, and ends its connections afterwards.
  ///
  /// - Parameter timeout: for one request, from its sending to the end of its answer.
  static func withClient<Result>(
    _ connection: ClientConnection, timeout: TimeAmount = .minutes(5), _ body: (CatalogClient) async throws -> Result
  ) async throws -> Result {
    var configuration = HTTPClient.Configuration()
    configuration.timeout.connect = min(timeout, .seconds(10))
    // A refused connection is told at once.
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    let http = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
    let client = CatalogClient(
      server: connection.server, warehouse: connection.warehouse, token: connection.token, http: http, timeout: timeout)
    do {
      let result = try await body(client)
      try? await http.shutdown()
      return result
    } catch {
      try? await http.shutdown()
      throw error
    }
  }
}
