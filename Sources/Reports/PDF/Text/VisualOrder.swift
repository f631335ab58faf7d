/// The order in which a line's characters stand on paper, where some of them are written from right to left.
///
/// A part of the Unicode bidirectional algorithm (UAX #9) that is enough for names within text that goes from left to right: a stretch from a
/// right-to-left letter to the last one before other letters is turned round, numbers in it are not, and brackets in it are mirrored. There are
/// no directional marks: they are not shown as such.
enum VisualOrder {
  /// - Returns: the glyphs of a line from left to right. Marks stay behind what they stand on.
  static func of(_ line: ArraySlice<PDFGlyph>) -> [PDFGlyph] {
    guard line.contains(where: { isRightToLeft($0.scalar) }) else { return Array(line) }
    var units: [[PDFGlyph]] = []
    for glyph in line {
      if glyph.isJoined, !units.isEmpty { units[units.count - 1].append(glyph) } else { units.append([glyph]) }
    }
    var result: [PDFGlyph] = []
    var index = 0
    while index < units.count {
      guard isRightToLeft(units[index][0].scalar) else {
        result += units[index]
        index += 1
        continue
      }
      var end = index + 1
      var next = end
      while next < units.count, !isLeftToRight(units[next][0]) {
        if isRightToLeft(units[next][0].scalar) { end = next + 1 }
        next += 1
      }
      end = closed(units, index, end)
      result += turned(Array(units[index..<end]))
      index = end
    }
    return result
  }

  /// Takes brackets in that the stretch opens and that close directly behind it.
  private static func closed(_ units: [[PDFGlyph]], _ start: Int, _ end: Int) -> Int {
    var open = 0
    for unit in units[start..<end] {
      if [0x28, 0x5B, 0x7B].contains(unit[0].scalar) { open += 1 }
      if [0x29, 0x5D, 0x7D].contains(unit[0].scalar) { open -= 1 }
    }
    var end = end
    while open > 0, end < units.count, [0x29, 0x5D, 0x7D].contains(units[end][0].scalar) {
      open -= 1
      end += 1
    }
    return end
  }

  private static func turned(_ units: [[PDFGlyph]]) -> [PDFGlyph] {
    var result: [PDFGlyph] = []
    var index = units.count
    while index > 0 {
      var start = index - 1
      if isDigit(units[start][0].scalar) {
        while start > 0, isDigit(units[start - 1][0].scalar) { start -= 1 }
      }
      for unit in units[start..<index] {
        result.append(mirrored(unit[0]))
        result += unit.dropFirst()
      }
      index = start
    }
    return result
  }

  private static let pairs: [UInt32: UInt32] = [
    0x28: 0x29, 0x29: 0x28, 0x5B: 0x5D, 0x5D: 0x5B, 0x7B: 0x7D, 0x7D: 0x7B, 0x3C: 0x3E, 0x3E: 0x3C,
  ]

  private static func mirrored(_ glyph: PDFGlyph) -> PDFGlyph {
    guard glyph.original == 0, let other = pairs[glyph.scalar] else { return glyph }
    return PDFGlyph(
      scalar: other, width: glyph.width, face: glyph.face, look: glyph.look, isJoined: glyph.isJoined, original: glyph.original)
  }

  /// Hebrew, Arabic, Syriac, Thaana, N'Ko and their extensions.
  static func isRightToLeft(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x0660...0x0669, 0x06F0...0x06F9: false
    case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFC, 0x10800...0x10FFF, 0x1E800...0x1EFFF: true
    default: false
    }
  }

  private static func isDigit(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x30...0x39, 0x0660...0x0669, 0x06F0...0x06F9: true
    default: false
    }
  }

  private static func isLeftToRight(_ glyph: PDFGlyph) -> Bool {
    // Numbers of characters without a shape stand as they are.
    if glyph.original != 0 { return true }
    guard !isRightToLeft(glyph.scalar), let scalar = Unicode.Scalar(glyph.scalar) else { return false }
    return scalar.properties.isAlphabetic && !isDigit(glyph.scalar)
  }
}
