import Crypto
import FoundationEssentials

/// What is kept of a secret: 32 bytes, HMAC-SHA-256 under a fixed name for its purpose.
///
/// No slow hash, on purpose. A slow hash makes guessing dear where there are few things to guess, as with passwords. Our secrets are
/// 256 random bits that nobody chooses; no speed of guessing finds one, and a slow hash would only let strangers buy a second of
/// our processor with every wrong try. The fixed name keeps one kind of secret from standing in for another.
package struct SecretHash: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
  package static let sizeBytes = 32

  enum Purpose: String {
    case clientSecret = "moraine client secret v1"
    case personalAccessToken = "moraine personal access token v1"
  }

  /// For the database. Worth nothing to who reads it, and yet no business of a log's.
  package let bytes: [UInt8]

  /// From the database; `nil` unless 32 bytes.
  package init?(bytes: [UInt8]) {
    guard bytes.count == Self.sizeBytes else { return nil }
    self.bytes = bytes
  }

  init(of secret: [UInt8], _ purpose: Purpose) {
    bytes = Array(HMAC<SHA256>.authenticationCode(for: secret, using: Self.key(purpose)))
  }

  /// In a time that does not depend on where they differ.
  func matches(_ secret: [UInt8], _ purpose: Purpose) -> Bool {
    HMAC<SHA256>.isValidAuthenticationCode(bytes, authenticating: secret, using: Self.key(purpose))
  }

  private static func key(_ purpose: Purpose) -> SymmetricKey { SymmetricKey(data: Array(purpose.rawValue.utf8)) }

  package var description: String { "…" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
