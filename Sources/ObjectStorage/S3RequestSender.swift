import AsyncHTTPClient
import FoundationEssentials
import Logging
import NIOCore
import NIOHTTP1

/// A request to S3, unsigned.
struct S3Request: Sendable {
  let method: HTTPMethod
  let location: ObjectLocation
  /// Decoded.
  var query: [(name: String, value: String)] = []
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []
  /// The largest body taken of an answer that is no error; a list of a thousand keys unless told.
  var maximumSizeBytes = 8 << 20
  /// Statuses that are answers to the caller and not errors.
  var accepted: Set<Int> = []

  init(_ method: HTTPMethod, _ location: ObjectLocation) {
    self.method = method
    self.location = location
  }
}

/// Sends requests to S3 until they are answered for good.
///
/// Every one is signed, has a deadline, and is tried again with growing pauses when the service is busy or the line breaks.
struct S3RequestSender: Sendable {
  struct Limits: Sendable {
    var attempts = 5
    /// For one try, from the first byte sent to the last received.
    var timeout = Duration.seconds(30)
    /// No try begins later than this.
    var total = Duration.seconds(60)
    /// Before the second try; doubled for each further one.
    var pauseMs = 50
  }

  struct Answer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: [UInt8]
    /// Whether an earlier try was lost after it may have taken effect.
    var mayHaveBeenDone = false

    var code: String { S3Answer.errorCode(body) }
  }

  private let endpoint: S3Endpoint
  private let signer: RequestSigner
  private let client: HTTPClient
  private let logger: Logger
  private let limits: Limits

  private static let maximumErrorSizeBytes = 256 << 10

  init(endpoint: S3Endpoint, credentials: S3Credentials, client: HTTPClient, logger: Logger, limits: Limits) {
    self.endpoint = endpoint
    self.client = client
    self.logger = logger
    self.limits = limits
    signer = RequestSigner(credentials: credentials, region: endpoint.region)
  }

  /// - Returns: an answer whose status is a success or one of those accepted.
  func send(_ request: S3Request) async throws(ObjectStoreError) -> Answer {
    let begin = ContinuousClock.now
    var problem = ""
    var mayHaveBeenDone = false
    for attempt in 0..<limits.attempts where attempt == 0 || ContinuousClock.now - begin < limits.total {
      if attempt > 0 {
        logger.debug("trying S3 again", metadata: ["location": "\(request.location)", "problem": "\(problem)"])
        try await pause(attempt, request.location)
      }
      do {
        var answer = try await sendOnce(request)
        answer.mayHaveBeenDone = mayHaveBeenDone
        if (200..<300).contains(answer.status) || request.accepted.contains(answer.status) { return answer }
        problem = try problemWorthAnotherTry(answer, request)
        // Refused before it was begun, unlike what a gateway or a broken server answers.
        if ![409, 429, 503].contains(answer.status) { mayHaveBeenDone = true }
      } catch let error as ObjectStoreError {
        throw error
      } catch is CancellationError {
        throw .unavailable("\(request.location): cancelled")
      } catch {
        problem = "\(error)"
        mayHaveBeenDone = true
      }
    }
    throw .unavailable("\(request.location): the store does not answer (\(problem)); check s3.endpoint, or try again later")
  }

  /// 50, 100, 200, 400 ms, each with as much again at random.
  private func pause(_ attempt: Int, _ location: ObjectLocation) async throws(ObjectStoreError) {
    let pause = limits.pauseMs << (attempt - 1)
    do {
      try await Task.sleep(for: .milliseconds(pause + .random(in: 0...pause)))
    } catch {
      throw .unavailable("\(location): cancelled")
    }
  }

  /// Throws what an answer means, unless the next one may be better.
  private func problemWorthAnotherTry(_ answer: Answer, _ request: S3Request) throws(ObjectStoreError) -> String {
    let location = request.location.description
    let code = answer.code
    let status = "status \(answer.status)\(code.isEmpty ? "" : " \(code)")"
    switch (answer.status, code) {
    // 409: another conditional write of the same key, or its deletion, is under way.
    case (408, _), (409, _), (429, _), (500, _), (502, _), (503, _), (504, _), (400, "RequestTimeout"): return status
    case (404, "NoSuchBucket"): throw .notFound("the bucket \(request.location.bucket) of \(location)")
    case (404, _): throw .notFound(location)
    case (401, _), (403, _): throw .accessDenied(code.isEmpty ? location : "\(location) (\(code))")
    case (412, _): throw .alreadyExists(location)
    case (300..<400, _), (400, "AuthorizationHeaderMalformed"):
      throw .other("\(location): \(status); the bucket is elsewhere, check s3.region and s3.endpoint")
    default: throw .other("\(location): \(status)")
    }
  }

  /// One try, within its deadline. The client's own deadline ends with the answer's head.
  private func sendOnce(_ request: S3Request) async throws -> Answer {
    try await withThrowingTaskGroup(of: Answer?.self) { group in
      defer { group.cancelAll() }
      group.addTask { try await self.exchange(request) }
      group.addTask {
        try await Task.sleep(for: limits.timeout)
        return nil
      }
      guard let first = try await group.next(), let answer = first else { throw S3DeadlineExceeded() }
      return answer
    }
  }

  private func exchange(_ request: S3Request) async throws -> Answer {
    let location = request.location
    let (host, path) = endpoint.target(bucket: location.bucket, key: location.key)
    let signed = signer.headers(
      method: request.method.rawValue, host: host, path: path, query: request.query, headers: request.headers,
      bodyHash: RequestSigner.hash(request.body), date: S3Answer.amzDate(.now))
    let query = request.query.isEmpty ? "" : "?" + RequestSigner.canonicalQuery(request.query)
    var message = HTTPClientRequest(url: "\(endpoint.scheme)://\(host)\(path)\(query)")
    message.method = request.method
    for (name, value) in signed where name != "host" { message.headers.add(name: name, value: value) }
    if request.method == .PUT || request.method == .POST { message.body = .bytes(ByteBuffer(bytes: request.body)) }
    let response = try await client.execute(message, deadline: .distantFuture)
    let status = Int(response.status.code)
    let isSuccess = (200..<300).contains(status)
    var body = ByteBuffer()
    if request.method != .HEAD {
      do {
        body = try await response.body.collect(upTo: isSuccess ? request.maximumSizeBytes : Self.maximumErrorSizeBytes)
      } catch is NIOTooManyBytesError where isSuccess {
        throw ObjectStoreError.tooLarge(location.description, maximumSizeBytes: request.maximumSizeBytes)
      }
    }
    // A cancelled body may end early without an error.
    try Task.checkCancellation()
    return Answer(status: status, headers: response.headers, body: Array(body.readableBytesView))
  }
}

struct S3DeadlineExceeded: Error, CustomStringConvertible {
  let description = "no whole answer within the time limit"
}
