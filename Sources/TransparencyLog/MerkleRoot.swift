/// The root of a Merkle tree (RFC 6962 §2.1) over leaves that come one after another, of which only the way to the root is kept.
///
/// The tree over n leaves is made of full trees, one for each bit of n, the largest first; a new leaf joins those of its size.
package struct MerkleRoot: Sendable {
  /// The full trees' hashes, the largest tree first.
  private var trees: [[UInt8]] = []
  package private(set) var count: UInt64 = 0

  package init() {}

  /// Adds the next leaf, by its ``LeafHash``.
  package mutating func add(_ leafHash: [UInt8]) { add(leafHash, height: 0) }

  /// Adds the next 2^height leaves at once, by the root of the full tree over them. What came before must fill trees of that height.
  package mutating func add(_ root: [UInt8], height: Int) {
    precondition(count & ((1 << UInt64(height)) - 1) == 0, "a full tree begins where one of its size may")
    var hash = root
    var size = count >> UInt64(height)
    while size & 1 == 1, let left = trees.popLast() {
      hash = NodeHash.of(left, hash)
      size >>= 1
    }
    trees.append(hash)
    count += 1 << UInt64(height)
  }

  /// 32 bytes; of no leaves, the hash of nothing.
  package var hash: [UInt8] {
    guard var hash = trees.last else { return NodeHash.ofNothing }
    for left in trees.dropLast().reversed() { hash = NodeHash.of(left, hash) }
    return hash
  }
}
