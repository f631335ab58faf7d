/// A long-lived credential of one principal: `moraine_pat_<32 hex of id>_<64 hex><8 hex of checksum>`.
///
/// The id finds its row; the 32 random bytes prove it. The id is no secret and may stand in logs and lists.
package struct PersonalAccessToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package static let prefix = "moraine_pat_"

  /// 32 hexadecimal digits.
  package let id: String
  private let bytes: [UInt8]

  /// A new one, from the system's random source.
  package init() {
    id = SecretText.hexadecimal(SecretText.random(16))
    bytes = SecretText.random(32)
  }

  /// `nil` unless `text` is a whole token with its own checksum.
  package init?(parsing text: String) {
    guard Self.isOne(text), let body = SecretText.checked(text) else { return nil }
    let parts = body.dropFirst(Self.prefix.utf8.count).split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
    guard parts.count == 2, let id = SecretText.bytes(parts[0], count: 16), let bytes = SecretText.bytes(parts[1], count: 32) else {
      return nil
    }
    self.id = SecretText.hexadecimal(id)
    self.bytes = bytes
  }

  /// Whether `text` means to be one, by its prefix.
  package static func isOne(_ text: String) -> Bool { text.utf8.starts(with: prefix.utf8) }

  /// The token itself, to be shown to its owner, once.
  package var revealed: String { SecretText.withChecksum("\(Self.prefix)\(id)_\(SecretText.hexadecimal(bytes))") }

  package var hash: SecretHash { SecretHash(of: bytes, .personalAccessToken) }

  package func matches(_ hash: SecretHash) -> Bool { hash.matches(bytes, .personalAccessToken) }

  package var description: String { "…" }
  package var debugDescription: String { "…" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
