import Testing

@testable import Reports

@Suite struct PDFTextTests {
  private static let style = PDFTextStyle(size: 10)

  private func lines(_ string: String, _ width: Double) throws -> [String] {
    var typeface = try PDFTypeface(ReportFonts())
    var style = Self.style
    // Every character is six points wide.
    style.face = .mono
    let text = try typeface.measure(string, style)
    return text.lines(width: width).map { line in
      String(String.UnicodeScalarView(text.glyphs[line].compactMap { Unicode.Scalar($0.scalar) }))
    }
  }

  @Test func wrapping() throws {
    #expect(try lines("", 60) == [""])
    #expect(try lines("one two three", 60) == ["one two", "three"])
    #expect(try lines("ten signs.", 60) == ["ten signs."])
    #expect(try lines("a 0123456789abcdef", 60) == ["a 01234567", "89abcdef"])
    #expect(try lines("spaces     at the end      ", 60) == ["spaces", "at the end"])
    // After a sign, where that does not leave half a line empty.
    #expect(try lines("curated.european_loans", 60) == ["curated.", "european_", "loans"])
    #expect(try lines("a.bcdefghijklm", 60) == ["a.bcdefghi", "jklm"])
    // Nothing fits: a character a line.
    #expect(try lines("abc", 1) == ["a", "b", "c"])
    #expect(try lines("x表y", 30) == ["x", "[U+88", "68]y"])
    #expect(try lines("aaaa表b", 60) == ["aaaa", "[U+8868]b"])
  }

  @Test func everyGlyphIsOnALine() throws {
    var random = RandomReports(seed: 77)
    var typeface = try PDFTypeface(try TestFonts.dejaVu.get())
    for _ in 0..<600 {
      let text = try typeface.measure(random.text(), Self.style)
      let width = Double(random.below(300) + 1)
      var next = 0
      for line in text.lines(width: width) {
        #expect(!text.glyphs[next..<line.lowerBound].contains { !$0.isSpace })
        #expect(line.count <= 1 || text.width(line) <= width + 0.01 || !text.glyphs[line].dropFirst().contains { !$0.isJoined })
        next = line.upperBound
      }
      #expect(!text.glyphs[next...].contains { !$0.isSpace })
    }
  }

  private func order(_ string: String) -> String {
    let glyphs = string.unicodeScalars.map { scalar in
      PDFGlyph(scalar: scalar.value, width: 1, face: .regular, look: 0, isJoined: scalar.properties.generalCategory == .nonspacingMark)
    }
    return String(String.UnicodeScalarView(VisualOrder.of(glyphs[...]).compactMap { Unicode.Scalar($0.scalar) }))
  }

  @Test func rightToLeft() {
    #expect(order("plain (text)") == "plain (text)")
    #expect(order("אבג") == "גבא")
    #expect(order("x אב גד y") == "x דג בא y")
    #expect(order("אב 123 גד") == "דג 123 בא")
    #expect(order("אב (ג) z") == "(ג) בא z")
    #expect(order("א\u{5B8}ב") == "בא\u{5B8}")
    #expect(order("[א(ב)ג]") == "[ג(ב)א]")
  }

  @Test func columnsHaveRoomForTheirHeads() {
    #expect(ColumnWidths.of(weights: [1, 1, 2], least: [0, 0, 0], width: 400) == [100, 100, 200])
    #expect(ColumnWidths.of(weights: [1, 1, 2], least: [130, 0, 0], width: 400) == [130, 90, 180])
    // Never more than an equal share for a heading alone.
    #expect(ColumnWidths.of(weights: [1, 1, 1, 1], least: [900, 900, 900, 900], width: 400) == [100, 100, 100, 100])
    var random = RandomReports(seed: 1)
    for _ in 0..<500 {
      let count = random.below(12) + 1
      let weights = (0..<count).map { _ in Double(random.below(100) + 1) }
      let widths = ColumnWidths.of(weights: weights, least: (0..<count).map { _ in Double(random.below(200)) }, width: 480)
      #expect(abs(widths.reduce(0, +) - 480) < 0.001 && !widths.contains { $0 <= 0 })
    }
  }
}
