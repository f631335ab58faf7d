import Crypto

/// The root of a Merkle tree (RFC 6962 §2.1) over leaves that come one after another, of which only the way to the root is kept.
///
/// The tree over n leaves is made of full trees, one for each bit of n, the largest first; a new leaf joins those of its size.
package struct MerkleRoot: Sendable {
  /// The full trees' hashes, the largest tree first.
  private var trees: [[UInt8]] = []
  package private(set) var count: UInt64 = 0

  package init() {}

  /// Adds the next leaf, by its ``LeafHash``.
  package mutating func add(_ leafHash: [UInt8]) {
    var hash = leafHash
    var size = count
    while size & 1 == 1, let left = trees.popLast() {
      hash = Self.node(left, hash)
      size >>= 1
    }
    trees.append(hash)
    count += 1
  }

  /// 32 bytes; of no leaves, the hash of nothing.
  package var hash: [UInt8] {
    guard var hash = trees.last else { return Array(SHA256().finalize()) }
    for left in trees.dropLast().reversed() { hash = Self.node(left, hash) }
    return hash
  }

  private static func node(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(data: [1])
    hash.update(data: left)
    hash.update(data: right)
    return Array(hash.finalize())
  }
}
