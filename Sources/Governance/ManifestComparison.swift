package import Iceberg

/// A manifest as a snapshot names it.
package struct ListedManifest: Hashable, Sendable {
  package let path: String
  /// Its line in the manifest list; `nil` where a v1 snapshot names the path alone.
  package let line: ManifestFile?

  package init(_ line: ManifestFile) {
    path = line.path
    self.line = line
  }

  /// A manifest that a v1 snapshot lists itself.
  package init(embedded path: String) {
    self.path = path
    line = nil
  }

  /// Whether its line says that no file in it is live. Readers then step over it, whatever it holds; no count is none said.
  var isSteppedOver: Bool { line?.addedFilesCount ?? 1 <= 0 && line?.existingFilesCount ?? 1 <= 0 }
}

/// Which manifests tell a snapshot from its parent.
///
/// Manifests never change, so one that both name in the same words holds the same files and need not be read. One that is named in
/// other words is on both sides: its sequence number or its counts decide what readers see of it.
package struct ManifestComparison: Sendable {
  package enum Side: Hashable, Sendable {
    case parent, child
  }

  /// Only the parent's, in its order: to be read.
  package let removed: [ListedManifest]
  /// Only the child's, in its order: to be read.
  package let added: [ListedManifest]
  /// The least data sequence number in the data manifests of both; `nil` without any.
  let leastKeptSequenceNumber: Int64?
  /// Whether rows of the parent may have been deleted by files beside them.
  let parentHasDeletes: Bool
  /// Whether one of the two lists its manifests itself, and partition spec ids are thus unknown.
  let isEmbedded: Bool

  /// - Parameter parent: empty for a first snapshot.
  package init(parent: [ListedManifest], child: [ListedManifest]) {
    var unmatched: [ListedManifest: Int] = [:]
    for manifest in parent { unmatched[manifest, default: 0] += 1 }
    var added: [ListedManifest] = []
    var least: Int64?
    for manifest in child {
      guard let count = unmatched[manifest], count > 0 else {
        added.append(manifest)
        continue
      }
      unmatched[manifest] = count - 1
      if manifest.line?.content == .deletes || manifest.isSteppedOver { continue }
      let sequenceNumber = manifest.line?.minSequenceNumber ?? 0
      least = min(least ?? sequenceNumber, sequenceNumber)
    }
    // From the end, so that those left over are met in the parent's order.
    var removed: [ListedManifest] = []
    for manifest in parent.reversed() {
      guard let count = unmatched[manifest], count > 0 else { continue }
      unmatched[manifest] = count - 1
      removed.append(manifest)
    }
    self.removed = removed.reversed()
    self.added = added
    leastKeptSequenceNumber = least
    parentHasDeletes = parent.contains { $0.line?.content == .deletes && !$0.isSteppedOver }
    isEmbedded = (parent + child).contains { $0.line == nil }
  }

  /// What is to be read, with the side whose files it tells. A manifest on both sides is read for each, because entries inherit from
  /// its line.
  package var manifestsToRead: [(side: Side, manifest: ListedManifest)] {
    removed.map { (.parent, $0) } + added.map { (.child, $0) }
  }
}
