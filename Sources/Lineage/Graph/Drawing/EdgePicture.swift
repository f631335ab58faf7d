/// How an edge looks: a line by its evidence, an arrow head, and signs that need no colour.
struct EdgePicture {
  typealias Drawing = LineageDrawing
  typealias Point = LineageDrawing.Point

  let evidence: LineageEvidence
  /// Lines between columns are finer.
  var isFine = false
  /// Goes from right to left.
  var isReversed = false

  private static let headLength = 9.0

  private var ink: Drawing.Ink { evidence == .contradicted ? .danger : .edge }

  private var width: Double {
    let width =
      switch evidence {
      case .declared: 1.1
      case .inferred: 1.3
      case .observed: 1.7
      case .corroborated: 4.6
      case .contradicted: 2.1
      }
    return isFine ? (evidence == .corroborated ? 3 : width * 0.65) : width
  }

  /// - Parameter points: where the line goes, from left to right: between the 1st and the 2nd it is straight, between the 2nd and the 3rd it
  ///   curves, and so on in turn. An even number, at least two.
  func shapes(_ points: [Point]) -> [Drawing.Shape] {
    let head = isFine ? 6.0 : Self.headLength
    var points = points
    // The line ends inside the head, which covers its end.
    let tip = isReversed ? points[0] : points[points.count - 1]
    if isReversed { points[0].x += head - 2 } else { points[points.count - 1].x -= head - 2 }
    let segments = Self.curve(points)
    let dashes: [Double] = evidence == .inferred ? (isFine ? [4, 3] : [7, 4.5]) : []
    var shapes: [Drawing.Shape] = [.path(.init(segments: segments, stroke: .init(ink: ink, width: width, dashes: dashes)))]
    if evidence == .corroborated {
      shapes.append(.path(.init(segments: segments, stroke: .init(ink: .paper, width: isFine ? 1.2 : 1.8))))
    }
    let direction = isReversed ? 1.0 : -1.0
    shapes.append(headShape(tip, direction * head))
    // Two heads: it leads back.
    if isReversed { shapes.append(headShape(Point(tip.x + head, tip.y), head)) }
    if evidence == .contradicted { shapes += cross(at: Self.middle(points), radius: isFine ? 4.5 : 7) }
    return shapes
  }

  private func headShape(_ tip: Point, _ length: Double) -> Drawing.Shape {
    let half = abs(length) * (evidence == .corroborated ? 0.58 : 0.45)
    let outline: [Drawing.Segment] = [
      .move(tip), .line(Point(tip.x + length, tip.y - half)), .line(Point(tip.x + length, tip.y + half)), .close,
    ]
    // What was only said has a hollow head.
    let isHollow = evidence == .declared
    return .path(.init(segments: outline, stroke: .init(ink: ink, width: isFine ? 0.8 : 1.1), fill: isHollow ? .paper : ink))
  }

  private func cross(at middle: Point, radius: Double) -> [Drawing.Shape] {
    let arm = radius * 0.42
    return [
      .path(
        .init(
          segments: NodeSign.circle(middle.x, middle.y, radius), stroke: .init(ink: .danger, width: radius * 0.22), fill: .paper)),
      .path(
        .init(
          segments: [
            .move(Point(middle.x - arm, middle.y - arm)), .line(Point(middle.x + arm, middle.y + arm)),
            .move(Point(middle.x - arm, middle.y + arm)), .line(Point(middle.x + arm, middle.y - arm)),
          ], stroke: .init(ink: .danger, width: radius * 0.28))),
    ]
  }

  private static func curve(_ points: [Point]) -> [Drawing.Segment] {
    var segments: [Drawing.Segment] = [.move(points[0])]
    for index in points.indices.dropFirst() {
      let (from, to) = (points[index - 1], points[index])
      if index % 2 == 1 || from.y == to.y {
        if from != to { segments.append(.line(to)) }
      } else {
        let (first, second) = controls(from, to)
        segments.append(.curve(first, second, to))
      }
    }
    return segments
  }

  /// Leaves and arrives level.
  private static func controls(_ from: Point, _ to: Point) -> (Point, Point) {
    let reach = (to.x - from.x) * 0.5
    return (Point(from.x + reach, from.y), Point(to.x - reach, to.y))
  }

  /// A point of the line, in the middle one of its curves.
  private static func middle(_ points: [Point]) -> Point {
    guard points.count >= 4 else { return Point((points[0].x + points[1].x) / 2, (points[0].y + points[1].y) / 2) }
    let curves = (points.count - 2) / 2
    let start = 1 + 2 * ((curves - 1) / 2)
    // By symmetry a curve is halfway when it is halfway.
    return Point((points[start].x + points[start + 1].x) / 2, (points[start].y + points[start + 1].y) / 2)
  }

  /// From a box's right side around its upper corner and down into its top.
  func loopShapes(around frame: Drawing.Frame) -> [Drawing.Shape] {
    let start = Point(frame.right, frame.y + 14)
    let tip = Point(frame.right - 34, frame.y)
    let bend: [Drawing.Segment] = [
      .move(start),
      .curve(Point(frame.right + 24, frame.y + 12), Point(frame.right + 18, frame.y - 20), Point(frame.right - 10, frame.y - 19)),
      .curve(Point(frame.right - 24, frame.y - 19), Point(frame.right - 34, frame.y - 16), Point(tip.x, tip.y - 7)),
    ]
    let dashes: [Double] = evidence == .inferred ? [7, 4.5] : []
    var shapes: [Drawing.Shape] = [.path(.init(segments: bend, stroke: .init(ink: ink, width: width, dashes: dashes)))]
    if evidence == .corroborated { shapes.append(.path(.init(segments: bend, stroke: .init(ink: .paper, width: 1.8)))) }
    let outline: [Drawing.Segment] = [.move(tip), .line(Point(tip.x - 4.2, tip.y - 9)), .line(Point(tip.x + 4.2, tip.y - 9)), .close]
    let fill: Drawing.Ink = evidence == .declared ? .paper : ink
    shapes.append(.path(.init(segments: outline, stroke: .init(ink: ink, width: 1.1), fill: fill)))
    if evidence == .contradicted { shapes += cross(at: Point(frame.right - 10, frame.y - 19), radius: 7) }
    return shapes
  }
}
