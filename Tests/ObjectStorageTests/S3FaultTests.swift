import AsyncHTTPClient
import Logging
import NIOHTTP1
import Synchronization
import Testing

@testable import ObjectStorage

/// How the S3 store bears a service or a line that misbehaves.
@Suite(.timeLimit(.minutes(10)))
struct S3FaultTests {
  private func store(_ server: FaultServer, timeout: Duration = .seconds(10), attempts: Int = 5) throws -> S3ObjectStore {
    let root = try ObjectLocation("s3://bucket/root")
    let endpoint = try S3Endpoint(StorageProfile(root: root, endpoint: server.endpoint, pathStyleAccess: true))
    var limits = S3RequestSender.Limits()
    limits.timeout = timeout
    limits.attempts = attempts
    limits.pauseMs = 2
    return S3ObjectStore(
      root: root, endpoint: endpoint, credentials: S3Credentials(accessKeyID: "id", secretAccessKey: "hidden-secret"), client: .shared,
      logger: Logger(label: "test"), limits: limits)
  }

  private func error(_ code: String) -> String { "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>m</Message></Error>" }

  private func location(_ path: String = "a") throws -> ObjectLocation { try ObjectLocation("s3://bucket/root/\(path)") }

  @Test(arguments: [429, 500, 502, 503, 504, 408])
  func triesAgainWhenBusy(status: Int) async throws {
    let server = try await FaultServer { $0.index < 2 ? .answer(status) : .answer(200, [], "body") }
    #expect(try await store(server).read(location(), maximumSizeBytes: 10) == Array("body".utf8))
    #expect(server.requests.count == 3)
  }

  @Test func givesUp() async throws {
    let server = try await FaultServer { _ in .answer(503, [], error("SlowDown")) }
    let place = try location()
    let expected = ObjectStoreError.unavailable(
      "s3://bucket/root/a: the store does not answer (status 503 SlowDown); check s3.endpoint, or try again later")
    await #expect(throws: expected) { try await store(server).read(place, maximumSizeBytes: 10) }
    #expect(server.requests.count == 5)
  }

  @Test func triesAgainAfterHalfAnAnswer() async throws {
    let server = try await FaultServer { $0.index == 0 ? .half(stall: false) : $0.index == 1 ? .drop : .answer(200, [], "body") }
    #expect(try await store(server).read(location(), maximumSizeBytes: 10) == Array("body".utf8))
  }

  /// The deadline holds for the body too.
  @Test func doesNotWaitForAStalledBody() async throws {
    let server = try await FaultServer { $0.index == 0 ? .half(stall: true) : .answer(200, [], "body") }
    #expect(try await store(server, timeout: .milliseconds(300)).read(location(), maximumSizeBytes: 10) == Array("body".utf8))
  }

  @Test func nobodyThere() async throws {
    var server: FaultServer? = try await FaultServer { _ in .drop }
    let store = try store(try #require(server), timeout: .milliseconds(500), attempts: 2)
    server = nil
    await #expect {
      try await store.create(location(), [1])
    } throws: { error in
      guard case .unavailable(let text)? = error as? ObjectStoreError else { return false }
      return !text.contains("hidden")
    }
  }

  /// The first try is stored, its answer lost; the second meets the object in the way.
  @Test(arguments: [true, false])
  func knowsItsOwnObject(isOurs: Bool) async throws {
    let writer = Mutex("")
    let server = try await FaultServer { request in
      let name = "x-amz-meta-moraine-writer"
      switch (request.index, request.head.method) {
      case (0, .PUT):
        writer.withLock { $0 = request.head.headers.first(name: name) ?? "" }
        return .drop
      case (1, .PUT): return .answer(412, [], error("PreconditionFailed"))
      case (2, .HEAD): return .answer(200, [(name, isOurs ? writer.withLock { $0 } : "another")])
      default: return .answer(400)
      }
    }
    let place = try location()
    if isOurs {
      try await store(server).create(place, [1, 2])
    } else {
      await #expect(throws: ObjectStoreError.alreadyExists(place.description)) { try await store(server).create(place, [1, 2]) }
    }
    #expect(server.requests.count == 3)
    #expect(server.requests.prefix(2).allSatisfy { $0.body == [1, 2] && $0.head.headers.first(name: "content-length") == "2" })
    #expect(server.requests.prefix(2).allSatisfy { $0.head.headers.first(name: "if-none-match") == "*" })
  }

  /// A first answer of 412, or one after refusals, is not our own doing.
  @Test func refusedTriesLeaveNothing() async throws {
    let server = try await FaultServer { $0.index == 0 ? .answer(503) : $0.index == 1 ? .answer(409) : .answer(412) }
    let place = try location()
    await #expect(throws: ObjectStoreError.alreadyExists(place.description)) { try await store(server).create(place, [1]) }
    #expect(server.requests.count == 3)
  }

