import Compression

extension PDFFile {
  /// A font with the characters that were used, and how to get back from its codes to text (ISO 32000-1 §9.7, §9.10.3).
  mutating func add(_ face: PDFFace) throws(ReportError) -> Int {
    switch face.source {
    case .standard(let font): return add("<</Type/Font/Subtype/Type1/BaseFont/\(font.rawValue)/Encoding/WinAnsiEncoding>>")
    case .embedded(let font): return try add(font, face.used)
    }
  }

  private mutating func add(_ font: TrueTypeFont, _ used: [PDFFace.Used]) throws(ReportError) -> Int {
    let subset = try font.subset(used.map(\.glyph))
    let name = Self.tag(subset) + "+" + font.name
    let file = try addStream(subset, entries: "/Length1 \(subset.count)")
    let box = font.boundingBox.map(String.init).joined(separator: " ")
    let isMono = font.name.contains("Mono")
    let descriptor = add(
      """
      <</Type/FontDescriptor/FontName/\(name)/Flags \(isMono ? 5 : 4)/FontBBox[\(box)]/ItalicAngle 0/Ascent \(font.ascent)\
      /Descent \(font.descent)/CapHeight \(font.ascent * 3 / 4)/StemV \(font.name.contains("Bold") ? 140 : 80)/FontFile2 \(file) 0 R>>
      """)
    var widths: [String] = []
    for character in used { widths.append(String((try font.advance(character.glyph) * 1_000 + font.unitsPerEm / 2) / font.unitsPerEm)) }
    let descendant = add(
      """
      <</Type/Font/Subtype/CIDFontType2/BaseFont/\(name)/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>\
      /FontDescriptor \(descriptor) 0 R/CIDToGIDMap/Identity/DW 0/W[0[\(widths.joined(separator: " "))]]>>
      """)
    let unicode = try addStream(Self.toUnicode(used))
    return add(
      "<</Type/Font/Subtype/Type0/BaseFont/\(name)/Encoding/Identity-H/DescendantFonts[\(descendant) 0 R]/ToUnicode \(unicode) 0 R>>")
  }

  /// Six letters that tell parts of the same font apart.
  private static func tag(_ subset: [UInt8]) -> String {
    var rest = CRC32.of(subset)
    var letters: [UInt8] = []
    for _ in 0..<6 {
      letters.append(UInt8(ascii: "A") + UInt8(rest % 26))
      rest /= 26
    }
    return String(decoding: letters, as: UTF8.self)
  }

  private static func toUnicode(_ used: [PDFFace.Used]) -> [UInt8] {
    var text = Array(
      """
      /CIDInit/ProcSet findresource begin
      12 dict begin
      begincmap
      /CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def
      /CMapName/Adobe-Identity-UCS def
      /CMapType 2 def
      1 begincodespacerange
      <0000><FFFF>
      endcodespacerange

      """.utf8)
    // At most 100 in a section.
    for start in stride(from: 1, to: used.count, by: 100) {
      let part = start..<min(used.count, start + 100)
      text += "\(part.count) beginbfchar\n".utf8
      for code in part {
        text.append(UInt8(ascii: "<"))
        text.appendHex(UInt8(code >> 8))
        text.appendHex(UInt8(code & 0xFF))
        text += "><".utf8
        for unit in String(Unicode.Scalar(used[code].scalar) ?? " ").utf16 {
          text.appendHex(UInt8(unit >> 8))
          text.appendHex(UInt8(unit & 0xFF))
        }
        text += ">\n".utf8
      }
      text += "endbfchar\n".utf8
    }
    text += "endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend\n".utf8
    return text
  }
}
