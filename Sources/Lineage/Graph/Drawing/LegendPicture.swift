/// What the signs of a picture mean: only of those that are in it.
struct LegendPicture {
  typealias Drawing = LineageDrawing

  private struct Item {
    let width: Double
    let shapes: (_ x: Double, _ middle: Double) -> [Drawing.Shape]
  }

  private static let lineHeight = 24.0
  private var rows: [(title: String, items: [Item])] = []

  init(_ graph: LineageGraph, drawnNodes: [LineageNode], evidence: Set<LineageEvidence>, hasReversed: Bool) {
    let kinds = Set(drawnNodes.map(\.kind))
    let marks = Set(drawnNodes.flatMap(\.marks))
    var boxes = LineageNode.Kind.allCases.filter(kinds.contains).map { kind in
      Self.item(sampleWidth: 18, kind == .hidden ? "Hidden: you may not see what it is" : kind.title) { x, middle in
        NodeSign(kind: kind).shapes(x: x, y: middle - 9, size: 18)
      }
    }
    if let focus = graph.focus, drawnNodes.contains(where: { $0.id == focus }) {
      boxes.append(
        Self.item(sampleWidth: 24, "what was asked about") { x, middle in
          let frame = Drawing.Frame(x: x + 1.5, y: middle - 8, width: 21, height: 16)
          return [.box(.init(frame: frame, radius: 4, stroke: .init(ink: .text, width: 2.6)))]
        })
    }
    for mark in LineageNode.Mark.allCases.filter(marks.contains) {
      let chip = MarkChip(mark)
      boxes.append(Self.item(sampleWidth: chip.width, chip.meaning) { x, middle in chip.shapes(x: x, y: middle - 7.5) })
    }
    var lines = LineageEvidence.allCases.filter(evidence.contains).map { evidence in
      Self.item(sampleWidth: 44, evidence.rawValue + ": " + evidence.meaning) { x, middle in
        EdgePicture(evidence: evidence).shapes([.init(x, middle), .init(x + 44, middle)])
      }
    }
    if hasReversed {
      lines.append(
        Self.item(sampleWidth: 44, "leads back: part of a cycle") { x, middle in
          EdgePicture(evidence: .observed, isReversed: true).shapes([.init(x, middle), .init(x + 44, middle)])
        })
    }
    if !boxes.isEmpty { rows.append(("Boxes", boxes)) }
    if !lines.isEmpty { rows.append(("Arrows", lines)) }
  }

  private static func item(sampleWidth: Double, _ text: String, _ sample: @escaping (Double, Double) -> [Drawing.Shape]) -> Item {
    Item(width: sampleWidth + 8 + TextWidths.width(text, size: 10.5)) { x, middle in
      sample(x, middle) + [
        .text(.init(origin: .init(x + sampleWidth + 8, middle + 3.8), string: text, size: 10.5, ink: .quiet))
      ]
    }
  }

  private static let titleWidth = 60.0

  /// The least width that every item fits into.
  var width: Double { rows.flatMap(\.items).reduce(0) { max($0, $1.width) } + Self.titleWidth }

  /// - Returns: the legend, as wide as it is told at most, and its height.
  func group(x: Double, y: Double, width: Double) -> (Drawing.Group, height: Double) {
    var group = Drawing.Group(role: .legend)
    let rule: [Drawing.Segment] = [.move(.init(x, y)), .line(.init(x + width, y))]
    group.shapes.append(.path(.init(segments: rule, stroke: .init(ink: .border, width: 0.8))))
    var middle = y + 20
    for row in rows {
      group.shapes.append(.text(.init(origin: .init(x, middle + 3.8), string: row.title, size: 10.5, isBold: true)))
      var left = x + Self.titleWidth
      for item in row.items {
        if left + item.width > x + width, left > x + Self.titleWidth {
          left = x + Self.titleWidth
          middle += Self.lineHeight
        }
        group.shapes += item.shapes(left, middle)
        left += item.width + 22
      }
      middle += Self.lineHeight + 4
    }
    return (group, middle - y - Self.lineHeight / 2)
  }
}
