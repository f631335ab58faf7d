import FoundationEssentials
import JSON
import Synchronization
import Testing

@testable import Identity

@Suite struct TokenEndpointTests {
  static let exchange = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
  static let accessType = "urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"

  let store = MemoryCredentials()
  let secret = ClientSecret()
  let personal = PersonalAccessToken()
  let time = SettableTime(WallClock.system.nowSeconds())
  let foreign: ForeignIssuer
  let verifier: TokenVerifier
  let endpoint: TokenEndpoint

  init() async throws {
    let time = time
    var foreign = ForeignIssuer("https://a.example")
    try await foreign.addES256("k")
    self.foreign = foreign
    let rotation = try SigningKeyRotation()
    let ring = try SigningKeyRing(store: MemorySigningKeys(), rotation: rotation, clock: time.clock, logger: quiet)
    try await ring.rotate()
    let issuer = try TokenIssuer(issuer: "us", audience: "catalog", keys: ring, clock: time.clock)
    let mapping = ClaimMapping(groups: [.groups])
    let elsewhere = TokenVerifier.TrustedIssuer(
      configuration: try IssuerConfiguration(issuer: foreign.name, audiences: ["catalog"], claims: mapping),
      keys: FixedKeys(set: try VerificationKeySet(document: foreign.document)))
    verifier = try TokenVerifier(issuers: [issuer.trusted(), elsewhere], clock: time.clock)
    let authenticator = BearerAuthenticator(verifier: verifier, store: store, ownIssuer: "us", clock: time.clock)
    endpoint = TokenEndpoint(issuer: issuer, authenticator: authenticator, store: store, logger: quiet)
    let client = RegisteredClient(id: "etl", secrets: [ClientSecret().hash, secret.hash], subject: "etl-service")
    let kept = RegisteredPersonalAccessToken(hash: personal.hash, subject: "bob", expiresAtSeconds: time.seconds + 1_000_000)
    store.state.withLock { [personal] in
      $0.clients = ["etl": client, "off": RegisteredClient(id: "off", secrets: client.secrets, subject: "off", isEnabled: false)]
      $0.tokens = [personal.id: kept]
    }
  }

  private func ask(_ body: String, _ authorization: String...) async throws -> (status: Int, body: JSONObject, headers: [String: String]) {
    let answer = try await endpoint.answer(body: Array(body.utf8), authorization: AuthorizationHeader(authorization))
    let headers = Dictionary(answer.headers.map { ($0.name, $0.value) }) { one, _ in one }
    #expect(headers["Cache-Control"] == "no-store")
    #expect(!"\(answer)\(String(reflecting: answer))".contains("eyJ"))
    return (answer.status, try JSONDocument(parsing: answer.body).root.object(), headers)
  }

  private func token(_ body: String, _ authorization: String? = nil) async throws -> String {
    let answer = authorization.map { AuthorizationHeader([$0]) } ?? .absent
    let reply = try await endpoint.answer(body: Array(body.utf8), authorization: answer)
    let object = try JSONDocument(parsing: reply.body).root.object()
    try #require(reply.status == 200, "\(String(decoding: reply.body, as: UTF8.self))")
    #expect(try object.required("token_type").string() == "bearer")
    #expect(try object.required("expires_in").int() == 3_600)
    #expect(try object.required("issued_token_type").string() == "urn:ietf:params:oauth:token-type:access_token")
    return try object.required("access_token").string()
  }

