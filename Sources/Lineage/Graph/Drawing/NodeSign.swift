/// The sign of a kind of node: a tile with a drawing in white, told apart without its colour.
struct NodeSign {
  typealias Point = LineageDrawing.Point
  typealias Segment = LineageDrawing.Segment

  let kind: LineageNode.Kind

  var ink: LineageDrawing.Ink {
    switch kind {
    case .model, .modelVersion: .violet
    case .table: .blue
    case .view: .sky
    case .fileSet: .orange
    case .delta: .olive
    case .hudi: .brown
    case .featureView: .green
    case .topic: .purple
    case .externalDataset, .job, .run, .hidden: .grey
    }
  }

  /// - Parameter size: of the tile's sides.
  func shapes(x: Double, y: Double, size: Double) -> [LineageDrawing.Shape] {
    let tile = LineageDrawing.Box(frame: .init(x: x, y: y, width: size, height: size), radius: size / 5, fill: ink)
    let scale = size / 24
    func placed(_ point: Point) -> Point { Point(x + point.x * scale, y + point.y * scale) }
    let placedSegments = segments.map { segment -> Segment in
      switch segment {
      case .move(let point): .move(placed(point))
      case .line(let point): .line(placed(point))
      case .curve(let first, let second, let end): .curve(placed(first), placed(second), placed(end))
      case .close: .close
      }
    }
    let stroke = LineageDrawing.Stroke(ink: .sign, width: 1.7 * scale)
    return [.box(tile), .path(.init(segments: placedSegments, stroke: stroke))]
  }

  /// On a tile of 24 by 24.
  private var segments: [Segment] {
    switch kind {
    case .model:
      // Versions in a pile.
      Self.polygon((5, 12), (12, 8.5), (19, 12), (12, 15.5)) + Self.polyline((5, 15.5), (12, 19), (19, 15.5))
        + Self.polyline((5, 8.5), (12, 5), (19, 8.5))
    case .modelVersion:
      // Two layers of a network.
      Self.line((8, 8), (15.5, 12)) + Self.line((8, 16), (15.5, 12)) + Self.circle(6.5, 7, 2) + Self.circle(6.5, 17, 2)
        + Self.circle(17.5, 12, 2.4)
    case .table:
      Self.polygon((5, 6), (19, 6), (19, 18), (5, 18)) + Self.line((5, 10), (19, 10)) + Self.line((5, 14), (19, 14))
        + Self.line((10, 10), (10, 18))
    case .view:
      // An eye.
      [
        .move(Point(4, 12)), .curve(Point(8, 5.5), Point(16, 5.5), Point(20, 12)), .curve(Point(16, 18.5), Point(8, 18.5), Point(4, 12)),
        .close,
      ] + Self.circle(12, 12, 2.6)
    case .fileSet:
      // A folder.
      Self.polygon((4.5, 6.5), (10, 6.5), (12, 9), (19.5, 9), (19.5, 18), (4.5, 18))
    case .delta: Self.polygon((12, 5.5), (19.5, 18.5), (4.5, 18.5))
    case .hudi: Self.polygon((12, 4.5), (18.5, 8.2), (18.5, 15.8), (12, 19.5), (5.5, 15.8), (5.5, 8.2))
    case .featureView:
      // Sliders.
      Self.line((5, 8), (13, 8)) + Self.line((17, 8), (19, 8)) + Self.circle(15, 8, 2) + Self.line((5, 16), (7, 16))
        + Self.line((11, 16), (19, 16)) + Self.circle(9, 16, 2)
    case .topic:
      // A stream.
      Self.wave(8) + Self.wave(12.5) + Self.wave(17)
    case .externalDataset:
      // An arrow into a box that is open.
      Self.polyline((12, 6), (6, 6), (6, 18), (18, 18), (18, 12)) + Self.line((11.5, 12.5), (18.5, 5.5))
        + Self.polyline((14, 5.2), (18.8, 5.2), (18.8, 10))
    case .job: Self.gear
    case .run: Self.polygon((8, 5.5), (18.5, 12), (8, 18.5))
    case .hidden:
      // A padlock.
      Self.polygon((6, 11), (18, 11), (18, 19), (6, 19)) + [
        .move(Point(8.5, 11)), .line(Point(8.5, 9)), .curve(Point(8.5, 4), Point(15.5, 4), Point(15.5, 9)), .line(Point(15.5, 11)),
      ]
    }
  }

  private static func line(_ from: (Double, Double), _ to: (Double, Double)) -> [Segment] { polyline(from, to) }

  private static func polyline(_ points: (Double, Double)...) -> [Segment] { open(points) }
  private static func polygon(_ points: (Double, Double)...) -> [Segment] { open(points) + [.close] }

  private static func open(_ points: [(Double, Double)]) -> [Segment] {
    points.enumerated().map { $0.offset == 0 ? .move(Point($0.element.0, $0.element.1)) : .line(Point($0.element.0, $0.element.1)) }
  }

  private static func wave(_ y: Double) -> [Segment] {
    [
      .move(Point(4.5, y)), .curve(Point(7, y - 4), Point(9.5, y - 4), Point(12, y)),
      .curve(Point(14.5, y + 4), Point(17, y + 4), Point(19.5, y)),
    ]
  }

  /// Four curves; 0.5523 brings a cubic curve nearest to a quarter of a circle.
  static func circle(_ x: Double, _ y: Double, _ radius: Double) -> [Segment] {
    let handle = radius * 0.5523
    return [
      .move(Point(x + radius, y)), .curve(Point(x + radius, y + handle), Point(x + handle, y + radius), Point(x, y + radius)),
      .curve(Point(x - handle, y + radius), Point(x - radius, y + handle), Point(x - radius, y)),
      .curve(Point(x - radius, y - handle), Point(x - handle, y - radius), Point(x, y - radius)),
      .curve(Point(x + handle, y - radius), Point(x + radius, y - handle), Point(x + radius, y)), .close,
    ]
  }

  /// Eight teeth around a ring, by sine and cosine of the eighths of a circle, so that no library has to agree on them.
  private static let gear: [Segment] = {
    let half = 0.70710678
    let directions = [(1.0, 0.0), (half, half), (0, 1), (-half, half), (-1, 0), (-half, -half), (0, -1), (half, -half)]
    var segments = circle(12, 12, 4.6) + circle(12, 12, 1.2)
    for (x, y) in directions { segments += line((12 + x * 4.6, 12 + y * 4.6), (12 + x * 7.8, 12 + y * 7.8)) }
    return segments
  }()
}
