extension LineageDrawing {
  /// The picture as an SVG document (SVG 1.1, which all browsers and printers' tools read), to be saved or put into an HTML page.
  ///
  /// Colours stand at each shape, for light surroundings and for paper; a style sheet turns them round on dark screens. Nothing is loaded
  /// from anywhere, and there are no scripts.
  /// - Parameter idPrefix: tells apart the ids of several pictures in one page. Of it only ASCII letters, digits and hyphens are used.
  package func svgText(idPrefix: String = "lineage") -> String {
    var writer = SVGWriter()
    writer.write(self, idPrefix: String(idPrefix.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }))
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

private struct SVGWriter {
  var bytes: [UInt8] = []

  mutating func write(_ drawing: LineageDrawing, idPrefix: String) {
    bytes.reserveCapacity(4_096 + drawing.groups.count * 1_500)
    let (width, height) = (number(drawing.width), number(drawing.height))
    line(
      """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" role="img" \
      aria-labelledby="\(idPrefix)-title \(idPrefix)-desc" font-family="'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', \
      'DejaVu Sans', sans-serif">
      """)
    line("<title id=\"\(idPrefix)-title\">\(text(drawing.title))</title>")
    line("<desc id=\"\(idPrefix)-desc\">\(text(drawing.summary))</desc>")
    line("<style>@media screen and (prefers-color-scheme: dark) {\(darkRules)}</style>")
    for group in drawing.groups {
      line("<g class=\"\(name(group.role))\">")
      if let tooltip = group.tooltip { line("<title>\(text(tooltip))</title>") }
      for shape in group.shapes { write(shape) }
      line("</g>")
    }
    line("</svg>")
  }

  private func name(_ role: LineageDrawing.Role) -> String {
    switch role {
    case .background: "background"
    case .heading: "heading"
    case .legend: "legend"
    case .node: "node"
    case .edge(_, _, let isReversed): isReversed ? "edge reversed" : "edge"
    case .edgeLabel: "edge-label"
    case .columnEdge: "column-edge"
    }
  }

  private mutating func write(_ shape: LineageDrawing.Shape) {
    switch shape {
    case .box(let box):
      let frame = box.frame
      line(
        """
        <rect x="\(number(frame.x))" y="\(number(frame.y))" width="\(number(frame.width))" height="\(number(frame.height))" \
        rx="\(number(box.radius))"\(look(box.fill, box.stroke))/>
        """)
    case .path(let path): line("<path d=\"\(outline(path.segments))\"\(look(path.fill, path.stroke))/>")
    case .text(let text): write(text)
    }
  }

  private mutating func write(_ text: LineageDrawing.Text) {
    let weight = text.isBold ? " font-weight=\"bold\"" : ""
    let anchor = text.anchor == .start ? "" : " text-anchor=\"\(text.anchor.rawValue)\""
    line(
      """
      <text x="\(number(text.origin.x))" y="\(number(text.origin.y))" font-size="\(number(text.size))"\(weight)\(anchor)\
      \(look(text.ink, nil))>\(self.text(text.string))</text>
      """)
  }

  private func outline(_ segments: [LineageDrawing.Segment]) -> String {
    var parts: [String] = []
    func pair(_ point: LineageDrawing.Point) -> String { number(point.x) + " " + number(point.y) }
    for segment in segments {
      switch segment {
      case .move(let point): parts.append("M" + pair(point))
      case .line(let point): parts.append("L" + pair(point))
      case .curve(let first, let second, let end): parts.append("C" + pair(first) + " " + pair(second) + " " + pair(end))
      case .close: parts.append("Z")
      }
    }
    return parts.joined()
  }

  private func look(_ fill: LineageDrawing.Ink?, _ stroke: LineageDrawing.Stroke?) -> String {
    var classes: [String] = []
    var attributes = ""
    if let fill {
      classes.append("ml-f-" + fill.rawValue)
      attributes += " fill=\"\(colour(fill.light))\""
    } else {
      attributes += " fill=\"none\""
    }
    if let stroke {
      classes.append("ml-s-" + stroke.ink.rawValue)
      attributes += " stroke=\"\(colour(stroke.ink.light))\" stroke-width=\"\(number(stroke.width))\""
      if !stroke.dashes.isEmpty { attributes += " stroke-dasharray=\"\(stroke.dashes.map(number).joined(separator: " "))\"" }
    }
    return classes.isEmpty ? attributes : " class=\"\(classes.joined(separator: " "))\"" + attributes
  }

  private var darkRules: String {
    LineageDrawing.Ink.allCases.filter { $0.dark != $0.light }.map {
      ".ml-f-\($0.rawValue){fill:\(colour($0.dark))}.ml-s-\($0.rawValue){stroke:\(colour($0.dark))}"
    }.joined()
  }

  private func colour(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
  }

  /// To a tenth.
  private func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    let whole = tenths.magnitude / 10
    let rest = tenths.magnitude % 10
    return (tenths < 0 ? "-" : "") + String(whole) + (rest == 0 ? "" : "." + String(rest))
  }

  private func text(_ text: String) -> String { XMLText.escaped(PlainText.of(text)) }

  private mutating func line(_ text: String) {
    bytes += text.utf8
    bytes.append(UInt8(ascii: "\n"))
  }
}