  private func expect(_ code: String, _ status: Int, _ body: String, _ authorization: String? = nil) async throws {
    let header = authorization.map { AuthorizationHeader([$0]) } ?? .absent
    let reply = try await endpoint.answer(body: Array(body.utf8), authorization: header)
    #expect(reply.status == status, "\(body.prefix(80))")
    #expect(try JSONDocument(parsing: reply.body).root.object().required("error").string() == code, "\(body.prefix(80))")
    #expect(!String(decoding: reply.body, as: UTF8.self).contains("moraine_"))
    if status == 401 { #expect(reply.headers.contains { $0.name == "WWW-Authenticate" }) }
  }

  private func basic(_ id: String, _ secret: String) -> String { "Basic " + Data("\(id):\(secret)".utf8).base64EncodedString() }

  @Test func clientCredentialsComeInTheBodyOrByBasic() async throws {
    let body = "grant_type=client_credentials&client_id=etl&client_secret=\(secret.revealed)&scope=catalog&resource="
    let identity = try await verifier.verify(try await token(body))
    #expect(identity.subject == "etl-service")
    #expect(identity.kind == .service)
    #expect(identity.issuer == "us")
    for header in [basic("etl", secret.revealed), basic("%65tl", secret.revealed).replacing("Basic", with: "bASIC ")] {
      #expect(try await verifier.verify(try await token("grant_type=client_credentials&scope=catalog", header)).subject == "etl-service")
    }
    #expect(try await ask(body).body.required("scope").string() == "catalog")
    // "credential" without a colon: a personal access token names itself.
    let alone = try await token("grant_type=client_credentials&client_secret=\(personal.revealed)&scope=catalog")
    #expect(try await verifier.verify(alone).subject == "bob")
  }

  @Test func wrongCredentialsAllLookTheSame() async throws {
    let grant = "grant_type=client_credentials"
    for (id, secret) in [
      ("etl", ClientSecret().revealed), ("nobody", secret.revealed), ("off", secret.revealed), ("etl", "password"), ("etl", ""),
    ] {
      try await expect("invalid_client", 401, "\(grant)&client_id=\(id)&client_secret=\(secret)")
      try await expect("invalid_client", 401, grant, basic(id, secret))
    }
    try await expect("invalid_client", 401, grant)
    try await expect("invalid_client", 401, "\(grant)&client_secret=\(secret.revealed)")
    try await expect("invalid_client", 401, "\(grant)&client_secret=\(PersonalAccessToken().revealed)")
    store.state.withLock { $0.unwelcome = ["etl-service"] }
    try await expect("invalid_client", 401, grant, basic("etl", secret.revealed))
  }

  @Test func malformedRequestsSaySo() async throws {
    let grant = "grant_type=client_credentials"
    try await expect("invalid_request", 400, "")
    try await expect("unsupported_grant_type", 400, "grant_type=password&username=a&password=b")
    try await expect("invalid_request", 400, "\(grant)&client_id=etl&client_id=etl")
    try await expect("invalid_request", 400, "\(grant)&x=%zz")
    try await expect("invalid_request", 400, "\(grant)&x=%ff")
    try await expect("invalid_request", 400, "\(grant)&x=" + String(repeating: "x", count: 70_000))
    try await expect("invalid_request", 400, (0..<70).map { "a\($0)=1" }.joined(separator: "&"))
    try await expect("invalid_request", 400, "\(grant)&client_id=etl&client_secret=x", basic("etl", secret.revealed))
    try await expect("invalid_request", 400, grant, "Basic !!!")
    try await expect("invalid_request", 400, grant, "Negotiate abc")
    try await expect("invalid_scope", 400, "\(grant)&scope=a%22b")
    try await expect("invalid_target", 400, "\(grant)&audience=elsewhere", basic("etl", secret.revealed))
    try await expect("invalid_request", 400, Self.exchange)
    try await expect(
      "invalid_request", 400, "\(Self.exchange)&subject_token=a&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Asaml2")
    try await expect("invalid_grant", 400, "\(Self.exchange)&subject_token=a&subject_token_type=\(Self.accessType)")
  }

  @Test func exchangeKeepsTheIssuerThatVouches() async throws {
    // The suite's clock stands still from its beginning; other suites may have held this test up since.
    time.seconds = WallClock.system.nowSeconds() + 1
    var claims = foreign.claims(subject: "etl-service")
    claims.lists = ["groups": ["g1", "g2"]]
    let theirs = try await foreign.token(claims, key: "k")
    let actor = try await token("grant_type=client_credentials", basic("etl", secret.revealed))
    let body = "\(Self.exchange)&subject_token=\(theirs)&subject_token_type=\(Self.accessType)&scope=catalog"
    for extra in ["", "&actor_token=\(actor)&actor_token_type=\(Self.accessType)"] {
      let identity = try await verifier.verify(try await token(body + extra, "Bearer " + actor))
      // The same name with another issuer is another principal than our own etl-service.
      #expect(identity.issuer == "https://a.example")
      #expect(identity.subject == "etl-service")
      #expect(identity.groups == ["g1", "g2"])
    }
    try await expect("invalid_grant", 400, body + "&actor_token=nonsense&actor_token_type=\(Self.accessType)")
    store.state.withLock { $0.unwelcome = ["etl-service"] }
    try await expect("invalid_grant", 400, body)
  }

  @Test func renewalEndsAndACredentialBeginsAnew() async throws {
    let credential = basic("etl", secret.revealed)
    var current = try await token("grant_type=client_credentials", credential)
    let first = current
    func renewal(_ token: String) -> String {
      "\(Self.exchange)&subject_token=\(token)&subject_token_type=\(Self.accessType)&scope=catalog"
    }
    var renewals = 0
    for _ in 0..<40 {
      time.seconds += 3_000
      let reply = try await endpoint.answer(body: Array(renewal(current).utf8), authorization: .bearer(current))
      guard reply.status == 200 else { break }
      current = try JSONDocument(parsing: reply.body).root.object().required("access_token").string()
      renewals += 1
    }
    #expect(renewals == 28)
    // Java: an expired token beside the credential.
    try await expect("invalid_grant", 400, renewal(first))
    current = try await token(renewal(first), credential)
    #expect(try await verifier.verify(current).authenticatedAtSeconds == time.seconds)
    #expect(try await verifier.verify(try await token("grant_type=refresh_token&refresh_token=\(current)")).subject == "etl-service")
    // Not for someone else's expired token.
    let others = try await token("grant_type=client_credentials&client_secret=\(personal.revealed)")
    time.seconds += 4_000
    try await expect("invalid_grant", 400, renewal(others), credential)
  }

  @Test func revokedTokensAreNotRenewed() async throws {
    let current = try await token("grant_type=client_credentials", basic("etl", secret.revealed))
    #expect(try await endpoint.revoke(body: Array("token=\(current)&token_type_hint=access_token".utf8)).status == 200)
    try await expect("invalid_grant", 400, "grant_type=refresh_token&refresh_token=\(current)")
    #expect(try await endpoint.revoke(body: Array("token=unknown".utf8)).status == 200)
    #expect(try await endpoint.revoke(body: []).status == 400)
    // Knowing a personal access token's id is not enough to end it.
    let posing = PersonalAccessToken().revealed
    _ = try await endpoint.revoke(body: Array("token=\(posing)".utf8))
    let derived = try await token("grant_type=client_credentials&client_secret=\(personal.revealed)")
    let again = try await token("grant_type=refresh_token&refresh_token=\(derived)")
    #expect(try await endpoint.revoke(body: Array("token=\(personal.revealed)".utf8)).status == 200)
    try await expect("invalid_client", 401, "grant_type=client_credentials&client_secret=\(personal.revealed)")
    try await expect("invalid_grant", 400, "grant_type=refresh_token&refresh_token=\(again)")
  }

  @Test func headersAreReadAsClientsWriteThem() {
    func shown(_ values: String...) -> String { "\(AuthorizationHeader(values))" }
    #expect(shown() == "absent")
    #expect(shown("Bearer None") == "absent")
    #expect(shown("bearer abc") == "Bearer …")
    #expect(shown("Bearer a", "Bearer b") == "unreadable")
    #expect(shown("Bearer") == "unreadable")
    #expect(shown("Basic " + Data("a:b:c".utf8).base64EncodedString()) == "Basic a:…")
    #expect(shown("Basic " + Data(":b".utf8).base64EncodedString()) == "unreadable")
    guard case .basic(_, let secret) = AuthorizationHeader(["Basic " + Data("a:100%".utf8).base64EncodedString()]) else {
      Issue.record("unreadable")
      return
    }
    #expect(secret == "100%")
  }
}
