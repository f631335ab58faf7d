import Crypto

/// The hash of a Merkle tree's inner node (RFC 6962 §2.1).
package enum NodeHash {
  /// Bytes of every hash in the tree.
  package static let sizeBytes = 32

  /// SHA-256 over a one and the hashes of both children: 32 bytes.
  package static func of(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(data: [1])
    hash.update(data: left)
    hash.update(data: right)
    return Array(hash.finalize())
  }

  /// The root over no leaves: the hash of nothing.
  package static var ofNothing: [UInt8] { Array(SHA256().finalize()) }
}
