/// A picture as values: what is drawn where, in points, y growing downwards. ``svgText`` writes it; a writer of another form need know
/// nothing of lineage.
package struct LineageDrawing: Hashable, Sendable {
  package struct Point: Hashable, Sendable {
    package var x: Double
    package var y: Double

    package init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  package struct Frame: Hashable, Sendable {
    package var x: Double
    package var y: Double
    package var width: Double
    package var height: Double

    package var right: Double { x + width }
    package var bottom: Double { y + height }
  }

  /// A line's look. Dashes are lengths, drawn and left out in turn; none for a whole line.
  package struct Stroke: Hashable, Sendable {
    package var ink: Ink
    package var width: Double
    package var dashes: [Double] = []
  }

  /// A step of a path, from where the one before ended.
  package enum Segment: Hashable, Sendable {
    case move(Point)
    case line(Point)
    /// A cubic Bézier curve: two control points, then the end.
    case curve(Point, Point, Point)
    case close
  }

  package struct Path: Hashable, Sendable {
    package var segments: [Segment]
    package var stroke: Stroke?
    package var fill: Ink?
  }

  package struct Box: Hashable, Sendable {
    package var frame: Frame
    /// Of its corners.
    package var radius: Double
    package var stroke: Stroke?
    package var fill: Ink?
  }

  /// One line of text.
  package struct Text: Hashable, Sendable {
    package enum Anchor: String, Sendable { case start, middle, end }

    /// Where its baseline starts, has its middle, or ends, as `anchor` says.
    package var origin: Point
    package var string: String
    package var size: Double
    package var isBold = false
    package var anchor = Anchor.start
    package var ink = Ink.text

    /// At most, in any of the fonts.
    package var width: Double { TextWidths.width(string, size: size, isBold: isBold) }
    package var left: Double {
      switch anchor {
      case .start: origin.x
      case .middle: origin.x - width / 2
      case .end: origin.x - width
      }
    }
  }

  package enum Shape: Hashable, Sendable {
    case box(Box)
    case path(Path)
    case text(Text)
  }

  /// What a group of shapes shows.
  package enum Role: Hashable, Sendable {
    case background, heading, legend
    /// The node's id.
    case node(String)
    /// The ids of its nodes. A reversed edge goes from right to left, since it is part of a cycle.
    case edge(from: String, to: String, isReversed: Bool)
    case edgeLabel(from: String, to: String)
    case columnEdge(from: String, fromColumn: String, to: String, toColumn: String)
  }

  /// Shapes that belong together, drawn in order.
  package struct Group: Hashable, Sendable {
    package var role: Role
    /// What is told when somebody points at it; names are never shortened here.
    package var tooltip: String?
    /// The whole of it: of a node its box, of an edge nothing.
    package var frame: Frame?
    package var shapes: [Shape] = []
  }

  package var title: String
  /// The picture in words, for those who cannot see it.
  package var summary: String
  package var width: Double
  package var height: Double
  /// In the order in which they are drawn: what comes later covers what came before.
  package var groups: [Group]
  /// How many pairs of links cross between columns of boxes.
  package var crossings: Int

  /// - Parameter hasLegend: whether what the signs mean is told below.
  package init(_ graph: LineageGraph, hasLegend: Bool = true) {
    self = LineagePicture(graph).drawing(hasLegend: hasLegend)
  }

  init(title: String, summary: String, width: Double, height: Double, groups: [Group], crossings: Int) {
    self.title = title
    self.summary = summary
    self.width = width
    self.height = height
    self.groups = groups
    self.crossings = crossings
  }
}
