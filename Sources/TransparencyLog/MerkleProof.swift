/// What is wrong with a proof. Whoever gets one of these has been shown nothing.
package enum ProofError: Error, Hashable {
  /// A leaf that lies outside its tree, or a tree said to have grown into a smaller one.
  case wrongSizes
  /// Too few hashes, or too many.
  case wrongLength
  case wrongRoot
}

/// Shows that a leaf is in a tree (RFC 6962 §2.1.1), by the hashes beside its way to the root.
package struct InclusionProof: Hashable, Sendable {
  /// Of the leaf, from 0.
  package let index: UInt64
  /// Of the tree, in leaves.
  package let size: UInt64
  /// From the leaf's neighbour up to the root's child.
  package let hashes: [[UInt8]]

  package init(index: UInt64, size: UInt64, hashes: [[UInt8]]) {
    self.index = index
    self.size = size
    self.hashes = hashes
  }

  /// Checks the proof as RFC 9162 §2.1.3.2 says.
  package func verify(leafHash: [UInt8], root: [UInt8]) throws(ProofError) {
    guard index < size else { throw .wrongSizes }
    guard leafHash.count == NodeHash.sizeBytes, root.count == NodeHash.sizeBytes else { throw .wrongRoot }
    var (place, last) = (index, size - 1)
    var hash = leafHash
    for sibling in hashes {
      guard last > 0 else { throw .wrongLength }
      if place & 1 == 1 || place == last {
        hash = NodeHash.of(sibling, hash)
        // At the right edge a node without a neighbour stands for itself on the levels above.
        while place & 1 == 0, place > 0 { (place, last) = (place >> 1, last >> 1) }
      } else {
        hash = NodeHash.of(hash, sibling)
      }
      (place, last) = (place >> 1, last >> 1)
    }
    guard last == 0 else { throw .wrongLength }
    guard hash == root else { throw .wrongRoot }
  }

  /// The leaves below each hash of a proof, in the proof's order.
  package static func ranges(index: UInt64, size: UInt64) throws(ProofError) -> [Range<UInt64>] {
    guard index < size else { throw .wrongSizes }
    var ranges: [Range<UInt64>] = []
    var tree = 0..<size
    while tree.upperBound - tree.lowerBound > 1 {
      let middle = tree.lowerBound + splitSize(of: tree.upperBound - tree.lowerBound)
      if index < middle {
        ranges.append(middle..<tree.upperBound)
        tree = tree.lowerBound..<middle
      } else {
        ranges.append(tree.lowerBound..<middle)
        tree = middle..<tree.upperBound
      }
    }
    return ranges.reversed()
  }
}

/// Shows that a tree has only grown since it was smaller (RFC 6962 §2.1.2).
package struct ConsistencyProof: Hashable, Sendable {
  package let oldSize: UInt64
  package let newSize: UInt64
  package let hashes: [[UInt8]]

  package init(oldSize: UInt64, newSize: UInt64, hashes: [[UInt8]]) {
    self.oldSize = oldSize
    self.newSize = newSize
    self.hashes = hashes
  }

  /// Checks the proof as RFC 9162 §2.1.4.2 says. From an empty tree nothing can be shown, so that fails.
  package func verify(oldRoot: [UInt8], newRoot: [UInt8]) throws(ProofError) {
    guard oldSize > 0, oldSize <= newSize else { throw .wrongSizes }
    guard oldSize < newSize else {
      guard hashes.isEmpty else { throw .wrongLength }
      guard oldRoot == newRoot else { throw .wrongRoot }
      return
    }
    var rest = hashes[...]
    // A full tree is a node of the larger one, so its hash need not be sent.
    let start = oldSize & (oldSize - 1) == 0 ? oldRoot : rest.popFirst()
    guard let start, start.count == NodeHash.sizeBytes else { throw .wrongLength }
    var (old, new) = (oldSize - 1, newSize - 1)
    while old & 1 == 1 { (old, new) = (old >> 1, new >> 1) }
    var (oldHash, newHash) = (start, start)
    for hash in rest {
      guard new > 0 else { throw .wrongLength }
      if old & 1 == 1 || old == new {
        oldHash = NodeHash.of(hash, oldHash)
        newHash = NodeHash.of(hash, newHash)
        while old & 1 == 0, old > 0 { (old, new) = (old >> 1, new >> 1) }
      } else {
        newHash = NodeHash.of(newHash, hash)
      }
      (old, new) = (old >> 1, new >> 1)
    }
    guard new == 0 else { throw .wrongLength }
    guard oldHash == oldRoot, newHash == newRoot else { throw .wrongRoot }
  }

  /// The leaves below each hash of a proof, in the proof's order.
  package static func ranges(oldSize: UInt64, newSize: UInt64) throws(ProofError) -> [Range<UInt64>] {
    guard oldSize > 0, oldSize <= newSize else { throw .wrongSizes }
    var ranges: [Range<UInt64>] = []
    var tree = 0..<newSize
    // Whether the old tree is exactly the left part looked at, whose root the verifier has.
    var isWhole = true
    while tree.upperBound != oldSize {
      let middle = tree.lowerBound + splitSize(of: tree.upperBound - tree.lowerBound)
      if oldSize <= middle {
        ranges.append(middle..<tree.upperBound)
        tree = tree.lowerBound..<middle
      } else {
        ranges.append(tree.lowerBound..<middle)
        tree = middle..<tree.upperBound
        isWhole = false
      }
    }
    if !isWhole { ranges.append(tree) }
    return ranges.reversed()
  }
}

/// The largest power of two below `size`, which is 2 or more: where RFC 6962 parts a tree.
func splitSize(of size: UInt64) -> UInt64 { 1 << UInt64(63 - (size - 1).leadingZeroBitCount) }
