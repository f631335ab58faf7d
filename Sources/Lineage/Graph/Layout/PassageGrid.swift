/// Boxes and the passages of long links, column by column: every link is a chain of segments between neighbouring columns.
///
/// A *place* is a number: that of a box, or, after those, of a passage.
struct PassageGrid {
  let boxCount: Int
  /// Of each place.
  private(set) var columns: [Int]
  private(set) var heights: [Double]
  /// Where links meet a place, from its middle.
  private(set) var ports: [Double]
  /// Places that segments lead to, in the column to the left and to the right.
  private(set) var leftward: [[Int]] = []
  private(set) var rightward: [[Int]] = []
  /// The places of each link, from left to right; none for links between neighbouring columns, and for those that go straight.
  private(set) var passages: [[Int]]
  /// The places in each column, from the top.
  var order: [[Int]] = []
  /// Where each place stands in its column.
  var positions: [Int] = []
  var crossings = 0

  init(_ layout: LayeredLayout) {
    boxCount = layout.boxes.count
    columns = layout.columns
    heights = layout.boxes.map(\.height)
    ports = layout.boxes.map { $0.port - $0.height / 2 }
    passages = Array(repeating: [], count: layout.links.count)
    leftward = Array(repeating: [], count: boxCount)
    rightward = leftward
    var left = layout.limits.passages
    let spans = layout.links.indices.map { index in
      let (from, to) = layout.ends(index)
      return (span: layout.columns[to] - layout.columns[from], index: index)
    }
    // Short links first, until there are enough passages; input order among equals.
    for (span, index) in spans.sorted(by: { ($0.span, $0.index) < ($1.span, $1.index) }) {
      let (from, to) = layout.ends(index)
      guard span - 1 <= left else { continue }
      left -= span - 1
      var last = from
      for step in 1..<max(span, 1) {
        let place = columns.count
        columns.append(layout.columns[from] + step)
        heights.append(layout.links[index].thickness)
        ports.append(0)
        leftward.append([])
        rightward.append([])
        passages[index].append(place)
        connect(last, place)
        last = place
      }
      connect(last, to)
    }
    order = firstOrder(alignsRight: layout.alignsRight)
    positions = Array(repeating: 0, count: columns.count)
    for column in order.indices { number(column) }
  }

  private mutating func connect(_ left: Int, _ right: Int) {
    rightward[left].append(right)
    leftward[right].append(left)
  }

  /// By going through the graph in depth: what hangs together stands together, and a tree crosses nothing.
  private func firstOrder(alignsRight: Bool) -> [[Int]] {
    var order: [[Int]] = Array(repeating: [], count: (columns.max() ?? -1) + 1)
    var isSeen = Array(repeating: false, count: columns.count)
    let starts = (0..<boxCount).sorted { first, second in
      let (one, other) = alignsRight ? (-columns[first], -columns[second]) : (columns[first], columns[second])
      return (one, first) < (other, second)
    }
    for start in starts where !isSeen[start] {
      var stack = [start]
      while let place = stack.popLast() {
        guard !isSeen[place] else { continue }
        isSeen[place] = true
        order[columns[place]].append(place)
        let (first, second) = alignsRight ? (rightward[place], leftward[place]) : (leftward[place], rightward[place])
        let near = fanned(first, rightwards: alignsRight) + fanned(second, rightwards: !alignsRight)
        for next in near.reversed() where !isSeen[next] { stack.append(next) }
      }
    }
    return order
  }

  /// Of many neighbours, those whose links go far stand in the middle: the boxes of a column that was spread make a fan.
  private func fanned(_ neighbours: [Int], rightwards: Bool) -> [Int] {
    guard neighbours.count > 12 else { return neighbours }
    func reach(_ neighbour: Int) -> Int {
      var place = neighbour
      var steps = 0
      while place >= boxCount {
        place = rightwards ? rightward[place][0] : leftward[place][0]
        steps += 1
      }
      return steps
    }
    let groups = Dictionary(grouping: neighbours, by: reach).sorted { $0.key < $1.key }.map(\.value)
    return groups.flatMap { $0.prefix(($0.count + 1) / 2) } + groups.reversed().flatMap { $0.dropFirst(($0.count + 1) / 2) }
  }

  mutating func number(_ column: Int) {
    for (position, place) in order[column].enumerated() { positions[place] = position }
  }
}
