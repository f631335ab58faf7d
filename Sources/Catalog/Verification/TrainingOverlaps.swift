package import CatalogStore
import Crypto
import Governance
import Iceberg
import JSON
import ObjectStorage
import TableFormats

/// What two inputs of a version have in common.
package struct ComparedInputs: Sendable {
  package enum Outcome: Sendable {
    case told(TrainingOverlap)
    /// Why it cannot be told.
    case unknown(String)
  }

  package let first: TrainingInput
  package let second: TrainingInput
  package let outcome: Outcome
}

extension Catalog {
  private static let maximumPairs = 1_000
  /// Somebody waits.
  private static let patience = Duration.seconds(60)

  /// How many data files the inputs of a version share, those of the same dataset two by two: other datasets have files of their own.
  ///
  /// It is computed from the manifests when it is asked for first, and kept: inputs never change. Rows are those in shared files, whatever
  /// delete files and filters say.
  ///
  /// - Throws: ``CatalogError/noSuchModel(_:)``; ``CatalogError/unprocessable(_:)`` for too many pairs
  package func trainingOverlaps(of name: String, of model: String, _ context: OperationContext) async throws -> [ComparedInputs] {
    let asked = try await authorized(.readOverlaps, [PolicyQuestion(.getMetadata)], model: model, context)
    let version = try await store.version(name, of: asked.model, asked.authorization)
    let inputs = try await store.inputs(of: version, asked.authorization).filter { $0.withdrawal == nil && $0.format != .featureView }
      .sorted { $0.id.uuid < $1.id.uuid }
    var pairs: [(TrainingInput, TrainingInput)] = []
    for group in Dictionary(grouping: inputs, by: \.dataset).values where group.count > 1 {
      for (place, first) in group.enumerated() { pairs += group.dropFirst(place + 1).map { (first, $0) } }
      guard pairs.count <= Self.maximumPairs else {
        throw CatalogError.unprocessable(
          "\(version.title) has more than \(Self.maximumPairs) pairs of inputs of the same dataset; that is too many to compare")
      }
    }
    pairs.sort { ($0.0.id.uuid, $0.1.id.uuid) < ($1.0.id.uuid, $1.1.id.uuid) }
    let known = Dictionary(
      try await store.overlaps(of: version, asked.authorization).map { ([$0.first, $0.second], $0) },
      uniquingKeysWith: { first, _ in first })
    let end = ContinuousClock.now + Self.patience
    var compared: [ComparedInputs] = []
    for (first, second) in pairs {
      if let overlap = known[[first.id, second.id]] {
        compared.append(ComparedInputs(first: first, second: second, outcome: .told(overlap)))
        continue
      }
      do {
        let overlap = try await OverlapComputation(self, asked.authorization, until: end).overlap(of: first, second)
        try await store.keep(overlap, asked.authorization)
        compared.append(ComparedInputs(first: first, second: second, outcome: .told(overlap)))
      } catch let error as OverlapUnknown {
        compared.append(ComparedInputs(first: first, second: second, outcome: .unknown(error.reason)))
      }
    }
    return compared
  }
}

/// Why it cannot be told what two inputs share.
private struct OverlapUnknown: Error {
  let reason: String
}

/// Counts the files of two states of one dataset, and those that both have.
private struct OverlapComputation {
  /// A path by the first half of its SHA-256: a whole table's paths would not fit into memory.
  typealias Key = SIMD2<UInt64>

  /// The files of a state so far.
  struct Files: Sendable {
    var count: Int64 = 0
    var shared: Int64 = 0
    var sharedRows: Int64? = 0
  }

  let catalog: Catalog
  let authorization: Authorization
  let end: ContinuousClock.Instant

  init(_ catalog: Catalog, _ authorization: Authorization, until end: ContinuousClock.Instant) {
    self.catalog = catalog
    self.authorization = authorization
    self.end = end
  }

  private var options: VerificationOptions { catalog.options.verification }

