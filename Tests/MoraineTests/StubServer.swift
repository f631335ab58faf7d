import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A server that says what it is told to, one answer a request, and remembers what it was asked.
final class StubServer: Sendable {
  enum Answer: Sendable {
    case json(HTTPResponseStatus, String)
    /// The connection is closed without a word.
    case broken
  }

  struct Request: Sendable {
    let method: HTTPMethod
    let uri: String
    let headers: HTTPHeaders
    let body: String
  }

  private struct State {
    var answers: [Answer]
    var requests: [Request] = []
  }

  private let state: Mutex<State>

  private init(_ answers: [Answer]) { state = Mutex(State(answers: answers)) }

  var requests: [Request] { state.withLock { $0.requests } }

  /// Runs `body` with the address of a server that gives `answers` in turn, and then nothing but closed connections.
  static func run(_ answers: [Answer], _ body: (StubServer, String) async throws -> Void) async throws {
    let server = StubServer(answers)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(server: server))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    do {
      try await body(server, "http://127.0.0.1:\(channel.localAddress!.port!)")
    } catch {
      try? await channel.close()
      throw error
    }
    try? await channel.close()
  }

  private func answer(_ request: Request) -> Answer {
    state.withLock { state in
      state.requests.append(request)
      return state.answers.isEmpty ? .broken : state.answers.removeFirst()
    }
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    let server: StubServer
    var head: HTTPRequestHead?
    var body = ""

    init(server: StubServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head):
        self.head = head
        body = ""
      case .body(let bytes): body += String(buffer: bytes)
      case .end:
        guard let head else { return }
        switch server.answer(Request(method: head.method, uri: head.uri, headers: head.headers, body: body)) {
        case .broken: context.close(promise: nil)
        case .json(let status, let text):
          let headers = HTTPHeaders([
            ("Content-Type", "application/json"), ("Content-Length", "\(text.utf8.count)"), ("X-Request-Id", "stub"),
          ])
          context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
          context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
          context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
      }
    }
  }
}
