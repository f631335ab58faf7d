import JSON

/// What becomes different between two policy sets, for a person.
enum PolicyDifferenceText {
  /// - Parameter diff: as the server tells it: `{"added", "removed", "changed", "files"}`.
  static func text(_ diff: JSONObject, isBold: Bool) throws -> String {
    var text = ""
    func title(_ words: String) -> String { (isBold ? "\u{1B}[1m\(words)\u{1B}[0m" : words) + "\n" }
    for (key, verb) in [("added" as StaticString, "Added"), ("removed", "Removed"), ("changed", "Changed")] {
      for json in try diff.required(key).array() {
        let entry = try json.object()
        let before = try entry.optional("before")?.string() ?? ""
        let after = try entry.optional("after")?.string() ?? ""
        text += title("\(verb) policy \(TerminalText.plain(try entry.required("id").string()))")
        text += lines(from: before, to: after).map { "  " + TerminalText.plain($0) + "\n" }.joined() + "\n"
      }
    }
    let files = try diff.required("files").array().map { try $0.string() }
    if !files.isEmpty { text += "Files that differ: \(TerminalText.plain(files.joined(separator: ", ")))\n" }
    return text.isEmpty ? "Nothing is different.\n" : text
  }

  /// `+ 1 added, - 2 removed, ~ 1 changed`
  static func summary(_ diff: JSONObject) throws -> String {
    func count(_ key: StaticString) throws -> Int { Array(try diff.required(key).array()).count }
    let (added, removed, changed) = (try count("added"), try count("removed"), try count("changed"))
    if added + removed + changed == 0 { return "no policy differs" }
    return [(added, "added"), (removed, "removed"), (changed, "changed")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(
      separator: ", ")
  }

  /// The lines of both texts in order: `- ` only before, `+ ` only afterwards, two spaces in both.
  static func lines(from old: String, to new: String) -> [String] {
    func split(_ text: String) -> [String] {
      text.isEmpty
        ? [] : text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).dropLast(text.hasSuffix("\n") ? 1 : 0)
    }
    let (before, after) = (split(old), split(new))
    let difference = after.difference(from: before)
    let removed = Set(difference.removals.map { change -> Int in if case .remove(let offset, _, _) = change { offset } else { -1 } })
    let inserted = Set(difference.insertions.map { change -> Int in if case .insert(let offset, _, _) = change { offset } else { -1 } })
    var result: [String] = []
    var (left, right) = (0, 0)
    while left < before.count || right < after.count {
      if left < before.count, removed.contains(left) {
        result.append("- " + before[left])
        left += 1
      } else if right < after.count, inserted.contains(right) {
        result.append("+ " + after[right])
        right += 1
      } else {
        guard left < before.count else { break }
        result.append("  " + before[left])
        left += 1
        right += 1
      }
    }
    return result
  }
}
