import CatalogStore
import Crypto
import Governance
import Iceberg
import JSON
import ObjectStorage

extension InputVerifier {
  /// A snapshot of an Iceberg table. Step 0 is its metadata; step n + 1 begins at an entry of its n-th manifest.
  mutating func verifyTable(
    in storage: WarehouseStorage, from place: VerificationPlace, isLiving: Bool, _ check: inout InputVerification
  ) async throws -> VerificationPlace? {
    let input = check.input
    guard case .snapshot(let id) = input.bound.state else { return nil }
    if place.step == 0 { try await verifyHead(id, in: storage, isLiving: isLiving, &check) }
    // What is reported of the list was reported in step 0.
    var unreported = InputVerification(input)
    guard let manifests = try await manifests(of: id, in: storage, &unreported) else {
      if place.step == 0 { check.note("its manifests and data files: without the manifest list nobody knows which they are") }
      return nil
    }
    var (index, entry) = (max(0, place.step - 1), place.number)
    while index < manifests.count {
      guard let reached = try await verify(manifests[index], from: entry, in: storage, &check) else {
        (index, entry) = (index + 1, 0)
        if isTimeUp, index < manifests.count { return VerificationPlace(input.id, step: index + 1) }
        continue
      }
      return VerificationPlace(input.id, step: index + 1, reached: "\(reached)")
    }
    return nil
  }

  private func verifyHead(
    _ id: Int64, in storage: WarehouseStorage, isLiving: Bool, _ check: inout InputVerification
  ) async throws {
    let bound = check.input.bound
    if isLiving {
      check.files.count("snapshot")
      if try await !catalog.store.hasSnapshot(id, of: check.input.dataset, authorization) {
        check.missing("snapshot", nil, expected: "\(id)", found: "it was expired")
      }
    }
    let files = [
      ("metadata file", bound.metadataLocation, bound.metadataSHA256), ("manifest list", bound.manifestList, bound.manifestListSHA256),
    ]
    for (what, path, digest) in files {
      guard let path, let bytes = try await content(of: path, what, in: storage, &check) else { continue }
      check.files.count(what)
      check.files.sizeBytesRead += Int64(bytes.count)
      guard let digest else { continue }
      check.files.digestsCompared += 1
      let found = Array(SHA256.hash(data: bytes))
      if found != digest {
        check.changed(what, path, expected: "sha256:" + digest.hexadecimal, found: "sha256:" + found.hexadecimal)
      }
    }
    if bound.manifestList != nil, try await manifests(of: id, in: storage, &check) == nil { return }
    if !byContent { check.note("contents of data and delete files: they were looked for by name and size; --deep reads them") }
  }

  /// - Returns: `nil` when that cannot be told.
  private func manifests(
    of id: Int64, in storage: WarehouseStorage, _ check: inout InputVerification
  ) async throws -> [ListedManifest]? {
    guard let path = check.input.bound.manifestList else {
      // A snapshot of v1 may list its manifests itself; the catalog has it as long as it is there.
      guard let stored = try await catalog.store.livingDataset(check.input.dataset, authorization) else { return nil }
      let metadata = try TableMetadata(jsonText: stored.document)
      return try metadata.snapshots.first { $0.id == id }?.manifests.map { ListedManifest(embedded: $0) }
    }
    var unreported = InputVerification(check.input)
    guard let bytes = try await content(of: path, "manifest list", in: storage, &unreported) else { return nil }
    do {
      return try ManifestListReader.manifests(in: bytes).map { ListedManifest($0) }
    } catch {
      check.changed("manifest list", path, expected: "a manifest list", found: "\(error)")
      return nil
    }
  }

  /// A manifest, and the files that it names from an entry on.
  ///
  /// - Returns: the entry to go on with; `nil` at its end.
  private mutating func verify(
    _ manifest: ListedManifest, from first: Int, in storage: WarehouseStorage, _ check: inout InputVerification
  ) async throws -> Int? {
    var ignored = InputVerification(check.input)
    guard let bytes = try await content(of: manifest.path, "manifest", in: storage, &ignored) else {
      if first == 0 {
        check.files.count("manifest")
        check.findings += ignored.findings
        check.unchecked += ignored.unchecked.filter { !check.unchecked.contains($0) }
        check.note("the files that missing or unreadable manifests name")
      }
      return nil
    }
    if first == 0 { try await compare(manifest, bytes, &check) }
    var batch: [ExpectedFile] = []
    var names: Set<String> = []
    var position = 0
    do {
      var reader = try ManifestReader(bytes, inheriting: manifest.line)
      while let entry = try reader.next() {
        position += 1
        guard position > first, entry.isLive else { continue }
        let file = entry.file
        let what = file.content == .data ? "data file" : "delete file"
        // Deletion vectors share their files.
        guard names.insert(file.path).inserted else { continue }
        guard let location = try? storage.location(file.path, of: what) else {
          check.note("\(what)s outside the warehouse, where the server opens nothing")
          continue
        }
        batch.append(ExpectedFile(what: what, path: file.path, location: location, sizeBytes: file.sizeBytes))
        guard batch.count >= options.portion else { continue }
        try await look(at: batch, in: storage, &check)
        batch = []
        names = []
        if isTimeUp { return position }
      }
    } catch let error as AvroError {
      check.changed("manifest", manifest.path, expected: "a manifest", found: "\(error)")
      check.note("the files that missing or unreadable manifests name")
    }
    try await look(at: batch, in: storage, &check)
    return nil
  }

  private mutating func compare(_ manifest: ListedManifest, _ bytes: [UInt8], _ check: inout InputVerification) async throws {
    check.files.count("manifest")
    check.files.sizeBytesRead += Int64(bytes.count)
    if let length = manifest.line?.length, length != Int64(bytes.count) {
      check.changed("manifest", manifest.path, expected: "\(length) bytes", found: "\(bytes.count) bytes")
      return
    }
    let found = Array(SHA256.hash(data: bytes))
    let known = try await catalog.store.recordedFiles([manifest.path], of: check.input.dataset, authorization)[manifest.path]
    guard let known else {
      check.files.digestsRecorded += 1
      check.note("contents of manifests that nobody had read when it was bound: their digests are on record from now on")
      record(manifest.path, ObjectDigest(sizeBytes: Int64(bytes.count), sha256: found), of: check.input.dataset)
      return
    }
    check.files.digestsCompared += 1
    if known.sha256 != found {
      check.changed("manifest", manifest.path, expected: "sha256:" + known.sha256.hexadecimal, found: "sha256:" + found.hexadecimal)
    }
  }
}
