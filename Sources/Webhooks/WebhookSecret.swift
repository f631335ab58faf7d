import Crypto
import FoundationEssentials

/// The key that deliveries to one receiver are signed with: 32 random bytes, shown once as `whsec_<base64>` (Standard Webhooks).
package struct WebhookSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package static let sizeBytes = 32
  package let bytes: [UInt8]

  /// A new one, from the system's random source.
  package init() {
    var generator = SystemRandomNumberGenerator()
    bytes = (0..<Self.sizeBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  package init(bytes: [UInt8]) { self.bytes = bytes }

  /// The secret itself, to be shown to its owner, once.
  package var revealed: String { "whsec_" + Data(bytes).base64EncodedString() }

  /// `v1,<base64>`: HMAC-SHA256 over id, time and body, joined by points.
  ///
  /// - Parameter seconds: since 1970.
  package func signature(id: String, seconds: Int64, body: [UInt8]) -> String {
    var hash = HMAC<SHA256>(key: SymmetricKey(data: bytes))
    hash.update(data: Array("\(id).\(seconds).".utf8))
    hash.update(data: body)
    return "v1," + Data(hash.finalize()).base64EncodedString()
  }

  package var description: String { "…" }
  package var debugDescription: String { "…" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
