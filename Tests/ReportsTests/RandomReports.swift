import Lineage
import SeededRandom

@testable import Reports

/// Documents of anything: all blocks, all lengths, and the characters that trouble whoever writes files.
struct RandomReports {
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &generator) }

  /// Words of any script, control characters, marks without letters, directional marks, emoji, markup.
  mutating func string(upTo length: Int = 60) -> String {
    let pools: [ClosedRange<UInt32>] = [
      0x20...0x7E, 0x61...0x7A, 0...0x1F, 0x7F...0xFF, 0x300...0x36F, 0x590...0x6FF, 0x2000...0x206F, 0x4E00...0x4FFF, 0xE000...0xE0FF,
      0xFB50...0xFDFF, 0xFE00...0xFFFF, 0x1F300...0x1F6FF, 0xE0000...0xE007F, 0x10FFF0...0x10FFFF,
    ]
    if below(8) == 0 {
      return ["", " ", "</script><!--", "]]>&amp;\"'", "\u{202E}gnp.exe", "=1+1", String(repeating: "a", count: 400), "\r\n\t"][below(8)]
    }
    var scalars = String.UnicodeScalarView()
    let pool = pools[below(pools.count)]
    for _ in 0..<below(length) {
      let range = below(3) == 0 ? pools[below(pools.count)] : pool
      if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) { scalars.append(scalar) }
      if below(7) == 0 { scalars.append(" ") }
    }
    return String(scalars)
  }

  mutating func text(_ sections: [String] = []) -> ReportText {
    var text = ReportText()
    for _ in 0..<below(4) {
      switch below(sections.isEmpty ? 4 : 5) {
      case 0: text += .code(string())
      case 1: text += .strong(string())
      case 2: text += .quiet(string())
      case 3: text += ReportText(string(upTo: below(10) == 0 ? 900 : 60))
      default: text += .link(string(), to: sections[below(sections.count)])
      }
    }
    return text
  }

  mutating func block(_ sections: [String]) -> ReportBlock {
    switch below(8) {
    case 0: return .paragraph(text(sections))
    case 1: return .list((0..<below(9)).map { _ in text(sections) })
    case 2: return .facts((0..<below(9)).map { _ in ReportFact(string(), text(sections)) })
    case 3: return .note(ReportNote.allCases[below(3)], text(sections))
    case 4: return .code(ReportCode(caption: string(), (0..<below(90)).map { _ in string() }.joined(separator: "\n")))
    case 5: return .graph(ReportGraph(caption: string(), graph()))
    default:
      let columns = (0...below(9)).map { _ in
        ReportTable.Column(string(upTo: 20), weight: Double(below(50) + 1) / 10, alignment: below(3) == 0 ? .end : .start)
      }
      let rows = (0..<below(60)).map { _ in columns.map { _ in text(sections) } }
      return .table(ReportTable(caption: string(), columns: columns, rows: rows, emptyText: string()))
    }
  }

  mutating func graph() -> LineageGraph {
    let count = below(12)
    return LineageGraph(
      focus: count > 0 ? "0" : nil,
      nodes: (0..<count).map {
        LineageNode(id: String($0), kind: LineageNode.Kind.allCases[below(12)], label: string(), sublabel: string())
      },
      edges: (0..<below(20)).map { _ in
        LineageEdge(
          from: String(below(12)), to: String(below(12)), label: string(upTo: 12), evidence: LineageEvidence.allCases[below(5)])
      })
  }

  mutating func document() -> ReportDocument {
    var ids: [String] = []
    for index in 0..<(below(12) + 1) { ids.append("s\(index)") }
    var document = ReportDocument(
      title: string(), subtitle: string(), author: string(), createdAtMs: Int64.random(in: .min ... .max, using: &generator),
      facts: (0..<below(6)).map { _ in ReportFact(string(), text(ids)) })
    for _ in 0..<below(4) { document.summary.append(block(ids)) }
    for id in ids {
      var section = ReportSection(id: id, title: string())
      for _ in 0..<below(4) { section.blocks.append(block(ids)) }
      // Below the last one, some levels deep.
      if below(2) == 0, !document.sections.isEmpty {
        let last = document.sections.count - 1
        if below(2) == 0, !document.sections[last].sections.isEmpty {
          document.sections[last].sections[0].sections.append(section)
        } else {
          document.sections[last].sections.append(section)
        }
      } else {
        document.sections.append(section)
      }
    }
    return document
  }
}
