/// A tree that grows at its right edge, in tiles. Only the edge is kept: the tiles that are not full.
package struct GrowingTree: Sendable {
  package private(set) var size: UInt64
  /// Of each level, the hashes of the last tile that is not full.
  private var edges: [[UInt8]]
  /// Tiles that have become different since they were last taken, whole.
  private var changed: [Tile: [UInt8]] = [:]

  /// An empty tree.
  package init() {
    size = 0
    edges = []
  }

  /// A tree that was grown before.
  ///
  /// - Parameter tiles: those of ``edgeTiles(inTreeOf:)``, as they were then or longer.
  package init(size: UInt64, tiles: [Tile: [UInt8]]) throws(TiledTree.MissingTile) {
    self.size = size
    edges = []
    for (tile, width) in Self.edge(size) {
      let needed = width * NodeHash.sizeBytes
      guard width == 0 || tiles[tile, default: []].count >= needed else { throw TiledTree.MissingTile(tile: tile) }
      edges.append(Array(tiles[tile, default: []].prefix(needed)))
    }
  }

  /// The tiles that are not full.
  package static func edgeTiles(inTreeOf size: UInt64) -> [Tile] { edge(size).filter { $0.width > 0 }.map(\.tile) }

  /// Of each level, the tile that the next hash goes into, and the hashes it has.
  private static func edge(_ size: UInt64) -> [(tile: Tile, width: Int)] {
    var levels: [(Tile, Int)] = []
    var hashes = size
    while hashes > 0 {
      levels.append((Tile(level: levels.count, index: hashes / UInt64(Tile.width)), Int(hashes % UInt64(Tile.width))))
      hashes /= UInt64(Tile.width)
    }
    return levels
  }

  /// Adds the next leaf, by its ``LeafHash``.
  package mutating func add(_ leafHash: [UInt8]) {
    var hash = leafHash
    var hashes = size
    for level in 0... {
      if level == edges.count { edges.append([]) }
      edges[level] += hash
      let tile = Tile(level: level, index: hashes / UInt64(Tile.width))
      changed[tile] = edges[level]
      guard edges[level].count == Tile.width * NodeHash.sizeBytes else { break }
      hash = TiledTree.root(edges[level][...])
      edges[level] = []
      hashes /= UInt64(Tile.width)
    }
    size += 1
  }

  /// The root over all leaves.
  package var root: [UInt8] {
    var tiles: [Tile: [UInt8]] = [:]
    for (tile, width) in Self.edge(size) where width > 0 { tiles[tile] = edges[tile.level] }
    // Every full tree at the edge lies in a tile that is not full, so none can lack.
    return (try? TiledTree(size: size, tiles: tiles).root()) ?? NodeHash.ofNothing
  }

  /// The tiles to be kept, of all that was added since the last call.
  package mutating func takeChanges() -> [Tile: [UInt8]] {
    defer { changed = [:] }
    return changed
  }
}
