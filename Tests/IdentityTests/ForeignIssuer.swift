import AsyncHTTPClient
import Crypto
import CryptoExtras
import FoundationEssentials
import JWTKit
import Logging

@testable import Identity

/// What a token says, in any shape a test wants, for JWTKit to sign.
struct FreeClaims: JWTPayload {
  var texts: [String: String] = [:]
  var times: [String: Double] = [:]
  var lists: [String: [String]] = [:]
  var nested: [String: [String: [String]]] = [:]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ text: String) { stringValue = text }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init() {}
  init(from decoder: any Decoder) throws {}

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    for (key, value) in texts { try container.encode(value, forKey: Key(key)) }
    for (key, value) in times {
      if let whole = Int64(exactly: value) {
        try container.encode(whole, forKey: Key(key))
      } else {
        try container.encode(value, forKey: Key(key))
      }
    }
    for (key, value) in lists { try container.encode(value, forKey: Key(key)) }
    for (key, value) in nested { try container.encode(value, forKey: Key(key)) }
  }

  func verify(using algorithm: some JWTAlgorithm) async throws {}
}

/// An issuer elsewhere, played by JWTKit, which knows nothing of our code.
struct ForeignIssuer {
  let name: String
  let keys = JWTKeyCollection()
  private(set) var jwks: [String] = []

  init(_ name: String) { self.name = name }

  mutating func addES256(_ id: String, _ key: ES256PrivateKey = ES256PrivateKey()) async throws {
    await keys.add(ecdsa: key, kid: JWKIdentifier(string: id))
    let (x, y) = try unpadded(key.parameters)
    jwks.append(#"{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"\#(id)","x":"\#(x)","y":"\#(y)"}"#)
  }

  private func unpadded(_ parameters: ECDSAParameters?) throws -> (String, String) {
    guard let parameters else { throw JWTError.invalidJWK(reason: "no parameters") }
    return (urlSafe(parameters.x), urlSafe(parameters.y))
  }

  mutating func addRSA(_ id: String, _ key: _RSA.Signing.PrivateKey, algorithm: String) async throws {
    let digest: DigestAlgorithm = algorithm.hasSuffix("256") ? .sha256 : algorithm.hasSuffix("384") ? .sha384 : .sha512
    let own = try Insecure.RSA.PrivateKey(pem: key.pemRepresentation)
    if algorithm.hasPrefix("RS") {
      await keys.add(rsa: own, digestAlgorithm: digest, kid: JWKIdentifier(string: id))
    } else {
      await keys.add(pss: own, digestAlgorithm: digest, kid: JWKIdentifier(string: id))
    }
    let numbers = try key.publicKey.getKeyPrimitives()
    let n = urlSafe(numbers.modulus.base64EncodedString())
    let e = urlSafe(numbers.publicExponent.base64EncodedString())
    jwks.append(#"{"kty":"RSA","use":"sig","kid":"\#(id)","n":"\#(n)","e":"\#(e)"}"#)
  }

  mutating func addEdDSA(_ id: String) async throws {
    let key = try EdDSA.PrivateKey(curve: .ed25519)
    await keys.add(eddsa: key, kid: JWKIdentifier(string: id))
    jwks.append(#"{"kty":"OKP","crv":"Ed25519","kid":"\#(id)","x":"\#(urlSafe(key.publicKey.rawRepresentation.base64EncodedString()))"}"#)
  }

  mutating func withdraw(_ index: Int) { jwks.remove(at: index) }

  var document: String { #"{"keys":[\#(jwks.joined(separator: ","))]}"# }

  func claims(subject: String = "alice", audience: String = "catalog", lifetime: Double = 3_600) -> FreeClaims {
    var claims = FreeClaims()
    claims.texts = ["iss": name, "sub": subject, "aud": audience]
    let now = Double(WallClock.system.nowSeconds())
    claims.times = ["iat": now, "exp": now + lifetime]
    return claims
  }

  func token(_ claims: FreeClaims, key id: String) async throws -> String { try await keys.sign(claims, kid: JWKIdentifier(string: id)) }
}

func urlSafe(_ base64: String) -> String {
  String(base64.compactMap { $0 == "=" ? nil : $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
}

/// A token by hand: any header and payload; the signature of a P-256 key, or whatever bytes.
func handmade(header: String, payload: String, key: P256.Signing.PrivateKey? = nil, signature: [UInt8] = [1, 2, 3]) throws -> String {
  let text =
    String(decoding: Base64URL.encode(header.utf8), as: UTF8.self) + "." + String(decoding: Base64URL.encode(payload.utf8), as: UTF8.self)
  let bytes = try key.map { Array(try $0.signature(for: SHA256.hash(data: Array(text.utf8))).rawRepresentation) } ?? signature
  return text + "." + String(decoding: Base64URL.encode(bytes), as: UTF8.self)
}

extension VerificationKeySet {
  init(document: String) throws { try self.init(json: JSONText.parse(document)) }
}

/// Keys that are simply there.
struct FixedKeys: VerificationKeySource {
  let set: VerificationKeySet
  func keys() async throws(TokenError) -> VerificationKeySet { set }
  func keys(newerThan set: VerificationKeySet) async -> VerificationKeySet? { nil }
}

/// A client as servers should make it, shut down afterwards.
func withClient<T>(_ body: (HTTPClient) async throws -> T) async throws -> T {
  let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))
  do {
    let result = try await body(client)
    try await client.shutdown()
    return result
  } catch {
    try await client.shutdown()
    throw error
  }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
