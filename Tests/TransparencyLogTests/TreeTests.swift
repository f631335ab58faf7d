import Crypto
import SeededRandom
import Testing

@testable import TransparencyLog

/// The tree as RFC 6962 defines it, word for word and slowly.
enum NaiveTree {
  static func root(_ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
    guard leaves.count > 1 else { return leaves.first ?? Array(SHA256.hash(data: [UInt8]())) }
    let middle = leaves.startIndex + split(leaves.count)
    return Array(SHA256.hash(data: [1] + root(leaves[..<middle]) + root(leaves[middle...])))
  }

  /// PATH(m, D[n]).
  static func path(_ index: Int, _ leaves: ArraySlice<[UInt8]>) -> [[UInt8]] {
    guard leaves.count > 1 else { return [] }
    let middle = leaves.startIndex + split(leaves.count)
    return index < split(leaves.count)
      ? path(index, leaves[..<middle]) + [root(leaves[middle...])]
      : path(index - split(leaves.count), leaves[middle...]) + [root(leaves[..<middle])]
  }

  /// SUBPROOF(m, D[n], b).
  static func consistency(_ old: Int, _ leaves: ArraySlice<[UInt8]>, _ isWhole: Bool = true) -> [[UInt8]] {
    guard old < leaves.count else { return isWhole ? [] : [root(leaves)] }
    let size = split(leaves.count)
    let middle = leaves.startIndex + size
    return old <= size
      ? consistency(old, leaves[..<middle], isWhole) + [root(leaves[middle...])]
      : consistency(old - size, leaves[middle...], false) + [root(leaves[..<middle])]
  }

  private static func split(_ count: Int) -> Int {
    var size = 1
    while size * 2 < count { size *= 2 }
    return size
  }

  static func leaves(_ count: Int, seed: UInt64 = 1) -> [[UInt8]] {
    (0..<count).map { LeafHash.of(Array("leaf \(seed) \($0)".utf8)) }
  }
}

/// Tiles, roots and proofs from them, held against the definition.
@Suite struct TreeTests {
  /// A tree grown leaf by leaf, in batches and from what was kept, and its tiles.
  private static func grown(_ leaves: [[UInt8]], using generator: inout SeededGenerator) throws -> (GrowingTree, [Tile: [UInt8]]) {
    var tiles: [Tile: [UInt8]] = [:]
    var tree = GrowingTree()
    var rest = leaves[...]
    while !rest.isEmpty {
      let count = min(rest.count, Int.random(in: 1...400, using: &generator))
      for leaf in rest.prefix(count) { tree.add(leaf) }
      rest = rest.dropFirst(count)
      tiles.merge(tree.takeChanges()) { $1 }
      if Bool.random(using: &generator) {
        tree = try GrowingTree(size: tree.size, tiles: tiles.filter { GrowingTree.edgeTiles(inTreeOf: tree.size).contains($0.key) })
      }
    }
    return (tree, tiles)
  }

  @Test func rootsAndProofsAreThoseOfTheDefinition() throws {
    var generator = SeededGenerator(seed: 11)
    let sizes =
      [1, 2, 3, 7, 8, 255, 256, 257, 300, 511, 512, 513, 1_000] + (0..<6).map { _ in Int.random(in: 1...1_500, using: &generator) }
    for size in sizes {
      let leaves = NaiveTree.leaves(size)
      let (tree, tiles) = try Self.grown(leaves, using: &generator)
      let root = NaiveTree.root(leaves[...])
      #expect(tree.root == root && tree.size == UInt64(size))
      #expect(Set(tiles.keys) == Set(Tile.all(inTreeOf: UInt64(size)).map(\.tile)))
      for (tile, width) in Tile.all(inTreeOf: UInt64(size)) { #expect(tiles[tile]?.count == width * 32) }

      for _ in 0..<20 {
        // Of a tree as it was once, from the tiles as they are.
        let then = Int.random(in: 1...size, using: &generator)
        let index = Int.random(in: 0..<then, using: &generator)
        let ranges = try InclusionProof.ranges(index: UInt64(index), size: UInt64(then))
        let wanted = TiledTree.tiles(for: ranges)
        let some = TiledTree(size: UInt64(then), tiles: tiles.filter { wanted.contains($0.key) })
        let proof = InclusionProof(index: UInt64(index), size: UInt64(then), hashes: try some.hashes(of: ranges))
        #expect(proof.hashes == NaiveTree.path(index, leaves[..<then]))
        let thenRoot = NaiveTree.root(leaves[..<then])
        try proof.verify(leafHash: leaves[index], root: thenRoot)

        let growth = try ConsistencyProof.ranges(oldSize: UInt64(then), newSize: UInt64(size))
        let whole = TiledTree(size: UInt64(size), tiles: tiles)
        let consistency = ConsistencyProof(oldSize: UInt64(then), newSize: UInt64(size), hashes: try whole.hashes(of: growth))
        #expect(consistency.hashes == NaiveTree.consistency(then, leaves[...]))
        try consistency.verify(oldRoot: thenRoot, newRoot: root)

        // Nothing else is shown by them.
        var (wrong, other) = (proof.hashes, consistency.hashes)
        if let place = wrong.indices.randomElement(using: &generator) {
          wrong[place][Int.random(in: 0..<32, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
          #expect(throws: ProofError.self) {
            try InclusionProof(index: UInt64(index), size: UInt64(then), hashes: wrong).verify(leafHash: leaves[index], root: thenRoot)
          }
          #expect(throws: ProofError.self) {
            try InclusionProof(index: UInt64(index ^ 1), size: UInt64(then), hashes: proof.hashes)
              .verify(leafHash: leaves[index], root: thenRoot)
          }
        }
        if let place = other.indices.randomElement(using: &generator) {
          other[place][0] ^= 1
          #expect(throws: ProofError.self) {
            try ConsistencyProof(oldSize: UInt64(then), newSize: UInt64(size), hashes: other).verify(oldRoot: thenRoot, newRoot: root)
          }
        }
      }
    }
  }

