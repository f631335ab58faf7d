package import Iceberg

/// Gathers the facts of a snapshot from the entries of the manifests that tell it from its parent, in any order.
///
/// Files that both sides have cancel each other out, so that only differences and what has not been met again are held.
package struct SnapshotFactsGathering: Sendable {
  package let comparison: ManifestComparison
  private let snapshotID: Int64
  private let claimedOperation: String?
  private let maximumFileCount: Int

  /// Live files: above zero so many more in the child, below zero in the parent. Two are the same only when readers would read the
  /// same rows from them.
  private var balance: [LiveFile: Int] = [:]
  /// What the child's new manifests mark as deleted by it.
  private var marked: [ContentFile] = []
  private var leastSequenceNumber: Int64?
  /// Of the child's live data files, by path.
  private var statistics: [String: ColumnStatistics] = [:]

  /// What a reader knows of a live file that decides which rows it yields.
  private struct LiveFile: Hashable {
    let file: ContentFile
    let sequenceNumber: Int64?
    let partitionSpecID: Int32?
  }

  package init(snapshotID: Int64, claimedOperation: String?, comparison: ManifestComparison, maximumFileCount: Int = 1_000_000) {
    self.snapshotID = snapshotID
    self.claimedOperation = claimedOperation
    self.comparison = comparison
    self.maximumFileCount = maximumFileCount
    leastSequenceNumber = comparison.leastKeptSequenceNumber
  }

  /// Takes one entry of a manifest that `comparison` asks for.
  package mutating func add(
    _ entry: ManifestEntry, of manifest: ListedManifest, on side: ManifestComparison.Side
  ) throws(SnapshotFacts.Problem) {
    let listed = manifest.line?.content ?? .data
    guard (entry.file.content == .data) == (listed == .data) else {
      // What is wrong already is no fault of this commit, and no reader sees it.
      guard side == .child else { return }
      throw .contradiction(manifest: manifest.path, file: entry.file.path, listedAs: listed == .data ? "data files" : "delete files")
    }
    guard entry.isLive else {
      // Marks of earlier snapshots tell nothing new.
      if side == .child, entry.snapshotID == snapshotID { marked.append(entry.file) }
      return try checkCount()
    }
    guard !manifest.isSteppedOver else { return }
    if side == .child, listed == .data, let known = entry.statistics { statistics[entry.file.path] = known }
    let sequenceNumber = manifest.line == nil ? entry.sequenceNumber ?? 0 : entry.sequenceNumber
    if side == .child, listed == .data { leastSequenceNumber = min(leastSequenceNumber ?? .max, sequenceNumber ?? 0) }
    let live = LiveFile(
      file: Self.comparable(entry.file), sequenceNumber: sequenceNumber,
      partitionSpecID: comparison.isEmbedded ? nil : manifest.line?.partitionSpecID)
    let count = (balance[live] ?? 0) + (side == .child ? 1 : -1)
    balance[live] = count == 0 ? nil : count
    try checkCount()
  }

  private func checkCount() throws(SnapshotFacts.Problem) {
    guard balance.count + marked.count <= maximumFileCount else { throw .tooManyFiles(limit: maximumFileCount) }
  }

  /// The file without what writers may add to it when they rewrite a manifest.
  private static func comparable(_ file: ContentFile) -> ContentFile {
    var file = file
    file.sortOrderID = nil
    file.firstRowID = nil
    if file.equalityIDs?.isEmpty == true { file.equalityIDs = nil }
    return file
  }

  /// The facts, once all entries have been taken.
  package consuming func facts() -> SnapshotFacts {
    var added: [LiveFile] = []
    var removed: [LiveFile] = []
    for (file, count) in balance {
      if count > 0 { added.append(contentsOf: repeatElement(file, count: count)) }
      if count < 0 { removed.append(contentsOf: repeatElement(file, count: -count)) }
    }
    let least = leastSequenceNumber
    // Without data files no delete file deletes anything.
    let inert = removed.filter { $0.file.content != .data && ($0.sequenceNumber ?? .max) < (least ?? .max) }.map(\.file)
    var gone = removed.map(\.file)
    var known = Set(gone.map(FilePlace.init))
    for file in marked where known.insert(FilePlace(file)).inserted { gone.append(file) }
    let changes = FileChanges(
      added: added.map(\.file), removed: gone, inertDeletes: Set(inert.map(FilePlace.init)), parentHasDeletes: comparison.parentHasDeletes)
    let paths = statistics.isEmpty ? [] : Set(changes.addedData.map(\.path))
    return SnapshotFacts(
      snapshotID: snapshotID, claimedOperation: claimedOperation, changes: changes, comparison: comparison,
      statistics: statistics.filter { paths.contains($0.key) })
  }
}

/// Where a file's content lies: deletion vectors share files.
struct FilePlace: Hashable {
  let path: String
  let offset: Int64?

  init(_ file: ContentFile) {
    path = file.path
    offset = file.contentOffset
  }
}
