import CatalogStore
import Iceberg
import JSON
import Logging
import ObjectStorage

extension Catalog {
  /// Deletes the files of a dropped dataset: those its manifests name, then manifests, lists, statistics and metadata, then its row.
  ///
  /// Only files inside the dataset's own location go, and none that another dataset reaches. A purge that was interrupted begins
  /// again: a list or manifest that is gone was done before.
  func purge(_ job: LeasedJob, _ authorization: Authorization) async throws {
    guard let id = job.dataset, let dataset = try await store.dataset(id, authorization) else {
      return try await store.finishPurge(job, deletedFiles: 0, authorization)
    }
    let storage = try await storages.storage(of: dataset.version.warehouse, authorization)
    var deleter = FileDeleter(storage: storage, location: try dataset.location)
    var keeper = LeaseKeeper(job, store, authorization)
    let neighbours = try await store.datasetsSharing(deleter.location.spellings, except: id, authorization)
    for neighbour in neighbours {
      guard let other = try await store.dataset(neighbour, authorization) else { continue }
      if other.version.kind == .dataset {
        // All that lies in it is its own, whoever wrote it.
        if let place = try await store.location(ofGeneric: neighbour, authorization) { deleter.keep(below: place) }
        continue
      }
      try await visitFiles(of: other, in: storage) { paths in
        try await keeper.renewIfDue()
        deleter.keep(paths)
      }
    }
    try await visitFiles(of: dataset, in: storage) { paths in
      try await keeper.renewIfDue()
      try await deleter.delete(paths)
    }
    if neighbours.isEmpty { try await deleter.deleteMetadataFiles() }
    if deleter.skipped > 0 {
      logger.warning("a purge left files outside the dataset's location", metadata: ["dataset": "\(id)", "files": "\(deleter.skipped)"])
    }
    try await store.finishPurge(job, deletedFiles: deleter.deleted, authorization)
  }

  /// Hands over the paths of all files that a dataset reaches, in portions: what a manifest names before the manifest itself,
  /// manifests before their list, everything before the metadata files.
  func visitFiles(of dataset: StoredDataset, in storage: WarehouseStorage, _ visit: ([String]) async throws -> Void) async throws {
    guard dataset.version.kind == .table else { return try await visit([dataset.metadataLocation]) }
    let metadata = try TableMetadata(jsonText: dataset.document)
    var seen = Set<String>()
    for snapshot in metadata.snapshots {
      var manifests: [ManifestFile] = []
      if let list = snapshot.manifestList, let bytes = try await readIfThere(list, in: storage) {
        manifests = try ManifestListReader.manifests(in: bytes)
      }
      let legacy = snapshot.manifestList == nil ? try snapshot.manifests : []
      for path in manifests.map(\.path) + legacy where seen.insert(path).inserted {
        guard let bytes = try await readIfThere(path, in: storage) else { continue }
        var reader = try ManifestReader(bytes, inheriting: nil)
        var portion: [String] = []
        while let entry = try reader.next() {
          portion.append(entry.file.path)
          if portion.count == 1_000 {
            try await visit(portion)
            portion = []
          }
        }
        try await visit(portion)
      }
    }
    try await visit(seen.sorted())
    try await visit(metadata.snapshots.compactMap(\.manifestList))
    try await visit(metadata.statistics.map(\.path) + metadata.partitionStatistics.map(\.path))
    try await visit(metadata.metadataLog.map(\.metadataFile) + [dataset.metadataLocation])
  }

  /// - Returns: `nil` for a file that is gone, or that is not in the warehouse and so none of ours.
  private func readIfThere(_ path: String, in storage: WarehouseStorage) async throws -> [UInt8]? {
    guard let location = try? storage.location(path, of: "file") else { return nil }
    do {
      return try await storage.objects.read(location, maximumSizeBytes: options.maximumMetadataSizeBytes)
    } catch .notFound {
      return nil
    }
  }
}

/// Deletes files of one dataset, and no others.
private struct FileDeleter {
  let storage: WarehouseStorage
  let location: ObjectLocation
  /// Files that another dataset reaches.
  private var kept: Set<ObjectLocation> = []
  /// Places of which another dataset reaches every file.
  private var keptPlaces: [ObjectLocation] = []
  private(set) var deleted = 0
  /// Files outside the location, which are left alone.
  private(set) var skipped = 0

  init(storage: WarehouseStorage, location: ObjectLocation) {
    self.storage = storage
    self.location = location
  }

  mutating func keep(below location: String) {
    if let place = try? ObjectLocation(location) { keptPlaces.append(place) }
  }

  mutating func keep(_ paths: [String]) {
    for path in paths { if let file = try? ObjectLocation(path) { kept.insert(file) } }
  }

  mutating func delete(_ paths: [String]) async throws {
    var doomed: [ObjectLocation] = []
    for path in paths {
      guard let file = try? ObjectLocation(path), location.contains(file), file != location else {
        skipped += 1
        continue
      }
      if !kept.contains(file), !keptPlaces.contains(where: { $0.contains(file) }) { doomed.append(file) }
    }
    guard !doomed.isEmpty else { return }
    try await storage.objects.delete(doomed)
    deleted += doomed.count
  }

  /// Metadata files that the log has forgotten.
  mutating func deleteMetadataFiles() async throws {
    let folder = try location.appending("metadata")
    var after: String?
    repeat {
      let page = try await storage.objects.list(under: folder, after: after, limit: 1_000)
      after = page.count == 1_000 ? page.last?.location.key : nil
      try await delete(page.map(\.location.description).filter { $0.hasSuffix(".metadata.json") })
    } while after != nil
  }
}

extension StoredDataset {
  /// The dataset's root, from its head.
  var location: ObjectLocation {
    get throws {
      try ObjectLocation(version.kind == .view ? ViewMetadata(jsonText: head).location : TableMetadata.location(inHead: head))
    }
  }
}
