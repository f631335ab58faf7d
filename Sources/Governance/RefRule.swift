/// What may happen to the refs of a pattern.
package struct RefRule: Hashable, Sendable {
  /// An operation of a snapshot that reaches the ref, or a move of the ref.
  package enum Act: String, Sendable, CaseIterable {
    case append, replace, overwrite, delete
    case create
    case fastForward = "fast-forward"
    case publish, rollback
    case switchLineage = "switch-lineage"
    case drop

    init(_ operation: SnapshotOperation) {
      switch operation {
      case .append: self = .append
      case .replace: self = .replace
      case .overwrite: self = .overwrite
      case .delete: self = .delete
      }
    }
  }

  /// A ref's name, or the beginning of names and a `*`.
  package let pattern: String
  package let allowed: Set<Act>

  package init(_ pattern: String, _ allowed: Set<Act>) {
    self.pattern = pattern
    self.allowed = allowed
  }

  /// Byte by byte: names that only look alike are other names.
  func matches(_ name: String) -> Bool {
    pattern.utf8.last == UInt8(ascii: "*") ? name.utf8.starts(with: pattern.utf8.dropLast()) : name.utf8.elementsEqual(pattern.utf8)
  }

  /// The acts in their usual order.
  var orderedActs: [Act] { Act.allCases.filter(allowed.contains) }
}
