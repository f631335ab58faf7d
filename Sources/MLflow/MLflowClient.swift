import AsyncHTTPClient
import JSON
import NIOCore
import NIOHTTP1

/// Asks an MLflow server by its REST API, version 2.0 (MLflow 2 and 3), for models, their versions, and runs. Only reads.
///
/// Every answer is bounded and has a deadline. Servers that are busy or fail are asked again with growing pauses.
package struct MLflowClient: Sendable {
  package struct Limits: Sendable {
    /// For one try, to the last byte.
    package var timeout = Duration.seconds(30)
    package var attempts = 4
    /// Before the second try; doubled for each further one.
    package var pause = Duration.milliseconds(250)
    /// The longest pause, also when a server asks for a longer one.
    package var maximumPause = Duration.seconds(20)
    /// A run's inputs hold whole schemas.
    package var maximumAnswerSizeBytes = 32 << 20

    package init() {}
  }

  /// Some of a list, and how to ask for what follows.
  package struct Page<Element: Sendable>: Sendable {
    package let elements: [Element]
    /// `nil` on the last page.
    package let nextToken: String?
  }

  private let address: MLflowAddress
  private let limits: Limits
  private let client: HTTPClient

  /// ``close()`` must be called at the end.
  ///
  /// - Parameter hosts: addresses to connect to instead of what a name of a host leads to, for whoever has checked where that is.
  package init(_ address: MLflowAddress, hosts: [String: String] = [:], limits: Limits = Limits()) {
    self.address = address
    self.limits = limits
    var configuration = HTTPClient.Configuration()
    // Our credentials are for this server alone.
    configuration.redirectConfiguration = .disallow
    configuration.timeout.connect = .seconds(10)
    configuration.dnsOverride = hosts
    // We try again ourselves.
    configuration.connectionPool.retryConnectionEstablishment = false
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  package func close() async { try? await client.shutdown() }

  // MARK: What can be asked

  /// Registered models by name, with their aliases. Prompts are none.
  package func models(after token: String? = nil, maximumCount: Int = 100) async throws -> Page<MLflowModel> {
    try await page("registered-models/search", [("max_results", String(maximumCount)), ("page_token", token)]) { answer throws(JSONError) in
      Page(elements: try answer.list("registered_models", MLflowModel.init), nextToken: try answer.text("next_page_token"))
    }
  }

  /// Versions of all models, those that were updated last first.
  ///
  /// What it says of aliases is not to be relied on. A token counts from the beginning of the list: when a version is deleted while pages
  /// are read, another one is skipped.
  package func modelVersions(after token: String? = nil, maximumCount: Int = 1_000) async throws -> Page<MLflowModelVersion> {
    let query = [("max_results", String(maximumCount)), ("order_by", "last_updated_timestamp DESC"), ("page_token", token)]
    return try await page("model-versions/search", query) { answer throws(JSONError) in
      Page(elements: try answer.list("model_versions", MLflowModelVersion.init), nextToken: try answer.text("next_page_token"))
    }
  }

  /// One version with its aliases; `nil` when there is none.
  package func modelVersion(_ key: MLflowVersionKey) async throws -> MLflowModelVersion? {
    try await one("model-versions/get", [("name", key.model), ("version", key.version)]) { answer throws(JSONError) in
      try MLflowModelVersion(try answer.required("model_version"))
    }
  }

  /// `nil` when there is none, and of a server before MLflow 3.
  package func loggedModel(_ id: String) async throws -> MLflowLoggedModel? {
    try await one("logged-models/\(Self.encoded(id))", [], isNewRoute: true) { answer throws(JSONError) in
      try MLflowLoggedModel(try answer.required("model"))
    }
  }

  /// `nil` when there is none. Deleted runs are found until they are removed for good.
  package func run(_ id: String) async throws -> MLflowRun? {
    try await one("runs/get", [("run_id", id)]) { answer throws(JSONError) in try MLflowRun(try answer.required("run")) }
  }

  /// Finds out whether the server answers at all.
  ///
  /// - Throws: ``MLflowError``
  func check() async throws {
    let answer = try await send("experiments/search", [("max_results", "1")])
    guard answer.status == 200 else { throw answer.refusal }
  }

  // MARK: How

  private func page<T>(
    _ path: String, _ query: [(String, String?)], _ read: (MLflowMessage) throws(JSONError) -> Page<T>
  ) async throws -> Page<T> {
    let answer = try await send(path, query)
    guard answer.status == 200 else { throw answer.refusal }
    return try answer.read(read)
  }

  private func one<T>(
    _ path: String, _ query: [(String, String?)], isNewRoute: Bool = false, _ read: (MLflowMessage) throws(JSONError) -> T
  ) async throws -> T? {
    let answer = try await send(path, query)
    if answer.status == 200 { return try answer.read(read) }
    // A 404 of something else than MLflow means that we ask at the wrong place, or for what the server does not know yet.
    if answer.status == 404, isNewRoute || answer.errorCode == "RESOURCE_DOES_NOT_EXIST" { return nil }
    throw answer.refusal
  }

  private func send(_ path: String, _ query: [(String, String?)]) async throws -> MLflowAnswer {
    let pairs = query.compactMap { name, value in value.map { "\(name)=\(Self.encoded($0))" } }
    let target = "\(address.url)/api/2.0/mlflow/\(path)" + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    var request = HTTPClientRequest(url: target)
    request.headers.add(name: "Accept", value: "application/json")
    request.headers.add(name: "User-Agent", value: "moraine")
    if let header = address.authorization.header { request.headers.add(name: "Authorization", value: header) }
    if let workspace = address.workspace { request.headers.add(name: "X-MLFLOW-WORKSPACE", value: workspace) }
    var pause = limits.pause
    for attempt in 1... {
      let isLast = attempt >= limits.attempts
      var wait = pause
      do {
        let answer = try await tryOnce(request)
        switch answer.status {
        case 401: throw MLflowError.unauthorized
        case 429, 500, 502, 503, 504:
          guard !isLast else { throw MLflowError.failing(status: answer.status, message: answer.message) }
          wait = max(pause, answer.retryAfter ?? .zero)
        default: return answer
        }
      } catch let error as MLflowError {
        guard case .unreachable = error, !isLast else { throw error }
      }
      // Not all at once, when several servers of ours wait for one of theirs.
      try await Task.sleep(for: min(wait, limits.maximumPause) * Double.random(in: 0.75...1.25))
      pause *= 2
    }
    throw MLflowError.endless
  }

  /// - Throws: ``MLflowError``, or `CancellationError`.
  private func tryOnce(_ request: HTTPClientRequest) async throws -> MLflowAnswer {
    do {
      return try await withThrowingTaskGroup(of: MLflowAnswer.self) { group in
        group.addTask { try await exchange(request) }
        group.addTask {
          try await Task.sleep(for: limits.timeout)
          throw MLflowError.unreachable("no whole answer within \(limits.timeout)")
        }
        defer { group.cancelAll() }
        guard let answer = try await group.next() else { throw CancellationError() }
        return answer
      }
    } catch let error as MLflowError {
      throw error
    } catch {
      try Task.checkCancellation()
      throw MLflowError.unreachable("\(error)")
    }
  }

  private func exchange(_ request: HTTPClientRequest) async throws -> MLflowAnswer {
    let response = try await client.execute(request, deadline: .distantFuture)
    do {
      let body = try await response.body.collect(upTo: limits.maximumAnswerSizeBytes)
      return MLflowAnswer(
        status: Int(response.status.code), retryAfter: response.headers.first(name: "retry-after").flatMap { Int($0) }.map { .seconds($0) },
        body: Array(body.readableBytesView))
    } catch is NIOTooManyBytesError {
      throw MLflowError.tooLong(maximumSizeBytes: limits.maximumAnswerSizeBytes)
    }
  }

  /// Percent-encoded but for what RFC 3986 §2.3 leaves unreserved.
  static func encoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return result
  }
}
