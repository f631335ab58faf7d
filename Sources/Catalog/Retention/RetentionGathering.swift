import CatalogStore
import Governance
import Iceberg
import JSON
import Logging
import ObjectStorage
import Postgres

/// Finds the files that nothing reaches once a run's snapshots are gone, and writes them down.
///
/// Files outside the table's location are left alone, and so is whatever another dataset reaches. A file that is kept must be readable
/// to know what it names: where one is missing, nothing is deleted at all.
struct RetentionGathering {
  private let catalog: Catalog
  private let storage: WarehouseStorage
  private let run: RetentionRun
  private let authorization: Authorization
  private var reachability: FileReachability
  private var outside = 0

  init(_ catalog: Catalog, _ storage: WarehouseStorage, _ run: RetentionRun, _ authorization: Authorization) {
    self.catalog = catalog
    self.storage = storage
    self.run = run
    self.authorization = authorization
    reachability = FileReachability(capacity: catalog.options.retention.portion)
  }

  /// What the table is now, and what is told of its neighbours.
  private struct Kept {
    let dataset: StoredDataset
    let metadata: TableMetadata
    let location: ObjectLocation
    /// Manifests of all snapshots that stay, by the bytes of their canonical paths.
    let manifests: [[UInt8]: ListedManifest]
    /// Files that stay and name others, or are named by the metadata, canonical.
    let named: [String]
    let neighbours: [StoredDataset]
    /// Places of which other datasets reach every file.
    let places: [ObjectLocation]
    /// Whether another dataset lies in the table's location, or around it.
    let isShared: Bool
  }

  /// - Returns: the version of the table that reaches none of what was written down, and how many files lie outside its location; `nil`
  ///   when the table is gone. One that was only dropped can come back: it keeps all that it reaches.
  mutating func gather() async throws -> (version: Int64, outside: Int)? {
    let store = catalog.store
    try await store.beginGathering(run, authorization)
    guard let kept = try await kept() else { return nil }
    let staying = Set(kept.metadata.snapshots.map(\.id))
    let gone = try await store.retiringSnapshots(of: run, authorization).filter { !staying.contains($0.snapshotID) }
    var seen: Set<[UInt8]> = []
    for snapshot in gone {
      let id = snapshot.snapshotID
      offer(snapshot.statistics, .statistics, of: id, kept)
      var manifests = snapshot.manifests.map { (path: $0, length: Int64?.none) }
      if let list = snapshot.manifestList {
        offer([list], .manifestList, of: id, kept)
        if let bytes = try await readIfThere(list) {
          manifests = try ManifestListReader.manifests(in: bytes).map { (path: $0.path, length: $0.length) }
        }
      }
      for manifest in manifests {
        guard let key = Self.canonical(manifest.path).map({ Array($0.utf8) }), kept.manifests[key] == nil, seen.insert(key).inserted else {
          continue
        }
        offer(manifest.path, .manifest, sizeBytes: manifest.length, of: id, kept)
        guard let bytes = try await readIfThere(manifest.path) else { continue }
        var reader = try ManifestReader(bytes, inheriting: nil)
        while let entry = try reader.next() {
          let kind: FileReachability.Kind = entry.file.content == .data ? .data : .deletes
          offer(entry.file.path, kind, sizeBytes: entry.file.sizeBytes, of: id, kept)
        }
        if reachability.isFull { try await flush(kept) }
      }
    }
    try await flush(kept)
    if run.removesOrphans { try await gatherOrphans(kept) }
    return (kept.dataset.version.version, outside)
  }

