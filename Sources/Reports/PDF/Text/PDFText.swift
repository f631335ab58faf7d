/// Colours of text and lines. Text has a contrast of 4.5 to 1 or more on its ground.
struct PDFColour: Hashable, Sendable {
  /// 0xRRGGBB.
  let rgb: UInt32

  static let text = PDFColour(rgb: 0x1B1F24)
  static let quiet = PDFColour(rgb: 0x57606A)
  static let link = PDFColour(rgb: 0x0B5CAD)
  static let line = PDFColour(rgb: 0xC4CCD4)
  static let strongLine = PDFColour(rgb: 0x8C959F)
  static let ground = PDFColour(rgb: 0xF3F5F7)
  static let head = PDFColour(rgb: 0xE8ECF0)
  static let note = PDFColour(rgb: 0xEEF4FB)
  static let warning = PDFColour(rgb: 0xFDEEEE)
  static let gap = PDFColour(rgb: 0xFFF6E0)
  static let warningEdge = PDFColour(rgb: 0xC1121F)
  static let gapEdge = PDFColour(rgb: 0x8A5A00)
}

struct PDFTextStyle: Hashable, Sendable {
  var face = PDFTypeface.Face.regular
  var size: Double
  var colour = PDFColour.text
  /// The id of the section that it leads to.
  var target: String?
  /// From one baseline to the next.
  var lineHeight: Double { (size * 1.38 * 4).rounded() / 4 }
}

/// A character with its place's width in points.
struct PDFGlyph: Hashable, Sendable {
  let scalar: UInt32
  let width: Double
  let face: PDFTypeface.Face
  /// Which of the text's looks it has.
  let look: Int
  /// Stands on the character before, or belongs together with it.
  let isJoined: Bool
  /// The character that is told by its number; 0 for one that is drawn itself.
  var original: UInt32 = 0

  var isSpace: Bool { scalar == 0x20 }
}

/// Text that is measured, not yet wrapped.
struct PDFText: Sendable {
  var glyphs: [PDFGlyph] = []
  var looks: [PDFTextStyle] = []
  /// Whether some of it is written from right to left.
  var turns = false

  var width: Double { glyphs.reduce(0) { $0 + $1.width } }

  /// Of what stands between spaces, the widest.
  var widestWord: Double {
    var widest = 0.0
    var word = 0.0
    for glyph in glyphs {
      word = glyph.isSpace ? 0 : word + glyph.width
      widest = max(widest, word)
    }
    return widest
  }

  /// The lines, as ranges of glyphs without the spaces at their ends; at least one.
  ///
  /// Breaks at spaces. A word that is wider than a line, such as a digest or a long name, is broken after a sign if that does not leave half a
  /// line empty, else anywhere.
  func lines(width: Double) -> [Range<Int>] {
    var lines: [Range<Int>] = []
    var start = 0
    var used = 0.0
    var space = 0
    var sign = 0
    var signUsed = 0.0
    var index = 0
    func add(_ end: Int) {
      var end = end
      while end > start, glyphs[end - 1].isSpace { end -= 1 }
      lines.append(start..<end)
    }
    while index < glyphs.count {
      let glyph = glyphs[index]
      if used + glyph.width <= width + 0.001 || glyph.isSpace || index == start {
        used += glyph.width
        index += 1
        if glyph.isSpace { space = index } else if Self.endsPart(glyph) { (sign, signUsed) = (index, used) }
        continue
      }
      let next: Int
      if space > start, fits(wordFrom: space, width) || used - self.width(space..<index) > width * 0.6 {
        next = space
      } else if sign > max(start, space), signUsed >= width * 0.5 {
        next = sign
      } else {
        next = unjoined(index, after: max(start, space))
      }
      add(next)
      start = next
      used = self.width(start..<index)
      if sign > start { signUsed = self.width(start..<sign) }
    }
    add(glyphs.count)
    return lines
  }

  func width(_ range: Range<Int>) -> Double { glyphs[range].reduce(0) { $0 + $1.width } }

  private func fits(wordFrom start: Int, _ width: Double) -> Bool {
    var rest = width
    for glyph in glyphs[start...] {
      if glyph.isSpace { break }
      rest -= glyph.width
      if rest < 0 { return false }
    }
    return true
  }

  /// The last place to break at, at or before `index`, that takes nothing apart; `index` if there is none.
  private func unjoined(_ index: Int, after start: Int) -> Int {
    var place = index
    while place > start + 1, glyphs[place].isJoined { place -= 1 }
    return place > start && !glyphs[place].isJoined ? place : index
  }

  private static func endsPart(_ glyph: PDFGlyph) -> Bool {
    guard glyph.original == 0 else { return false }
    switch glyph.scalar {
    case 0x2E, 0x2F, 0x5F, 0x2D, 0x3A, 0x40, 0x2C, 0x3D, 0x26, 0x3B, 0x3F, 0x29: return true
    default: return false
    }
  }
}
