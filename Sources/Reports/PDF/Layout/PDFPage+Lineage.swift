import Lineage

extension PDFPage {
  /// Draws what the SVG shows: the same boxes, paths and texts, as vectors.
  mutating func draw(_ drawing: LineageDrawing, x: Double, y: Double, scale: Double, _ typeface: inout PDFTypeface) throws(ReportError) {
    add("q\n")
    for group in drawing.groups {
      for shape in group.shapes {
        switch shape {
        case .box(let box):
          take(box.fill, box.stroke, scale)
          outline(box, x: x, y: y, scale: scale)
          paint(box.fill, box.stroke)
        case .path(let path):
          take(path.fill, path.stroke, scale)
          for segment in path.segments { outline(segment, x: x, y: y, scale: scale) }
          paint(path.fill, path.stroke)
        case .text(let text): try draw(text, x: x, y: y, scale: scale, &typeface)
        }
      }
    }
    // Colours are what they were before `q`.
    add("Q\n")
    forgetColour()
  }

  private mutating func outline(_ segment: LineageDrawing.Segment, x: Double, y: Double, scale: Double) {
    switch segment {
    case .move(let to):
      point(x + to.x * scale, y + to.y * scale)
      add("m ")
    case .line(let to):
      point(x + to.x * scale, y + to.y * scale)
      add("l ")
    case .curve(let first, let second, let to):
      for control in [first, second, to] { point(x + control.x * scale, y + control.y * scale) }
      add("c ")
    case .close: add("h ")
    }
  }

  private mutating func outline(_ box: LineageDrawing.Box, x: Double, y: Double, scale: Double) {
    typealias Point = LineageDrawing.Point
    let frame = box.frame
    let radius = min(box.radius, frame.width / 2, frame.height / 2)
    // How far the control points of a quarter of a circle stand from its corner.
    let near = radius * (1 - 0.5523)
    let (left, top, right, bottom) = (frame.x, frame.y, frame.right, frame.bottom)
    let segments: [LineageDrawing.Segment] =
      radius == 0
      ? [.move(Point(left, top)), .line(Point(right, top)), .line(Point(right, bottom)), .line(Point(left, bottom)), .close]
      : [
        .move(Point(left + radius, top)), .line(Point(right - radius, top)),
        .curve(Point(right - near, top), Point(right, top + near), Point(right, top + radius)), .line(Point(right, bottom - radius)),
        .curve(Point(right, bottom - near), Point(right - near, bottom), Point(right - radius, bottom)),
        .line(Point(left + radius, bottom)),
        .curve(Point(left + near, bottom), Point(left, bottom - near), Point(left, bottom - radius)), .line(Point(left, top + radius)),
        .curve(Point(left, top + near), Point(left + near, top), Point(left + radius, top)), .close,
      ]
    for segment in segments { outline(segment, x: x, y: y, scale: scale) }
  }

  /// Takes the inks up. This may not stand between a path and its painting.
  private mutating func take(_ fill: LineageDrawing.Ink?, _ stroke: LineageDrawing.Stroke?, _ scale: Double) {
    if let fill { fillColour(fill.light) }
    if let stroke {
      strokeColour(stroke.ink.light)
      number(stroke.width * scale)
      add("w [")
      for dash in stroke.dashes { number(dash * scale) }
      add("] 0 d\n")
    }
  }

  private mutating func paint(_ fill: LineageDrawing.Ink?, _ stroke: LineageDrawing.Stroke?) {
    switch (fill != nil, stroke != nil) {
    case (true, true): add("B\n")
    case (true, false): add("f\n")
    case (false, true): add("S\n")
    case (false, false): add("n\n")
    }
  }

  private mutating func draw(_ text: LineageDrawing.Text, x: Double, y: Double, scale: Double, _ typeface: inout PDFTypeface)
    throws(ReportError)
  {
    var style = PDFTextStyle(face: text.isBold ? .bold : .regular, size: text.size * scale, colour: PDFColour(rgb: text.ink.light))
    var measured = try typeface.measure(text.string, style)
    // The layout left room for the widest font it knows of; numbers of characters without a shape may need more.
    let room = text.width * scale
    if measured.width > room {
      style.size *= max(0.75, room / measured.width)
      measured = try shortened(text.string, to: room, style, &typeface)
    }
    let left =
      switch text.anchor {
      case .start: text.origin.x * scale
      case .middle: text.origin.x * scale - measured.width / 2
      case .end: text.origin.x * scale - measured.width
      }
    draw(measured, 0..<measured.glyphs.count, x: x + left, y: y + text.origin.y * scale, &typeface)
  }

  /// The text if it is at most so wide, else its beginning and `…`.
  private func shortened(_ string: String, to width: Double, _ style: PDFTextStyle, _ typeface: inout PDFTypeface) throws(ReportError)
    -> PDFText
  {
    var text = try typeface.measure(string, style)
    guard text.width > width + 0.01 else { return text }
    let end = try typeface.measure("…", style)
    var rest = text.width + end.width
    while rest > width, let last = text.glyphs.popLast() {
      rest -= last.width
      // What belongs together goes together.
      var isJoined = last.isJoined
      while isJoined, let next = text.glyphs.popLast() {
        rest -= next.width
        isJoined = next.isJoined
      }
    }
    for glyph in end.glyphs {
      text.glyphs.append(PDFGlyph(scalar: glyph.scalar, width: glyph.width, face: glyph.face, look: 0, isJoined: false))
    }
    return text
  }
}
