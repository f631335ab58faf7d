/// Which edges show their labels, at which end, and what room boxes need for that.
///
/// A label stands at the end that fewer edges share; where too many do, it is only told when one points at the edge.
struct EdgeLabels {
  static let size = 9.5
  /// Between edges that meet a box side by side.
  static let step = 13.0
  private static let maximumShared = 14
  private static let maximumWidth = 110.0

  /// In the order of the edges that are drawn.
  private(set) var text: [String?] = []
  private(set) var isAtSource: [Bool] = []
  /// The least height of each box's head.
  private(set) var headRoom: [Double]

  init(_ graph: LineageGraph, ends: [(edge: Int, from: Int, to: Int)], boxCount: Int) {
    headRoom = Array(repeating: 0, count: boxCount)
    var outgoing = Array(repeating: 0, count: boxCount)
    var incoming = outgoing
    for end in ends {
      outgoing[end.from] += 1
      incoming[end.to] += 1
    }
    for end in ends {
      let isSource = outgoing[end.from] <= incoming[end.to]
      let shared = isSource ? outgoing[end.from] : incoming[end.to]
      isAtSource.append(isSource)
      guard let label = graph.edges[end.edge].label, !label.isEmpty, shared <= Self.maximumShared else {
        text.append(nil)
        continue
      }
      text.append(TextWidths.shortened(PlainText.of(label), to: Self.maximumWidth, size: Self.size))
      let box = isSource ? end.from : end.to
      headRoom[box] = max(headRoom[box], Double(shared) * Self.step + 16)
    }
    // Where many arrows meet, they should not all hit one point.
    for box in 0..<boxCount { headRoom[box] = max(headRoom[box], min(190, Double(max(outgoing[box], incoming[box])) * 12 + 16)) }
  }

  /// With its distances; 0 for none.
  func width(_ position: Int) -> Double { text[position].map { TextWidths.width($0, size: Self.size) + 12 } ?? 0 }
}
