import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server that misbehaves as told: it asks for a reaction to every request.
final class FaultServer: Sendable {
  struct Request: Sendable {
    /// Counted from 0.
    let index: Int
    let head: HTTPRequestHead
    let body: [UInt8]
  }

  enum Reaction: Sendable {
    case answer(Int, [(String, String)] = [], String = "")
    /// Closes the connection without a word.
    case drop
    /// Promises ten bytes, sends five, and closes or says no more.
    case half(stall: Bool)
  }

  let endpoint: String
  private let channel: any Channel
  private let record = SharedRequests()

  /// What arrived so far, in order.
  var requests: [Request] { record.all }

  init(_ react: @escaping @Sendable (Request) -> Reaction) async throws {
    let record = self.record
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(FaultHandler(record, react))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    endpoint = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
  }

  deinit { channel.close(promise: nil) }
}

private final class SharedRequests: Sendable {
  private let requests = Mutex<[FaultServer.Request]>([])

  var all: [FaultServer.Request] { requests.withLock { $0 } }

  func add(_ head: HTTPRequestHead, _ body: [UInt8]) -> FaultServer.Request {
    requests.withLock {
      let request = FaultServer.Request(index: $0.count, head: head, body: body)
      $0.append(request)
      return request
    }
  }
}

private final class FaultHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let record: SharedRequests
  private let react: @Sendable (FaultServer.Request) -> FaultServer.Reaction
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []

  init(_ record: SharedRequests, _ react: @escaping @Sendable (FaultServer.Request) -> FaultServer.Reaction) {
    self.record = record
    self.react = react
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
    case .body(let part): body += Array(part.readableBytesView)
    case .end:
      guard let head else { return }
      answer(react(record.add(head, body)), head.method, context)
    }
  }

  private func answer(_ reaction: FaultServer.Reaction, _ method: HTTPMethod, _ context: ChannelHandlerContext) {
    func send(_ status: Int, _ headers: [(String, String)], length: Int, _ text: String) {
      var all = HTTPHeaders(headers)
      all.replaceOrAdd(name: "content-length", value: String(length))
      context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .init(statusCode: status), headers: all))), promise: nil)
      if method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil) }
    }
    switch reaction {
    case .answer(let status, let headers, let text):
      send(status, headers, length: text.utf8.count, text)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    case .drop: context.close(promise: nil)
    case .half(let stall):
      send(200, [], length: 10, "12345")
      context.flush()
      if !stall { context.close(promise: nil) }
    }
  }
}
