extension PolicySet {
  /// The static policies and templates as text, in the order of the set, an empty line between them; it reads back as the same policies.
  ///
  /// Text holds no ids but those in annotations, and no links: `nil` for a set that has any.
  package var text: String? {
    guard links.isEmpty else { return nil }
    return policies.map { PolicyPrinter.text(of: $0) }.joined(separator: "\n\n")
  }
}
