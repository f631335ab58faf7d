/// Places boxes in columns, so that links go from left to right: after Sugiyama, Tagawa and Toda (1981).
///
/// Cycles are broken by turning links around (`LayeredLayout+Layers`), boxes get columns, long links get a place in each column that they
/// cross, the order within columns is chosen to cross few links (`+Order`), then heights (`+Heights`). The same input gives the same picture:
/// nothing depends on time, memory or hashing. Units are points; y grows downwards.
struct LayeredLayout {
  /// Something with a place of its own.
  struct Box {
    var width: Double
    var height: Double
    /// Where links meet it, from its top.
    var port: Double
  }

  /// A link between two boxes; at most one for each pair. Not from a box to itself.
  struct Link {
    var from: Int
    var to: Int
    /// The height that it needs where it passes between boxes.
    var thickness: Double
    /// The room that its label needs beside one of its boxes.
    var labelWidth = 0.0
  }

  /// How far apart things are.
  struct Distances {
    var boxes = 22.0
    var links = 7.0
    var boxAndLink = 14.0
    var columns = 64.0
  }

  /// What limits work, so that large graphs are drawn too, if less carefully.
  struct Limits {
    /// Places of long links in columns, over all; links beyond that go straight.
    var passages = 12_000
    /// Places visited while the order is improved.
    var visits = 260_000
    /// Boxes in a column beyond which it is spread over several, in graphs of at most `spreadingBoxes`.
    var columnBoxes = 16
    var spreadingBoxes = 240
  }

  // MARK: Input

  let boxes: [Box]
  let links: [Link]
  /// Whether boxes stand as far right as they can, rather than left.
  let alignsRight: Bool
  var distances = Distances()
  var limits = Limits()

  // MARK: Result

  /// Links that go from right to left, since they are part of a cycle.
  private(set) var isReversed: [Bool] = []
  /// The column of each box, 0 at the left.
  private(set) var columns: [Int] = []
  /// Left edge and width of each column.
  private(set) var columnX: [(left: Double, width: Double)] = []
  /// The upper edge of each box.
  private(set) var tops: [Double] = []
  /// For each link, the middle of its passage through each column between its boxes, from left to right.
  private(set) var passages: [[(column: Int, y: Double)]] = []
  private(set) var height = 0.0
  private(set) var width = 0.0
  /// How many pairs of links cross between columns.
  private(set) var crossings = 0

  init(boxes: [Box], links: [Link], alignsRight: Bool, limits: Limits = Limits()) {
    self.boxes = boxes
    self.links = links
    self.alignsRight = alignsRight
    self.limits = limits
    isReversed = reversedLinks()
    columns = columnsOfBoxes()
    var grid = PassageGrid(self)
    grid.order(visits: limits.visits)
    crossings = grid.crossings
    let middles = grid.heights(distances)
    place(grid, middles)
  }

  /// The link's left and right box.
  func ends(_ link: Int) -> (left: Int, right: Int) {
    isReversed[link] ? (links[link].to, links[link].from) : (links[link].from, links[link].to)
  }

  private mutating func place(_ grid: PassageGrid, _ middles: [Double]) {
    var top = Double.infinity
    var bottom = -Double.infinity
    for (place, middle) in middles.enumerated() {
      top = min(top, middle - grid.heights[place] / 2)
      bottom = max(bottom, middle + grid.heights[place] / 2)
    }
    height = middles.isEmpty ? 0 : (bottom - top).rounded(.up)
    // Whole points: lines of one point are sharp on screens.
    tops = boxes.indices.map { (middles[$0] - boxes[$0].height / 2 - top).rounded() }
    passages = grid.passages.map { $0.map { (grid.columns[$0], middles[$0] - top) } }
    placeColumns(grid, middles)
  }

  private mutating func placeColumns(_ grid: PassageGrid, _ middles: [Double]) {
    let count = (columns.max() ?? -1) + 1
    var widths = Array(repeating: 0.0, count: count)
    for (box, column) in columns.enumerated() { widths[column] = max(widths[column], boxes[box].width) }
    var labels = Array(repeating: 0.0, count: count)
    for (index, link) in links.enumerated() where link.labelWidth > 0 {
      let (left, right) = ends(index)
      labels[columns[left]] = max(labels[columns[left]], link.labelWidth)
      if columns[right] > 0 { labels[columns[right] - 1] = max(labels[columns[right] - 1], link.labelWidth) }
    }
    // Lines beside each other need room to bend.
    var bundles = Array(repeating: 0.0, count: count)
    for (index, link) in links.enumerated() { bundles[columns[ends(index).left]] += link.thickness }
    var x = 0.0
    for column in 0..<count {
      columnX.append((x, widths[column]))
      x += widths[column]
      guard column < count - 1 else { break }
      // Where many links cross or climb, they need more way for it.
      var climb = 0.0
      var segments = 0
      for place in grid.order[column] {
        for next in grid.rightward[place] {
          climb = max(climb, abs(middles[place] - middles[next]))
          segments += 1
        }
      }
      let room = distances.columns + min(100, max(climb * 0.12, Double(segments) * 1.5, bundles[column] * 0.5))
      x += (room + labels[column]).rounded()
    }
    width = x
  }
}