  /// Takes from what is written down whatever some snapshots reach.
  ///
  /// - Returns: `false` when the table is gone.
  func spare(what snapshots: Set<Int64>) async throws -> Bool {
    guard let dataset = try await catalog.store.dataset(run.dataset, authorization) else { return false }
    let metadata = try TableMetadata(jsonText: dataset.document)
    var paths = metadata.statistics.map(\.path) + metadata.partitionStatistics.map(\.path)
    for snapshot in metadata.snapshots where snapshots.contains(snapshot.id) {
      if let list = snapshot.manifestList { paths.append(list) }
      for manifest in try await manifests(of: snapshot) {
        paths.append(manifest.path)
        try await visit(manifest) { paths.append($0.file.path) }
        if paths.count >= 1_000 { try await forget(&paths) }
      }
    }
    try await forget(&paths)
    return true
  }

  private func forget(_ paths: inout [String]) async throws {
    try await catalog.store.forget(paths.compactMap(Self.canonical), of: run, authorization)
    paths = []
  }

  // MARK: What stays

  private func kept() async throws -> Kept? {
    let store = catalog.store
    guard let dataset = try await store.dataset(run.dataset, authorization) else { return nil }
    let metadata = try TableMetadata(jsonText: dataset.document)
    let location = try storage.location(metadata.location, of: "location")
    var manifests: [[UInt8]: ListedManifest] = [:]
    var named = metadata.statistics.map(\.path) + metadata.partitionStatistics.map(\.path)
    named += metadata.metadataLog.map(\.metadataFile) + [dataset.metadataLocation]
    named += try await store.metadataInEvidence(of: run.dataset, authorization)
    for snapshot in metadata.snapshots {
      if let list = snapshot.manifestList { named.append(list) }
      for manifest in try await self.manifests(of: snapshot) {
        if let key = Self.canonical(manifest.path) { manifests[Array(key.utf8)] = manifest }
      }
    }
    let sharing = try await store.datasetsSharing(location.spellings, except: run.dataset, authorization)
    let naming = try await store.tablesNaming(location.spellings, except: run.dataset, authorization)
    var neighbours: [StoredDataset] = []
    var places: [ObjectLocation] = []
    for id in Set(sharing + naming).sorted(by: { $0.uuid < $1.uuid }) {
      guard let other = try await store.dataset(id, authorization) else { continue }
      if other.version.kind == .dataset {
        if let text = try await store.location(ofGeneric: id, authorization), let place = try? ObjectLocation(text) { places.append(place) }
      } else {
        neighbours.append(other)
      }
    }
    return Kept(
      dataset: dataset, metadata: metadata, location: location, manifests: manifests, named: named.compactMap(Self.canonical),
      neighbours: neighbours, places: places, isShared: !sharing.isEmpty)
  }

  private func manifests(of snapshot: Snapshot) async throws -> [ListedManifest] {
    guard let list = snapshot.manifestList else { return try snapshot.manifests.map { ListedManifest(embedded: $0) } }
    return try ManifestListReader.manifests(in: await readKept(list)).map { ListedManifest($0) }
  }

  private func visit(_ manifest: ListedManifest, _ body: (ManifestEntry) -> Void) async throws {
    var reader = try ManifestReader(await readKept(manifest.path), inheriting: nil)
    while let entry = try reader.next() { if entry.isLive { body(entry) } }
  }

  // MARK: What goes

  private mutating func offer(_ paths: [String], _ kind: FileReachability.Kind, of snapshot: Int64, _ kept: Kept) {
    for path in paths { offer(path, kind, sizeBytes: nil, of: snapshot, kept) }
  }

  private mutating func offer(_ path: String, _ kind: FileReachability.Kind, sizeBytes: Int64?, of snapshot: Int64?, _ kept: Kept) {
    guard let file = try? ObjectLocation(path), kept.location.contains(file), file != kept.location else {
      outside += 1
      return
    }
    guard !kept.places.contains(where: { $0.contains(file) }) else { return }
    reachability.offer(.init(path: file.canonicalText, kind: kind, sizeBytes: sizeBytes, snapshotID: snapshot))
  }

