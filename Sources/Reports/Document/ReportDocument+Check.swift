import Lineage

/// A section with its number, as both writers tell it.
struct NumberedSection {
  let section: ReportSection
  /// Such as `2.1`.
  let number: String
  /// 1 for those directly in the document.
  let depth: Int

  var heading: String { number + "  " + section.title }
}

extension ReportDocument {
  static let deepestLevel = 4

  /// All sections in the order of reading.
  var numberedSections: [NumberedSection] {
    func collect(_ sections: [ReportSection], _ prefix: String, _ depth: Int) -> [NumberedSection] {
      sections.enumerated().flatMap { index, section in
        let number = prefix + String(index + 1)
        return [NumberedSection(section: section, number: number, depth: depth)] + collect(section.sections, number + ".", depth + 1)
      }
    }
    return collect(sections, "", 1)
  }

  /// Refuses what cannot be written faithfully, before anything is written.
  func check() throws(ReportError) {
    let sections = numberedSections
    var ids: Set<String> = []
    for numbered in sections {
      let id = numbered.section.id
      guard Self.isSectionID(id) else { throw .invalidSectionID(id) }
      guard ids.insert(id).inserted else { throw .repeatedSectionID(id) }
      guard numbered.depth <= Self.deepestLevel else { throw .sectionsTooDeep(id) }
    }
    try Self.check(facts.map(\.value), ids)
    for block in summary + sections.flatMap(\.section.blocks) {
      switch block {
      case .paragraph(let text): try Self.check([text], ids)
      case .list(let texts): try Self.check(texts, ids)
      case .facts(let facts): try Self.check(facts.map(\.value), ids)
      case .note(_, let text): try Self.check([text], ids)
      case .table(let table): try Self.check(table, ids)
      case .code, .graph: break
      }
    }
  }

  private static func check(_ table: ReportTable, _ ids: Set<String>) throws(ReportError) {
    guard !table.columns.isEmpty else { throw .tableWithoutColumns(caption: table.caption) }
    for column in table.columns {
      guard column.weight > 0, column.weight.isFinite else { throw .invalidColumnWeight(caption: table.caption, column: column.title) }
    }
    for (index, row) in table.rows.enumerated() {
      guard row.count == table.columns.count else { throw .unevenRow(caption: table.caption, row: index + 1) }
      try check(row, ids)
    }
  }

  private static func check(_ texts: [ReportText], _ ids: Set<String>) throws(ReportError) {
    for text in texts {
      for span in text.spans {
        if let target = span.target, !ids.contains(target) { throw .linkToNowhere(target) }
      }
    }
  }

  private static func isSectionID(_ id: String) -> Bool {
    guard let first = id.utf8.first, UInt8(ascii: "a")...UInt8(ascii: "z") ~= first else { return false }
    return id.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
      default: false
      }
    }
  }

  /// The words that both writers add to what the document says.
  enum Words {
    static let summary = "Summary"
    static let contents = "Contents"
  }
}

extension ReportCode {
  /// What both writers show: lines without their ends, tabs as spaces.
  var lines: [String] {
    // A carriage return and a line feed are one Character.
    var lines = string.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(String.init)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { PlainText.of(String($0.split(separator: "\t", omittingEmptySubsequences: false).joined(separator: "    "))) }
  }
}
