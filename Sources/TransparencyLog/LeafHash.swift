import Crypto

/// The hash of a Merkle tree's leaf (RFC 6962 §2.1).
package enum LeafHash {
  /// SHA-256 over a zero byte and the entry: 32 bytes.
  package static func of(_ entry: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(data: [0])
    hash.update(data: entry)
    return Array(hash.finalize())
  }
}
