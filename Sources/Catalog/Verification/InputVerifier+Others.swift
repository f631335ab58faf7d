import CatalogStore
import Crypto
import Governance
import ObjectStorage
import TableFormats
import TransparencyLog

extension InputVerifier {
  // MARK: Delta and Hudi

  /// Step 0 is the log; step 1 begins at one of the files that it names.
  mutating func verifyLoggedTable(
    in storage: WarehouseStorage, from place: VerificationPlace, _ check: inout InputVerification
  ) async throws -> VerificationPlace? {
    let (input, bound) = (check.input, check.input.bound)
    guard case .formatVersion(let version) = bound.state, let format = input.format else { return nil }
    guard let table = try? storage.location(bound.location, of: "location") else {
      check.note("its log and its files: \(bound.location) is outside the warehouse, where the server opens nothing")
      return nil
    }
    if place.step == 0, let path = bound.metadataLocation, let digest = bound.metadataSHA256,
      let bytes = try await content(of: path, "log file", in: storage, &check)
    {
      check.files.count("log file")
      check.files.digestsCompared += 1
      check.files.sizeBytesRead += Int64(bytes.count)
      let found = Array(SHA256.hash(data: bytes))
      if found != digest {
        check.changed("log file", path, expected: "sha256:" + digest.hexadecimal, found: "sha256:" + found.hexadecimal)
      }
    }
    let files = LiveFileWindow(skipping: place.step == 0 ? 0 : place.number, keeping: options.portion * 16)
    var reader = TableFormatReader(storage.objects, table, limits: catalog.options.tableFormatLimits)
    reader.visitFiles = { found in await files.add(found) }
    do {
      let reading = try await reader.read(format, at: version)
      if place.step == 0, let reading { compare(reading, with: bound, &check) }
    } catch let error as TableFormatError {
      let found = RefreshProblem(error, format, table).text
      if error.reason == .missing {
        check.missing("version", nil, expected: version, found: found)
      } else {
        check.changed("version", nil, expected: version, found: found)
      }
      check.note("its files: without the log nobody knows which they are")
      return nil
    } catch ObjectStoreError.notFound(let file) {
      check.missing("log file", file, expected: "a file")
      check.note("its files: without the log nobody knows which they are")
      return nil
    } catch let error as ObjectStoreError {
      throw CatalogError.unavailable("The log of \(input.path.identifier) cannot be read: \(error)")
    }
    if place.step == 0 {
      if !byContent { check.note("contents of data files: they were looked for by name and size; --deep reads them") }
      if format == .hudi {
        check.note("files that instants before this one wrote: a timeline does not tell which of them were still in use")
      }
    }
    let kept = await files.kept
    var position = 0
    while position < kept.count {
      let batch = kept[position..<min(kept.count, position + options.portion)]
      try await look(at: batch.compactMap { expected($0, in: table, storage, &check) }, in: storage, &check)
      position += batch.count
      if isTimeUp { break }
    }
    let reached = files.skipped + position
    let seen = await files.seen
    return reached < seen ? VerificationPlace(input.id, step: 1, reached: "\(reached)") : nil
  }

  private func compare(_ reading: TableReading, with bound: BoundState, _ check: inout InputVerification) {
    for (what, was, now) in [
      ("number of files", bound.fileCount, reading.table.fileCount), ("number of rows", bound.recordCount, reading.table.rowCount),
    ] {
      guard let was, let now, was != now else { continue }
      check.changed(what, nil, expected: "\(was)", found: "\(now)")
    }
  }

  private func expected(
    _ file: LiveFile, in table: ObjectLocation, _ storage: WarehouseStorage, _ check: inout InputVerification
  ) -> ExpectedFile? {
    if file.hasDeletionVector { check.note("deletion vectors of Delta files: only the files that they are for were looked for") }
    let isWhole = file.path.contains("://") || file.path.hasPrefix("/")
    guard let location = isWhole ? try? ObjectLocation(file.path) : try? table.appending(file.path), storage.root.contains(location) else {
      check.note("data files outside the warehouse, where the server opens nothing")
      return nil
    }
    return ExpectedFile(what: "data file", path: location.description, location: location, sizeBytes: file.sizeBytes)
  }

  // MARK: File sets

  /// Step 0 is the listing; step 1 begins behind one of its keys.
  mutating func verifyFileSet(
    in storage: WarehouseStorage, from place: VerificationPlace, _ check: inout InputVerification
  ) async throws -> VerificationPlace? {
    let (input, bound, store) = (check.input, check.input.bound, catalog.store)
    guard case .fileSetSnapshot(let id) = bound.state else { return nil }
    guard let folder = try? storage.location(bound.location, of: "location") else {
      check.note("its objects: \(bound.location) is outside the warehouse, where the server opens nothing")
      return nil
    }
    if place.step == 0 {
      guard let snapshot = try await store.snapshot(id, of: input.dataset, authorization) else {
        check.missing("snapshot", nil, expected: "\(id)", found: "nothing")
        check.note("its objects: without the snapshot nobody knows which they are")
        return nil
      }
      check.files.count("snapshot")
      var root = snapshot.root
      if snapshot.objects <= options.maximumObjects {
        root = try await catalog.frozen(id, of: input.dataset, authorization).root
      } else {
        check.note("the root over the listing: there are more than \(options.maximumObjects) objects")
      }
      if let expected = bound.root, expected != root || expected != snapshot.root {
        check.changed("root of the listing", nil, expected: expected.hexadecimal, found: root.hexadecimal)
      }
    }
    var after = place.step == 0 ? nil : place.reached
    while true {
      let page = try await store.objects(
        of: input.dataset, at: id, ObjectFilter(), after: after, limit: options.portion, authorization)
      if !byContent, page.contains(where: { $0.checksum.hasPrefix("sha256:") }) {
        check.note("contents of objects: they were looked for by name and size; --deep reads them")
      }
      let files = page.compactMap { object -> ExpectedFile? in
        guard let location = try? folder.appending(object.key) else { return nil }
        return ExpectedFile(
          what: "object", path: location.description, location: location, sizeBytes: object.sizeBytes, checksum: object.checksum)
      }
      try await look(at: files, in: storage, &check)
      guard page.count == options.portion, let last = page.last else { return nil }
      after = last.key
      if isTimeUp { return VerificationPlace(input.id, step: 1, reached: last.key) }
    }
  }

  // MARK: Feature views

  /// Its data is that of its sources, which are inputs of their own.
  func verifyFeatureView(isLiving: Bool, _ check: inout InputVerification) async throws {
    check.note("its data: that is what its sources hold, which are inputs of their own where the catalog has them")
    guard isLiving else { return }
    let views = try await catalog.store.featureViews([check.input.dataset], authorization)
    guard let facts = views.first?.facts else { return }
    check.files.count("definition")
    if let definition = try await catalog.store.definition(of: check.input, authorization),
      definition != CanonicalValue.object(facts.canonical).canonicalBytes
    {
      check.note("its present definition: it is another one than the one that is on record")
    }
  }
}

/// Some of the files that a log names: those behind the first ones, and no more than fit.
private actor LiveFileWindow {
  let skipped: Int
  private let limit: Int
  private(set) var kept: [LiveFile] = []
  private(set) var seen = 0

  init(skipping skipped: Int, keeping limit: Int) {
    self.skipped = skipped
    self.limit = limit
  }

  func add(_ files: [LiveFile]) {
    for file in files {
      seen += 1
      if seen > skipped, kept.count < limit { kept.append(file) }
    }
  }
}
