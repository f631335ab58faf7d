import JSON

/// One thing that is to become different.
struct PlannedChange: Sendable {
  enum Kind: String, Sendable {
    case add, change, remove

    var sign: String {
      switch self {
      case .add: "+"
      case .change: "~"
      case .remove: "-"
      }
    }
  }

  let kind: Kind
  let title: String
  /// What of it, for people: `owner: team:a → team:b`.
  let details: [String]
  let make: @Sendable (CatalogClient) async throws -> Void

  var text: String {
    ([kind.sign + " " + title] + details.map { "    " + $0 }).map { TerminalText.plain($0) + "\n" }.joined()
  }
}

/// What of one thing is to become different.
struct FieldChanges: Sendable {
  private(set) var details: [String] = []

  var isEmpty: Bool { details.isEmpty }

  /// Notes a field, if it differs.
  ///
  /// - Parameter wanted: `nil` when nothing is said of it.
  /// - Returns: whether it does.
  @discardableResult
  mutating func note(_ name: String, _ present: String?, _ wanted: String?) -> Bool {
    guard let wanted, wanted != present ?? "" else { return false }
    details.append("\(name): \(Self.shown(present)) → \(Self.shown(wanted))")
    return true
  }

  /// The same for a list whose order says nothing.
  @discardableResult
  mutating func note(_ name: String, _ present: [String], _ wanted: [String]?) -> (added: [String], removed: [String]) {
    guard let wanted else { return ([], []) }
    let added = wanted.filter { !present.contains($0) }
    let removed = present.filter { !wanted.contains($0) }
    if !added.isEmpty || !removed.isEmpty {
      details.append("\(name): " + (added.map { "+" + $0 } + removed.map { "-" + $0 }).joined(separator: ", "))
    }
    return (added, removed)
  }

  private static func shown(_ text: String?) -> String {
    guard let text, !text.isEmpty else { return "nothing" }
    let line = text.split(separator: "\n", omittingEmptySubsequences: false).first.map(String.init) ?? ""
    let cut = line.count > 60 || line != text ? String(line.prefix(60)) + "…" : line
    return cut
  }
}
