import Foundation
import Testing

@testable import Reports

@Suite struct CSVTableTests {
  @Test func quotingAndLineEnds() throws {
    let table = CSVTable(columns: ["name", "rows"], rows: [[.text("a \"b\", c\r\nd"), .number(-5)], [.text(""), .empty]])
    #expect(String(decoding: try table.bytes(), as: UTF8.self) == "\"name\",\"rows\"\r\n\"a \"\"b\"\", c\r\nd\",-5\r\n\"\",\r\n")
    #expect(throws: ReportError.unevenRow(caption: "CSV", row: 1)) { _ = try CSVTable(columns: ["a"], rows: [[]]).bytes() }
    #expect(throws: ReportError.self) { _ = try CSVTable(columns: []).bytes() }
  }

  @Test(arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\u{FEFF}=1", "\u{0}=1", "＝1", "＠x", "'quoted", "\n"])
  func formulasAreText(text: String) {
    #expect(CSVTable.guarded(text) == "'" + text)
  }

  @Test(arguments: ["", "a=b", "curated.loans", "1-2", "a@b", "顧客", "  a"]) func otherTextIsLeft(text: String) {
    #expect(CSVTable.guarded(text) == text)
  }

  /// Python's reader finds what was written, apart from the apostrophes, which can be taken off again.
  @Test func othersReadIt() throws {
    var random = RandomReports(seed: 9)
    let rows = (0..<500).map { _ in (0..<3).map { _ in random.string() } }
    let table = CSVTable(columns: ["a", "b", "c"], rows: rows.map { $0.map(CSVTable.Cell.text) })
    try Program.inFolder { folder in
      try Data(table.bytes()).write(to: folder.appending(path: "t.csv"))
      let script = "import csv,json;json.dump(list(csv.reader(open('t.csv',encoding='utf-8',newline=''))),open('t.json','w'))"
      try Program.run("python3", ["-c", script], in: folder)
      let read = try JSONDecoder().decode([[String]].self, from: Data(contentsOf: folder.appending(path: "t.json")))
      #expect(read.first == ["a", "b", "c"])
      let bare = read.dropFirst().map { $0.map { $0.unicodeScalars.first == "'" ? String($0.unicodeScalars.dropFirst()) : $0 } }
      #expect(bare.map { $0.map { Array($0.unicodeScalars) } } == rows.map { $0.map { Array($0.unicodeScalars) } })
    }
  }
}