  /// Takes out all that is reached, and writes down the rest.
  ///
  /// - Parameter includesDead: also what manifests name as deleted; such a file is the business of the snapshot that had it.
  private mutating func flush(_ kept: Kept, includesDead: Bool = false) async throws {
    guard !reachability.isEmpty else { return }
    for path in kept.named { reachability.keep(path) }
    for (key, manifest) in kept.manifests {
      reachability.keep(key)
      var reader = try ManifestReader(await readKept(manifest.path), inheriting: nil)
      while let entry = try reader.next() {
        guard entry.isLive || includesDead, let path = Self.canonical(entry.file.path) else { continue }
        reachability.keep(path)
      }
      try Task.checkCancellation()
    }
    for neighbour in kept.neighbours { try await keepAll(of: neighbour) }
    try await catalog.store.add(reachability.takeUnreached(), to: run, authorization)
  }

  /// All files of another table, dropped or not, whatever it says of them.
  private mutating func keepAll(of other: StoredDataset) async throws {
    var paths: [String] = []
    try await catalog.visitFiles(of: other, in: storage) { paths += $0 }
    if other.version.warehouse != storage.warehouse.id {
      let own = try await catalog.storages.storage(of: other.version.warehouse, authorization)
      try await catalog.visitFiles(of: other, in: own) { paths += $0 }
    }
    for path in paths.compactMap(Self.canonical) { reachability.keep(path) }
  }

  // MARK: Orphans

  /// Finds files below the table's location that nothing names and that are old enough to belong to no commit under way.
  private mutating func gatherOrphans(_ kept: Kept) async throws {
    guard !kept.isShared, kept.places.isEmpty else {
      catalog.logger.info("orphans are left alone where another dataset has its place", metadata: ["table": "\(run.path.identifier)"])
      return
    }
    let age = catalog.options.retention.orphanAge.components.seconds * 1_000
    let cutoff = authorization.context.time.milliseconds - age
    var after: String?
    repeat {
      let page = try await storage.objects.list(under: kept.location, after: after, limit: 1_000)
      after = page.count == 1_000 ? page.last?.location.key : nil
      for object in page where object.modifiedAtMs < cutoff && !Self.isHidden(object.location, below: kept.location) {
        let kind: FileReachability.Kind = object.location.key.hasSuffix(".metadata.json") ? .metadata : .orphan
        reachability.offer(.init(path: object.location.canonicalText, kind: kind, sizeBytes: object.sizeBytes))
      }
      if reachability.isFull || after == nil { try await flush(kept, includesDead: true) }
    } while after != nil
  }

  /// Names that other tools keep their own files under, and the hint that file-system catalogs read.
  private static func isHidden(_ file: ObjectLocation, below location: ObjectLocation) -> Bool {
    let own = file.components.dropFirst(location.components.count)
    return own.contains { $0.utf8.first == UInt8(ascii: "_") || $0.utf8.first == UInt8(ascii: ".") } || own.last == "version-hint.text"
  }

  // MARK: Reading

  private static func canonical(_ path: String) -> String? { (try? ObjectLocation(path))?.canonicalText }

  /// A file of what stays.
  ///
  /// - Throws: ``CatalogError/fileNotFound(_:)``
  private func readKept(_ path: String) async throws -> [UInt8] {
    let location = try storage.location(path, of: "file")
    do {
      return try await storage.objects.read(location, maximumSizeBytes: catalog.options.maximumMetadataSizeBytes)
    } catch .notFound {
      throw CatalogError.fileNotFound("\(path) is not there though the table names it; nothing is deleted until it is")
    }
  }

  /// - Returns: `nil` for a file that is gone, or that is not in the warehouse and so none of ours.
  private func readIfThere(_ path: String) async throws -> [UInt8]? {
    guard let location = try? storage.location(path, of: "file") else { return nil }
    do {
      return try await storage.objects.read(location, maximumSizeBytes: catalog.options.maximumMetadataSizeBytes)
    } catch .notFound {
      return nil
    }
  }
}
