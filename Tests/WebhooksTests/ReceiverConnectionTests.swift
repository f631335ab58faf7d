import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import Webhooks

/// What is sent where, against a real server on the loopback address.
@Suite struct ReceiverConnectionTests {
  private static let loopback = NetworkAddress("127.0.0.1")!
  fileprivate static let open = ReceiverRules(allowed: [NetworkRange("127.0.0.1")!], allowsPlainHTTP: true)
  private static let closed = ReceiverRules(allowsPlainHTTP: true)

  /// The name exists nowhere: only the address that was checked leads to the server, and the server hears the name.
  @Test func goesToTheAddressThatWasChecked() async throws {
    try await LoopbackServer.with { server in
      let address = try ReceiverAddress("http://receiver.invalid:\(server.port)/x?y")
      let secret = WebhookSecret()
      let connection = try await ReceiverConnection(address, secret, Self.open) { host in
        #expect(host == "receiver.invalid")
        return [Self.loopback]
      }
      let outcome = try await connection.send(Array("{}".utf8), id: "one", seconds: 5)
      await connection.close()
      #expect(outcome.error == nil && outcome.status == 200)
      let request = try #require(server.requests.first)
      #expect(request.uri == "/x?y")
      #expect(request.headers["host"] == ["receiver.invalid:\(server.port)"])
      #expect(request.headers["webhook-id"] == ["one"] && request.headers["webhook-timestamp"] == ["5"])
      #expect(request.headers["webhook-signature"] == [secret.signature(id: "one", seconds: 5, body: Array("{}".utf8))])
    }
  }

  /// A name that leads elsewhere the second time it is asked for: it is not asked for a second time.
  @Test func aNameIsResolvedOnceAndNotByAnybodyElse() async throws {
    try await LoopbackServer.with { server in
      // To the system, this name is the loopback address.
      let address = try ReceiverAddress("http://localhost:\(server.port)/")
      let asked = Atomic(0)
      let unreachable = try #require(NetworkAddress("127.0.0.9"))
      let rules = ReceiverRules(allowed: [try #require(NetworkRange("127.0.0.9"))], allowsPlainHTTP: true)
      let connection = try await ReceiverConnection(address, WebhookSecret(), rules) { _ in
        asked.wrappingAdd(1, ordering: .relaxed)
        return [unreachable]
      }
      for _ in 0..<2 {
        let outcome = try await connection.send([], id: "one", seconds: 5)
        #expect(outcome.status == nil && outcome.error != nil)
      }
      await connection.close()
      #expect(asked.load(ordering: .relaxed) == 1)
      #expect(server.requests.isEmpty)
    }
  }

  @Test func oneAddressThatIsRefusedRefusesTheName() async throws {
    try await LoopbackServer.with { server in
      let address = try ReceiverAddress("http://receiver.invalid:\(server.port)/")
      let mixed = [try #require(NetworkAddress("8.8.8.8")), Self.loopback]
      for found in [[Self.loopback], mixed, Array(mixed.reversed()), []] {
        await #expect(throws: ReceiverRefusal.self) {
          try await ReceiverConnection(address, WebhookSecret(), Self.closed) { _ in found }
        }
      }
      await #expect(throws: ReceiverRefusal.self) {
        try await ReceiverConnection(try ReceiverAddress("http://127.0.0.1:\(server.port)/"), WebhookSecret(), Self.closed)
      }
      #expect(server.requests.isEmpty)
    }
  }

  /// As the system resolves them.
  @Test(arguments: ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1"])
  func spellingsOfTheLoopbackAddressAreRefused(_ host: String) async throws {
    await #expect(throws: ReceiverRefusal.self) {
      try await ReceiverConnection(ReceiverAddress("http://\(host)/"), WebhookSecret(), Self.closed)
    }
  }

  @Test func redirectsAreFailuresAndLeadNowhere() async throws {
    try await LoopbackServer.with(status: .temporaryRedirect) { server in
      let connection = try await ReceiverConnection(
        ReceiverAddress("http://127.0.0.1:\(server.port)/a"), WebhookSecret(), Self.open)
      let outcome = try await connection.send([], id: "one", seconds: 5)
      await connection.close()
      #expect(outcome.status == 307 && outcome.error?.contains("redirects are not followed") == true)
      #expect(server.requests.map(\.uri) == ["/a"])
    }
  }
}

extension ReceiverConnectionTests {
  /// A receiver that never ends its answer holds up nobody.
  @Test func anAnswerWithoutEndIsAccepted() async throws {
    try await LoopbackServer.with(bodySizeBytes: 10) { server in
      let connection = try await ReceiverConnection(
        ReceiverAddress("http://127.0.0.1:\(server.port)/a"), WebhookSecret(), Self.open)
      for _ in 0..<2 {
        let outcome = try await connection.send([], id: "one", seconds: 5)
        #expect(outcome.status == 200 && outcome.error == nil && outcome.duration < .seconds(60))
      }
      await connection.close()
      #expect(server.requests.count == 2)
    }
  }
}

/// Answers everything with one status, and remembers what it was asked.
private final class LoopbackServer: Sendable {
  private let seen: Mutex<[HTTPRequestHead]>
  private let channel: any Channel

  var port: Int { channel.localAddress?.port ?? 0 }
  var requests: [HTTPRequestHead] { seen.withLock { $0 } }

  static func with(status: HTTPResponseStatus = .ok, bodySizeBytes: Int = 0, _ body: (LoopbackServer) async throws -> Void) async throws {
    let server = try await LoopbackServer(status, bodySizeBytes)
    let result: Result<Void, any Error>
    do { result = .success(try await body(server)) } catch { result = .failure(error) }
    try await server.channel.close()
    try result.get()
  }

  private init(_ status: HTTPResponseStatus, _ bodySizeBytes: Int) async throws {
    let record = Record()
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
          try channel.pipeline.syncOperations.addHandler(Handler(status, bodySizeBytes, record))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    seen = Mutex([])
    record.server.withLock { $0 = self }
  }

  fileprivate final class Record: Sendable {
    let server = Mutex<LoopbackServer?>(nil)
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private let status: HTTPResponseStatus
    /// Announced and never sent.
    private let bodySizeBytes: Int
    private let record: Record

    init(_ status: HTTPResponseStatus, _ bodySizeBytes: Int, _ record: Record) {
      self.status = status
      self.bodySizeBytes = bodySizeBytes
      self.record = record
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): record.server.withLock { $0 }?.seen.withLock { $0.append(head) }
      case .body: break
      case .end:
        let headers: HTTPHeaders = ["content-length": "\(bodySizeBytes)", "location": "/b"]
        context.writeAndFlush(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
        if bodySizeBytes == 0 { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
      }
    }
  }
}
