import Crypto

/// A private key that signs notes.
package struct NoteSigner: Sendable {
  package let verifier: NoteVerifier
  private let key: Curve25519.Signing.PrivateKey

  package init(name: String, kind: NoteVerifier.Kind = .ed25519, _ key: LogKey) throws(NoteError) {
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: key.seed) else { throw .malformed }
    verifier = try NoteVerifier(name: name, kind: kind, publicKey: Array(key.publicKey.rawRepresentation))
    self.key = key
  }

  /// - Parameter seconds: since 1970; said only by a witness.
  package func sign(_ text: String, atSeconds seconds: UInt64 = 0) throws -> SignedNote.Signature {
    let bytes: [UInt8]
    switch verifier.kind {
    case .ed25519: bytes = Array(try key.signature(for: Array(text.utf8)))
    case .cosignature:
      bytes = seconds.bigEndianBytes + Array(try key.signature(for: NoteVerifier.cosigned(text, atSeconds: seconds)))
    }
    return SignedNote.Signature(name: verifier.name, keyID: verifier.keyID, bytes: bytes)
  }
}

/// An Ed25519 private key as files hold it: PKCS #8 in PEM (RFC 8410), as `openssl genpkey -algorithm ed25519` writes it.
package struct LogKey: Sendable {
  /// 32 bytes.
  let seed: [UInt8]

  private static let begin = "-----BEGIN PRIVATE KEY-----"
  private static let end = "-----END PRIVATE KEY-----"
  /// What stands before the seed: version 0, the algorithm's name, and the lengths of two octet strings.
  private static let prefix: [UInt8] = [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20]

  private init(seed: [UInt8]) { self.seed = seed }

  /// A new one.
  package static func random() -> LogKey { LogKey(seed: Array(Curve25519.Signing.PrivateKey().rawRepresentation)) }

  /// Reads one key or several; what stands between them is passed over.
  ///
  /// - Throws: ``NoteError/malformed`` when there is none, or one of another kind.
  package static func list(parsing text: String) throws(NoteError) -> [LogKey] {
    var keys: [LogKey] = []
    var body: [UInt8]?
    for line in text.split(whereSeparator: \.isNewline) {
      let line = String(line.drop(while: \.isWhitespace))
      if line.hasPrefix(begin) {
        body = []
      } else if line.hasPrefix(end) {
        guard let read = body, let bytes = Base64.decode(read), bytes.count == prefix.count + 32, bytes.starts(with: prefix) else {
          throw .malformed
        }
        keys.append(LogKey(seed: Array(bytes.dropFirst(prefix.count))))
        body = nil
      } else {
        body? += Array(line.utf8)
      }
    }
    guard !keys.isEmpty, body == nil else { throw .malformed }
    return keys
  }

  package var pem: String { "\(Self.begin)\n\(Base64.encode(Self.prefix + seed))\n\(Self.end)\n" }
}
