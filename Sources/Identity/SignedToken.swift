import JSON

/// A compact JWS (RFC 7515 section 3.1) taken apart; nothing in it is believed yet.
struct SignedToken: Sendable {
  /// Bytes of the whole token. Proxies allow headers of 8 to 16 KiB.
  static let maximumSizeBytes = 16 << 10
  static let maximumKeyIDBytes = 256

  let algorithm: SignatureAlgorithm
  let keyID: String?
  /// Lower case, without `application/`.
  let type: String?
  let claims: JSONObject
  /// What the signature is over: header and payload as they came.
  let signedText: ArraySlice<UInt8>
  let signature: [UInt8]

  init(parsing text: [UInt8]) throws(TokenError) {
    guard text.count <= Self.maximumSizeBytes else {
      throw .malformed("\(text.count) bytes, more than the \(Self.maximumSizeBytes) allowed")
    }
    let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw .malformed("not three parts between dots") }
    let header = try Self.object(parts[0], "header")
    algorithm = try Self.algorithm(header)
    // An extension that must be understood, and none is.
    guard header["crit"] == nil else { throw .malformed("the header asks for extensions (\"crit\") that are not supported") }
    keyID = try Self.text(header, "kid", maximumSizeBytes: Self.maximumKeyIDBytes)
    type = try Self.text(header, "typ", maximumSizeBytes: 64).map {
      let lower = $0.lowercased()
      return lower.hasPrefix("application/") ? String(lower.dropFirst("application/".count)) : lower
    }
    // "jwk", "jku", "x5u" and "x5c" are not looked at: a token does not bring the key it is checked with.
    claims = try Self.object(parts[1], "payload")
    guard let signature = Base64URL.decode(parts[2]), !signature.isEmpty else { throw .malformed("the signature is not base64url") }
    self.signature = signature
    signedText = text[..<parts[1].endIndex]
  }

  private static func object(_ part: ArraySlice<UInt8>, _ name: String) throws(TokenError) -> JSONObject {
    guard let bytes = Base64URL.decode(part) else { throw .malformed("the \(name) is not base64url") }
    do {
      // Refuses a name given twice, of which two readers might believe different ones.
      let limits = JSONLimits(maximumDepth: 16, maximumSizeBytes: maximumSizeBytes)
      return try JSONDocument(parsing: bytes, limits: limits).root.object()
    } catch {
      throw .malformed("the \(name) is no JSON object")
    }
  }

  private static func algorithm(_ header: JSONObject) throws(TokenError) -> SignatureAlgorithm {
    guard let name = try text(header, "alg", maximumSizeBytes: 32) else { throw .malformed("the header has no \"alg\"") }
    guard let algorithm = SignatureAlgorithm(rawValue: name) else { throw .algorithmRefused(name) }
    return algorithm
  }

  private static func text(_ header: JSONObject, _ key: StaticString, maximumSizeBytes: Int) throws(TokenError) -> String? {
    guard let value = header[key] else { return nil }
    guard let text = try? value.string(), text.utf8.count <= maximumSizeBytes else {
      throw .malformed("the header's \"\(key)\" is not a text of at most \(maximumSizeBytes) bytes")
    }
    return text
  }
}
