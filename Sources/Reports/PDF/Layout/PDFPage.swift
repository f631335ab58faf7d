/// A page that is being drawn on. Heights are measured from the page's top, downwards.
struct PDFPage: Sendable {
  struct Link: Sendable {
    let left: Double
    let top: Double
    let right: Double
    let bottom: Double
    /// The id of a section.
    let target: String
  }

  let size: GraphSheet.Size
  private(set) var content: [UInt8] = []
  private(set) var links: [Link] = []
  private var fill: UInt32?

  init(size: GraphSheet.Size) { self.size = size }

  mutating func add(_ text: StaticString) {
    text.withUTF8Buffer { content.append(contentsOf: $0) }
  }

  mutating func number(_ value: Double) {
    content.appendNumber(value)
    content.append(UInt8(ascii: " "))
  }

  mutating func point(_ x: Double, _ y: Double) {
    number(x)
    number(size.height - y)
  }

  mutating func fillColour(_ rgb: UInt32) {
    guard fill != rgb else { return }
    fill = rgb
    colour(rgb)
    add("rg\n")
  }

  mutating func strokeColour(_ rgb: UInt32) {
    colour(rgb)
    add("RG\n")
  }

  /// After `Q`, which takes the colour back.
  mutating func forgetColour() { fill = nil }

  private mutating func colour(_ rgb: UInt32) {
    for shift in [16, 8, 0] as [UInt32] {
      // Thousandths tell 256 shades apart.
      let thousandths = Int((rgb >> shift & 0xFF) * 1_000 + 127) / 255
      let digits = String(thousandths)
      content += (thousandths == 1_000 ? "1" : "0." + String(repeating: "0", count: 3 - digits.utf8.count) + digits).utf8
      content.append(UInt8(ascii: " "))
    }
  }

  mutating func fillBox(x: Double, y: Double, width: Double, height: Double, _ colour: PDFColour) {
    fillColour(colour.rgb)
    number(x)
    number(size.height - y - height)
    number(width)
    number(height)
    add("re f\n")
  }

  mutating func rule(fromX: Double, toX: Double, y: Double, width: Double = 0.5, _ colour: PDFColour = .line) {
    fillBox(x: fromX, y: y - width / 2, width: toX - fromX, height: width, colour)
  }

  /// Draws a part of a text.
  /// - Parameter y: of the baseline.
  mutating func draw(_ text: PDFText, _ range: Range<Int>, x: Double, y: Double, _ typeface: inout PDFTypeface) {
    guard !range.isEmpty else { return }
    let glyphs = text.turns ? VisualOrder.of(text.glyphs[range]) : Array(text.glyphs[range])
    add("BT\n")
    var x = x
    var start = 0
    while start < glyphs.count {
      var end = start + 1
      while end < glyphs.count, Self.belong(glyphs[start], glyphs[end]) { end += 1 }
      let look = text.looks[glyphs[start].look]
      let width = draw(glyphs[start..<end], look, x: x, y: y, &typeface)
      if let target = look.target {
        links.append(Link(left: x, top: y - look.size * 0.9, right: x + width, bottom: y + look.size * 0.3, target: target))
      }
      x += width
      start = end
    }
    add("ET\n")
  }

  private static func belong(_ first: PDFGlyph, _ next: PDFGlyph) -> Bool {
    first.face == next.face && first.look == next.look && first.original == next.original && (next.original == 0 || next.isJoined)
  }

  /// A run of glyphs of one font; returns its width.
  private mutating func draw(_ run: ArraySlice<PDFGlyph>, _ look: PDFTextStyle, x: Double, y: Double, _ typeface: inout PDFTypeface)
    -> Double
  {
    guard let first = run.first else { return 0 }
    fillColour(look.colour.rgb)
    content += "/F\(first.face.rawValue + 1) ".utf8
    number(look.size)
    add("Tf 1 0 0 1 ")
    point(x, y)
    add("Tm ")
    if let original = Unicode.Scalar(first.original), first.original != 0 {
      add("/Span <</ActualText ")
      // A number that a line's end took apart stands for its character once.
      content.appendTextString(first.isJoined ? "" : String(original))
      add(">> BDC ")
    }
    add("<")
    var width = 0.0
    for glyph in run {
      typeface.appendCode(glyph.scalar, glyph.face, to: &content)
      width += glyph.width
    }
    add("> Tj")
    if first.original != 0 { add(" EMC") }
    add("\n")
    return width
  }

  mutating func link(left: Double, top: Double, right: Double, bottom: Double, to target: String) {
    links.append(Link(left: left, top: top, right: right, bottom: bottom, target: target))
  }
}