  @Test func aTileThatLacksIsNamed() throws {
    let tree = TiledTree(size: 300, tiles: [:])
    #expect(throws: TiledTree.MissingTile(tile: Tile(level: 0, index: 1))) { try tree.root() }
    #expect(throws: TiledTree.MissingTile.self) { try GrowingTree(size: 300, tiles: [:]) }
  }

  /// Three levels, as the specification counts them.
  @Test func tilesOfALargeTree() throws {
    let tiles = Tile.all(inTreeOf: 70_000)
    #expect(tiles.filter { $0.tile.level == 0 && $0.width == 256 }.count == 273)
    #expect(tiles.filter { $0.width < 256 }.map(\.width) == [112, 17, 1])
    #expect(tiles.count == 277)
    #expect(Tile.all(inTreeOf: 256).map(\.width) == [256, 1])
    #expect(Tile(level: 7, index: .max).width(inTreeOf: .max) == 0)
    #expect(Tile(level: 0, index: 1_234_067).path() == "tile/0/x001/x234/067")
    #expect(Tile(level: 0, index: 273).path(width: 112) == "tile/0/273.p/112")
    #expect(Tile(level: 2, index: 0).path(width: 1) == "tile/2/000.p/1")
    var tree = GrowingTree()
    var root = MerkleRoot()
    var kept: [Tile: [UInt8]] = [:]
    for number in 0..<70_000 {
      let leaf = Array(repeating: UInt8(truncatingIfNeeded: number), count: 30) + [UInt8(number >> 8 & 255), UInt8(number >> 16)]
      tree.add(leaf)
      root.add(leaf)
      if number % 5_000 == 4_999 { kept.merge(tree.takeChanges()) { $1 } }
    }
    #expect(kept.count == 277)
    #expect(try TiledTree(size: 70_000, tiles: kept).root() == root.hash)
    var byTiles = MerkleRoot()
    for hash in try #require(kept[Tile(level: 1, index: 0)]).chunks { byTiles.add(hash, height: 8) }
    for hash in try #require(kept[Tile(level: 1, index: 1)]).chunks { byTiles.add(hash, height: 8) }
    for hash in try #require(kept[Tile(level: 0, index: 273)]).chunks { byTiles.add(hash) }
    #expect(byTiles.hash == root.hash && byTiles.count == 70_000)
  }

  /// Proofs of any shape are refused or checked, never more.
  @Test func proofsOfAnyShapeEnd() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<3_000 {
      func size() -> UInt64 { [0, 1, 2, .max, UInt64.random(in: 0...20, using: &generator)].randomElement(using: &generator) ?? 0 }
      let hashes = (0..<Int.random(in: 0...70, using: &generator)).map { _ in
        [UInt8](repeating: 7, count: [0, 31, 32, 32, 32].randomElement(using: &generator) ?? 0)
      }
      let hash = [UInt8](repeating: 9, count: 32)
      #expect(
        (try? InclusionProof(index: size(), size: size(), hashes: hashes).verify(leafHash: hash, root: hash)) == nil || hashes.isEmpty)
      #expect(
        (try? ConsistencyProof(oldSize: size(), newSize: size(), hashes: hashes).verify(oldRoot: hash, newRoot: hash)) == nil
          || hashes.isEmpty)
      _ = try? InclusionProof.ranges(index: size(), size: size())
      _ = try? ConsistencyProof.ranges(oldSize: size(), newSize: size())
    }
  }
}

extension [UInt8] {
  fileprivate var chunks: [[UInt8]] { stride(from: 0, to: count, by: 32).map { Array(self[$0..<$0 + 32]) } }
}
