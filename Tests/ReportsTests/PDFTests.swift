import Compression
import Foundation
import Lineage
import Testing

@testable import Reports

@Suite struct PDFTests {
  /// Writes a document, has qpdf check its structure, and has pdftotext read it in the order of drawing, without white space.
  private func text(_ document: ReportDocument, _ fonts: ReportFonts) throws -> String {
    try Program.inFolder { folder in
      try Data(document.pdf(fonts: fonts)).write(to: folder.appending(path: "report.pdf"))
      try Program.run("qpdf", ["--check", "report.pdf"], in: folder)
      let (code, text, errors) = try Program.outcome("pdftotext", ["-raw", "-enc", "UTF-8", "report.pdf", "-"], in: folder)
      #expect(code == 0 && errors.isEmpty, "\(errors)")
      return Self.bare(text)
    }
  }

  private static func bare(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where !scalar.properties.isWhitespace { result.append(scalar) }
    return String(result)
  }

  @Test func theSampleIsComplete() throws {
    for fonts in [try TestFonts.dejaVu.get(), ReportFonts()] {
      let document = ReportSamples.creditRisk()
      let text = try text(document, fonts)
      for row in ReportSamples.trainingData(120).rows {
        // Cells that end on the same page come one after another; rows do not go over pages here.
        #expect(text.contains(Self.bare(row.map(\.string).joined())))
      }
      for word in [document.title, document.subtitle, "Norowsincommonwerefound.", "Gap.", "Page3of", "spark/loans_daily", "corroborated"] {
        #expect(text.contains(Self.bare(word)), "\(word)")
      }
    }
  }

