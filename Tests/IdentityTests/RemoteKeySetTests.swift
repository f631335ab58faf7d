import AsyncHTTPClient
import JWTKit
import NIOCore
import NIOHTTP1
import Testing

@testable import Identity

@Suite(.timeLimit(.minutes(10))) struct RemoteKeySetTests {
  private func configuration(_ issuer: String, _ location: IssuerConfiguration.KeyLocation) throws -> IssuerConfiguration {
    try IssuerConfiguration(issuer: issuer, audiences: ["catalog"], keyLocation: location)
  }

  private func limits(interval: Duration = .seconds(60), freshFor: Duration = .seconds(600)) -> RemoteKeySet.Limits {
    var limits = RemoteKeySet.Limits()
    limits.interval = interval
    limits.freshFor = freshFor
    limits.intervalWithoutKeys = .milliseconds(50)
    limits.timeout = .milliseconds(800)
    return limits
  }

  @Test func manyWhoAskAtOnceCauseOneFetch() async throws {
    let server = try await KeyServer()
    var issuer = ForeignIssuer("https://a.example")
    try await issuer.addES256("k")
    server.set("/keys", .init(body: issuer.document, delay: .milliseconds(100)))
    let configuration = try configuration(issuer.name, .keySet(url: server.url + "/keys"))
    var tokens: [String] = []
    for index in 0..<200 { tokens.append(try await issuer.token(issuer.claims(subject: "s\(index)"), key: "k")) }
    try await withClient { client in
      let keys = try RemoteKeySet(configuration, client: client, limits: limits(), logger: quiet)
      let verifier = try TokenVerifier(issuers: [.init(configuration: configuration, keys: keys)])
      try await withThrowingTaskGroup { group in
        for (index, token) in tokens.enumerated() {
          group.addTask {
            let subject = try await verifier.verify(token).subject
            #expect(subject == "s\(index)")
          }
        }
        try await group.waitForAll()
      }
    }
    #expect(server.count("/keys") == 1)
    try await server.close()
  }

  @Test func inventedKeyIDsCauseOneFetchAnInterval() async throws {
    let server = try await KeyServer()
    var issuer = ForeignIssuer("https://a.example")
    try await issuer.addES256("k")
    server.set("/keys", issuer.document)
    let configuration = try configuration(issuer.name, .keySet(url: server.url + "/keys"))
    let header = { (id: Int) in #"{"alg":"ES256","kid":"invented-\#(id)"}"# }
    let payload = #"{"iss":"https://a.example","sub":"x","aud":"catalog","exp":9999999999}"#
    try await withClient { client in
      let keys = try RemoteKeySet(configuration, client: client, limits: limits(interval: .milliseconds(300)), logger: quiet)
      let verifier = try TokenVerifier(issuers: [.init(configuration: configuration, keys: keys)])
      let begin = ContinuousClock.now
      var refused = 0
      // However slow the machine: many more tokens than intervals pass.
      while refused < 200 || ContinuousClock.now - begin < .seconds(1) {
        do { _ = try await verifier.verify(handmade(header: header(refused), payload: payload)) } catch is TokenError { refused += 1 }
      }
      // One at the beginning of each interval that has begun, and one more if the last pass ran late.
      let intervals = Int((ContinuousClock.now - begin) / .milliseconds(300)) + 1
      #expect((2...intervals + 1).contains(server.count("/keys")))
    }
    try await server.close()
  }

  @Test func aRotatedAndAReplacedKeyAreFound() async throws {
    let server = try await KeyServer()
    var issuer = ForeignIssuer("https://a.example")
    try await issuer.addES256("k1")
    server.set("/keys", issuer.document)
    let configuration = try configuration(issuer.name, .keySet(url: server.url + "/keys"))
    try await withClient { client in
      let keys = try RemoteKeySet(configuration, client: client, limits: limits(interval: .milliseconds(20)), logger: quiet)
      let verifier = try TokenVerifier(
        issuers: [.init(configuration: configuration, keys: keys)], remembered: RememberedTokens(maximumAgeSeconds: 0))
      let old = try await issuer.token(issuer.claims(), key: "k1")
      _ = try await verifier.verify(old)
      try await Task.sleep(for: .milliseconds(30))
      try await issuer.addES256("k2")
      server.set("/keys", issuer.document)
      _ = try await verifier.verify(try await issuer.token(issuer.claims(), key: "k2"))
      _ = try await verifier.verify(old)
      try await Task.sleep(for: .milliseconds(30))
      // Another key under k2's name: its tokens are good, the old ones no longer.
      let replaced = try await issuer.token(issuer.claims(subject: "before"), key: "k2")
      var successor = ForeignIssuer("https://a.example")
      try await successor.addES256("k2")
      server.set("/keys", successor.document)
      #expect(try await verifier.verify(try await successor.token(successor.claims(subject: "after"), key: "k2")).subject == "after")
      await #expect(throws: TokenError.badSignature(issuer: "https://a.example")) { try await verifier.verify(replaced) }
      await #expect(throws: TokenError.unknownKey("k1")) { try await verifier.verify(old) }
    }
    try await server.close()
  }

  @Test func twoIssuersDoNotVouchForEachOther() async throws {
    let server = try await KeyServer()
    var one = ForeignIssuer(server.url + "/one")
    var two = ForeignIssuer(server.url + "/two/")
    try await one.addES256("k")
    try await two.addES256("k")
    for (issuer, path) in [(one, "/one"), (two, "/two")] {
      server.set(path + "/.well-known/openid-configuration", #"{"issuer":"\#(issuer.name)","jwks_uri":"\#(server.url)\#(path)/keys"}"#)
      server.set(path + "/keys", issuer.document)
    }
    try await withClient { client in
      var trusted: [TokenVerifier.TrustedIssuer] = []
      for issuer in [one, two] {
        let configuration = try configuration(issuer.name, .discovery)
        trusted.append(
          .init(configuration: configuration, keys: try RemoteKeySet(configuration, client: client, limits: limits(), logger: quiet)))
      }
      let verifier = try TokenVerifier(issuers: trusted)
      #expect(try await verifier.verify(try await one.token(one.claims(), key: "k")).issuer == one.name)
      #expect(try await verifier.verify(try await two.token(two.claims(), key: "k")).issuer == two.name)
      let posing = try await one.token(two.claims(), key: "k")
      await #expect(throws: TokenError.badSignature(issuer: two.name)) { try await verifier.verify(posing) }
    }
    try await server.close()
  }

  @Test func theOldSetServesWhileTheIssuerIsAway() async throws {
    let server = try await KeyServer()
    var issuer = ForeignIssuer("https://a.example")
    try await issuer.addES256("k")
    let configuration = try configuration(issuer.name, .keySet(url: server.url + "/keys"))
    let token = try await issuer.token(issuer.claims(), key: "k")
    try await withClient { client in
      var limits = limits(interval: .milliseconds(20), freshFor: .milliseconds(20))
      limits.keptFor = .milliseconds(600)
      let keys = try RemoteKeySet(configuration, client: client, limits: limits, logger: quiet)
      let verifier = try TokenVerifier(
        issuers: [.init(configuration: configuration, keys: keys)], remembered: RememberedTokens(maximumAgeSeconds: 0))
      // Nothing there yet: refused, but may be good later.
      do {
        _ = try await verifier.verify(token)
        Issue.record("verified without keys")
      } catch let error as TokenError {
        #expect(error.isTransient)
      }
      try await Task.sleep(for: .milliseconds(60))
      server.set("/keys", issuer.document)
      _ = try await verifier.verify(token)
      server.set("/keys", .init(status: .internalServerError))
      try await Task.sleep(for: .milliseconds(100))
      _ = try await verifier.verify(token)
      try await Task.sleep(for: .milliseconds(700))
      await #expect(throws: TokenError.self) { try await verifier.verify(token) }
    }
    try await server.close()
  }

  @Test func badAnswersAreNoKeys() async throws {
    let server = try await KeyServer()
    var issuer = ForeignIssuer("https://a.example")
    try await issuer.addES256("k")
    server.set("/elsewhere", issuer.document)
    let padding = String(repeating: " ", count: KeySetFetcher.maximumSizeBytes)
    let discovery = { (named: String) in #"{"issuer":"\#(named)","jwks_uri":"http://example.com/keys"}"# }
    let many = #"{"keys":[\#((0...100).map { _ in issuer.jwks[0] }.joined(separator: ","))]}"#
    let answers: [KeyServer.Answer] = [
      .init(body: "nonsense"), .init(body: #"{"keys":[]}"#), .init(body: #"{"keys":[{"kty":"oct","kid":"k","k":"AAAA"}]}"#),
      .init(body: padding + issuer.document), .init(body: many), .init(body: issuer.document, delay: .seconds(3)),
      .init(status: .found, headers: [("location", server.url + "/elsewhere")]), .init(status: .noContent),
    ]
    let token = try await issuer.token(issuer.claims(), key: "k")
    try await withThrowingTaskGroup { group in
      for (index, answer) in answers.enumerated() {
        server.set("/\(index)", answer)
        let configuration = try configuration(issuer.name, .keySet(url: server.url + "/\(index)"))
        group.addTask { try await Self.expectNoKeys(configuration, limits(), token, follow: index == 6) }
      }
      // A discovery document of another issuer, and one that leads to plain http elsewhere.
      for named in ["https://b.example", server.url + "/d"] {
        server.set("/d/.well-known/openid-configuration", discovery(named))
        let own = try self.configuration(server.url + "/d", .discovery)
        try await withClient { client in
          let keys = try RemoteKeySet(own, client: client, limits: limits(), logger: quiet)
          await #expect(throws: TokenError.self) { try await keys.keys() }
        }
      }
      try await group.waitForAll()
    }
    #expect(server.count("/elsewhere") <= 1)
    try await server.close()
  }

  private static func expectNoKeys(_ configuration: IssuerConfiguration, _ limits: RemoteKeySet.Limits, _ token: String, follow: Bool)
    async throws
  {
    // Once with a client that was made to follow redirects, as its default is.
    let client = HTTPClient(
      eventLoopGroupProvider: .singleton,
      configuration: .init(redirectConfiguration: follow ? .follow(max: 5, allowCycles: false) : .disallow))
    let keys = try RemoteKeySet(configuration, client: client, limits: limits, logger: quiet)
    let verifier = try TokenVerifier(issuers: [.init(configuration: configuration, keys: keys)])
    do {
      _ = try await verifier.verify(token)
      Issue.record("keys were taken from \(configuration.keyLocation)")
    } catch {
      #expect(error.isTransient)
    }
    try await client.shutdown()
  }

  @Test func keysComeOverHTTPSOrFromThisMachine() throws {
    for url in ["https://a.example/keys", "http://127.0.0.1:80/k", "http://localhost/k", "http://[::1]:8/k", "HTTPS://a.example"] {
      #expect(throws: Never.self) { try KeySetLocation(url) }
    }
    let bad = [
      "http://a.example/keys", "http://127.0.0.1.evil.example/", "http://localhost.evil.example/", "http://127.evil.0.1/", "ftp://a/",
      "file:///etc/x",
      "", "a.example", "https://", "https://user:word@a.example/", "http://localhost@evil.example/", "http://evil.example#localhost",
      "http://0.0.0.0/", "http://10.0.0.1/",
    ]
    for url in bad { #expect(throws: IdentityConfigurationError.self, "\(url)") { try KeySetLocation(url) } }
  }
}
