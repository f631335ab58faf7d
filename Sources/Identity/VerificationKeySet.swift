package import JSON

/// The public keys an issuer verifies by (RFC 7517 section 5), and which time of asking they come from.
package struct VerificationKeySet: Sendable {
  /// More keys than this in one set are refused.
  static let maximumKeys = 100
  /// Keys tried for one token, should an issuer give several the same id.
  static let maximumCandidates = 4

  package let keys: [VerificationKey]
  /// Grows with every set of one source, so that a caller can say which one did not do.
  package let generation: Int

  package init(keys: [VerificationKey], generation: Int = 0) {
    self.keys = keys
    self.generation = generation
  }

  /// Reads a JWKS document. Keys that are of no use here are left out; a set without any is an error.
  package init(json: JSONValue, generation: Int = 0) throws(JSONError) {
    let list = try json.object().required("keys").array()
    var keys: [VerificationKey] = []
    for (index, value) in list.enumerated() {
      guard index < Self.maximumKeys else { throw json.invalid("More than \(Self.maximumKeys) keys in one set") }
      if let key = VerificationKey(jwk: value) { keys.append(key) }
    }
    guard !keys.isEmpty else { throw json.invalid("No key for verifying signatures (RSA, EC or Ed25519) in the set") }
    self.init(keys: keys, generation: generation)
  }

  /// The keys a token may have been signed with.
  ///
  /// A token that names no key is taken only where a single key suits its algorithm: guessing among several is refused.
  func candidates(id: String?, _ algorithm: SignatureAlgorithm) -> [VerificationKey] {
    let suitable = keys.filter { key in
      guard key.suits(algorithm) else { return false }
      guard let id else { return true }
      return key.id.map { ExactText.isSame($0, id) } ?? false
    }
    if id == nil && suitable.count > 1 { return [] }
    return Array(suitable.prefix(Self.maximumCandidates))
  }
}

/// Text from tokens, compared and shown with care.
enum ExactText {
  /// Byte by byte. Swift's `==` takes differently composed characters for equal; an issuer, an audience or a key id may not.
  static func isSame(_ one: String, _ other: String) -> Bool { one.utf8.elementsEqual(other.utf8) }

  /// A stranger's text as it may stand in a log: printable ASCII, at most 80 characters.
  static func shown(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars.prefix(80) { shown.unicodeScalars.append((0x20..<0x7F).contains(scalar.value) ? scalar : "?") }
    return text.unicodeScalars.count > 80 ? shown + "…" : shown
  }
}
