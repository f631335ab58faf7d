import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Asks a token service (AWS STS or one that speaks like it) for narrowed keys: the action `AssumeRole`.
struct TokenService: Sendable {
  struct Limits: Sendable {
    var attempts = 4
    /// For one try.
    var timeout = Duration.seconds(10)
    /// Before the second try; doubled for each further one.
    var pauseMs = 100
  }

  private let role: AssumedRole
  private let address: (scheme: String, host: String)
  private let signer: RequestSigner
  private let client: HTTPClient
  private let limits: Limits

  private static let maximumAnswerSizeBytes = 256 << 10
  private static let throttled: Set = ["Throttling", "ThrottlingException", "RequestLimitExceeded", "SlowDown", "RequestTimeout"]

  init(role: AssumedRole, credentials: S3Credentials, client: HTTPClient, limits: Limits) throws(CredentialVendingError) {
    self.role = role
    self.client = client
    self.limits = limits
    signer = RequestSigner(credentials: credentials, region: role.region, service: "sts")
    do {
      let standard = "https://sts.\(role.region).amazonaws.com\(role.region.hasPrefix("cn-") ? ".cn" : "")"
      let given = role.endpoint.flatMap { $0.isEmpty ? nil : $0 } ?? standard
      let endpoint = try S3Endpoint(StorageProfile(root: ObjectLocation("s3://sts"), endpoint: given, region: role.region))
      address = (endpoint.scheme, endpoint.host)
    } catch {
      throw .badEndpoint("\(error)")
    }
  }

  func assumeRole(policy: SessionPolicy, sessionName: String) async throws(CredentialVendingError) -> VendedCredentials {
    var form = [
      (name: "Action", value: "AssumeRole"), ("Version", "2011-06-15"), ("RoleArn", role.arn), ("RoleSessionName", sessionName),
      ("DurationSeconds", String(role.durationSeconds)), ("Policy", policy.text),
    ]
    if let externalID = role.externalID { form.append(("ExternalId", externalID)) }
    let body = Array(RequestSigner.canonicalQuery(form).utf8)
    var problem = ""
    for attempt in 0..<limits.attempts {
      do {
        if attempt > 0 {
          let pause = limits.pauseMs << (attempt - 1)
          try await Task.sleep(for: .milliseconds(pause + .random(in: 0...pause)))
        }
        let (status, answer) = try await sendOnce(body)
        if status == 200 { return try AssumeRoleAnswer.credentials(answer, nowMs: Int64(Date.now.timeIntervalSince1970 * 1_000)) }
        problem = try problemWorthAnotherTry(status, AssumeRoleAnswer.errorCode(answer))
      } catch let error as CredentialVendingError {
        throw error
      } catch is CancellationError {
        throw .unavailable("cancelled")
      } catch {
        problem = "\(error)"
      }
    }
    throw .unavailable(problem)
  }

  private func problemWorthAnotherTry(_ status: Int, _ code: String) throws(CredentialVendingError) -> String {
    switch (status, code) {
    case (408, _), (429, _), (500..., _): return "status \(status)\(code.isEmpty ? "" : " \(code)")"
    case (_, let code) where Self.throttled.contains(code): return "status \(status) \(code)"
    case (404, _), (_, "NoSuchEntity"), (_, "NoSuchRole"): throw .roleMissing(role.arn)
    case (401, _), (403, _): throw .accessDenied(role: role.arn, code: code.isEmpty ? "status \(status)" : code)
    default: throw .refused(status: status, code: code)
    }
  }

  private func sendOnce(_ body: [UInt8]) async throws -> (status: Int, body: [UInt8]) {
    let signed = signer.headers(
      method: "POST", host: address.host, path: "/", query: [], headers: [("content-type", "application/x-www-form-urlencoded")],
      bodyHash: RequestSigner.hash(body), date: S3Answer.amzDate(.now))
    var request = HTTPClientRequest(url: "\(address.scheme)://\(address.host)/")
    request.method = .POST
    for (name, value) in signed where name != "host" { request.headers.add(name: name, value: value) }
    request.body = .bytes(ByteBuffer(bytes: body))
    let message = request
    return try await withThrowingTaskGroup(of: (Int, [UInt8])?.self) { group in
      defer { group.cancelAll() }
      group.addTask {
        let response = try await client.execute(message, deadline: .distantFuture)
        let body = try await response.body.collect(upTo: Self.maximumAnswerSizeBytes)
        // A cancelled body may end early without an error.
        try Task.checkCancellation()
        return (Int(response.status.code), Array(body.readableBytesView))
      }
      group.addTask {
        try await Task.sleep(for: limits.timeout)
        return nil
      }
      guard let first = try await group.next(), let answer = first else { throw S3DeadlineExceeded() }
      return answer
    }
  }
}
