import Testing

@testable import Reports

@Suite struct ReportDocumentTests {
  private func failure(_ sections: [ReportSection], _ summary: [ReportBlock] = []) -> ReportError? {
    let document = ReportDocument(title: "t", author: "a", createdAtMs: 0, summary: summary, sections: sections)
    var failures: [ReportError?] = []
    do throws(ReportError) {
      _ = try document.html()
      failures.append(nil)
    } catch { failures.append(error) }
    do throws(ReportError) {
      _ = try document.pdf(fonts: ReportFonts())
      failures.append(nil)
    } catch { failures.append(error) }
    #expect(failures[0] == failures[1], "both writers refuse the same")
    return failures[0]
  }

  @Test func whatCannotBeWrittenIsRefused() {
    #expect(failure([]) == nil)
    #expect(failure([ReportSection(id: "A", title: "")]) == .invalidSectionID("A"))
    #expect(failure([ReportSection(id: "a\" onclick", title: "")]) == .invalidSectionID("a\" onclick"))
    #expect(failure([ReportSection(id: "", title: "")]) == .invalidSectionID(""))
    let one = ReportSection(id: "one", title: "")
    #expect(failure([one, ReportSection(id: "two", title: "", sections: [one])]) == .repeatedSectionID("one"))
    #expect(failure([one], [.paragraph(.link("there", to: "two"))]) == .linkToNowhere("two"))
    #expect(failure([one], [.note(.gap, .link("here", to: "one"))]) == nil)
    let deep = ReportSection(
      id: "a", title: "", sections: [.init(id: "b", title: "", sections: [.init(id: "c", title: "", sections: [one])])])
    #expect(failure([deep]) == nil)
    #expect(failure([ReportSection(id: "z", title: "", sections: [deep])]) == .sectionsTooDeep("one"))
  }

  @Test func tablesHaveACellForEachColumn() {
    func refused(_ columns: [ReportTable.Column], _ rows: [[ReportText]]) -> ReportError? {
      failure([], [.table(ReportTable(caption: "t", columns: columns, rows: rows))])
    }
    #expect(refused([], []) == .tableWithoutColumns(caption: "t"))
    #expect(refused([.init("c", weight: 0)], []) == .invalidColumnWeight(caption: "t", column: "c"))
    #expect(refused([.init("c", weight: .nan)], []) == .invalidColumnWeight(caption: "t", column: "c"))
    #expect(refused([.init("c")], [["1"], ["1", "2"]]) == .unevenRow(caption: "t", row: 2))
    #expect(refused([.init("c")], [["1"], []]) == .unevenRow(caption: "t", row: 2))
    #expect(refused([.init("c")], []) == nil)
  }

  @Test func codeKeepsItsLines() {
    #expect(ReportCode("a\r\nb\n\n\tc\n").lines == ["a", "b", "", "    c"])
    #expect(ReportCode("").lines.isEmpty)
    #expect(ReportCode("a\u{1B}[31m\rb").lines == ["a\u{FFFD}[31m\u{FFFD}b"])
  }
}
