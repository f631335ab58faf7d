import AsyncHTTPClient
import Crypto
import FoundationEssentials
import Logging
import NIOCore
import NIOHTTP1

/// Objects below one prefix of an S3 bucket.
///
/// Every request is signed, has a deadline, and is tried again with growing pauses when the service is busy or the line breaks.
package struct S3ObjectStore: ObjectStore {
  private let root: ObjectLocation
  private let endpoint: S3Endpoint
  private let signer: RequestSigner
  private let client: HTTPClient
  private let logger: Logger

  private static let attempts = 5
  private static let timeout = TimeAmount.seconds(30)
  /// The largest answer read that is not an object: a list of a thousand keys.
  private static let maximumAnswerSizeBytes = 8 << 20

  init(root: ObjectLocation, endpoint: S3Endpoint, credentials: S3Credentials, client: HTTPClient, logger: Logger) {
    self.root = root
    self.endpoint = endpoint
    self.client = client
    self.logger = logger
    signer = RequestSigner(credentials: credentials, region: endpoint.region)
  }

  package func read(_ location: ObjectLocation, maximumSizeBytes: Int) async throws(ObjectStoreError) -> [UInt8] {
    try confine(location)
    return try await send(.GET, location, maximumSizeBytes: maximumSizeBytes).body
  }

  package func create(_ location: ObjectLocation, _ bytes: [UInt8]) async throws(ObjectStoreError) {
    try confine(location)
    var isRepeated = false
    do {
      _ = try await send(.PUT, location, headers: [("if-none-match", "*")], body: bytes) { isRepeated = true }
    } catch .alreadyExists(let text) {
      // An earlier try of ours may have arrived although its answer did not.
      guard isRepeated, try await read(location, maximumSizeBytes: bytes.count) == bytes else { throw .alreadyExists(text) }
    }
  }

  package func exists(_ location: ObjectLocation) async throws(ObjectStoreError) -> Bool {
    try confine(location)
    do {
      _ = try await send(.HEAD, location)
      return true
    } catch .notFound {
      return false
    }
  }

  /// There are no folders.
  package func makeFolder(_ location: ObjectLocation) async throws(ObjectStoreError) { try confine(location) }

  package func delete(_ locations: [ObjectLocation]) async throws(ObjectStoreError) {
    for location in locations { try confine(location) }
    if locations.count == 1 {
      do {
        _ = try await send(.DELETE, locations[0])
      } catch .notFound {}
      return
    }
    for bucket in Set(locations.map(\.bucket)).sorted() {
      var rest = locations.filter { $0.bucket == bucket }[...]
      while !rest.isEmpty {
        try await deleteMany(rest.prefix(1_000), in: bucket)
        rest = rest.dropFirst(1_000)
      }
    }
  }

  private func deleteMany(_ locations: ArraySlice<ObjectLocation>, in bucket: String) async throws(ObjectStoreError) {
    let keys = locations.map { "<Object><Key>\(S3Answer.escaped($0.key))</Key></Object>" }.joined()
    let body = Array("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(keys)<Quiet>true</Quiet></Delete>".utf8)
    let md5 = Data(Insecure.MD5.hash(data: body)).base64EncodedString()
    let bucketRoot = try bucketLocation(bucket)
    let answer = try await send(.POST, bucketRoot, query: [("delete", "")], headers: [("content-md5", md5)], body: body)
    let errors = S3Answer(answer.body).elements("Error")
    if let first = errors.first {
      throw .other("\(errors.count) objects of \(bucketRoot) could not be deleted, the first \(first.text("Key")): \(first.text("Code"))")
    }
  }

  package func list(under location: ObjectLocation, after: String?, limit: Int) async throws(ObjectStoreError) -> [StoredObject] {
    try confine(location)
    let bucket = try bucketLocation(location.bucket)
    var query = [("list-type", "2"), ("max-keys", String(min(max(limit, 1), 1_000)))]
    query.append(("prefix", location.key.isEmpty ? "" : location.key + "/"))
    if let after { query.append(("start-after", after)) }
    let answer = try await send(.GET, bucket, query: query)
    return S3Answer(answer.body).elements("Contents").compactMap { element in
      guard let location = try? bucket.appending(element.text("Key")) else { return nil }
      return StoredObject(
        location: location, sizeBytes: Int64(element.text("Size")) ?? 0,
        modifiedAtMs: S3Answer.milliseconds(element.text("LastModified")) ?? 0)
    }
  }

  // MARK: Parts

  private func confine(_ location: ObjectLocation) throws(ObjectStoreError) {
    guard root.contains(location) else { throw .outsideRoot(location.description, root: root.description) }
  }

  private func bucketLocation(_ bucket: String) throws(ObjectStoreError) -> ObjectLocation {
    do {
      return try ObjectLocation("s3://\(bucket)")
    } catch {
      throw .other("\(error)")
    }
  }

  private struct Answer {
    let status: Int
    let body: [UInt8]
  }

  /// Sends a request until it is answered for good.
  ///
  /// - Parameter onRetry: called before a second try.
  private func send(
    _ method: HTTPMethod, _ location: ObjectLocation, query: [(name: String, value: String)] = [],
    headers: [(name: String, value: String)] = [], body: [UInt8] = [], maximumSizeBytes: Int = maximumAnswerSizeBytes,
    onRetry: () -> Void = {}
  ) async throws(ObjectStoreError) -> Answer {
    var problem = ""
    for attempt in 0..<Self.attempts {
      if attempt > 0 {
        onRetry()
        logger.debug("trying S3 again", metadata: ["location": "\(location)", "problem": "\(problem)"])
        // 50, 100, 200, 400 ms, each with as much again at random.
        let pause = 50 << (attempt - 1)
        do {
          try await Task.sleep(for: .milliseconds(pause + .random(in: 0...pause)))
        } catch {
          throw .unavailable("\(location): cancelled")
        }
      }
      do {
        let answer = try await sendOnce(method, location, query, headers, body, maximumSizeBytes)
        switch answer.status {
        case 200..<300: return answer
        case 404: throw ObjectStoreError.notFound(location.description)
        case 401, 403: throw ObjectStoreError.accessDenied(location.description)
        // 409: another conditional write of the same key is under way, and will win.
        case 409, 412: throw ObjectStoreError.alreadyExists(location.description)
        case 408, 429, 500, 502, 503, 504: problem = "status \(answer.status)"
        default: throw ObjectStoreError.other("\(location): status \(answer.status) \(S3Answer(answer.body).code)")
        }
      } catch let error as ObjectStoreError {
        throw error
      } catch is NIOTooManyBytesError {
        throw .tooLarge(location.description, maximumSizeBytes: maximumSizeBytes)
      } catch {
        problem = "\(error)"
      }
    }
    throw .unavailable("\(location): the store does not answer (\(problem))")
  }

  private func sendOnce(
    _ method: HTTPMethod, _ location: ObjectLocation, _ query: [(name: String, value: String)], _ headers: [(name: String, value: String)],
    _ body: [UInt8], _ maximumSizeBytes: Int
  ) async throws -> Answer {
    let (host, path) = endpoint.target(bucket: location.bucket, key: location.key)
    let signed = signer.headers(
      method: method.rawValue, host: host, path: path, query: query, headers: headers, bodyHash: RequestSigner.hash(body),
      date: S3Answer.amzDate(.now))
    let queryText = query.isEmpty ? "" : "?" + RequestSigner.canonicalQuery(query)
    var request = HTTPClientRequest(url: "\(endpoint.scheme)://\(host)\(path)\(queryText)")
    request.method = method
    for (name, value) in signed where name != "host" { request.headers.add(name: name, value: value) }
    if method == .PUT || method == .POST { request.body = .bytes(ByteBuffer(bytes: body)) }
    let response = try await client.execute(request, timeout: Self.timeout)
    let answer = method == .HEAD ? ByteBuffer() : try await response.body.collect(upTo: maximumSizeBytes)
    return Answer(status: Int(response.status.code), body: Array(answer.readableBytesView))
  }
}
