/// Which 256 neighbouring hashes of a tree lie together (C2SP tlog-tiles): hash `i` of tile `index` at `level` is the root over the
/// 256^level leaves from `(index * 256 + i) * 256^level`.
package struct Tile: Hashable, Sendable {
  /// Hashes of a full tile.
  package static let width = 256
  /// Levels of the tree within a tile.
  package static let height = 8

  /// 0 for leaves.
  package let level: Int
  package let index: UInt64

  package init(level: Int, index: UInt64) {
    self.level = level
    self.index = index
  }

  /// How many hashes it has in a tree of that size: 0 when it is not there.
  package func width(inTreeOf size: UInt64) -> Int {
    let hashes = level * Self.height < 64 ? size >> UInt64(level * Self.height) : 0
    let (first, isBeyond) = index.multipliedReportingOverflow(by: UInt64(Self.width))
    guard !isBeyond, first < hashes else { return 0 }
    return Int(min(hashes - first, UInt64(Self.width)))
  }

  /// Every tile of a tree of that size, with its width: from the leaves up, each level from the left.
  package static func all(inTreeOf size: UInt64) -> [(tile: Tile, width: Int)] {
    var tiles: [(Tile, Int)] = []
    for level in 0..<64 / height where size >> UInt64(level * height) > 0 {
      let hashes = size >> UInt64(level * height)
      for index in 0..<(hashes + UInt64(width) - 1) / UInt64(width) {
        let tile = Tile(level: level, index: index)
        tiles.append((tile, tile.width(inTreeOf: size)))
      }
    }
    return tiles
  }

  /// Where tools look for it under a log's address: `tile/0/x001/234`, or `tile/0/x001/234.p/7` for its first seven hashes.
  package func path(width: Int = width) -> String {
    var elements: [String] = []
    var rest = index
    repeat {
      let digits = String(rest % 1_000)
      elements.append((elements.isEmpty ? "" : "x") + String(repeating: "0", count: 3 - digits.count) + digits)
      rest /= 1_000
    } while rest > 0
    return "tile/\(level)/\(elements.reversed().joined(separator: "/"))\(width < Self.width ? ".p/\(width)" : "")"
  }
}
