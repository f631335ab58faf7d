import Foundation
import Lineage
import Testing

@testable import Reports

@Suite struct HTMLTests {
  /// What an HTML parser and an XML parser of others found.
  private struct Page: Decodable {
    let cells: [String]
    let words: String
  }

  private func read(_ document: ReportDocument) throws -> Page {
    try Program.inFolder { folder in
      try Data(document.html()).write(to: folder.appending(path: "page.html"))
      try Program.python("check_html.py", ["page.html", "texts.json"], in: folder)
      return try JSONDecoder().decode(Page.self, from: Data(contentsOf: folder.appending(path: "texts.json")))
    }
  }

  @Test func theSampleIsWellFormedAndComplete() throws {
    let page = try read(ReportSamples.creditRisk())
    for text in ["Training data of credit-risk@7", "Gap.", "Warning.", "No rows in common were found.", "principal in Moraine::Team::"] {
      #expect(page.words.contains(text), "\(text)")
    }
    let table = ReportSamples.trainingData(120)
    let wanted = table.columns.map(\.title) + table.rows.flatMap { $0.map(\.string) }
    #expect(Array(page.cells.prefix(wanted.count)) == wanted)
  }

  @Test func whatStandsFirst() throws {
    let text = String(decoding: try ReportSamples.creditRisk().html(), as: UTF8.self)
    let order = ["<h1>", "<h2>Summary</h2>", ">Contents</h2>", "id=\"s-training-data\"", "id=\"s-how-to-verify\""]
    let places = order.map { text.range(of: $0)?.lowerBound }
    #expect(!places.contains(nil))
    #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
  }

  @Test func titlesCannotLeaveTheStyle() throws {
    let title = "</style><script>alert(1)</script> \"}*{display:none} \\ 顧客"
    let page = try read(ReportDocument(title: title, author: "a", createdAtMs: 0))
    #expect(page.words.contains(title))
  }

  @Test(arguments: 1...12) func anythingIsWellFormed(seed: Int) throws {
    var random = RandomReports(seed: UInt64(seed))
    let document = random.document()
    let page = try read(document)
    // Cells come one after another, with what is harmful replaced.
    var wanted: [String] = []
    for block in document.summary + document.numberedSections.flatMap(\.section.blocks) {
      guard case .table(let table) = block else { continue }
      wanted += table.columns.map { PlainText.of($0.title) }
      wanted +=
        table.rows.isEmpty
        ? [PlainText.of(table.emptyText)] : table.rows.flatMap { $0.map { $0.spans.map { PlainText.of($0.string) }.joined() } }
    }
    #expect(page.cells.map { Array($0.unicodeScalars) } == wanted.map { Array($0.unicodeScalars) })
  }

  @Test func theSameDocumentHasTheSameBytes() throws {
    #expect(try ReportSamples.creditRisk().html() == ReportSamples.creditRisk().html())
  }
}