  /// Services that know no conditional writes are asked first.
  @Test(arguments: [true, false])
  func looksFirstWhereItMust(isThere: Bool) async throws {
    let server = try await FaultServer { request in
      if request.head.method == .HEAD { return .answer(isThere ? 200 : 404) }
      return request.head.headers.contains(name: "if-none-match") ? .answer(501, [], error("NotImplemented")) : .answer(200)
    }
    let place = try location()
    if isThere {
      await #expect(throws: ObjectStoreError.alreadyExists(place.description)) { try await store(server).create(place, [1]) }
    } else {
      try await store(server).create(place, [1])
    }
    #expect(server.requests.map(\.head.method) == (isThere ? [.PUT, .HEAD] : [.PUT, .HEAD, .PUT]))
  }

  @Test(arguments: ["", "garbage", "<html><body>Login</body></html>", "<ListBucketResult><Contents><Key>root/a</Key>"])
  func refusesOddAnswers(text: String) async throws {
    let server = try await FaultServer { _ in .answer(200, [], text) }
    let store = try store(server)
    await #expect(throws: ObjectStoreError.self) { _ = try await store.list(under: location(), after: nil, limit: 10) }
    await #expect(throws: ObjectStoreError.self) { try await store.delete([location("a"), location("b")]) }
  }

  /// Keys that no location stands for are passed over, and the list goes on behind them.
  @Test func listsOnlyWhatCanBeNamed() async throws {
    @Sendable func page(_ keys: [String], next: String?) -> String {
      let contents = keys.map {
        "<Contents><Key>\($0)</Key><Size>1</Size><LastModified>2026-05-03T10:15:00.000Z</LastModified></Contents>"
      }
      let rest = next.map { "<IsTruncated>true</IsTruncated><NextContinuationToken>\($0)</NextContinuationToken>" }
      return "<ListBucketResult xmlns=\"x\">\(contents.joined())\(rest ?? "<IsTruncated>false</IsTruncated>")</ListBucketResult>"
    }
    let server = try await FaultServer { request in
      request.head.uri.contains("continuation-token=next%2B1")
        ? .answer(200, [], page(["root/t/z"], next: nil))
        : .answer(200, [], page(["root/t/", "root/t//b", "root/t/../c", "elsewhere/d", "root/t/&#10;", "root/t/e"], next: "next+1"))
    }
    let folder = try ObjectLocation("s3n://bucket/root/t")
    let found = try await store(server).list(under: folder, after: "root/t", limit: 10)
    #expect(found.map(\.location.description) == ["s3n://bucket/root/t/e", "s3n://bucket/root/t/z"])
    #expect(server.requests[0].head.uri.contains("start-after=root%2Ft"))
  }

  @Test func aListThatDoesNotGoOnEnds() async throws {
    let server = try await FaultServer { _ in
      .answer(
        200, [],
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>")
    }
    await #expect(throws: ObjectStoreError.self) { _ = try await store(server).list(under: location(), after: nil, limit: 10) }
    #expect(server.requests.count == 2)
  }

  @Test func deletesOneByOneWhereItMust() async throws {
    let server = try await FaultServer { request in
      request.head.method == .POST ? .answer(501, [], error("NotImplemented")) : request.index == 1 ? .answer(404) : .answer(204)
    }
    try await store(server).delete([location("a"), location("b c")])
    #expect(server.requests.map(\.head.uri) == ["/bucket?delete=", "/bucket/root/a", "/bucket/root/b%20c"])
    #expect(server.requests[0].head.headers.contains(name: "content-md5"))
  }

  @Test func deletesAgainWhatFailed() async throws {
    let server = try await FaultServer { request in
      guard request.head.method == .POST else { return .answer(403, [], error("AccessDenied")) }
      let errors = [("root/a", "NoSuchKey"), ("root/b", "InternalError")].map { "<Error><Key>\($0)</Key><Code>\($1)</Code></Error>" }
      return .answer(200, [], "<DeleteResult>\(errors.joined())</DeleteResult>")
    }
    await #expect(throws: ObjectStoreError.accessDenied("s3://bucket/root/b (AccessDenied)")) {
      try await store(server).delete([location("a"), location("b"), location("c")])
    }
    #expect(server.requests.count == 2)
  }

  @Test func errorsSayWhatToDo() async throws {
    let place = try location()
    for (status, code, expected) in [
      (403, "SignatureDoesNotMatch", ObjectStoreError.accessDenied("s3://bucket/root/a (SignatureDoesNotMatch)")),
      (404, "NoSuchBucket", .notFound("the bucket bucket of s3://bucket/root/a")),
      (404, "NoSuchKey", .notFound("s3://bucket/root/a")),
      (400, "ExpiredToken", .other("s3://bucket/root/a: status 400 ExpiredToken")),
      (
        301, "PermanentRedirect",
        .other("s3://bucket/root/a: status 301 PermanentRedirect; the bucket is elsewhere, check s3.region and s3.endpoint")
      ),
    ] {
      let server = try await FaultServer { _ in .answer(status, [], error(code)) }
      await #expect(throws: expected) { try await store(server).read(place, maximumSizeBytes: 3) }
      #expect(server.requests.count == 1)
    }
  }
}
