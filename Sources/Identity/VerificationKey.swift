import Crypto
import CryptoExtras
import FoundationEssentials
package import JSON

/// A public key that tokens are verified with. What it may verify follows from its own type, never from the token.
package struct VerificationKey: Sendable {
  private enum Material: Sendable {
    case rsa(_RSA.Signing.PublicKey)
    case p256(P256.Signing.PublicKey)
    case p384(P384.Signing.PublicKey)
    case p521(P521.Signing.PublicKey)
    case ed25519(Curve25519.Signing.PublicKey)
  }

  /// The `kid` that tokens name it by.
  package let id: String?
  /// The one algorithm the issuer bound it to, if it said so.
  private let boundTo: SignatureAlgorithm?
  private let material: Material

  private init(id: String?, boundTo: SignatureAlgorithm?, material: Material) {
    self.id = id
    self.boundTo = boundTo
    self.material = material
  }

  init(id: String, p256 key: P256.Signing.PublicKey) { self.init(id: id, boundTo: .es256, material: .p256(key)) }

  /// Reads a JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037).
  ///
  /// - Returns: `nil` for what is no signature key of a kind known here: an encryption key, a secret, another curve, an RSA key
  ///   under 2,048 or over 8,192 bits, a key that does not decode. Issuers publish such keys beside good ones.
  package init?(jwk: JSONValue) {
    guard let object = try? jwk.object(), let type = Self.text(object, "kty") else { return nil }
    if let use = Self.text(object, "use"), use != "sig" { return nil }
    if let operations = try? object.optional("key_ops")?.array().decode({ value throws(JSONError) in try value.string() }),
      !operations.contains("verify")
    {
      return nil
    }
    var boundTo: SignatureAlgorithm?
    if let name = Self.text(object, "alg") {
      guard let algorithm = SignatureAlgorithm(rawValue: name) else { return nil }
      boundTo = algorithm
    }
    guard let material = Self.material(type, object) else { return nil }
    self.init(id: Self.text(object, "kid"), boundTo: boundTo, material: material)
    if let boundTo, !typeSuits(boundTo) { return nil }
  }

  private static func text(_ object: JSONObject, _ key: StaticString) -> String? { try? object.optional(key)?.string() }

  private static func bytes(_ object: JSONObject, _ key: StaticString) -> [UInt8]? {
    text(object, key).flatMap { Base64URL.decode(Array($0.utf8)) }
  }

  private static func material(_ type: String, _ object: JSONObject) -> Material? {
    switch (type, text(object, "crv")) {
    case ("RSA", _):
      guard let modulus = bytes(object, "n"), let exponent = bytes(object, "e"), modulus.count <= 1_024, exponent.count <= 4 else {
        return nil
      }
      // Refuses moduli under 2,048 bits by itself.
      return (try? _RSA.Signing.PublicKey(n: modulus, e: exponent)).map(Material.rsa)
    case ("EC", "P-256"): return point(object, 32).flatMap { try? .p256(.init(x963Representation: $0)) }
    case ("EC", "P-384"): return point(object, 48).flatMap { try? .p384(.init(x963Representation: $0)) }
    case ("EC", "P-521"): return point(object, 66).flatMap { try? .p521(.init(x963Representation: $0)) }
    case ("OKP", "Ed25519"): return bytes(object, "x").flatMap { try? .ed25519(.init(rawRepresentation: $0)) }
    default: return nil
    }
  }

  /// An uncompressed point; the key's own initializer checks that it lies on the curve.
  private static func point(_ object: JSONObject, _ sizeBytes: Int) -> [UInt8]? {
    guard let x = bytes(object, "x"), let y = bytes(object, "y"), x.count == sizeBytes, y.count == sizeBytes else { return nil }
    return [4] + x + y
  }

  private func typeSuits(_ algorithm: SignatureAlgorithm) -> Bool {
    switch (material, algorithm) {
    case (.rsa, .rs256), (.rsa, .rs384), (.rsa, .rs512), (.rsa, .ps256), (.rsa, .ps384), (.rsa, .ps512): true
    case (.p256, .es256), (.p384, .es384), (.p521, .es512), (.ed25519, .edDSA): true
    default: false
    }
  }

  /// Whether a token signed with `algorithm` may be verified with this key.
  func suits(_ algorithm: SignatureAlgorithm) -> Bool { boundTo.map { $0 == algorithm } ?? typeSuits(algorithm) }

  /// Whether `signature` is this key's over `message`; false too when the key does not suit the algorithm.
  func isValid(_ signature: [UInt8], over message: ArraySlice<UInt8>, _ algorithm: SignatureAlgorithm) -> Bool {
    guard suits(algorithm) else { return false }
    switch material {
    case .rsa(let key): return Self.isValid(signature, over: message, key, algorithm)
    case .p256(let key):
      guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
      return key.isValidSignature(signature, for: SHA256.hash(data: message))
    case .p384(let key):
      guard let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
      return key.isValidSignature(signature, for: SHA384.hash(data: message))
    case .p521(let key):
      guard let signature = try? P521.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
      return key.isValidSignature(signature, for: SHA512.hash(data: message))
    case .ed25519(let key): return key.isValidSignature(signature, for: message)
    }
  }

  private static func isValid(
    _ signature: [UInt8], over message: ArraySlice<UInt8>, _ key: _RSA.Signing.PublicKey, _ algorithm: SignatureAlgorithm
  ) -> Bool {
    let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
    return switch algorithm {
    case .rs256: key.isValidSignature(signature, for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
    case .rs384: key.isValidSignature(signature, for: SHA384.hash(data: message), padding: .insecurePKCS1v1_5)
    case .rs512: key.isValidSignature(signature, for: SHA512.hash(data: message), padding: .insecurePKCS1v1_5)
    case .ps256: key.isValidSignature(signature, for: SHA256.hash(data: message), padding: .PSS)
    case .ps384: key.isValidSignature(signature, for: SHA384.hash(data: message), padding: .PSS)
    case .ps512: key.isValidSignature(signature, for: SHA512.hash(data: message), padding: .PSS)
    default: false
    }
  }
}
