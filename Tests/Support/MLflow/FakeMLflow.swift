import NIOCore
package import NIOHTTP1
import NIOPosix
import Synchronization

/// A small registry that answers as MLflow does, page tokens that count from the beginning included, and that changes while it is asked.
package final class FakeMLflow: Sendable {
  package struct Version: Sendable {
    package var model: String
    package var number: Int
    package var changedAtMs: Int64
    package var runID: String?
    package var loggedModelID: String?

    package init(model: String, number: Int, changedAtMs: Int64, runID: String? = nil, loggedModelID: String? = nil) {
      self.model = model
      self.number = number
      self.changedAtMs = changedAtMs
      self.runID = runID
      self.loggedModelID = loggedModelID
    }
  }

  package struct State: Sendable {
    package var versions: [Version] = []
    package var aliases: [String: [String: String]] = [:]
    /// By id: what stands in the answer.
    package var runs: [String: String] = [:]
    package var loggedModels: [String: String] = [:]
    /// What is answered instead of the first so many requests whose URI contains a text.
    package var failures: [(containing: String, count: Int, answer: Answer)] = []
    /// Whether versions are listed as they were added.
    package var isUnsorted = false
    /// Called with each request's URI before it is answered.
    package var before: (@Sendable (String, inout State) -> Void)?
    package var requests: [HTTPRequestHead] = []
  }

  package struct Answer: Sendable {
    package var status = HTTPResponseStatus.ok
    package var body = ""
    package var headers: [(String, String)] = []
    /// Announced and never sent.
    package var isEndless = false

    package init(status: HTTPResponseStatus = .ok, body: String = "", headers: [(String, String)] = [], isEndless: Bool = false) {
      self.status = status
      self.body = body
      self.headers = headers
      self.isEndless = isEndless
    }

    package static let missing = Answer(status: .notFound, body: #"{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "not found"}"#)
  }

  private let state = Mutex(State())
  private let channel: any Channel

  package var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }
  package var requests: [HTTPRequestHead] { state.withLock { $0.requests } }

  package func change<T: Sendable>(_ body: (inout State) -> T) -> T { state.withLock { body(&$0) } }

  package static func with(_ body: (FakeMLflow) async throws -> Void) async throws {
    let box = Box()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.pipeline.configureHTTPServerPipeline().flatMapThrowing { try channel.pipeline.syncOperations.addHandler(Handler(box)) }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    let server = FakeMLflow(channel)
    box.server.withLock { $0 = server }
    let result: Result<Void, any Error>
    do { result = .success(try await body(server)) } catch { result = .failure(error) }
    try await channel.close()
    try result.get()
  }

  private init(_ channel: any Channel) { self.channel = channel }

  // MARK: Answers

  fileprivate func answer(_ head: HTTPRequestHead) -> Answer {
    state.withLock { state in
      state.requests.append(head)
      let before = state.before
      before?(head.uri, &state)
      if let place = state.failures.firstIndex(where: { head.uri.contains($0.containing) && $0.count > 0 }) {
        state.failures[place].count -= 1
        return state.failures[place].answer
      }
      let parts = head.uri.split(separator: "?", maxSplits: 1)
      let query = Self.query(parts.count > 1 ? parts[1] : "")
      let path = parts[0].dropFirst("/api/2.0/mlflow/".count)
      switch path {
      case "registered-models/search": return Self.models(state)
      case "model-versions/search": return Self.list(state, query)
      case "model-versions/get":
        let found = state.versions.first { $0.model == query["name"] && String($0.number) == query["version"] }
        return found.map { Answer(body: #"{"model_version": \#(Self.text($0, aliases: state.aliases[$0.model]))}"#) } ?? .missing
      case "runs/get": return state.runs[query["run_id"] ?? ""].map { Answer(body: #"{"run": \#($0)}"#) } ?? .missing
      case let path where path.hasPrefix("logged-models/"):
        return state.loggedModels[String(path.dropFirst("logged-models/".count))].map { Answer(body: #"{"model": \#($0)}"#) } ?? .missing
      default: return Answer(status: .notFound, body: "<html>Not Found</html>")
      }
    }
  }

  private static func models(_ state: State) -> Answer {
    let names = Set(state.versions.map(\.model)).union(state.aliases.keys).sorted()
    let texts = names.map { name in
      let aliases = (state.aliases[name] ?? [:]).map { #"{"alias": "\#($0.key)", "version": "\#($0.value)"}"# }
      return #"{"name": "\#(name)", "aliases": [\#(aliases.joined(separator: ","))]}"#
    }
    return Answer(body: #"{"registered_models": [\#(texts.joined(separator: ","))]}"#)
  }

  private static func list(_ state: State, _ query: [String: String]) -> Answer {
    var versions = state.versions
    if !state.isUnsorted, query["order_by"] == "last_updated_timestamp DESC" {
      versions.sort { ($1.changedAtMs, $0.model, $1.number) < ($0.changedAtMs, $1.model, $0.number) }
    }
    let start = query["page_token"].flatMap { Int($0) } ?? 0
    let count = query["max_results"].flatMap { Int($0) } ?? 100
    let page = versions.dropFirst(start).prefix(count)
    let token = start + count < versions.count ? #", "next_page_token": "\#(start + count)""# : ""
    return Answer(body: #"{"model_versions": [\#(page.map { text($0) }.joined(separator: ","))]\#(token)}"#)
  }

  /// - Parameter aliases: all of the model's; lists do not say them.
  private static func text(_ version: Version, aliases: [String: String]? = nil) -> String {
    let named = (aliases ?? [:]).filter { $0.value == String(version.number) }.keys.sorted().map { "\"\($0)\"" }.joined(separator: ",")
    let source = version.loggedModelID.map { "models:/\($0)" } ?? "s3://models/\(version.model)"
    return #"{"name": "\#(version.model)", "version": "\#(version.number)", "creation_timestamp": 1, "#
      + #""last_updated_timestamp": \#(version.changedAtMs), "run_id": "\#(version.runID ?? "")", "source": "\#(source)", "aliases": [\#(named)]}"#
  }

  /// - Parameters:
  ///   - inputs: names of local files.
  ///   - datasets: more of them, as they stand in the answer.
  package static func run(
    _ id: String, status: String = "FINISHED", stage: String = "active", inputs: [String] = [], datasets: [String] = [],
    parameters: [String: String] = [:], metrics: [String: Double] = [:], tags: [String: String] = [:]
  ) -> String {
    let files = inputs.map {
      #"{"tags": [{"key": "mlflow.data.context", "value": "training"}], "dataset": {"name": "\#($0)", "digest": "d", "#
        + #""source_type": "local", "source": "{\"uri\": \"/\#($0)\"}"}}"#
    }
    func pairs(_ map: [String: String]) -> String {
      map.map { #"{"key": "\#($0.key)", "value": "\#($0.value)"}"# }.joined(separator: ",")
    }
    let measured = metrics.map { #"{"key": "\#($0.key)", "value": \#($0.value), "timestamp": 5, "step": 0}"# }.joined(separator: ",")
    return #"{"info": {"run_id": "\#(id)", "status": "\#(status)", "lifecycle_stage": "\#(stage)", "start_time": 1000}, "#
      + #""data": {"params": [\#(pairs(parameters))], "metrics": [\#(measured)], "tags": [\#(pairs(tags))]}, "#
      + #""inputs": {"dataset_inputs": [\#((files + datasets).joined(separator: ","))]}}"#
  }

  /// - Parameter measuredBy: ids of runs.
  package static func loggedModel(_ id: String, run: String, measuredBy: [String] = []) -> String {
    let metrics = measuredBy.map { #"{"key": "m", "value": 1, "timestamp": "5", "step": "0", "run_id": "\#($0)"}"# }
    return #"{"info": {"model_id": "\#(id)", "source_run_id": "\#(run)"}, "data": {"metrics": [\#(metrics.joined(separator: ","))]}}"#
  }

  private static func query(_ text: Substring) -> [String: String] {
    var result: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      result[String(parts[0])] = parts.count > 1 ? decoded(parts[1]) : ""
    }
    return result
  }

  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      bytes.append(UInt8(Substring(rest.prefix(2)), radix: 16) ?? 0)
      rest = rest.dropFirst(2)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private final class Box: Sendable {
    let server = Mutex<FakeMLflow?>(nil)
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private let box: Box
    private var head: HTTPRequestHead?

    init(_ box: Box) { self.box = box }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): self.head = head
      case .body: break
      case .end:
        guard let head, let server = box.server.withLock({ $0 }) else { return }
        let answer = server.answer(head)
        var headers = HTTPHeaders(answer.headers)
        headers.add(name: "content-length", value: String(answer.body.utf8.count + (answer.isEndless ? 1 : 0)))
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: answer.status, headers: headers))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
        if !answer.isEndless { context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
      }
    }
  }
}
