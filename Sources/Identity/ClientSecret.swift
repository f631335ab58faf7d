/// The secret of an OAuth2 client: 32 random bytes, shown once as `moraine_cs_<64 hex><8 hex of checksum>`.
package struct ClientSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package static let prefix = "moraine_cs_"
  private let bytes: [UInt8]

  /// A new one, from the system's random source.
  package init() { bytes = SecretText.random(32) }

  /// `nil` unless `text` is a whole secret with its own checksum.
  package init?(parsing text: String) {
    guard text.utf8.starts(with: Self.prefix.utf8), let body = SecretText.checked(text),
      let bytes = SecretText.bytes(body.dropFirst(Self.prefix.utf8.count), count: 32)
    else { return nil }
    self.bytes = bytes
  }

  /// The secret itself, to be shown to its owner, once.
  package var revealed: String { SecretText.withChecksum(Self.prefix + SecretText.hexadecimal(bytes)) }

  package var hash: SecretHash { SecretHash(of: bytes, .clientSecret) }

  package func matches(_ hash: SecretHash) -> Bool { hash.matches(bytes, .clientSecret) }

  package var description: String { "…" }
  package var debugDescription: String { "…" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
