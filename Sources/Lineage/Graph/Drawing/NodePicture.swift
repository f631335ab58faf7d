/// How a node looks: its sign, its kind and marks, its name, what is known of it, and its columns in rows below.
struct NodePicture {
  typealias Drawing = LineageDrawing

  static let rowHeight = 18.0
  /// Columns beyond that are counted in one last row; those that edges lead to come first.
  static let maximumRows = 24

  private static let padding = 10.0
  private static let tile = 30.0
  private static let textLeft = padding + tile + 10
  private static let maximumText = 226.0

  let node: LineageNode
  let isFocus: Bool
  /// Of a box without anything around it.
  private(set) var width: Double
  /// Of the part above the rows.
  private(set) var headHeight: Double
  private(set) var rows: [LineageColumn] = []
  /// How many columns the last row stands for.
  private(set) var moreColumns = 0
  private var rowOfColumn: [String: Int] = [:]

  /// - Parameters:
  ///   - usedColumns: names of columns that edges lead to or from.
  ///   - headRoom: the least height of the head, for edges to have their places side by side.
  init(_ node: LineageNode, isFocus: Bool, usedColumns: Set<String>, headRoom: Double) {
    self.node = node
    self.isFocus = isFocus
    var text = Drawing.Text(origin: .init(0, 0), string: node.label.plainOrDash, size: 13, isBold: true).width
    for line in node.details { text = max(text, TextWidths.width(PlainText.of(line), size: 10.5)) }
    let marks = node.marks.reduce(0.0) { $0 + MarkChip($1).width + 5 }
    let kind = TextWidths.width(node.kind.title, size: 10) + (marks > 0 ? marks + 4 : 0)
    width = (max(160, Self.textLeft + max(min(text, Self.maximumText), kind) + 14)).rounded(.up)
    headHeight = max(max(50, 48 + 14 * Double(node.details.count)), headRoom)
    chooseRows(usedColumns)
  }

  var height: Double { headHeight + (rowCount > 0 ? Double(rowCount) * Self.rowHeight + 6 : 0) }
  private var rowCount: Int { rows.count + (moreColumns > 0 ? 1 : 0) }

  private mutating func chooseRows(_ used: Set<String>) {
    guard node.columns.count > Self.maximumRows else {
      rows = node.columns
      number()
      return
    }
    // The schema's order is kept among those that are shown.
    let important = node.columns.indices.filter { used.contains(node.columns[$0].name) }.prefix(Self.maximumRows - 1)
    let others = node.columns.indices.filter { !used.contains(node.columns[$0].name) }.prefix(Self.maximumRows - 1 - important.count)
    rows = (important + others).sorted().map { node.columns[$0] }
    moreColumns = node.columns.count - rows.count
    number()
    for column in node.columns where rowOfColumn[column.name] == nil { rowOfColumn[column.name] = rows.count }
  }

  private mutating func number() {
    for (row, column) in rows.enumerated() where rowOfColumn[column.name] == nil { rowOfColumn[column.name] = row }
  }

  /// The middle of the column's row, from the box's top; `nil` when the node has no such column.
  func rowMiddle(_ column: String) -> Double? {
    rowOfColumn[column].map { headHeight + (Double($0) + 0.5) * Self.rowHeight }
  }

  // MARK: Drawing

  private var isWork: Bool { node.kind == .job || node.kind == .run }

  func group(_ frame: Drawing.Frame) -> Drawing.Group {
    var group = Drawing.Group(role: .node(node.id), tooltip: tooltip, frame: frame)
    let dashes: [Double] = node.kind == .hidden || node.marks.contains(.gone) ? [5, 3] : []
    let stroke = Drawing.Stroke(ink: isFocus ? .text : .border, width: isFocus ? 2.6 : 1.2, dashes: dashes)
    group.shapes.append(.box(.init(frame: frame, radius: isWork ? 22 : 8, stroke: stroke, fill: isWork ? .work : .surface)))
    let content = 30.0 + 14 * Double(node.details.count)
    let top = frame.y + (headHeight - content) / 2
    let tileTop = frame.y + (headHeight - Self.tile) / 2
    group.shapes += NodeSign(kind: node.kind).shapes(x: frame.x + Self.padding, y: tileTop, size: Self.tile)
    drawText(in: frame, top: top, &group)
    drawRows(in: frame, &group)
    return group
  }

