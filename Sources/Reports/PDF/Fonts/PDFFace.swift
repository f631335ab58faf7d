/// One of a document's fonts while it is written: it remembers which characters were used.
struct PDFFace: Sendable {
  enum Source: Sendable {
    case embedded(TrueTypeFont)
    case standard(StandardFont)
  }

  /// A character that was used, at the place of its code.
  struct Used: Sendable {
    let scalar: UInt32
    let glyph: UInt16
  }

  let source: Source
  /// Only for embedded fonts. Codes count from 0; the first is the shape of missing characters.
  private(set) var used = [Used(scalar: 0, glyph: 0)]
  private var codes: [UInt32: UInt16] = [:]
  private var widths: [UInt32: Double] = [:]
  /// The same of ASCII, which is most of what is written; 0 where it is not known yet.
  private var codesOfASCII = [UInt16](repeating: 0, count: 128)
  private var widthsOfASCII = [Double](repeating: 0, count: 128)

  init(_ bytes: [UInt8]?, otherwise standard: StandardFont) throws(ReportError) {
    source = if let bytes { .embedded(try TrueTypeFont(bytes)) } else { .standard(standard) }
  }

  /// For a font of size 1; `nil` when the font has no shape for the character.
  mutating func width(_ scalar: UInt32) throws(ReportError) -> Double? {
    if scalar < 128 {
      let width = widthsOfASCII[Int(scalar)]
      if width > 0 { return width }
    }
    if let width = widths[scalar] { return width < 0 ? nil : width }
    let width: Double
    switch source {
    case .embedded(let font):
      width = try font.glyph(scalar).map { (glyph) throws(ReportError) in Double(try font.advance(glyph)) / Double(font.unitsPerEm) } ?? -1
    case .standard(let font): width = font.advance(scalar).map { Double($0) / 1_000 } ?? -1
    }
    widths[scalar] = width
    if scalar < 128 { widthsOfASCII[Int(scalar)] = width }
    return width < 0 ? nil : width
  }

  /// The code of a character, in hexadecimal digits: two bytes of an embedded font, one of another.
  mutating func appendCode(_ scalar: UInt32, to bytes: inout [UInt8]) {
    switch source {
    case .standard: bytes.appendHex(StandardFont.code(scalar) ?? UInt8(ascii: "?"))
    case .embedded(let font):
      var code = scalar < 128 ? codesOfASCII[Int(scalar)] : codes[scalar] ?? 0
      if code == 0, let glyph = font.glyph(scalar), used.count <= 0xFFFF {
        code = UInt16(used.count)
        used.append(Used(scalar: scalar, glyph: glyph))
        if scalar < 128 { codesOfASCII[Int(scalar)] = code } else { codes[scalar] = code }
      }
      bytes.appendHex(UInt8(code >> 8))
      bytes.appendHex(UInt8(code & 0xFF))
    }
  }
}

private let hexDigits = Array("0123456789ABCDEF".utf8)

extension [UInt8] {
  mutating func appendHex(_ byte: UInt8) {
    append(hexDigits[Int(byte >> 4)])
    append(hexDigits[Int(byte & 15)])
  }

  /// UTF-16 as a hexadecimal string of PDF, with its byte order mark.
  mutating func appendTextString(_ text: String) {
    append(UInt8(ascii: "<"))
    appendHex(0xFE)
    appendHex(0xFF)
    for unit in text.utf16 {
      appendHex(UInt8(unit >> 8))
      appendHex(UInt8(unit & 0xFF))
    }
    append(UInt8(ascii: ">"))
  }

  /// To a hundredth.
  mutating func appendNumber(_ value: Double) {
    let hundredths = Int((value * 100).rounded())
    if hundredths < 0 { append(UInt8(ascii: "-")) }
    let magnitude = hundredths.magnitude
    append(contentsOf: String(magnitude / 100).utf8)
    let rest = UInt8(magnitude % 100)
    guard rest > 0 else { return }
    append(UInt8(ascii: "."))
    append(UInt8(ascii: "0") + rest / 10)
    if rest % 10 > 0 { append(UInt8(ascii: "0") + rest % 10) }
  }
}
