/// Holds events against the tree and the tree against its checkpoints, as they come by, and says what differs.
///
/// Rows and tree are both what a database says. A checkpoint proves one or the other: the row's text where the root over the rows is the
/// signed one, the tree's hash where the root over those is. What is proven tells what is wrong with the rest.
package struct LogCheck: Sendable {
  /// A checkpoint whose signature is good.
  package struct Head: Hashable, Sendable {
    package let size: UInt64
    package let root: [UInt8]
    /// Whether whoever asks kept it; else the database did.
    package let isKept: Bool

    package init(size: UInt64, root: [UInt8], isKept: Bool) {
      self.size = size
      self.root = root
      self.isKept = isKept
    }
  }

  package enum Finding: Hashable, Sendable {
    /// Another text is at the place than the one in the log.
    case changed(place: UInt64, event: String)
    /// The event of the place is nowhere.
    case missing(place: UInt64, event: String?)
    /// The event is none of the log's; those behind it were moved to make room.
    case added(place: UInt64, event: String)
    /// Events of the log that are at other places than they were: now at `places`, before `shift` less.
    case moved(places: ClosedRange<UInt64>, shift: Int64, event: String)
    /// The event is proven, and its hash in the tree is another.
    case changedTile(place: UInt64, event: String)
    /// A signed tree is not the one that there is: somewhere from `first` to before `size` events were changed and hashed again.
    case rewritten(first: UInt64, size: UInt64)
    /// Two signed trees exclude each other: the events before `size`, from `first` on, were others when this checkpoint was signed.
    case fork(first: UInt64, size: UInt64, isKept: Bool)
    /// The log is shorter than it was.
    case cutOff(size: UInt64, now: UInt64)
    /// There is more that differs than is told one by one.
    case more
  }

  private struct Difference {
    let place: UInt64
    let event: String
    let row: [UInt8]?
    let tree: [UInt8]?
  }

  /// Differences that are remembered, to be told apart.
  private static let limit = 200_000

  private let heads: [Head]
  private var next = 0
  /// By head: whether the root over the rows, and over the tree, is the signed one. `nil` where that was not computed.
  private var agrees: [(rows: Bool, tree: Bool)?]
  private var rows = MerkleRoot()
  /// `nil` as long as it is the rows'.
  private var tree: MerkleRoot?
  private var differences: [Difference] = []
  private var isCut = false
  /// Rows that no checkpoint covers yet, by hash.
  private var beyond: [[UInt8]: UInt64] = [:]

  /// - Parameter heads: none twice for the same reason.
  package init(heads: [Head]) {
    self.heads = heads.sorted { ($0.size, $0.isKept ? 1 : 0) < ($1.size, $1.isKept ? 1 : 0) }
    agrees = Array(repeating: nil, count: heads.count)
  }

  /// How many places have been looked at or passed over.
  package var count: UInt64 { rows.count }

  /// Passes over 2^height places, of which only the tree is asked.
  package mutating func pass(_ root: [UInt8], height: Int) {
    rows.add(root, height: height)
    tree?.add(root, height: height)
    look()
  }

  /// Takes in the next place that the tree has.
  ///
  /// - Parameters:
  ///   - rowHash: of the text that is there; `nil` when none is.
  ///   - treeHash: that the tree has for it; `nil` when it has none.
  package mutating func add(event: @autoclosure () -> String, rowHash: [UInt8]?, treeHash: [UInt8]?) {
    if rowHash == nil || rowHash != treeHash {
      if tree == nil { tree = rows }
      if differences.count < Self.limit {
        differences.append(Difference(place: rows.count, event: event(), row: rowHash, tree: treeHash))
      } else {
        isCut = true
      }
    }
    // What is not there has the hash of nothing that could be.
    let none = [UInt8](repeating: 0, count: NodeHash.sizeBytes)
    tree?.add(treeHash ?? none)
    rows.add(rowHash ?? none)
    look()
  }

  /// Takes in a row behind the latest checkpoint.
  package mutating func add(uncovered rowHash: [UInt8], place: UInt64) {
    if beyond.count < Self.limit { beyond[rowHash] = place }
  }

  private mutating func look() {
    while next < heads.count, heads[next].size <= rows.count {
      if heads[next].size == rows.count {
        let root = rows.hash
        let isRight = root == heads[next].root
        agrees[next] = (isRight, tree.map { $0.hash == heads[next].root } ?? isRight)
      }
      next += 1
    }
  }

  /// What is wrong, once everything was taken in; empty when nothing is.
  package func findings() -> [Finding] {
    let looked = zip(heads, agrees).compactMap { head, agrees in agrees.map { (head: head, rows: $0.rows, tree: $0.tree) } }
    let provenRows = looked.last { $0.rows }?.head.size ?? 0
    let provenTree = looked.last { $0.tree }?.head.size ?? 0
    var findings: [Finding] = []
    for head in heads where head.size > rows.count { findings.append(.cutOff(size: head.size, now: rows.count)) }
    var good: UInt64 = 0
    var isRewritten = false
    for (head, rows, tree) in looked {
      if rows || tree {
        good = head.size
      } else if head.size < max(provenRows, provenTree) || head.isKept {
        findings.append(.fork(first: good, size: head.size, isKept: head.isKept))
      } else if !isRewritten {
        findings.append(.rewritten(first: good, size: head.size))
        isRewritten = true
      }
    }
    for difference in differences where difference.place < provenRows {
      findings.append(.changedTile(place: difference.place, event: difference.event))
    }
    // Where nothing is proven, the tree is believed: whoever rewrote both is found above.
    let wrong = differences.filter { $0.place >= provenRows }
    findings += Self.told(wrong, beyond)
    if isCut { findings.append(.more) }
    return findings
  }

  /// Tells what was changed, taken out, put in and moved.
  private static func told(_ differences: [Difference], _ beyond: [[UInt8]: UInt64]) -> [Finding] {
    var belongs: [[UInt8]: UInt64] = [:]
    var stands = beyond
    for difference in differences {
      if let tree = difference.tree { belongs[tree] = difference.place }
      if let row = difference.row { stands[row] = difference.place }
    }
    var findings: [Finding] = []
    var run: (places: ClosedRange<UInt64>, shift: Int64, event: String)?
    func end() { if let run { findings.append(.moved(places: run.places, shift: run.shift, event: run.event)) } }
    for difference in differences {
      let place = difference.place
      let isGone = difference.tree.map { stands[$0] == nil } ?? false
      let origin = difference.row.flatMap { belongs[$0] }
      if let origin {
        let shift = Int64(place) - Int64(origin)
        if let last = run, last.shift == shift, last.places.upperBound + 1 == place {
          run = (last.places.lowerBound...place, shift, last.event)
        } else {
          end()
          run = (place...place, shift, difference.event)
        }
      }
      switch (difference.row, origin, isGone) {
      case (.some, .none, true): findings.append(.changed(place: place, event: difference.event))
      case (.some, .none, false): findings.append(.added(place: place, event: difference.event))
      case (.none, _, true): findings.append(.missing(place: place, event: difference.event.isEmpty ? nil : difference.event))
      case (.some, .some, true): findings.append(.missing(place: place, event: nil))
      case (.none, _, false), (.some, .some, false): break
      }
    }
    end()
    return findings
  }
}