  @Test func howOthersSeeTheFile() throws {
    try Program.inFolder { folder in
      let document = ReportSamples.creditRisk()
      try Data(document.pdf(fonts: TestFonts.dejaVu.get())).write(to: folder.appending(path: "report.pdf"))
      let info = try Program.run("pdfinfo", ["-isodates", "report.pdf"], in: folder)
      for line in [
        "Title:           Training data of credit-risk@7", "Author:          Moraine", "CreationDate:    2026-05-03T09:20:00Z",
        "PDF version:     1.7",
        "Encrypted:       no", "JavaScript:      no",
      ] { #expect(info.contains(line), "\(line) in \(info)") }
      let fonts = try Program.run("pdffonts", ["report.pdf"], in: folder).split(separator: "\n").dropFirst(2)
      #expect(fonts.count == 3)
      for font in fonts { #expect(font.contains(/\+DejaVuSans.*CID TrueType +Identity-H +yes yes yes/), "\(font)") }
      let size = try Data(contentsOf: folder.appending(path: "report.pdf")).count
      #expect(size < 250_000, "only parts of the fonts are embedded")
      // The bookmarks and the destinations of links.
      let json = try Program.run("qpdf", ["--json", "--json-key=outlines", "report.pdf"], in: folder)
      for section in document.numberedSections { #expect(json.contains(section.heading), "\(section.heading)") }
      let pages = try Program.run("qpdf", ["--qdf", "--object-streams=disable", "report.pdf", "-"], in: folder)
      #expect(pages.split(separator: "/Subtype /Link").count - 1 >= document.numberedSections.count + 2)
      #expect(pages.contains("/Lang <feff0065006e>") || pages.contains("/Lang (en)"))
    }
  }

  @Test func tablesGoOnUnderTheirHeads() throws {
    try Program.inFolder { folder in
      try Data(ReportSamples.creditRisk().pdf(fonts: TestFonts.dejaVu.get())).write(to: folder.appending(path: "report.pdf"))
      let text = try Program.run("pdftotext", ["-raw", "report.pdf", "-"], in: folder)
      let pages = text.split(separator: "\u{C}").filter { $0.contains("curated.defaults") && $0.contains("observed") }
      #expect(pages.count >= 3)
      for page in pages { #expect(Self.bare(String(page)).contains("DatasetRoleSnapshotCommittedRowsEvidenceDigestofdatafiles")) }
    }
  }

  @Test func theSameDocumentHasTheSameBytes() throws {
    let fonts = try TestFonts.dejaVu.get()
    let first = try ReportSamples.creditRisk().pdf(fonts: fonts)
    #expect(try first == ReportSamples.creditRisk().pdf(fonts: fonts))
    var later = ReportSamples.creditRisk()
    later.createdAtMs += 1_000
    #expect(try later.pdf(fonts: fonts) != first)
  }

  @Test func tenThousandRows() throws {
    let rows = (0..<10_000).map { index -> [ReportText] in
      [ReportText("row \(index)"), .code(ReportSamples.digest(index)), ReportText("\(index * 31)")]
    }
    let text = Data(try text(ReportSamples.oneTable(rows), try TestFonts.dejaVu.get()).utf8)
    // One after another.
    var place = text.startIndex
    for row in rows {
      let wanted = Data(Self.bare(row.map(\.string).joined()).utf8)
      let found = try #require(text.range(of: wanted, in: place..<text.endIndex), "\(row.map(\.string))")
      place = found.upperBound
    }
  }

  /// A cell that is longer than a page goes on on the next ones.
  @Test func cellsThatNoPageHolds() throws {
    let words = (0..<6_000).map { "word\($0)" }.joined(separator: " ")
    let digest = (0..<200).map { ReportSamples.digest($0) }.joined()
    let text = try text(ReportSamples.oneTable([[ReportText(words), "beside"], ["after", .code(digest)]]), try TestFonts.dejaVu.get())
    // Only the footer and the repeated head come between, and what stands beside.
    let bare = text.replacing(/CellsPage\d+of\d+Column0Column1/, with: "").replacing("beside", with: "")
    #expect(bare.contains(Self.bare(words)))
    #expect(bare.contains(digest))
  }

  /// What fonts lack is drawn as a number, and found as itself.
  @Test func charactersWithoutAShape() throws {
    let rows: [[ReportText]] = [["表 a"], ["😀👩‍💻"], [.code("curated.顧客")], ["zero\u{200B}width"], ["ż€λЖ"], ["e\u{301}"]]
    for (fonts, isEmbedded) in [(try TestFonts.dejaVu.get(), true), (ReportFonts(), false)] {
      let text = try text(ReportSamples.oneTable(rows), fonts)
      for row in rows {
        let wanted = Self.bare(row[0].string)
        // pdftotext puts letters and their marks together.
        #expect(
          text.precomposedStringWithCanonicalMapping.contains(wanted.precomposedStringWithCanonicalMapping), "\(wanted), \(isEmbedded)")
      }
      #expect(!text.contains("U+"))
    }
  }

  /// Names in pictures stay inside their boxes, and can be read.
  @Test func picturesOfNamesWithoutShapes() throws {
    var graph = ReportSamples.smallLineage()
    graph.nodes[0].label = "顧客.取引履歴_日次集計"
    let document = ReportDocument(
      title: "Picture", author: "a", createdAtMs: 0, summary: [.graph(ReportGraph(caption: "What came from what", graph))])
    let text = try text(document, try TestFonts.dejaVu.get())
    #expect(text.contains("curated.loans") && text.contains("顧") && text.contains("…"))
  }

  @Test func rightToLeft() throws {
    // pdftotext puts the letters of words into the order of reading again.
    let text = try text(ReportSamples.oneTable([["שלום עולם 123"], ["loans שלום (2026) approved"]]), try TestFonts.dejaVu.get())
    #expect(text.contains("עולם") && text.contains("123"))
    #expect(text.contains("שלום") && text.contains("(2026)") && text.contains("approved"))
  }

  @Test(arguments: 1...12) func anythingIsWritten(seed: Int) throws {
    var random = RandomReports(seed: UInt64(seed) &* 1_009)
    let document = random.document()
    for fonts in [try TestFonts.dejaVu.get(), ReportFonts()] { _ = try text(document, fonts) }
  }

  @Test func damagedFontsAreRefused() throws {
    let whole = try #require(try TestFonts.dejaVu.get().regular)
    let document = ReportDocument(title: "Title ÄÖ", author: "a", createdAtMs: 0)
    for length in [0, 3, 12, 300, 5_000, whole.count / 2] {
      #expect(throws: ReportError.self, "\(length)") { _ = try document.pdf(fonts: ReportFonts(bold: Array(whole.prefix(length)))) }
    }
    // Any byte may be wrong: it may be refused or drawn otherwise, and it does not trap.
    var random = RandomReports(seed: 5)
    for _ in 0..<60 {
      var damaged = whole
      for _ in 0..<20 { damaged[random.below(random.below(2) == 0 ? 400 : damaged.count)] = UInt8(random.below(256)) }
      _ = try? document.pdf(fonts: ReportFonts(bold: damaged))
    }
  }
}
