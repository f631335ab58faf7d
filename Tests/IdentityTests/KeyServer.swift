import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An issuer's web server on loopback: answers each path with what it was told, and counts.
final class KeyServer: Sendable {
  struct Answer: Sendable {
    var status = HTTPResponseStatus.ok
    var headers: [(String, String)] = []
    var body = ""
    /// Before the answer begins.
    var delay = TimeAmount.zero
  }

  private struct State {
    var answers: [String: Answer] = [:]
    var counts: [String: Int] = [:]
  }

  private let state: Mutex<State>
  private let channel: any Channel

  var port: Int { channel.localAddress?.port ?? 0 }
  var url: String { "http://127.0.0.1:\(port)" }

  init() async throws {
    let state = Mutex(State())
    self.state = state
    let box = Box()
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 256)
      .childChannelInitializer { channel in
        channel.pipeline.configureHTTPServerPipeline().flatMapThrowing { try channel.pipeline.syncOperations.addHandler(Handler(box)) }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    box.server.withLock { $0 = self }
  }

  func set(_ path: String, _ answer: Answer) { state.withLock { $0.answers[path] = answer } }
  func set(_ path: String, _ body: String) { set(path, Answer(body: body)) }
  func count(_ path: String) -> Int { state.withLock { $0.counts[path] ?? 0 } }
  func close() async throws { try await channel.close() }

  fileprivate func answer(_ path: String) -> Answer {
    state.withLock {
      $0.counts[path, default: 0] += 1
      return $0.answers[path] ?? Answer(status: .notFound)
    }
  }

  /// The handlers are made before the server is whole.
  fileprivate final class Box: Sendable {
    let server = Mutex<KeyServer?>(nil)
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private let box: Box
    private var path = ""

    init(_ box: Box) { self.box = box }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): path = head.uri
      case .body: break
      case .end:
        guard let answer = box.server.withLock({ $0 })?.answer(path) else { return context.close(promise: nil) }
        let channel = context.channel
        context.eventLoop.scheduleTask(in: answer.delay) { Self.write(answer, to: channel) }
      }
    }

    private static func write(_ answer: Answer, to channel: any Channel) {
      var headers = HTTPHeaders(answer.headers)
      headers.add(name: "content-length", value: "\(answer.body.utf8.count)")
      channel.write(HTTPServerResponsePart.head(.init(version: .http1_1, status: answer.status, headers: headers)), promise: nil)
      channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: answer.body))), promise: nil)
      channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    }
  }
}
