import CatalogStore
import Governance
import ObjectStorage

/// Looks at what an input is made of, a portion at a time.
struct InputVerifier {
  let catalog: Catalog
  let authorization: Authorization
  let byContent: Bool
  let end: ContinuousClock.Instant
  /// Digests that nobody had taken before, by the dataset.
  private(set) var fresh: [DatasetID: [RecordedFile]] = [:]

  init(_ catalog: Catalog, _ authorization: Authorization, byContent: Bool, until end: ContinuousClock.Instant) {
    self.catalog = catalog
    self.authorization = authorization
    self.byContent = byContent
    self.end = end
  }

  var options: VerificationOptions { catalog.options.verification }
  var isTimeUp: Bool { ContinuousClock.now >= end }

  /// - Returns: where to go on; `nil` at the input's end.
  mutating func verify(from place: VerificationPlace, _ check: inout InputVerification) async throws -> VerificationPlace? {
    let input = check.input
    let living = try await catalog.store.livingPath(of: input.dataset, authorization)
    if place.step == 0, living == nil {
      check.missing("dataset", nil, expected: "\(input.path.identifier)", found: "it was dropped")
    }
    let storage: WarehouseStorage
    do {
      storage = try await catalog.storages.storage(named: (living ?? input.path).warehouse, authorization)
    } catch CatalogError.noSuchWarehouse {
      check.note("its files: the warehouse \(input.path.warehouse) is gone")
      return nil
    }
    switch (input.kind, input.format) {
    case (.table, _): return try await verifyTable(in: storage, from: place, isLiving: living != nil, &check)
    case (_, .files): return try await verifyFileSet(in: storage, from: place, &check)
    case (_, .delta), (_, .hudi): return try await verifyLoggedTable(in: storage, from: place, &check)
    case (_, .featureView): try await verifyFeatureView(isLiving: living != nil, &check)
    default: check.note("its files: the catalog does not know which files a version of format \(input.format?.rawValue ?? "?") has")
    }
    return nil
  }

  // MARK: Files

  /// A file that is to be as it was.
  struct ExpectedFile: Sendable {
    /// `data file`
    let what: String
    /// As the table names it.
    let path: String
    let location: ObjectLocation
    let sizeBytes: Int64?
    /// Of the content when it was frozen.
    var checksum: String?
  }

  private enum Outcome: Sendable {
    case missing
    case size(Int64)
    case etag(String)
    case fine(ObjectDigest?)
    case unread(String)
  }

  /// Looks at some files, and reads them where that is asked for.
  mutating func look(at files: [ExpectedFile], in storage: WarehouseStorage, _ check: inout InputVerification) async throws {
    let dataset = check.input.dataset
    let known =
      byContent ? try await catalog.store.recordedFiles(files.map(\.path), of: dataset, authorization) : [:]
    let (byContent, objects, limit) = (byContent, storage.objects, options.maximumReadSizeBytes)
    let outcomes: [Outcome]
    do {
      outcomes = try await files.concurrentMap(atOnce: byContent ? options.readersAtOnce : options.filesAtOnce) { file in
        try await Self.outcome(of: file, in: objects, byContent: byContent, limit: limit)
      }
    } catch let error as ObjectStoreError {
      throw CatalogError.unavailable("What \(check.input.path.identifier) consists of cannot be looked at: \(error)")
    }
    for (file, outcome) in zip(files, outcomes) {
      check.files.count(file.what)
      let expected = file.sizeBytes.map { "\($0) bytes" } ?? "a file"
      switch outcome {
      case .missing: check.missing(file.what, file.path, expected: expected)
      case .size(let found): check.changed(file.what, file.path, expected: expected, found: "\(found) bytes")
      case .etag(let found): check.changed(file.what, file.path, expected: file.checksum ?? "", found: "etag:\(found)")
      case .unread(let reason): check.note(reason)
      case .fine(nil): break
      case .fine(let digest?): compare(digest, of: file, with: known[file.path], &check)
      }
    }
  }

  private mutating func compare(
    _ digest: ObjectDigest, of file: ExpectedFile, with known: RecordedFile?, _ check: inout InputVerification
  ) {
    check.files.sizeBytesRead += digest.sizeBytes
    let found = "sha256:" + digest.sha256.hexadecimal
    let expected = file.checksum.flatMap { $0.hasPrefix("sha256:") ? $0 : nil } ?? known.map { "sha256:" + $0.sha256.hexadecimal }
    if let expected {
      check.files.digestsCompared += 1
      if expected != found { check.changed(file.what, file.path, expected: expected, found: found) }
    } else {
      check.files.digestsRecorded += 1
      record(file.path, digest, of: check.input.dataset)
    }
  }

  mutating func record(_ path: String, _ digest: ObjectDigest, of dataset: DatasetID) {
    fresh[dataset, default: []].append(RecordedFile(path: path, sizeBytes: digest.sizeBytes, sha256: digest.sha256))
  }

  private static func outcome(
    of file: ExpectedFile, in objects: any ObjectStore, byContent: Bool, limit: Int64
  ) async throws(ObjectStoreError) -> Outcome {
    do throws(ObjectStoreError) {
      guard let status = try await objects.look(file.location) else { return .missing }
      if let size = file.sizeBytes, size != status.sizeBytes { return .size(status.sizeBytes) }
      if let checksum = file.checksum, checksum.hasPrefix("etag:"), let etag = status.etag, checksum != "etag:" + etag {
        return .etag(etag)
      }
      guard byContent else { return .fine(nil) }
      guard status.sizeBytes <= limit else { return .unread("contents of files larger than \(limit) bytes") }
      return .fine(try await objects.digest(file.location))
    } catch {
      switch error {
      case .notFound: return .missing
      case .outsideRoot, .accessDenied: return .unread("files that the server may not open: \(error)")
      default: throw error
      }
    }
  }

  /// The whole of a small file.
  ///
  /// - Returns: `nil`, with a finding, when it is not there.
  func content(
    of path: String, _ what: String, in storage: WarehouseStorage, _ check: inout InputVerification
  ) async throws -> [UInt8]? {
    guard let location = try? storage.location(path, of: what) else {
      check.note("the \(what) \(path): it is outside the warehouse")
      return nil
    }
    do {
      return try await storage.objects.read(location, maximumSizeBytes: catalog.options.maximumMetadataSizeBytes)
    } catch .notFound {
      check.missing(what, path, expected: "a file")
      return nil
    } catch .tooLarge(_, let limit) {
      check.note("the \(what) \(path): it is larger than \(limit) bytes")
      return nil
    } catch {
      throw CatalogError.unavailable("The \(what) \(path) cannot be read: \(error)")
    }
  }
}
