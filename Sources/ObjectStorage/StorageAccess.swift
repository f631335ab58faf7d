/// What someone may do with a table's files. Each includes those before it.
package enum StorageAccess: String, Sendable, Hashable, Comparable, CaseIterable {
  case read
  case write
  /// Write, and delete what is there.
  case delete

  package static func < (left: StorageAccess, right: StorageAccess) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .read: 0
    case .write: 1
    case .delete: 2
    }
  }
}
