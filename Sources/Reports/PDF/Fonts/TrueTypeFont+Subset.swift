extension TrueTypeFont {
  /// A font file with some glyphs only, under new numbers, and the tables that a PDF reader needs (ISO 32000-1 §9.9).
  /// - Parameter chosen: the glyph at each new number. The first is 0, which stands for characters without a glyph; the others may repeat.
  func subset(_ chosen: [UInt16]) throws(ReportError) -> [UInt8] {
    var numbers: [UInt16: Int] = [:]
    for (number, glyph) in chosen.enumerated() where numbers[glyph] == nil { numbers[glyph] = number }
    var all = chosen
    var outlines: [[UInt8]] = []
    while outlines.count < all.count {
      var outline = Array(try self.outline(all[outlines.count]))
      for place in try components(outline) {
        let part = UInt16(Int(outline[place]) << 8 | Int(outline[place + 1]))
        let number = numbers[part] ?? all.count
        if number == all.count {
          guard part < glyphCount, number <= 0xFFFF else { throw .invalidFont("a glyph is made of one that is missing") }
          numbers[part] = number
          all.append(part)
        }
        outline.putU16(number, at: place)
      }
      outlines.append(outline)
    }
    return try assemble(all, outlines)
  }

  private func outline(_ glyph: UInt16) throws(ReportError) -> ArraySlice<UInt8> {
    guard let loca = tables["loca"]?.lowerBound, let glyf = tables["glyf"] else { return [] }
    let index = Int(glyph)
    let start = hasLongOffsets ? try file.u32(loca + 4 * index) : 2 * (try file.u16(loca + 2 * index))
    let end = hasLongOffsets ? try file.u32(loca + 4 * index + 4) : 2 * (try file.u16(loca + 2 * index + 2))
    guard start <= end, glyf.lowerBound + end <= glyf.upperBound else { throw .invalidFont("an outline stands outside its table") }
    return try file.slice(glyf.lowerBound + start..<glyf.lowerBound + end)
  }

  /// Where the numbers of other glyphs stand in an outline that is made of them.
  private func components(_ outline: [UInt8]) throws(ReportError) -> [Int] {
    let reader = FontBytes(bytes: outline)
    guard outline.count >= 10, try reader.i16(0) < 0 else { return [] }
    var places: [Int] = []
    var offset = 10
    while true {
      let flags = try reader.u16(offset)
      _ = try reader.u16(offset + 2)
      places.append(offset + 2)
      offset += 4 + (flags & 0x0001 != 0 ? 4 : 2)
      if flags & 0x0008 != 0 { offset += 2 }
      if flags & 0x0040 != 0 { offset += 4 }
      if flags & 0x0080 != 0 { offset += 8 }
      if flags & 0x0020 == 0 { return places }
    }
  }

  private func assemble(_ glyphs: [UInt16], _ outlines: [[UInt8]]) throws(ReportError) -> [UInt8] {
    var glyf: [UInt8] = []
    var loca: [UInt8] = []
    var hmtx: [UInt8] = []
    let metrics = tables["hmtx"]?.lowerBound ?? 0
    for (glyph, outline) in zip(glyphs, outlines) {
      loca.appendU32(glyf.count)
      glyf += outline
      while glyf.count % 4 != 0 { glyf.append(0) }
      hmtx.appendU16(try advance(glyph))
      let index = Int(glyph)
      let bearing = index < metricsCount ? metrics + 4 * index + 2 : metrics + 4 * metricsCount + 2 * (index - metricsCount)
      hmtx.appendU16(try file.u16(bearing))
    }
    loca.appendU32(glyf.count)
    var parts: [(tag: String, bytes: [UInt8])] = []
    for tag in ["cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep"] {
      switch tag {
      case "glyf": parts.append((tag, glyf))
      case "hmtx": parts.append((tag, hmtx))
      case "loca": parts.append((tag, loca))
      default:
        guard let range = tables[tag] else { continue }
        var bytes = Array(try file.slice(range))
        guard bytes.count >= (tag == "head" ? 54 : tag == "hhea" ? 36 : tag == "maxp" ? 6 : 0) else {
          throw .invalidFont("`\(tag)` is too short")
        }
        if tag == "head" {
          bytes.putU32(0, at: 8)
          bytes.putU16(1, at: 50)
        }
        if tag == "hhea" { bytes.putU16(glyphs.count, at: 34) }
        if tag == "maxp" { bytes.putU16(glyphs.count, at: 4) }
        parts.append((tag, bytes))
      }
    }
    return Self.file(parts)
  }

  private static func file(_ parts: [(tag: String, bytes: [UInt8])]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendU32(0x0001_0000)
    bytes.appendU16(parts.count)
    var power = 1
    var log = 0
    while power * 2 <= parts.count {
      power *= 2
      log += 1
    }
    bytes.appendU16(power * 16)
    bytes.appendU16(log)
    bytes.appendU16((parts.count - power) * 16)
    var offset = 12 + 16 * parts.count
    var headOffset = 0
    for part in parts {
      if part.tag == "head" { headOffset = offset }
      bytes += part.tag.utf8
      bytes.appendU32(Int(checksum(part.bytes)))
      bytes.appendU32(offset)
      bytes.appendU32(part.bytes.count)
      offset += (part.bytes.count + 3) / 4 * 4
    }
    for part in parts {
      bytes += part.bytes
      while bytes.count % 4 != 0 { bytes.append(0) }
    }
    bytes.putU32(Int(0xB1B0_AFBA &- checksum(bytes)), at: headOffset + 8)
    return bytes
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum: UInt32 = 0
    var place = 0
    for byte in bytes {
      sum &+= UInt32(byte) << (24 - 8 * UInt32(place & 3))
      place += 1
    }
    return sum
  }
}
