import MLflowTestSupport
import NIOHTTP1
import Testing

@testable import MLflow

/// How the client asks, and what it makes of servers that do not answer well.
@Suite struct MLflowClientTests {
  static let quick: MLflowClient.Limits = {
    var limits = MLflowClient.Limits()
    limits.pause = .milliseconds(1)
    return limits
  }()

  static func with(
    _ server: FakeMLflow, _ limits: MLflowClient.Limits = quick, path: String = "", authorization: MLflowAuthorization = .none,
    workspace: String? = nil, _ body: (MLflowClient) async throws -> Void
  ) async throws {
    let client = MLflowClient(try MLflowAddress(server.url + path, authorization: authorization, workspace: workspace), limits: limits)
    let result: Result<Void, any Error>
    do { result = .success(try await body(client)) } catch { result = .failure(error) }
    await client.close()
    try result.get()
  }

  @Test func saysWhoWeAreAndNothingElseDoes() async throws {
    try await FakeMLflow.with { server in
      for (authorization, header) in [
        (.none, []), (.bearer("secret"), ["Bearer secret"]), (.basic(user: "us", password: "p:ü"), ["Basic dXM6cDrDvA=="]),
      ] as [(MLflowAuthorization, [String])] {
        try await Self.with(server, authorization: authorization, workspace: "risk") { _ = try await $0.models() }
        let request = try #require(server.requests.last)
        #expect(request.headers["authorization"] == header && request.headers["x-mlflow-workspace"] == ["risk"])
        #expect("\(authorization)" == "…" && String(reflecting: authorization) == "…" && "\([authorization])" == "[…]")
      }
      // What it is put into prints nothing of it either.
      let address = try MLflowAddress(server.url, authorization: .bearer("secret"))
      #expect(!"\(address)".contains("secret"))
      try await Self.with(server, authorization: .bearer("secret")) { client in
        _ = try await client.models()
        #expect(!"\(client)".contains("secret"))
      }
    }
  }

  @Test func namesAreEncoded() async throws {
    try await FakeMLflow.with { server in
      server.change { $0.versions = [.init(model: "a b&c=d/ü+%", number: 1, changedAtMs: 5)] }
      try await Self.with(server) { client in
        let key = MLflowVersionKey(model: "a b&c=d/ü+%", version: "1")
        let found = try await client.modelVersion(key)
        #expect(found?.key == key)
        #expect(try await client.modelVersion(.init(model: "a b", version: "1")) == nil)
      }
    }
  }

  @Test(arguments: [500, 502, 503, 504, 429]) func busyServersAreAskedAgain(_ status: Int) async throws {
    try await FakeMLflow.with { server in
      let failure = FakeMLflow.Answer(status: .init(statusCode: status), body: "busy")
      server.change { $0.failures = [("models", 2, failure)] }
      try await Self.with(server) { _ = try await $0.models() }
      #expect(server.requests.count == 3)
      server.change { $0.failures = [("models", .max, failure)] }
      try await Self.with(server) { client in
        await #expect(throws: MLflowError.failing(status: status, message: "busy")) { try await client.models() }
      }
      #expect(server.requests.count == 7)
    }
  }

  @Test func waitsAsLongAsItIsTold() async throws {
    try await FakeMLflow.with { server in
      server.change { $0.failures = [("models", 1, .init(status: .tooManyRequests, headers: [("Retry-After", "1")]))] }
      let start = ContinuousClock.now
      try await Self.with(server) { _ = try await $0.models() }
      #expect(.now - start > .milliseconds(700))
      // But not for ever.
      server.change { $0.failures = [("models", 1, .init(status: .tooManyRequests, headers: [("Retry-After", "86400")]))] }
      var limits = Self.quick
      limits.maximumPause = .milliseconds(10)
      try await Self.with(server, limits) { _ = try await $0.models() }
    }
  }

  @Test func otherAnswersAreErrorsAtOnce() async throws {
    try await FakeMLflow.with { server in
      let denied = #"{"error_code": "PERMISSION_DENIED", "message": "no"}"#
      for (answer, error) in [
        (.init(status: .unauthorized), .unauthorized),
        (.init(status: .forbidden, body: denied), .refused(status: 403, code: "PERMISSION_DENIED", message: "no")),
        (.init(status: .found, headers: [("Location", server.url + "/elsewhere")]), .refused(status: 302, code: nil, message: "")),
        (FakeMLflow.Answer.missing, .refused(status: 404, code: "RESOURCE_DOES_NOT_EXIST", message: "not found")),
      ] as [(FakeMLflow.Answer, MLflowError)] {
        server.change { $0.failures = [("models", 1, answer)] }
        let before = server.requests.count
        try await Self.with(server, authorization: .bearer("secret")) { client in
          await #expect(throws: error) { try await client.models() }
        }
        #expect(server.requests.count == before + 1)
      }
      for body in ["", "{", "[]", #"{"registered_models": {}}"#, #"{"registered_models": [{"name": 5}]}"#] {
        server.change { $0.failures = [("models", 1, .init(body: body))] }
        try await Self.with(server) { client in
          let error = await #expect(throws: MLflowError.self) { try await client.models() }
          guard case .unreadable = error else {
            Issue.record("\(body): \(String(describing: error))")
            return
          }
        }
      }
      // Another server than MLflow: nothing is missing there.
      try await Self.with(server, path: "/other") { client in
        await #expect(throws: MLflowError.self) { try await client.run("1") }
        let model = try await client.loggedModel("1")
        #expect(model == nil)
      }
    }
  }

  @Test func answersAreBounded() async throws {
    try await FakeMLflow.with { server in
      var limits = Self.quick
      limits.maximumAnswerSizeBytes = 1_000
      server.change { $0.failures = [("models", 1, .init(body: String(repeating: " ", count: 2_000)))] }
      try await Self.with(server, limits) { client in
        await #expect(throws: MLflowError.tooLong(maximumSizeBytes: 1_000)) { try await client.models() }
      }
      // A body that never ends, once.
      limits.timeout = .milliseconds(300)
      server.change { $0.failures = [("models", 1, .init(body: "{", isEndless: true))] }
      try await Self.with(server, limits) { _ = try await $0.models() }
    }
  }

  @Test func nobodyThere() async throws {
    var url = ""
    try await FakeMLflow.with { url = $0.url }
    let client = MLflowClient(try MLflowAddress(url), limits: Self.quick)
    let error = await #expect(throws: MLflowError.self) { try await client.models() }
    await client.close()
    guard case .unreachable = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test(arguments: [
    "", "host", "ftp://host", "https://", "https://user:secret@host", "https://host?x=1", "https://host#x", "https://ho st",
  ])
  func isNoAddress(_ text: String) {
    #expect(throws: MLflowAddressError.self) { try MLflowAddress(text) }
  }

  @Test func addressesAndCredentials() throws {
    #expect(try MLflowAddress("https://host:5000/prefix//").url == "https://host:5000/prefix")
    for wrong in [.bearer(""), .bearer("a\r\nb"), .basic(user: "a:b", password: ""), .basic(user: "", password: "x")]
      as [MLflowAuthorization]
    {
      #expect(throws: MLflowAddressError.self) { try MLflowAddress("https://host", authorization: wrong) }
    }
  }
}
