/// A tree of which some tiles are at hand: it answers with the hashes of any leaves that those tiles cover.
package struct TiledTree: Sendable {
  package let size: UInt64
  /// The hashes of each tile, one after the other. There may be more than this size has: the tree may have grown.
  private let tiles: [Tile: [UInt8]]

  /// A tile that is needed and lacks, or is too short.
  package struct MissingTile: Error, Hashable {
    package let tile: Tile
  }

  package init(size: UInt64, tiles: [Tile: [UInt8]]) {
    self.size = size
    self.tiles = tiles
  }

  /// The root over these leaves, which begin where RFC 6962 parts a tree.
  package func hash(of leaves: Range<UInt64>) throws(MissingTile) -> [UInt8] {
    var hash: [UInt8]?
    for (height, index) in Self.fullTrees(leaves).reversed() {
      let left = try fullTree(height, index)
      hash = hash.map { NodeHash.of(left, $0) } ?? left
    }
    return hash ?? NodeHash.ofNothing
  }

  package func root() throws(MissingTile) -> [UInt8] { try hash(of: 0..<size) }

  /// The hashes for these leaves, in that order: a proof.
  package func hashes(of ranges: [Range<UInt64>]) throws(MissingTile) -> [[UInt8]] {
    var hashes: [[UInt8]] = []
    for range in ranges { hashes.append(try hash(of: range)) }
    return hashes
  }

  /// The tiles that must be at hand for these.
  package static func tiles(for ranges: [Range<UInt64>]) -> Set<Tile> {
    Set(ranges.flatMap { fullTrees($0).map { place($0, $1).tile } })
  }

  // MARK: Parts

  /// The full trees over these leaves, the largest first: tree `index` of height `h` begins with leaf `index << h`.
  private static func fullTrees(_ leaves: Range<UInt64>) -> [(height: Int, index: UInt64)] {
    var trees: [(Int, UInt64)] = []
    var start = leaves.lowerBound
    while start < leaves.upperBound {
      let fits = 63 - (leaves.upperBound - start).leadingZeroBitCount
      let height = min(fits, start.trailingZeroBitCount)
      trees.append((height, start >> UInt64(height)))
      start += 1 << UInt64(height)
    }
    return trees
  }

  private static func place(_ height: Int, _ index: UInt64) -> (tile: Tile, first: Int, count: Int) {
    let within = height % Tile.height
    let first = index << UInt64(within)
    return (
      Tile(level: height / Tile.height, index: first / UInt64(Tile.width)), Int(first % UInt64(Tile.width)), 1 << within
    )
  }

  private func fullTree(_ height: Int, _ index: UInt64) throws(MissingTile) -> [UInt8] {
    let (tile, first, count) = Self.place(height, index)
    let end = (first + count) * NodeHash.sizeBytes
    guard let hashes = tiles[tile], hashes.count >= end else { throw MissingTile(tile: tile) }
    return Self.root(hashes[first * NodeHash.sizeBytes..<end])
  }

  /// The root over 2^n hashes that lie one after the other.
  package static func root(_ hashes: ArraySlice<UInt8>) -> [UInt8] {
    var row = stride(from: hashes.startIndex, to: hashes.endIndex, by: NodeHash.sizeBytes).map {
      Array(hashes[$0..<$0 + NodeHash.sizeBytes])
    }
    while row.count > 1 { row = stride(from: 0, to: row.count, by: 2).map { NodeHash.of(row[$0], row[$0 + 1]) } }
    return row.first ?? NodeHash.ofNothing
  }
}