  func overlap(of first: TrainingInput, _ second: TrainingInput) async throws -> TrainingOverlap {
    switch (first.bound.state, second.bound.state) {
    case (.snapshot(let a), .snapshot(let b)): return try await tables(first, a, second, b)
    case (.fileSetSnapshot(let a), .fileSetSnapshot(let b)):
      let shared = try await catalog.store.sharedObjects(of: first.dataset, a, b, authorization)
      return made(first, second, first.bound.fileCount ?? 0, second.bound.fileCount ?? 0, shared, nil)
    case (.formatVersion(let a), .formatVersion(let b)) where first.format == .delta: return try await deltas(first, a, second, b)
    default: throw OverlapUnknown(reason: "Nobody knows which files a version of format \(first.format?.rawValue ?? "?") has")
    }
  }

  private func made(
    _ first: TrainingInput, _ second: TrainingInput, _ firstFiles: Int64, _ secondFiles: Int64, _ shared: Int64, _ rows: Int64?
  ) -> TrainingOverlap {
    TrainingOverlap(
      first: first.id, second: second.id, firstFiles: firstFiles, secondFiles: secondFiles, sharedFiles: shared, sharedRows: rows,
      computedAt: authorization.context.time)
  }

  private func storage(of input: TrainingInput) async throws -> WarehouseStorage {
    let path = try await catalog.store.livingPath(of: input.dataset, authorization) ?? input.path
    do {
      return try await catalog.storages.storage(named: path.warehouse, authorization)
    } catch CatalogError.noSuchWarehouse {
      throw OverlapUnknown(reason: "The warehouse \(path.warehouse) is gone")
    }
  }

  private static func key(_ path: String) -> Key {
    SHA256.hash(data: Array(path.utf8)).withUnsafeBytes { $0.loadUnaligned(as: Key.self) }
  }

  // MARK: Iceberg

  /// A manifest that both name holds the same live files in both, so only the others are read.
  private func tables(
    _ first: TrainingInput, _ a: Int64, _ second: TrainingInput, _ b: Int64
  ) async throws -> TrainingOverlap {
    let storage = try await storage(of: first)
    let (old, new) = (try await manifests(of: first, a, in: storage), try await manifests(of: second, b, in: storage))
    let names = Set(old.map(\.path)).intersection(new.map(\.path))
    var both = Files()
    var toRead: [ListedManifest] = []
    for manifest in new where names.contains(manifest.path) {
      if let line = manifest.line, let added = line.addedFilesCount, let existing = line.existingFilesCount,
        let addedRows = line.addedRowsCount, let existingRows = line.existingRowsCount
      {
        both.shared += Int64(added) + Int64(existing)
        both.sharedRows? += addedRows + existingRows
      } else {
        toRead.append(manifest)
      }
    }
    let (own, others) = (old.filter { !names.contains($0.path) }, new.filter { !names.contains($0.path) })
    guard own.count + others.count + toRead.count <= options.maximumOverlapManifests else {
      throw OverlapUnknown(
        reason: "More than \(options.maximumOverlapManifests) manifests would have to be read; compare them with an engine on a cluster")
    }
    try await visit(toRead, in: storage) { _, rows in
      both.shared += 1
      both.sharedRows? += rows
    }
    both.count = both.shared
    var keys: Set<Key> = []
    try await visit(own, in: storage) { key, _ in
      keys.insert(key)
      guard keys.count <= options.maximumOverlapFiles else { throw tooMany }
    }
    var result = Files(count: both.count, shared: both.shared, sharedRows: both.sharedRows)
    try await visit(others, in: storage) { key, rows in
      result.count += 1
      guard keys.contains(key) else { return }
      result.shared += 1
      result.sharedRows? += rows
    }
    return made(first, second, both.count + Int64(keys.count), result.count, result.shared, result.sharedRows)
  }

  private var tooMany: OverlapUnknown { OverlapUnknown(reason: "There are more than \(options.maximumOverlapFiles) files to compare") }

  private func manifests(of input: TrainingInput, _ id: Int64, in storage: WarehouseStorage) async throws -> [ListedManifest] {
    guard let path = input.bound.manifestList else {
      guard let stored = try await catalog.store.livingDataset(input.dataset, authorization),
        let snapshot = try TableMetadata(jsonText: stored.document).snapshots.first(where: { $0.id == id })
      else { throw OverlapUnknown(reason: "The snapshot \(id) listed its manifests itself and is gone") }
      return try snapshot.manifests.map { ListedManifest(embedded: $0) }
    }
    do {
      return try ManifestListReader.manifests(in: await read(path, in: storage)).map { ListedManifest($0) }
        .filter { $0.line?.content != .deletes }
    } catch let error as AvroError {
      throw OverlapUnknown(reason: "The manifest list \(path) cannot be read: \(error)")
    }
  }

