/// A text that may be laid out on one line or on several, as Wadler's pretty printer has it.
indirect enum Layout: Sendable {
  case empty
  /// Text that is never broken, and its width in columns.
  case text(String, columns: Int)
  case newline
  /// A space, or a newline where the group around it does not fit on the line.
  case line
  /// Nothing, or a newline where the group around it does not fit on the line.
  case softLine
  case sequence([Layout])
  /// Newlines inside are indented by this much more.
  case nested(Int, Layout)
  /// On one line if that fits, otherwise with all its own lines broken.
  case group(Layout)

  static let space = Layout.text(" ")

  static func text(_ text: String) -> Layout {
    .text(text, columns: text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.unicodeScalars.reduce(0) { $0 + columns(of: $1) })
  }

  /// How wide a scalar is where all letters of the Latin alphabet are equally wide (Unicode's East Asian Width, by its blocks).
  private static func columns(of scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}

/// Lays out texts. Several newlines in a row are one, so that there are no empty lines, and no line ends in spaces.
struct LayoutRenderer {
  private enum Mode { case flat, broken }

  private struct Item {
    var indent: Int
    var mode: Mode
    var layout: Layout
  }

  private let width: Int
  /// What is still to be laid out, the next item last.
  private var pending: [Item] = []
  private var text = ""
  private var column = 0
  private var owedIndent: Int?
  private var owedSpaces = 0

  static func text(of layout: Layout, width: Int) -> String {
    var renderer = LayoutRenderer(width: width)
    renderer.render(layout)
    return renderer.text
  }

  private init(width: Int) { self.width = width }

  private mutating func render(_ layout: Layout) {
    pending = [Item(indent: 0, mode: .broken, layout: layout)]
    while let item = pending.popLast() {
      switch item.layout {
      case .empty: break
      case .text(let string, let columns): write(string, columns)
      case .newline: breakLine(after: item)
      case .line: if item.mode == .flat { write(" ", 1) } else { breakLine(after: item) }
      case .softLine: if item.mode == .broken { breakLine(after: item) }
      case .sequence(let parts):
        for part in parts.reversed() { pending.append(Item(indent: item.indent, mode: item.mode, layout: part)) }
      case .nested(let more, let inner): pending.append(Item(indent: item.indent + more, mode: item.mode, layout: inner))
      case .group(let inner):
        let mode: Mode = item.mode == .flat || fits(inner) ? .flat : .broken
        pending.append(Item(indent: item.indent, mode: mode, layout: inner))
      }
    }
  }

  /// The new line stands in as far as what comes next does, so that a closing bracket stands below its opening line.
  private mutating func breakLine(after item: Item) {
    let indent = pending.last?.indent ?? item.indent
    owedIndent = indent
    owedSpaces = 0
    column = indent
  }

  private mutating func write(_ string: String, _ columns: Int) {
    column += columns
    if string == " " {
      owedSpaces += 1
      return
    }
    if let indent = owedIndent {
      if !text.isEmpty { text += "\n" }
      text += String(repeating: " ", count: text.isEmpty ? 0 : indent)
    } else {
      text += String(repeating: " ", count: owedSpaces)
    }
    owedIndent = nil
    owedSpaces = 0
    text += string
  }

  /// Whether `layout` on one line, and what follows it up to the next line break, ends before the margin.
  private func fits(_ layout: Layout) -> Bool {
    var column = column
    var rest = pending.count
    var mode = Mode.flat
    var stack = [layout]
    while column <= width {
      guard let next = stack.popLast() else {
        guard rest > 0 else { return true }
        rest -= 1
        mode = .broken
        stack.append(pending[rest].layout)
        continue
      }
      switch next {
      case .empty: break
      case .text(_, let columns): column += columns
      case .newline: return mode == .broken
      case .line: if mode == .broken { return true } else { column += 1 }
      case .softLine: if mode == .broken { return true }
      case .sequence(let parts): stack.append(contentsOf: parts.reversed())
      case .nested(_, let inner), .group(let inner): stack.append(inner)
      }
    }
    return false
  }
}
