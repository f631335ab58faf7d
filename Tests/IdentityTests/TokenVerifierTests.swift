import Crypto
import CryptoExtras
import FoundationEssentials
import JWTKit
import SeededRandom
import Testing

@testable import Identity

@Suite struct TokenVerifierTests {
  static let issuerName = "https://issuer.example"
  /// The key hand-made tokens are signed with.
  let key = P256.Signing.PrivateKey()
  let now: Int64 = 1_800_000_000

  private func verifier(
    algorithms: Set<SignatureAlgorithm> = IssuerConfiguration.defaultAlgorithms, claims: ClaimMapping = ClaimMapping(),
    keys: VerificationKeySet? = nil, now: Int64? = nil
  ) throws -> TokenVerifier {
    let configuration = try IssuerConfiguration(
      issuer: Self.issuerName, audiences: ["catalog", "other-name"], algorithms: algorithms, leewaySeconds: 30, claims: claims)
    let set = keys ?? VerificationKeySet(keys: [VerificationKey(id: "k1", p256: key.publicKey)])
    let time = now ?? self.now
    return try TokenVerifier(
      issuers: [.init(configuration: configuration, keys: FixedKeys(set: set))], clock: WallClock { time })
  }

  private func payload(_ changes: [String: String?] = [:]) -> String {
    var fields: [String: String] = [
      "iss": "\"\(Self.issuerName)\"", "sub": "\"alice\"", "aud": "\"catalog\"", "exp": "\(now + 600)", "iat": "\(now)",
    ]
    for (name, value) in changes { fields[name] = value }
    return "{" + fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
  }

  private func signed(_ payload: String, header: String = #"{"alg":"ES256","kid":"k1","typ":"JWT"}"#) throws -> String {
    try handmade(header: header, payload: payload, key: key)
  }

  /// What the verifier says of a token; `nil` when it is good.
  private func refusal(_ token: String, _ verifier: TokenVerifier? = nil) async throws -> TokenError? {
    do {
      _ = try await (verifier ?? self.verifier()).verify(token)
      return nil
    } catch let error as TokenError {
      return error
    }
  }

