package import Iceberg

/// What a snapshot really did to its parent, whatever its summary says.
package struct SnapshotFacts: Hashable, Sendable {
  package let snapshotID: Int64
  /// The operation that the summary names.
  package let claimedOperation: String?
  /// What was done. A replacement is believed unless the files refute it, and is never an append.
  package let operation: SnapshotOperation
  /// How the summary says less than was done: `claims append, but drops a.parquet`. `nil` when it does not.
  package let lie: String?
  /// Files by path. One that both name otherwise, such as with another sequence number, is both removed and added.
  package let addedDataFiles: [ContentFile]
  package let removedDataFiles: [ContentFile]
  /// Position and equality delete files and deletion vectors.
  package let addedDeleteFiles: [ContentFile]
  package let removedDeleteFiles: [ContentFile]
  /// Manifests that the parent does not have.
  package let addedManifestPaths: [String]
  /// Of added data files by path, where their manifests were read with statistics and have some.
  package let statistics: [String: ColumnStatistics]

  init(
    snapshotID: Int64, claimedOperation: String?, changes: FileChanges, comparison: ManifestComparison,
    statistics: [String: ColumnStatistics] = [:]
  ) {
    self.statistics = statistics
    self.snapshotID = snapshotID
    self.claimedOperation = claimedOperation
    addedDataFiles = changes.addedData
    removedDataFiles = changes.removedData
    addedDeleteFiles = changes.addedDeletes
    removedDeleteFiles = changes.removedDeletes
    addedManifestPaths = comparison.added.map(\.path)
    operation = changes.operation(claimed: claimedOperation)
    lie = changes.lie(claimed: claimedOperation)
  }

  /// Of a snapshot that is believed, because nobody minds what it did.
  package init(believing snapshot: Snapshot) {
    snapshotID = snapshot.id
    claimedOperation = snapshot.operation
    operation = snapshot.operation.flatMap(SnapshotOperation.init) ?? .overwrite
    lie = nil
    addedDataFiles = []
    removedDataFiles = []
    addedDeleteFiles = []
    removedDeleteFiles = []
    addedManifestPaths = []
    statistics = [:]
  }

  package enum Problem: Error, Hashable, CustomStringConvertible {
    /// More files to compare than are allowed.
    case tooManyFiles(limit: Int)
    /// A manifest is listed as what it is not; readers would fail on it.
    case contradiction(manifest: String, file: String, listedAs: String)

    package var description: String {
      switch self {
      case .tooManyFiles(let limit):
        "The snapshot and its parent differ in manifests of more than \(limit) files; commit in smaller steps, or keep the manifests"
      case .contradiction(let manifest, let file, let listedAs):
        "The manifest \(manifest) is listed as one of \(listedAs), but holds \(file), which is none; list it as what it is"
      }
    }
  }

  /// Compares a snapshot with its parent, reading as few manifests as can be.
  ///
  /// - Parameters:
  ///   - parent: the manifests of the snapshot that it names as its parent; empty without one.
  ///   - entries: reads a manifest; entries have inherited from its line.
  package static func comparing(
    _ snapshot: Snapshot, parent: [ListedManifest], child: [ListedManifest], maximumFileCount: Int = 1_000_000,
    entries: (ListedManifest) throws -> [ManifestEntry]
  ) throws -> SnapshotFacts {
    var gathering = SnapshotFactsGathering(
      snapshotID: snapshot.id, claimedOperation: snapshot.operation, comparison: ManifestComparison(parent: parent, child: child),
      maximumFileCount: maximumFileCount)
    for (side, manifest) in gathering.comparison.manifestsToRead {
      for entry in try entries(manifest) { try gathering.add(entry, of: manifest, on: side) }
    }
    return gathering.facts()
  }
}
