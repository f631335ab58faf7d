import Lineage

extension ReportDocument {
  /// The report as a PDF 1.7 file for print: A4 upright, wide lineage graphs on sheets of their own. Text can be selected and searched, sections
  /// are bookmarks, links lead within. There are no tags for screen readers: the page for browsers is for them.
  ///
  /// A character that the fonts lack, or that cannot be seen, is drawn as its number, such as `[U+4E2D]`; whoever copies or searches the text
  /// finds the character itself. The same document and fonts have the same bytes, with the same version of zlib.
  /// - Throws: what ``ReportError`` says of documents, and ``ReportError/invalidFont(_:)``.
  package func pdf(fonts: ReportFonts) throws(ReportError) -> [UInt8] {
    try check()
    var flow = PDFFlow(try PDFTypeface(fonts))
    try flow.draw(self)
    var file = PDFFile()
    let (root, tree) = (file.reserve(), file.reserve())
    let info = file.reserve()
    file.write(info, information)
    var fonts = "/Font<<"
    for (index, face) in flow.typeface.faces.enumerated() { fonts += "/F\(index + 1) \(try file.add(face)) 0 R" }
    let resources = file.add("<<\(fonts)>>>>")
    let numbers = flow.pages.map { _ in file.reserve() }
    for (page, number) in zip(flow.pages, numbers) {
      let content = try file.addStream(page.content)
      let links = page.links.compactMap { link in flow.places[link.target].map { Self.annotation(link, page, $0, flow.pages, numbers) } }
      let annotations = links.isEmpty ? "" : "/Annots[\(links.joined())]"
      let size = Self.number(page.size.width) + " " + Self.number(page.size.height)
      file.write(
        number,
        "<</Type/Page/Parent \(tree) 0 R/MediaBox[0 0 \(size)]/Resources \(resources) 0 R/Contents \(content) 0 R\(annotations)>>")
    }
    file.write(tree, "<</Type/Pages/Count \(numbers.count)/Kids[\(numbers.map { "\($0) 0 R" }.joined(separator: " "))]>>")
    let outlines = Self.addOutline(flow.bookmarks, flow.pages, numbers, to: &file)
    let outlineEntry = outlines.map { "/Outlines \($0) 0 R/PageMode/UseOutlines" } ?? ""
    var catalog = Array("<</Type/Catalog/Pages \(tree) 0 R\(outlineEntry)/ViewerPreferences<</DisplayDocTitle true>>/Lang ".utf8)
    catalog.appendTextString(PlainText.of(language))
    catalog += ">>".utf8
    file.write(root, catalog)
    return try file.finished(root: root, info: info)
  }

  private var information: [UInt8] {
    var body = Array("<</Title ".utf8)
    body.appendTextString(PlainText.of(title))
    if !subtitle.isEmpty {
      body += "/Subject ".utf8
      body.appendTextString(PlainText.of(subtitle))
    }
    body += "/Author ".utf8
    body.appendTextString(PlainText.of(author))
    body += "/Producer(Moraine)".utf8
    // `2026-05-03 09:15 UTC`, and the seconds that it leaves out.
    let minute = MinuteText.text(millisecondsSince1970: createdAtMs)
    let digits = minute.filter { ("0"..."9").contains($0) }
    if digits.utf8.count == 12, !minute.hasPrefix("-") {
      let seconds = ((createdAtMs % 60_000) + 60_000) % 60_000 / 1_000
      body += "/CreationDate(D:\(digits)\(seconds < 10 ? "0" : "")\(seconds)Z)".utf8
    }
    return body + Array(">>".utf8)
  }

  // MARK: Places

  private static func number(_ value: Double) -> String {
    var bytes: [UInt8] = []
    bytes.appendNumber(value)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func destination(_ place: PDFFlow.Place, _ pages: [PDFPage], _ numbers: [Int]) -> String {
    "[\(numbers[place.page]) 0 R/XYZ 0 \(number(pages[place.page].size.height - place.y + 6)) null]"
  }

  private static func annotation(_ link: PDFPage.Link, _ page: PDFPage, _ place: PDFFlow.Place, _ pages: [PDFPage], _ numbers: [Int])
    -> String
  {
    let height = page.size.height
    let corners = [link.left, height - link.bottom, link.right, height - link.top].map(number).joined(separator: " ")
    return "<</Type/Annot/Subtype/Link/Rect[\(corners)]/Border[0 0 0]/Dest\(destination(place, pages, numbers))>>"
  }

  /// The bookmarks as the tree that PDF wants: each knows its parent, its neighbours and its first and last child.
  private static func addOutline(_ marks: [PDFFlow.Bookmark], _ pages: [PDFPage], _ numbers: [Int], to file: inout PDFFile) -> Int? {
    guard !marks.isEmpty else { return nil }
    let root = file.reserve()
    let objects = marks.map { _ in file.reserve() }
    // The place of each mark's parent; -1 for the root.
    var parents: [Int] = []
    var open: [Int] = []
    for (index, mark) in marks.enumerated() {
      while let last = open.last, marks[last].depth >= mark.depth { open.removeLast() }
      parents.append(open.last ?? -1)
      open.append(index)
    }
    var children: [Int: [Int]] = [:]
    for (index, parent) in parents.enumerated() { children[parent, default: []].append(index) }
    for (index, mark) in marks.enumerated() {
      var body = Array("<</Title ".utf8)
      body.appendTextString(PlainText.of(mark.title))
      let parent = parents[index]
      body += "/Parent \(parent < 0 ? root : objects[parent]) 0 R/Dest\(destination(mark.place, pages, numbers))".utf8
      let siblings = children[parent] ?? []
      let place = siblings.firstIndex(of: index) ?? 0
      if place > 0 { body += "/Prev \(objects[siblings[place - 1]]) 0 R".utf8 }
      if place + 1 < siblings.count { body += "/Next \(objects[siblings[place + 1]]) 0 R".utf8 }
      if let own = children[index], let first = own.first, let last = own.last {
        // Closed: a negative count.
        body += "/First \(objects[first]) 0 R/Last \(objects[last]) 0 R/Count -\(own.count)".utf8
      }
      body += ">>".utf8
      file.write(objects[index], body)
    }
    let top = children[-1] ?? []
    file.write(root, "<</Type/Outlines/First \(objects[top[0]]) 0 R/Last \(objects[top[top.count - 1]]) 0 R/Count \(top.count)>>")
    return root
  }
}