  @Test func aGoodTokenSpeaksForItsSubject() async throws {
    let token = try signed(payload(["jti": #""j1""#, "aud": #"["x","other-name"]"#]))
    let verifier = try verifier()
    let identity = try await verifier.verify(token)
    #expect(
      identity
        == VerifiedIdentity(
          issuer: Self.issuerName, subject: "alice", kind: .user, expiresAtSeconds: now + 600, authenticatedAtSeconds: now, tokenID: "j1"))
    #expect(try await verifier.verify(token) == identity)
  }

  @Test(arguments: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])
  func rsaTokensOfJWTKitAreVerified(algorithm: String) async throws {
    var issuer = ForeignIssuer(Self.issuerName)
    try await issuer.addRSA("r", _RSA.Signing.PrivateKey(keySize: .bits2048), algorithm: algorithm)
    let token = try await issuer.token(issuer.claims(), key: "r")
    let set = try VerificationKeySet(document: issuer.document)
    let time = WallClock.system.nowSeconds()
    #expect(try await verifier(keys: set, now: time).verify(token).subject == "alice")
    let others = IssuerConfiguration.defaultAlgorithms.filter { $0.rawValue != algorithm }
    #expect(try await refusal(token, verifier(algorithms: others, keys: set, now: time)) == .algorithmRefused(algorithm))
  }

  @Test func ellipticTokensOfJWTKitAreVerified() async throws {
    var issuer = ForeignIssuer(Self.issuerName)
    try await issuer.addES256("e")
    try await issuer.addEdDSA("d")
    let set = try VerificationKeySet(document: issuer.document)
    for id in ["e", "d"] {
      let token = try await issuer.token(issuer.claims(), key: id)
      #expect(try await verifier(keys: set, now: WallClock.system.nowSeconds()).verify(token).subject == "alice")
    }
  }

  @Test func noneAndHMACAreRefused() async throws {
    for name in ["none", "None", "NONE", "HS256", "HS512", "es256", ""] {
      let token = try handmade(header: #"{"alg":"\#(name)","kid":"k1"}"#, payload: payload())
      #expect(try await refusal(token) == .algorithmRefused(name))
    }
    let unsigned = try handmade(header: #"{"alg":"none"}"#, payload: payload(), signature: [])
    #expect(try await refusal(unsigned) == .algorithmRefused("none"))
    // The public key as an HMAC secret, in every form it is published in.
    for secret in [
      Array(key.publicKey.pemRepresentation.utf8), Array(key.publicKey.x963Representation), Array(key.publicKey.rawRepresentation),
    ] {
      let parts = try handmade(header: #"{"alg":"HS256","kid":"k1"}"#, payload: payload()).split(separator: ".")
      let mac = HMAC<SHA256>.authenticationCode(for: Array("\(parts[0]).\(parts[1])".utf8), using: SymmetricKey(data: secret))
      let token = "\(parts[0]).\(parts[1])." + String(decoding: Base64URL.encode(Array(mac)), as: UTF8.self)
      #expect(try await refusal(token) == .algorithmRefused("HS256"))
    }
  }

  @Test func anAlgorithmOfAnotherKeyTypeFindsNoKey() async throws {
    for name in ["RS256", "PS256", "ES384", "ES512", "EdDSA"] {
      #expect(try await refusal(signed(payload(), header: #"{"alg":"\#(name)","kid":"k1"}"#)) == .unknownKey("k1"))
    }
  }

  @Test func forgedTokensAreRefused() async throws {
    let stranger = P256.Signing.PrivateKey()
    let header = #"{"alg":"ES256","kid":"k1"}"#
    #expect(try await refusal(handmade(header: header, payload: payload(), key: stranger)) == .badSignature(issuer: Self.issuerName))
    #expect(try await refusal(handmade(header: header, payload: payload())) == .badSignature(issuer: Self.issuerName))
    // r = s = 0, which a careless implementation takes for everyone's signature.
    let zeros = [UInt8](repeating: 0, count: 64)
    #expect(try await refusal(handmade(header: header, payload: payload(), signature: zeros)) == .badSignature(issuer: Self.issuerName))
    // Another payload under a good signature.
    let good = try signed(payload()).split(separator: ".")
    let other = try signed(payload(["sub": #""admin""#])).split(separator: ".")
    #expect(try await refusal("\(good[0]).\(other[1]).\(good[2])") == .badSignature(issuer: Self.issuerName))
    // The forger brings his key along.
    let x963 = Array(stranger.publicKey.x963Representation)
    let x = String(decoding: Base64URL.encode(x963[1..<33]), as: UTF8.self)
    let y = String(decoding: Base64URL.encode(x963[33...]), as: UTF8.self)
    let brought = #"{"alg":"ES256","kid":"mine","jku":"http://127.0.0.1:1/","jwk":{"kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)"}}"#
    #expect(try await refusal(handmade(header: brought, payload: payload(), key: stranger)) == .unknownKey("mine"))
  }

  @Test func keyIDsAreNothingButNames() async throws {
    for id in ["../../etc/passwd", "k1' OR '1'='1", "k1\\u0001", "K1", "k1 ", "http://127.0.0.1/k1"] {
      let error = try await refusal(signed(payload(), header: #"{"alg":"ES256","kid":"\#(id)"}"#))
      guard case .unknownKey = error else { throw Unexpected("\(id): \(String(describing: error))") }
      #expect(error?.description.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
    }
    for header in [
      #"{"alg":"ES256","kid":7}"#, #"{"alg":"ES256","kid":["k1"]}"#, #"{"alg":"ES256","kid":"\#(String(repeating: "k", count: 257))"}"#,
    ] {
      guard case .malformed = try await refusal(signed(payload(), header: header)) else { throw Unexpected(header) }
    }
    // Without a kid: only where there is nothing to choose.
    #expect(try await refusal(signed(payload(), header: #"{"alg":"ES256"}"#)) == nil)
    let two = VerificationKeySet(keys: [
      VerificationKey(id: "k1", p256: key.publicKey), VerificationKey(id: "k2", p256: P256.Signing.PrivateKey().publicKey),
    ])
    #expect(try await refusal(signed(payload(), header: #"{"alg":"ES256"}"#), verifier(keys: two)) == .unknownKey(nil))
    // One id for two keys: both are tried.
    let same = VerificationKeySet(keys: [
      VerificationKey(id: "k1", p256: P256.Signing.PrivateKey().publicKey), VerificationKey(id: "k1", p256: key.publicKey),
    ])
    #expect(try await refusal(signed(payload()), verifier(keys: same)) == nil)
  }

  @Test func timesAreHeldAgainstTheClockWithLeeway() async throws {
    func refused(_ changes: [String: String?]) async throws -> TokenError? { try await refusal(signed(payload(changes))) }
    #expect(try await refused(["exp": "\(now - 29)"]) == nil)
    guard case .expired(let identity) = try await refused(["exp": "\(now - 30)"]) else { throw Unexpected("not expired") }
    #expect(identity.subject == "alice")
    #expect(try await refused(["nbf": "\(now + 30)"]) == nil)
    #expect(try await refused(["nbf": "\(now + 31)"]) == .notYetValid(atSeconds: now + 31))
    #expect(try await refused(["iat": "\(now + 31)"]) == .notYetValid(atSeconds: now + 31))
    #expect(try await refused(["iat": nil]) == nil)
    #expect(try await refused(["exp": "\(now + 600).75"]) == nil)
    for exp in [
      nil, "null", "-1", "1e300", "99999999999999999999", "253402300800", "\"\(now + 600)\"", "true", "[]", "9223372036854775807",
    ] as [String?] {
      guard case .malformed = try await refused(["exp": exp]) else { throw Unexpected("exp \(exp ?? "absent")") }
    }
  }

  @Test func audienceAndIssuerMustBeOurs() async throws {
    #expect(try await refusal(signed(payload(["aud": #""elsewhere""#]))) == .wrongAudience(["elsewhere"]))
    #expect(try await refusal(signed(payload(["aud": "[]"]))) == .wrongAudience([]))
    for aud in [nil, "null", "1", #"[1]"#, #"{"catalog":1}"#] as [String?] {
      guard case .malformed = try await refusal(signed(payload(["aud": aud]))) else { throw Unexpected("aud \(aud ?? "absent")") }
    }
    #expect(try await refusal(signed(payload(["iss": #""https://issuer.example/""#]))) == .unknownIssuer("https://issuer.example/"))
    guard case .malformed = try await refusal(signed(payload(["iss": nil]))) else { throw Unexpected("iss absent") }
  }

  @Test func malformedTokensAreRefused() async throws {
    let good = try signed(payload())
    let twice = #"{"alg":"ES256","kid":"k1","alg":"ES256"}"#
    let critical = #"{"alg":"ES256","kid":"k1","crit":["b64"],"b64":true}"#
    let logout = #"{"alg":"ES256","kid":"k1","typ":"logout+jwt"}"#
    var bad = [
      "", ".", "..", "None", "a.b.c", good + ".", good + "=", " " + good, String(good.dropLast()), good.replacing(".", with: ".."),
    ]
    bad += try [signed(payload(), header: twice), signed(payload(), header: critical), signed(payload(), header: logout)]
    bad += try [
      signed("[]"), signed("nonsense"), signed(payload(["sub": nil])), signed(payload(["sub": #""""#])), signed(payload(["sub": "7"])),
    ]
    bad += try [signed(payload(["sub": #""a\nb""#])), signed(payload(["sub": "\"\(String(repeating: "s", count: 256))\""]))]
    bad += try [signed(payload(["x": "\"\(String(repeating: "x", count: 17_000))\""])), String(repeating: "a", count: 10_000_000)]
    bad += try [signed(payload(["x": String(repeating: "[", count: 40) + String(repeating: "]", count: 40)]))]
    for token in bad {
      guard case .malformed = try await refusal(token) else { throw Unexpected("accepted or misjudged: \(token.prefix(200))") }
    }
    for type in ["at+jwt", "application/at+jwt", "JWT", "jwt"] {
      #expect(try await refusal(signed(payload(), header: #"{"alg":"ES256","kid":"k1","typ":"\#(type)"}"#)) == nil)
    }
  }

  @Test func claimsAreMappedAsConfigured() async throws {
    var mapping = ClaimMapping(subject: try #require(ClaimPath("who.id")))
    mapping.groups = try [#require(ClaimPath("realm_access.roles")), #require(ClaimPath(#"https://x\.example/groups"#))]
    mapping.kind = .serviceWhenPrefixed(.preferredUsername, prefix: "service-account-")
    mapping.displayName = .preferredUsername
    let identity = try await verifier(claims: mapping).verify(
      signed(
        payload([
          "who": #"{"id":"42"}"#, "realm_access": #"{"roles":["a","b","a"]}"#, "https://x.example/groups": #""c""#,
          "preferred_username": #""service-account-etl""#,
        ])))
    #expect(identity.subject == "42")
    #expect(identity.groups == ["a", "b", "c"])
    #expect(identity.kind == .service)
    #expect(identity.displayName == "service-account-etl")
    let claims = try signed(payload(["who": #"{"id":"42"}"#, "realm_access": #"{"roles":[1]}"#]))
    guard case .malformed = try await refusal(claims, verifier(claims: mapping)) else { throw Unexpected("roles of numbers") }
    for path in ["", ".", "a.", ".a", "a..b", #"a\"#, "a.b.c.d.e.f.g.h.i"] { #expect(ClaimPath(path) == nil) }
    // Another issuer's tokens cannot speak for a third.
    let posing = try await verifier().verify(signed(payload(["orig_iss": #""https://other.example""#])))
    #expect(posing.issuer == Self.issuerName)
  }

  @Test func aRememberedTokenStillExpires() async throws {
    let time = SettableTime(now)
    let set = VerificationKeySet(keys: [VerificationKey(id: "k1", p256: key.publicKey)])
    let configuration = try IssuerConfiguration(issuer: Self.issuerName, audiences: ["catalog"], leewaySeconds: 0)
    let remembered = RememberedTokens(maximumTokens: 160, maximumAgeSeconds: 10_000)
    let verifier = try TokenVerifier(
      issuers: [.init(configuration: configuration, keys: FixedKeys(set: set))], remembered: remembered, clock: time.clock)
    let token = try signed(payload())
    _ = try await verifier.verify(token)
    #expect(remembered.count == 1)
    time.seconds = now + 600
    guard case .expired = try await refusal(token, verifier) else { throw Unexpected("outlived its expiry") }
    time.seconds = now
    for index in 0..<500 { _ = try await verifier.verify(signed(payload(["jti": "\"\(index)\""]))) }
    #expect(remembered.count <= 160)
    #expect(remembered.count > 80)
  }

  /// Any one byte changed makes a token bad, and none makes the verifier stumble.
  @Test func noChangedByteIsAccepted() async throws {
    var random = SeededGenerator(seed: 41)
    let verifier = try verifier()
    let good = Array(try signed(payload()).utf8)
    for _ in 0..<2_000 {
      var bytes = good
      let place = Int.random(in: 0..<bytes.count, using: &random)
      bytes[place] = UInt8.random(in: 0x20..<0x7F, using: &random)
      if bytes == good { continue }
      #expect(try await refusal(String(decoding: bytes, as: UTF8.self), verifier) != nil)
    }
  }

  @Test func errorsTellTheLogAndNotTheClient() async throws {
    let expired = try await refusal(signed(payload(["exp": "1"])))
    let foreign = try await refusal(signed(payload(["aud": #""elsewhere""#])))
    #expect(expired?.description != foreign?.description)
    #expect(expired?.clientMessage == foreign?.clientMessage)
    #expect(TokenError.unknownIssuer("a\u{1B}[31m\n" + String(repeating: "é", count: 500)).description.utf8.count < 200)
  }

  @Test func configurationsThatLetAnyoneInAreRefused() throws {
    #expect(throws: IdentityConfigurationError.self) { try IssuerConfiguration(issuer: "i", audiences: []) }
    #expect(throws: IdentityConfigurationError.self) { try IssuerConfiguration(issuer: "i", audiences: [""]) }
    #expect(throws: IdentityConfigurationError.self) { try IssuerConfiguration(issuer: "", audiences: ["a"]) }
    #expect(throws: IdentityConfigurationError.self) { try IssuerConfiguration(issuer: "i", audiences: ["a"], algorithms: []) }
    let issuer = TokenVerifier.TrustedIssuer(
      configuration: try IssuerConfiguration(issuer: "i", audiences: ["a"]), keys: FixedKeys(set: VerificationKeySet(keys: [])))
    #expect(throws: IdentityConfigurationError.self) { try TokenVerifier(issuers: [issuer, issuer]) }
  }
}

struct Unexpected: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