  /// The live data files of manifests, in order.
  private func visit(
    _ manifests: [ListedManifest], in storage: WarehouseStorage, _ body: (_ file: Key, _ rows: Int64) throws -> Void
  ) async throws {
    var rest = manifests[...]
    while !rest.isEmpty {
      guard ContinuousClock.now < end else {
        throw OverlapUnknown(reason: "It takes more than a minute to tell; what is told so far is kept")
      }
      let batch = rest.prefix(options.readersAtOnce)
      rest = rest.dropFirst(batch.count)
      let found = try await batch.concurrentMap(atOnce: options.readersAtOnce) { manifest in
        var files: [(Key, Int64)] = []
        do {
          var reader = try ManifestReader(await read(manifest.path, in: storage), inheriting: manifest.line)
          while let entry = try reader.next() {
            guard entry.isLive, entry.file.content == .data else { continue }
            files.append((Self.key(entry.file.path), max(0, entry.file.recordCount)))
          }
        } catch let error as AvroError {
          throw OverlapUnknown(reason: "The manifest \(manifest.path) cannot be read: \(error)")
        }
        return files
      }
      for (key, rows) in found.joined() { try body(key, rows) }
    }
  }

  private func read(_ path: String, in storage: WarehouseStorage) async throws -> [UInt8] {
    guard let location = try? storage.location(path, of: "file") else { throw OverlapUnknown(reason: "\(path) is outside the warehouse") }
    do {
      return try await storage.objects.read(location, maximumSizeBytes: catalog.options.maximumMetadataSizeBytes)
    } catch .notFound {
      throw OverlapUnknown(reason: "\(path) is not there any more")
    } catch {
      throw OverlapUnknown(reason: "\(path) cannot be read: \(error)")
    }
  }

  // MARK: Delta

  private func deltas(
    _ first: TrainingInput, _ a: String, _ second: TrainingInput, _ b: String
  ) async throws -> TrainingOverlap {
    let old = SeenFiles(limit: options.maximumOverlapFiles)
    try await visit(first, a) { files in try await old.add(files) }
    let new = SeenFiles(limit: options.maximumOverlapFiles, comparedWith: await old.keys)
    try await visit(second, b) { files in try await new.add(files) }
    let result = await new.files
    return made(first, second, Int64(await old.keys.count), result.count, result.shared, result.sharedRows)
  }

  private func visit(_ input: TrainingInput, _ version: String, _ body: @escaping @Sendable ([LiveFile]) async throws -> Void) async throws
  {
    let storage = try await storage(of: input)
    guard let place = try? storage.location(input.bound.location, of: "location") else {
      throw OverlapUnknown(reason: "\(input.bound.location) is outside the warehouse")
    }
    var reader = TableFormatReader(storage.objects, place, limits: catalog.options.tableFormatLimits)
    reader.limits.patience = min(reader.limits.patience, ContinuousClock.now.duration(to: end))
    reader.visitFiles = body
    do {
      _ = try await reader.read(.delta, at: version)
    } catch let error as TableFormatError {
      throw OverlapUnknown(reason: RefreshProblem(error, .delta, place).text)
    } catch let error as ObjectStoreError {
      throw OverlapUnknown(reason: "\(error)")
    }
  }

  private actor SeenFiles {
    private let limit: Int
    private let others: Set<Key>?
    private(set) var keys: Set<Key> = []
    private(set) var files = Files()

    init(limit: Int, comparedWith others: Set<Key>? = nil) {
      self.limit = limit
      self.others = others
    }

    func add(_ found: [LiveFile]) throws {
      for file in found {
        let key = OverlapComputation.key(file.path)
        files.count += 1
        guard let others else {
          keys.insert(key)
          guard keys.count <= limit else { throw OverlapUnknown(reason: "There are more than \(limit) files to compare") }
          continue
        }
        guard others.contains(key) else { continue }
        files.shared += 1
        files.sharedRows = files.sharedRows.flatMap { rows in file.rowCount.map { rows + $0 } }
      }
    }
  }
}
