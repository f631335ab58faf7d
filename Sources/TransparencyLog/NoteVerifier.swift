import Crypto

/// A public key that signs notes, with its name (C2SP signed-note, tlog-cosignature).
package struct NoteVerifier: Hashable, Sendable, CustomStringConvertible {
  package enum Kind: UInt8, Sendable {
    /// Ed25519 over the text.
    case ed25519 = 1
    /// Ed25519 over the text and the time at which a witness saw it: cosignature/v1.
    case cosignature = 4
  }

  package let name: String
  package let kind: Kind
  /// 32 bytes (RFC 8032).
  package let publicKey: [UInt8]
  package let keyID: UInt32

  package init(name: String, kind: Kind, publicKey: [UInt8]) throws(NoteError) {
    guard Self.isName(name), (try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)) != nil else { throw .malformed }
    self.name = name
    self.kind = kind
    self.publicKey = publicKey
    let digest = SHA256.hash(data: Array(name.utf8) + [0x0A, kind.rawValue] + publicKey)
    keyID = digest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Reads a verifier key: `name+1f00a7c3+base64(kind, public key)`.
  package init(parsing text: String) throws(NoteError) {
    let parts = text.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
    guard text.utf8.count <= 1_024, parts.count == 3, let key = Base64.decode(parts[2]), let first = key.first,
      let kind = Kind(rawValue: first), let name = String(parts[0])
    else { throw .malformed }
    try self.init(name: name, kind: kind, publicKey: Array(key.dropFirst()))
    guard parts[1].elementsEqual(idText.utf8) else { throw .malformed }
  }

  private var idText: String {
    let digits = String(keyID, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// The verifier key, as one gives it to others.
  package var description: String { "\(name)+\(idText)+\(Base64.encode([kind.rawValue] + publicKey))" }

  static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "+" && $0.value >= 0x20 }
  }

  /// - Returns: `nil` for a signature that is not good.
  func verify(_ signature: SignedNote.Signature, _ text: String) -> (seconds: UInt64?, Void)? {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return nil }
    switch kind {
    case .ed25519: return key.isValidSignature(signature.bytes, for: Array(text.utf8)) ? (nil, ()) : nil
    case .cosignature:
      guard signature.bytes.count == 72 else { return nil }
      let seconds = signature.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard seconds <= UInt64(Int64.max) else { return nil }
      let message = Self.cosigned(text, atSeconds: seconds)
      return key.isValidSignature(Array(signature.bytes.dropFirst(8)), for: message) ? (seconds, ()) : nil
    }
  }

  static func cosigned(_ text: String, atSeconds seconds: UInt64) -> [UInt8] {
    Array("cosignature/v1\ntime \(seconds)\n\(text)".utf8)
  }
}
