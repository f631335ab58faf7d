package import Cedar

/// What becomes different from one policy set to another, policy by policy.
package struct PolicyDifference: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    package let id: String
    /// Laid out; `nil` for a policy that is new.
    package let before: String?
    /// `nil` for one that goes.
    package let after: String?
  }

  /// By id.
  package let entries: [Entry]
  /// Names of files that are new, gone, or not the same byte by byte.
  package let files: [String]

  package var isEmpty: Bool { entries.isEmpty }

  package var added: [Entry] { entries.filter { $0.before == nil } }
  package var removed: [Entry] { entries.filter { $0.after == nil } }
  package var changed: [Entry] { entries.filter { $0.before != nil && $0.after != nil } }

  package init(from old: PolicySet, _ oldFiles: PolicyFiles, to new: PolicySet, _ newFiles: PolicyFiles) {
    let ids = Set(old.policies.map(\.id)).union(new.policies.map(\.id)).sorted()
    entries = ids.compactMap { id in
      let (before, after) = (old[id], new[id])
      if let before, let after, before.says(after) { return nil }
      return Entry(id: id.string, before: before?.formattedText, after: after?.formattedText)
    }
    let names = Set(oldFiles.contents.keys).union(newFiles.contents.keys).sorted()
    files = names.filter { name in
      guard let before = oldFiles.contents[name], let after = newFiles.contents[name] else { return true }
      return !before.utf8.elementsEqual(after.utf8)
    }
  }
}

extension Policy {
  /// Laid out as `moraine cedar format` does.
  package var formattedText: String {
    let text = PolicyPrinter.text(of: self)
    return (try? PolicyFormatter().format(text)) ?? text
  }

  /// Whether both say the same, wherever they are written.
  fileprivate func says(_ other: Policy) -> Bool { digest == other.digest }

  private var digest: [UInt8] {
    var set = PolicySet()
    // One policy cannot be a duplicate.
    try? set.add(self)
    return set.digest
  }
}
