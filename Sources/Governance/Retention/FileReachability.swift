/// Finds which of some files nothing reaches, a bounded number of them at a time.
///
/// Files that may go are offered first, then everything that is reached is taken out; what is left may go. Of paths it keeps their bytes
/// as given, so both sides must spell them alike.
package struct FileReachability: Sendable {
  package enum Kind: Int16, Sendable, CaseIterable {
    // In the order of deletion: what is named goes before what names it.
    case data, deletes, manifest, manifestList, statistics, metadata, orphan

    package var name: String {
      switch self {
      case .data: "data"
      case .deletes: "deletes"
      case .manifest: "manifest"
      case .manifestList: "manifest-list"
      case .statistics: "statistics"
      case .metadata: "metadata"
      case .orphan: "orphan"
      }
    }
  }

  package struct Candidate: Hashable, Sendable {
    package var path: String
    package var kind: Kind
    /// As its manifest or the store's list says; `nil` where neither does.
    package var sizeBytes: Int64?
    /// The snapshot that it belonged to.
    package var snapshotID: Int64?

    package init(path: String, kind: Kind, sizeBytes: Int64? = nil, snapshotID: Int64? = nil) {
      self.path = path
      self.kind = kind
      self.sizeBytes = sizeBytes
      self.snapshotID = snapshotID
    }
  }

  /// By the bytes of their paths: two spellings of "é" are two files.
  private var candidates: [[UInt8]: Candidate] = [:]
  private let capacity: Int

  /// - Parameter capacity: how many files are looked at before ``isFull`` asks for the rest to wait.
  package init(capacity: Int = 100_000) { self.capacity = capacity }

  package var isFull: Bool { candidates.count >= capacity }
  package var isEmpty: Bool { candidates.isEmpty }

  /// A file that may go. The first word on a file counts: what expired first is named as its snapshot.
  package mutating func offer(_ candidate: Candidate) {
    let key = Array(candidate.path.utf8)
    if candidates[key] == nil { candidates[key] = candidate }
  }

  /// A file that is reached.
  package mutating func keep(_ path: String) { keep(Array(path.utf8)) }
  package mutating func keep(_ path: [UInt8]) { candidates[path] = nil }

  /// Those that nothing reached, in the order in which they are to go, and forgets them.
  package mutating func takeUnreached() -> [Candidate] {
    defer { candidates.removeAll() }
    return candidates.values.sorted { left, right in
      left.kind == right.kind ? left.path.utf8.lexicographicallyPrecedes(right.path.utf8) : left.kind.rawValue < right.kind.rawValue
    }
  }
}
