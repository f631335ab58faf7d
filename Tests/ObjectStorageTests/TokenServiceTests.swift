import AsyncHTTPClient
import NIOHTTP1
import Testing

@testable import ObjectStorage

/// How keys are asked for, and how a token service that misbehaves is borne.
@Suite(.timeLimit(.minutes(10)))
struct TokenServiceTests {
  private func service(_ server: FaultServer, timeout: Duration = .seconds(10)) throws -> TokenService {
    var limits = TokenService.Limits()
    limits.pauseMs = 2
    limits.timeout = timeout
    return try TokenService(
      role: AssumedRole(arn: "arn:aws:iam::1:role/lake", externalID: "x&y", endpoint: server.endpoint),
      credentials: S3Credentials(accessKeyID: "id", secretAccessKey: "hidden-secret"), client: .shared, limits: limits)
  }

  private func ask(_ service: TokenService) async throws -> VendedCredentials {
    try await service.assumeRole(
      policy: SessionPolicy(location: ObjectLocation("s3://b/t"), access: .read), sessionName: "ann@r")
  }

  private static func answer(expiration: String = "2999-05-03T10:15:00Z", token: String = "<SessionToken>tok/+=</SessionToken>") -> String {
    "<AssumeRoleResponse xmlns=\"x\"><AssumeRoleResult><Credentials><AccessKeyId>AK</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey>"
      + "\(token)<Expiration>\(expiration)</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
  }

  @Test func asksAsTheServiceWants() async throws {
    let server = try await FaultServer { _ in .answer(200, [], Self.answer()) }
    let vended = try await ask(service(server))
    #expect(vended.accessKeyID == "AK" && vended.sessionToken == "tok/+=")
    let request = try #require(server.requests.first)
    let body = String(decoding: request.body, as: UTF8.self)
    #expect(request.head.headers["authorization"].first?.contains("/us-east-1/sts/aws4_request") == true)
    for part in [
      "Action=AssumeRole&", "DurationSeconds=3600&", "ExternalId=x%26y&", "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Flake&",
      "RoleSessionName=ann%40r&", "Policy=%7B%22Version%22",
    ] {
      #expect(body.contains(part), "\(part)")
    }
  }

  @Test(arguments: [
    (500, ""), (503, "<Error><Code>SlowDown</Code></Error>"), (429, ""),
    (400, "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"),
  ])
  func triesAgainWhenBusy(status: Int, body: String) async throws {
    let server = try await FaultServer { $0.index < 2 ? .answer(status, [], body) : .answer(200, [], Self.answer()) }
    #expect(try await ask(service(server)).accessKeyID == "AK")
    #expect(server.requests.count == 3)
  }

  @Test(arguments: [
    (404, "<Error><Code>NoSuchEntity</Code></Error>", CredentialVendingError.roleMissing("arn:aws:iam::1:role/lake")),
    (
      403,
      "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>AccessDenied</Code></Error></ErrorResponse>",
      .accessDenied(role: "arn:aws:iam::1:role/lake", code: "AccessDenied")
    ),
    (400, "<Error><Code>MalformedPolicyDocument</Code></Error>", .refused(status: 400, code: "MalformedPolicyDocument")),
    (400, "<Error><Code>a\nb</Code></Error>", .refused(status: 400, code: "")),
  ])
  func saysWhatIsWrong(status: Int, body: String, expected: CredentialVendingError) async throws {
    let server = try await FaultServer { _ in .answer(status, [], body) }
    await #expect(throws: expected) { try await ask(service(server)) }
    #expect(server.requests.count == 1)
  }

  @Test(arguments: [
    "", "<html/>", answer(expiration: "soon"), answer(expiration: "2001-01-01T00:00:00Z"), answer(token: ""),
    answer(token: "<SessionToken></SessionToken>"), answer(token: "<SessionToken>a b</SessionToken>"),
    answer(token: "<SessionToken>a</SessionToken><SessionToken>b</SessionToken>"),
    answer(token: "<SessionToken>\(String(repeating: "x", count: 40_000))</SessionToken>"),
  ])
  func refusesAnswers(body: String) async throws {
    let server = try await FaultServer { _ in .answer(200, [], body) }
    do {
      _ = try await ask(service(server))
      Issue.record("taken: \(body.prefix(200))")
    } catch let error as CredentialVendingError {
      guard case .unreadableAnswer = error else { throw error }
      #expect(!"\(error)".contains("hidden"))
    }
  }

  @Test func givesUp() async throws {
    let server = try await FaultServer { _ in .half(stall: true) }
    let began = ContinuousClock.now
    do {
      _ = try await ask(service(server, timeout: .milliseconds(50)))
      Issue.record("answered")
    } catch CredentialVendingError.unavailable {}
    // Of four tries; a busy machine may give one up before it has left.
    #expect((1...4).contains(server.requests.count))
    #expect(ContinuousClock.now - began < .seconds(60))
  }
}