  private func drawText(in frame: Drawing.Frame, top: Double, _ group: inout Drawing.Group) {
    let x = frame.x + Self.textLeft
    let room = frame.width - Self.textLeft - 12
    func add(_ string: String, baseline: Double, size: Double, isBold: Bool = false, ink: Drawing.Ink = .text) {
      let shown = TextWidths.shortened(string, to: room, size: size, isBold: isBold)
      group.shapes.append(.text(.init(origin: .init(x, top + baseline), string: shown, size: size, isBold: isBold, ink: ink)))
    }
    add(node.kind.title, baseline: 9, size: 10, ink: .quiet)
    var right = frame.right - 12
    for mark in node.marks.reversed() {
      let chip = MarkChip(mark)
      right -= chip.width
      group.shapes += chip.shapes(x: right, y: top - 5)
      right -= 5
    }
    add(node.label.plainOrDash, baseline: 25, size: 13, isBold: true)
    for (line, text) in node.details.enumerated() {
      add(PlainText.of(text), baseline: 40 + 14 * Double(line), size: 10.5, ink: .quiet)
    }
  }

  private func drawRows(in frame: Drawing.Frame, _ group: inout Drawing.Group) {
    guard rowCount > 0 else { return }
    let line = frame.y + headHeight
    let rule = Drawing.Stroke(ink: .border, width: 0.8)
    group.shapes.append(.path(.init(segments: [.move(.init(frame.x, line)), .line(.init(frame.right, line))], stroke: rule)))
    let room = frame.width - 24
    for (row, column) in rows.enumerated() {
      let baseline = line + Double(row) * Self.rowHeight + 12.8
      // Types are short; names have what is left.
      let type = TextWidths.shortened(PlainText.of(column.type ?? ""), to: room * 0.42, size: 9.5)
      let typeWidth = TextWidths.width(type, size: 9.5)
      let name = TextWidths.shortened(column.name.plainOrDash, to: room - (typeWidth > 0 ? typeWidth + 10 : 0), size: 10.5)
      group.shapes.append(.text(.init(origin: .init(frame.x + 12, baseline), string: name, size: 10.5)))
      if !type.isEmpty {
        group.shapes.append(
          .text(.init(origin: .init(frame.right - 12, baseline), string: type, size: 9.5, anchor: .end, ink: .quiet)))
      }
    }
    if moreColumns > 0 {
      let baseline = line + Double(rows.count) * Self.rowHeight + 12.8
      let text = moreColumns == 1 ? "and one more column" : "and \(moreColumns) more columns"
      group.shapes.append(.text(.init(origin: .init(frame.x + 12, baseline), string: text, size: 10.5, ink: .quiet)))
    }
  }

  private var tooltip: String {
    let marks = node.marks.isEmpty ? [] : [node.marks.map(\.rawValue).joined(separator: ", ")]
    return ([node.kind.title + " " + node.label] + node.details + marks + (node.id == node.label ? [] : [node.id])).joined(separator: " · ")
  }
}

extension String {
  /// The text made plain; a dash for nothing, so that there is something to see.
  fileprivate var plainOrDash: String { isEmpty ? "–" : PlainText.of(self) }
}

/// A mark, as a word in a frame: white for a pin, filled for a hold, dashed for what is gone.
struct MarkChip {
  static let height = 15.0
  let mark: LineageNode.Mark

  init(_ mark: LineageNode.Mark) { self.mark = mark }

  var width: Double { (TextWidths.width(mark.rawValue, size: 9, isBold: true) + 12).rounded(.up) }

  var meaning: String {
    switch mark {
    case .pinned: "must be kept: a model was trained on it"
    case .held: "under a legal hold"
    case .gone: "dropped, or expired"
    }
  }

  func shapes(x: Double, y: Double) -> [LineageDrawing.Shape] {
    let isFilled = mark == .held
    let stroke = LineageDrawing.Stroke(ink: mark == .gone ? .quiet : .text, width: 1, dashes: mark == .gone ? [2.5, 2] : [])
    let frame = LineageDrawing.Frame(x: x, y: y, width: width, height: Self.height)
    let ink: LineageDrawing.Ink = isFilled ? .surface : mark == .gone ? .quiet : .text
    return [
      .box(.init(frame: frame, radius: 7.5, stroke: stroke, fill: isFilled ? .text : nil)),
      .text(.init(origin: .init(x + width / 2, y + 10.8), string: mark.rawValue, size: 9, isBold: true, anchor: .middle, ink: ink)),
    ]
  }
}
