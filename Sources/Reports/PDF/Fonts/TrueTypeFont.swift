/// A TrueType font file, read: which glyph a character has, how far it moves the pen, what the whole measures (OpenType 1.9).
struct TrueTypeFont: Sendable {
  let file: FontBytes
  /// Where tables stand, by their tags.
  let tables: [String: Range<Int>]
  let unitsPerEm: Int
  let glyphCount: Int
  /// How many glyphs have an advance width of their own; the rest have the last one's.
  let metricsCount: Int
  let hasLongOffsets: Bool
  /// In thousandths of the font's size, as all measures here.
  let ascent: Int
  let descent: Int
  let boundingBox: [Int]
  let name: String
  /// Glyphs by Unicode scalar.
  private let glyphs: [UInt32: UInt16]

  init(_ bytes: [UInt8]) throws(ReportError) {
    let file = FontBytes(bytes: bytes)
    self.file = file
    // Collections and PostScript outlines begin otherwise.
    guard try file.u32(0) == 0x0001_0000 else { throw .invalidFont("it is not a TrueType font") }
    var tables: [String: Range<Int>] = [:]
    for index in 0..<(try file.u16(4)) {
      let entry = 12 + 16 * index
      let tag = String(decoding: try file.slice(entry..<entry + 4), as: UTF8.self)
      let start = try file.u32(entry + 8)
      let end = start + (try file.u32(entry + 12))
      guard end <= bytes.count else { throw .invalidFont("its table `\(tag)` ends behind it") }
      tables[tag] = start..<end
    }
    self.tables = tables
    func table(_ tag: String) throws(ReportError) -> Int {
      guard let range = tables[tag] else { throw .invalidFont("it has no table `\(tag)`") }
      return range.lowerBound
    }
    for tag in ["glyf", "loca"] { _ = try table(tag) }
    let (head, hhea) = (try table("head"), try table("hhea"))
    let unit = try file.u16(head + 18)
    guard unit > 0 else { throw .invalidFont("its unit is 0") }
    unitsPerEm = unit
    hasLongOffsets = try file.u16(head + 50) == 1
    func thousandths(_ offset: Int) throws(ReportError) -> Int { try file.i16(offset) * 1_000 / unit }
    var box: [Int] = []
    for offset in stride(from: 36, through: 42, by: 2) { box.append(try thousandths(head + offset)) }
    boundingBox = box
    ascent = try thousandths(hhea + 4)
    descent = try thousandths(hhea + 6)
    metricsCount = try file.u16(hhea + 34)
    guard metricsCount > 0 else { throw .invalidFont("it has no widths") }
    glyphCount = try file.u16(try table("maxp") + 4)
    // Bits 1 and 9 of fsType: embedding, or embedding of a part, is not allowed.
    let permission = try file.u16(try table("OS/2") + 8)
    guard permission & 0x000F != 0x0002, permission & 0x0100 == 0 else {
      throw .invalidFont("its licence does not allow embedding a part of it")
    }
    name = try Self.name(file, try table("name"))
    glyphs = try Self.glyphs(file, try table("cmap"))
    _ = try table("hmtx")
  }

  /// The glyph of a character; `nil` when the font has none.
  func glyph(_ scalar: UInt32) -> UInt16? {
    guard let glyph = glyphs[scalar], glyph > 0, glyph < glyphCount else { return nil }
    return glyph
  }

  /// In the font's own unit.
  func advance(_ glyph: UInt16) throws(ReportError) -> Int {
    try file.u16((tables["hmtx"]?.lowerBound ?? 0) + 4 * min(Int(glyph), metricsCount - 1))
  }

  // MARK: Names and characters

  /// The PostScript name (name id 6), of what a PDF may have in a name.
  private static func name(_ file: FontBytes, _ table: Int) throws(ReportError) -> String {
    let strings = table + (try file.u16(table + 4))
    for index in 0..<(try file.u16(table + 2)) {
      let entry = table + 6 + 12 * index
      guard try file.u16(entry + 6) == 6 else { continue }
      let start = strings + (try file.u16(entry + 10))
      let text = try file.slice(start..<start + (try file.u16(entry + 8)))
      // One byte or two a letter: only ASCII letters, digits and hyphens are kept.
      let letters = text.filter { Unicode.Scalar($0).properties.isAlphabetic && $0 < 0x80 || $0 == 0x2D || (0x30...0x39).contains($0) }
      if !letters.isEmpty { return String(decoding: letters.prefix(63), as: UTF8.self) }
    }
    return "Unnamed"
  }

  private static func glyphs(_ file: FontBytes, _ cmap: Int) throws(ReportError) -> [UInt32: UInt16] {
    var best: (format: Int, offset: Int)?
    for index in 0..<(try file.u16(cmap + 2)) {
      let entry = cmap + 4 + 8 * index
      let platform = try file.u16(entry)
      let encoding = try file.u16(entry + 2)
      guard platform == 0 || platform == 3 && (encoding == 1 || encoding == 10) else { continue }
      let offset = cmap + (try file.u32(entry + 4))
      let format = try file.u16(offset)
      if format == 12 || format == 4 && best?.format != 12 { best = (format, offset) }
    }
    guard let best else { throw .invalidFont("it does not say which glyphs Unicode characters have") }
    return try best.format == 12 ? manyToGlyphs(file, best.offset) : segmentsToGlyphs(file, best.offset)
  }

  /// Format 12: groups over all of Unicode.
  private static func manyToGlyphs(_ file: FontBytes, _ table: Int) throws(ReportError) -> [UInt32: UInt16] {
    var glyphs: [UInt32: UInt16] = [:]
    for group in 0..<(try file.u32(table + 12)) {
      let entry = table + 16 + 12 * group
      let (first, last, glyph) = (try file.u32(entry), try file.u32(entry + 4), try file.u32(entry + 8))
      guard first <= last, last <= 0x10FFFF, glyph + last - first <= 0xFFFF else { throw .invalidFont("its characters are not in order") }
      for step in 0...(last - first) { glyphs[UInt32(first + step)] = UInt16(glyph + step) }
    }
    return glyphs
  }

  /// Format 4: segments of the basic plane.
  private static func segmentsToGlyphs(_ file: FontBytes, _ table: Int) throws(ReportError) -> [UInt32: UInt16] {
    var glyphs: [UInt32: UInt16] = [:]
    let double = try file.u16(table + 6)
    for segment in stride(from: 0, to: double, by: 2) {
      let end = try file.u16(table + 14 + segment)
      let start = try file.u16(table + 16 + double + segment)
      let delta = try file.u16(table + 16 + 2 * double + segment)
      let place = table + 16 + 3 * double + segment
      let offset = try file.u16(place)
      guard start <= end else { throw .invalidFont("its characters are not in order") }
      for character in start...end where character != 0xFFFF {
        var glyph = offset == 0 ? character : try file.u16(place + offset + 2 * (character - start))
        if offset == 0 || glyph != 0 { glyph = (glyph + delta) & 0xFFFF }
        glyphs[UInt32(character)] = UInt16(glyph)
      }
    }
    return glyphs
  }
}
