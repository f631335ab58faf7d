import Lineage

/// The three fonts of a document, and how text is measured with them.
struct PDFTypeface: Sendable {
  enum Face: Int, Sendable, CaseIterable { case regular, bold, mono }

  private(set) var faces: [PDFFace]

  init(_ fonts: ReportFonts) throws(ReportError) {
    faces = [
      try PDFFace(fonts.regular, otherwise: .regular), try PDFFace(fonts.bold, otherwise: .bold), try PDFFace(fonts.mono, otherwise: .mono),
    ]
  }

  mutating func appendCode(_ scalar: UInt32, _ face: Face, to bytes: inout [UInt8]) { faces[face.rawValue].appendCode(scalar, to: &bytes) }

  /// - Parameter style: what the text looks like where its spans do not say otherwise.
  mutating func measure(_ text: ReportText, _ style: PDFTextStyle) throws(ReportError) -> PDFText {
    var result = PDFText()
    for span in text.spans {
      var look = style
      switch span.style {
      case .plain: break
      case .strong: look.face = .bold
      case .code:
        look.face = .mono
        look.size = style.size * 0.92
      case .quiet: look.colour = .quiet
      }
      if span.target != nil { look.colour = .link }
      look.target = span.target
      try append(PlainText.of(span.string), look, to: &result)
    }
    return result
  }

  mutating func measure(_ string: String, _ style: PDFTextStyle) throws(ReportError) -> PDFText {
    var result = PDFText()
    try append(PlainText.of(string), style, to: &result)
    return result
  }

  private mutating func append(_ string: String, _ style: PDFTextStyle, to text: inout PDFText) throws(ReportError) {
    let look = text.looks.count
    text.looks.append(style)
    // A shape that the wished font lacks may be in the regular one.
    let order: [Face] = style.face == .regular ? [.regular] : [style.face, .regular]
    scalars: for scalar in string.unicodeScalars {
      // All of ASCII is plain.
      let isASCII = scalar.isASCII
      let isMark = isASCII ? false : Self.isMark(scalar)
      if isASCII || !Self.isInvisible(scalar) {
        for face in order {
          if !isASCII, VisualOrder.isRightToLeft(scalar.value) { text.turns = true }
          guard let width = try faces[face.rawValue].width(scalar.value) else { continue }
          text.glyphs.append(
            PDFGlyph(scalar: scalar.value, width: width * style.size, face: face, look: look, isJoined: isMark && !text.glyphs.isEmpty))
          continue scalars
        }
      }
      try appendNumber(of: scalar, look, style, to: &text)
    }
  }

  /// Writes `[U+4E2D]` for a character that has no shape here. Whoever copies or searches the text finds the character itself.
  private mutating func appendNumber(of scalar: Unicode.Scalar, _ look: Int, _ style: PDFTextStyle, to text: inout PDFText)
    throws(ReportError)
  {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let name = "[U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "]"
    for (index, letter) in name.unicodeScalars.enumerated() {
      let width = try faces[style.face.rawValue].width(letter.value) ?? 0.6
      text.glyphs.append(
        PDFGlyph(
          scalar: letter.value, width: width * style.size, face: style.face, look: look, isJoined: index > 0, original: scalar.value))
    }
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: true
    default: false
    }
  }

  /// Characters that say nothing to the eye, which would let two names look the same.
  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .format || scalar.properties.isDefaultIgnorableCodePoint
  }
}
