package import CatalogStore
import Iceberg
import JSON
import Synchronization

/// A dataset in memory: the version it is, and its metadata, as the text that goes out or as what the next commit starts from.
///
/// A table that is only read is kept as text, one that is only written as values, so that neither takes both.
package final class CachedDataset: Sendable {
  private enum Form {
    case text([UInt8])
    case metadata(TableMetadata, sizeBytes: Int)
    case both([UInt8], TableMetadata, sizeBytes: Int)
  }

  /// As it was found, with the facts that decisions ask for.
  package let found: FoundDataset
  package let metadataLocation: String
  /// What identifies an answer that shows all snapshots.
  let etag: String
  private let form: Form
  private let knownPlaces = Mutex<TablePlaces?>(nil)
  /// What was decided and told when it was loaded last, by each of a few callers.
  private let loads = Mutex<[KnownLoad]>([])

  /// A load that may be repeated for the same caller.
  struct KnownLoad: Sendable {
    let decision: RememberedDecision
    let terms: [UInt8]
    let etag: String
  }

  private static let maximumLoads = 8

  func remember(_ load: KnownLoad) {
    loads.withLock { loads in
      if loads.count >= Self.maximumLoads { loads.removeFirst() }
      loads.append(load)
    }
  }

  /// The load that `isIt` recognises, with what it makes of it.
  func load<T>(_ isIt: (KnownLoad) -> T?) -> (KnownLoad, T)? {
    loads.withLock { loads in
      // The last one is the most likely: states change, callers come back.
      for load in loads.reversed() { if let found = isIt(load) { return (load, found) } }
      return nil
    }
  }

  private init(_ found: FoundDataset, _ metadataLocation: String, _ form: Form) {
    self.found = found
    self.metadataLocation = metadataLocation
    self.form = form
    etag = found.version.etag(.all)
  }

  convenience init(found: FoundDataset, metadataLocation: String, document: [UInt8]) {
    self.init(found, metadataLocation, .text(document))
  }

  package var version: DatasetVersion { found.version }

  /// - Parameters:
  ///   - textSizeBytes: the size of the metadata's document.
  ///   - headSizeBytes: that of its head, whose schemas take some four times their text once they are values; snapshots stay texts.
  convenience init(found: FoundDataset, metadataLocation: String, metadata: TableMetadata, textSizeBytes: Int, headSizeBytes: Int) {
    self.init(found, metadataLocation, .metadata(metadata, sizeBytes: textSizeBytes + 4 * headSizeBytes))
  }

  /// The whole metadata document, made anew if it is not at hand.
  package var document: [UInt8] {
    switch form {
    case .text(let text), .both(let text, _, _): text
    case .metadata(let metadata, _): metadata.documentText(head: metadata.headText())
    }
  }

  /// The same with its text at hand; `nil` if this one has it.
  func withText() -> CachedDataset? {
    guard case .metadata(let metadata, let size) = form else { return nil }
    let text = document
    return CachedDataset(found, metadataLocation, .both(text, metadata, sizeBytes: size + text.count))
  }

  func metadata() throws(JSONError) -> TableMetadata {
    switch form {
    case .text(let text): try TableMetadata(jsonText: text)
    case .metadata(let metadata, _), .both(_, let metadata, _): metadata
    }
  }

  /// Where the table sends writers: found out once.
  func places() throws(JSONError) -> TablePlaces {
    if let known = knownPlaces.withLock({ $0 }) { return known }
    let places = TablePlaces(try metadata())
    knownPlaces.withLock { $0 = places }
    return places
  }

  /// About what it takes in memory.
  var sizeBytes: Int {
    switch form {
    case .text(let text): text.count + 1_024
    case .metadata(_, let size), .both(_, _, let size): size + 1_024
    }
  }
}

/// The datasets that were used last, by name, up to a number of bytes.
///
/// An entry is never served unless Postgres has just said that its version is the present one, so it cannot be stale.
package final class DatasetCache: Sendable {
  private struct State {
    var entries: [String: Entry] = [:]
    var sizeBytes = 0
    var clock: UInt64 = 0
    var hits: UInt64 = 0
    var misses: UInt64 = 0
  }

  private struct Entry {
    var dataset: CachedDataset
    var usedAt: UInt64
  }

  private let state = Mutex(State())
  private let limitBytes: Int

  init(limitBytes: Int) { self.limitBytes = limitBytes }

  func dataset(_ path: String, at version: DatasetVersion) -> CachedDataset? {
    state.withLock { state in
      guard let found = state.entries[path]?.dataset, found.version == version else {
        state.misses += 1
        return nil
      }
      state.hits += 1
      state.clock += 1
      state.entries[path]?.usedAt = state.clock
      return found
    }
  }

  /// Whatever is remembered under the name; it may be old.
  func anyVersion(_ path: String) -> CachedDataset? {
    state.withLock { $0.entries[path]?.dataset }
  }

  func insert(_ dataset: CachedDataset, at path: String) {
    let cost = dataset.sizeBytes
    // A single entry may fill what an eviction leaves: a table with a long history is the dearest to read again.
    guard cost <= limitBytes * 3 / 4 else { return remove(path) }
    state.withLock { state in
      if let old = state.entries[path]?.dataset {
        // A slow reader must not put back what a commit has already replaced.
        if old.version.id == dataset.version.id, old.version.version > dataset.version.version { return }
        state.sizeBytes -= old.sizeBytes
      }
      state.clock += 1
      state.entries[path] = Entry(dataset: dataset, usedAt: state.clock)
      state.sizeBytes += cost
      if state.sizeBytes > limitBytes { evict(&state) }
    }
  }

  func remove(_ path: String) {
    state.withLock { state in
      guard let old = state.entries.removeValue(forKey: path)?.dataset else { return }
      state.sizeBytes -= old.sizeBytes
    }
  }

  /// Drops the least recently used quarter, so that a full cache does not sort itself on every insertion.
  private func evict(_ state: inout State) {
    for (path, entry) in state.entries.sorted(by: { $0.value.usedAt < $1.value.usedAt }) {
      guard state.sizeBytes > limitBytes * 3 / 4 else { return }
      state.entries[path] = nil
      state.sizeBytes -= entry.dataset.sizeBytes
    }
  }

  package struct Statistics: Sendable {
    package let entries: Int
    package let sizeBytes: Int
    package let hits: UInt64
    package let misses: UInt64
  }

  package var statistics: Statistics {
    state.withLock { Statistics(entries: $0.entries.count, sizeBytes: $0.sizeBytes, hits: $0.hits, misses: $0.misses) }
  }
}
