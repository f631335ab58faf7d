import Testing

@testable import TransparencyLog

/// What an audit says of every way to tamper, on rows and tree as a database could hold them.
@Suite struct LogCheckTests {
  private static let size = 600
  private static let leaves = NaiveTree.leaves(size)

  private static func heads(_ sizes: [Int] = [100, 256, 400, 600], of leaves: [[UInt8]] = leaves) -> [LogCheck.Head] {
    sizes.map { .init(size: UInt64($0), root: NaiveTree.root(leaves[..<$0]), isKept: false) }
  }

  private static func findings(
    rows: [[UInt8]?], tree: [[UInt8]] = leaves, heads: [LogCheck.Head] = heads()
  ) -> [LogCheck.Finding] {
    var check = LogCheck(heads: heads)
    for (place, hash) in tree.enumerated() {
      check.add(event: "e\(place)", rowHash: place < rows.count ? rows[place] : nil, treeHash: hash)
    }
    for place in tree.count..<max(tree.count, rows.count) {
      if let row = rows[place] { check.add(uncovered: row, place: UInt64(place)) }
    }
    return check.findings()
  }

  private static let other = LeafHash.of([1])

  @Test func nothingIsFoundWhereNothingIsWrong() { #expect(Self.findings(rows: Self.leaves).isEmpty) }

  @Test(arguments: [0, 99, 100, 255, 256, 599]) func oneChange(place: Int) {
    var rows: [[UInt8]?] = Self.leaves
    rows[place] = Self.other
    #expect(Self.findings(rows: rows) == [.changed(place: UInt64(place), event: "e\(place)")])
    rows[place] = nil
    #expect(Self.findings(rows: rows) == [.missing(place: UInt64(place), event: "e\(place)")])
  }

  @Test func takenOutAndClosedUp() {
    var rows: [[UInt8]?] = Self.leaves
    rows.remove(at: 300)
    #expect(
      Self.findings(rows: rows) == [
        .missing(place: 300, event: nil), .moved(places: 300...598, shift: -1, event: "e300"),
      ])
  }

  @Test func putIn() {
    var rows: [[UInt8]?] = Self.leaves
    rows.insert(Self.other, at: 300)
    #expect(
      Self.findings(rows: rows) == [.added(place: 300, event: "e300"), .moved(places: 301...599, shift: 1, event: "e301")])
  }

  @Test func swapped() {
    var rows: [[UInt8]?] = Self.leaves
    rows.swapAt(10, 500)
    #expect(
      Self.findings(rows: rows) == [
        .moved(places: 10...10, shift: -490, event: "e10"), .moved(places: 500...500, shift: 490, event: "e500"),
      ])
  }

  @Test func aChangedTileIsToldFromAChangedEvent() {
    var tree = Self.leaves
    tree[7] = Self.other
    #expect(Self.findings(rows: Self.leaves, tree: tree) == [.changedTile(place: 7, event: "e7")])
  }

  /// Rows and tree rewritten together: the checkpoints say where.
  @Test func aRewrittenTail() {
    let tail = Array(Self.leaves[..<300]) + NaiveTree.leaves(300, seed: 2)
    #expect(Self.findings(rows: tail, tree: tail) == [.rewritten(first: 256, size: 400)])
    // Signed again, by whoever has the key: only what somebody kept tells.
    let signed = Self.heads([100, 256], of: Self.leaves) + Self.heads([500, 600], of: tail)
    #expect(Self.findings(rows: tail, tree: tail, heads: signed).isEmpty)
    let kept = LogCheck.Head(size: 400, root: NaiveTree.root(Self.leaves[..<400]), isKept: true)
    #expect(Self.findings(rows: tail, tree: tail, heads: signed + [kept]) == [.fork(first: 256, size: 400, isKept: true)])
    let long = LogCheck.Head(size: 700, root: Self.other, isKept: true)
    #expect(Self.findings(rows: tail, tree: tail, heads: signed + [long]) == [.cutOff(size: 700, now: 600)])
    // A checkpoint that fits no tree, among those that do.
    let odd = LogCheck.Head(size: 300, root: Self.other, isKept: false)
    #expect(Self.findings(rows: Self.leaves, heads: Self.heads() + [odd]) == [.fork(first: 256, size: 300, isKept: false)])
  }

  /// Of a range, with the rest by its tiles.
  @Test func aRange() {
    for isChanged in [false, true] {
      var check = LogCheck(heads: Self.heads())
      check.pass(NaiveTree.root(Self.leaves[..<256]), height: 8)
      for place in 256..<600 {
        check.add(event: "e\(place)", rowHash: isChanged && place == 300 ? Self.other : Self.leaves[place], treeHash: Self.leaves[place])
      }
      #expect(check.findings() == (isChanged ? [.changed(place: 300, event: "e300")] : []))
      #expect(check.count == 600)
    }
  }
}
