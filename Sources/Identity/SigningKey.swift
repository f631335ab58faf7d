package import Crypto
import FoundationEssentials

/// A key our own tokens are signed with: ES256, with its place in time.
package struct SigningKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The tokens' `kid`.
  package let id: String
  private let privateKey: P256.Signing.PrivateKey
  /// Seconds since 1970.
  package let createdAtSeconds: Int64
  /// Since when it signs no more; it verifies until its last token has expired.
  package let retiredAtSeconds: Int64?

  /// A new key.
  package init(createdAtSeconds: Int64) {
    id = SecretText.hexadecimal(SecretText.random(8))
    privateKey = P256.Signing.PrivateKey()
    self.createdAtSeconds = createdAtSeconds
    retiredAtSeconds = nil
  }

  /// From the store; `nil` unless `privateBytes` is a P-256 scalar of 32 bytes.
  package init?(id: String, privateBytes: [UInt8], createdAtSeconds: Int64, retiredAtSeconds: Int64?) {
    guard let key = try? P256.Signing.PrivateKey(rawRepresentation: privateBytes) else { return nil }
    self.id = id
    privateKey = key
    self.createdAtSeconds = createdAtSeconds
    self.retiredAtSeconds = retiredAtSeconds
  }

  /// The private scalar, 32 bytes, for the store alone.
  package var privateBytes: [UInt8] { Array(privateKey.rawRepresentation) }

  package var publicKey: P256.Signing.PublicKey { privateKey.publicKey }

  /// 64 bytes, r before s (RFC 7518 section 3.4).
  func signature(over message: [UInt8]) throws -> [UInt8] {
    Array(try privateKey.signature(for: SHA256.hash(data: message)).rawRepresentation)
  }

  package var description: String { "SigningKey(\(id))" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
