/// How far something has got: one line on a terminal's standard error that is written over, and nothing anywhere else.
struct ProgressBar {
  private static let cells = 30

  private let isShown: Bool
  private let columns: Int
  private var isOpen = false

  init(isShown: Bool, stream: StandardStream = .error) {
    self.isShown = isShown && stream.isTerminal
    columns = stream.columns ?? 80
  }

  /// - Parameters:
  ///   - total: what is expected; `nil` when nobody knows.
  ///   - problem: why it does not go on.
  mutating func show(_ done: Int64, of total: Int64?, _ what: String, problem: String? = nil) throws {
    guard isShown else { return }
    isOpen = true
    try StandardStream.error.write("\r\u{1B}[K" + TerminalText.cut(Self.line(done, of: total, what, problem: problem), to: columns - 1))
  }

  /// Takes the line away.
  mutating func end() throws {
    guard isOpen else { return }
    isOpen = false
    try StandardStream.error.write("\r\u{1B}[K")
  }

  static func line(_ done: Int64, of total: Int64?, _ what: String, problem: String?) -> String {
    let tail = problem.map { "  waiting: \(TerminalText.plain($0))" } ?? ""
    guard let total, total > 0 else { return "\(done) \(what)\(tail)" }
    // More than expected is no more than all.
    let filled = Int(min(done, total) * Int64(cells) / total)
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: cells - filled)
    return "[\(bar)] \(min(done, total) * 100 / total)%  \(done) \(what)\(tail)"
  }
}
