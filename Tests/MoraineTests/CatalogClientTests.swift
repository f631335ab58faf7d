import JSON
import NIOCore
import NIOHTTP1
import Testing

@testable import moraine

@Suite struct CatalogClientTests {
  private func withClient(
    _ answers: [StubServer.Answer], token: String? = nil, timeout: TimeAmount = .seconds(10),
    _ body: (CatalogClient, StubServer) async throws -> Void
  ) async throws {
    try await StubServer.run(answers) { server, address in
      let connection = ClientConnection(server: try ServerAddress(parsing: address), warehouse: "main", token: token)
      try await CatalogClient.withClient(connection, timeout: timeout) { client in try await body(client, server) }
    }
  }

  @Test func followsPagesToTheEnd() async throws {
    let answers: [StubServer.Answer] = [
      .json(.ok, #"{"identifiers":[{"name":"a"}],"next-page-token":"t/1"}"#), .json(.ok, #"{"identifiers":[{"name":"b"}]}"#),
    ]
    try await withClient(answers) { client, server in
      var names: [String] = []
      try await client.pages(client.path(NamespaceName(levels: ["x", "y z"]), "tables")) { page in
        for identifier in try page.required("identifiers").array() { names.append(try identifier.object().required("name").string()) }
      }
      #expect(names == ["a", "b"])
      #expect(
        server.requests.map(\.uri) == [
          "/v1/main/namespaces/x%1Fy%20z/tables?pageToken=", "/v1/main/namespaces/x%1Fy%20z/tables?pageToken=t%2F1",
        ])
    }
  }

  /// A server that gives the same token for ever must not hold us for ever.
  @Test func aRepeatedPageEnds() async throws {
    let page = StubServer.Answer.json(.ok, #"{"identifiers":[],"next-page-token":"t"}"#)
    try await withClient([page, page, page]) { client, server in
      await #expect(throws: CommandFailure.self) { try await client.pages(["x"]) { _ in } }
      #expect(server.requests.count == 2)
    }
  }

  @Test func aChangeIsSentAgainUnderItsKey() async throws {
    try await withClient([.broken, .json(.ok, "{}")], token: "secret") { client, server in
      _ = try await client.post(["x"], Array("{\"a\":1}".utf8))
      let requests = server.requests
      #expect(requests.count == 2)
      #expect(requests[0].headers["Idempotency-Key"].count == 1)
      #expect(requests[0].headers["Idempotency-Key"] == requests[1].headers["Idempotency-Key"])
      #expect(requests.map(\.body) == ["{\"a\":1}", "{\"a\":1}"])
      #expect(requests[0].headers["Authorization"] == ["Bearer secret"])
    }
  }

  @Test func aReadIsSentAgainWithoutKey() async throws {
    try await withClient([.broken, .json(.ok, "{}")]) { client, server in
      _ = try await client.get(["x"])
      #expect(server.requests.count == 2)
      #expect(server.requests.allSatisfy { $0.headers["Idempotency-Key"].isEmpty && $0.headers["Authorization"].isEmpty })
    }
  }

  @Test func twoBrokenConnectionsAreTheEnd() async throws {
    try await withClient([.broken, .broken, .json(.ok, "{}")]) { client, server in
      let failure = await #expect(throws: CommandFailure.self) { try await client.delete(["x"]) }
      #expect(failure?.exit == .unavailable)
      #expect(server.requests.count == 2)
    }
  }

  @Test func aRefusalIsNotRepeated() async throws {
    let body = #"{"error":{"message":"no","type":"ServiceUnavailableException","code":503}}"#
    try await withClient([.json(.serviceUnavailable, body), .json(.ok, "{}")]) { client, server in
      let failure = await #expect(throws: CommandFailure.self) { try await client.post(["x"], []) }
      #expect(failure == CommandFailure(.unavailable, "no (ServiceUnavailableException, request stub)", hint: "Try again in a moment."))
      #expect(server.requests.count == 1)
    }
  }

  @Test func existenceIsAskedByHead() async throws {
    try await withClient([.json(.noContent, ""), .json(.notFound, ""), .json(.forbidden, "")]) { client, server in
      let answers = [try await client.exists(["x"]), try await client.exists(["x"])]
      #expect(answers == [true, false])
      let failure = await #expect(throws: CommandFailure.self) { try await client.exists(["x"]) }
      #expect(failure?.exit == .refused)
      #expect(server.requests.allSatisfy { $0.method == .HEAD })
    }
  }

  @Test func nobodyThereIsToldAtOnce() async throws {
    let connection = ClientConnection(server: try ServerAddress(parsing: "http://127.0.0.1:1"), warehouse: "main", token: nil)
    let failure = await #expect(throws: CommandFailure.self) {
      try await CatalogClient.withClient(connection) { try await $0.get(["x"]) }
    }
    #expect(failure?.exit == .unavailable)
    #expect(failure?.message == "Cannot reach the server at http://127.0.0.1:1: connection refused")
    #expect(failure?.hint?.contains("moraine serve") == true)
  }
}
