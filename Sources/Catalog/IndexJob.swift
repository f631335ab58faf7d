import CatalogStore
import Governance
import JSON
import ObjectStorage
import Postgres

extension Catalog {
  /// So often an index is tried again without having got any further.
  private static let maximumAttempts = 8
  /// Objects whose content is looked at between two pauses.
  private static let portion = 256

  /// Goes on with the index that is under way: page by page of the store's list, each taken in with how far it has got.
  ///
  /// A job that died goes on behind the last page that was taken in. One that takes long lets others pass now and then.
  func index(_ job: LeasedJob, _ authorization: Authorization) async throws {
    guard let dataset = job.dataset, let work = try await store.indexUnderWay(of: dataset, authorization) else {
      return try await store.finish(job, authorization)
    }
    let own = try authorizer.authorizeServer(.finishIndex, on: CatalogResource(.dataset, work.path), authorization.context)
    do {
      try await holding(job, authorization) { [self] in try await index(work, job, own) }
    } catch {
      guard Self.isHopeless(error) || job.attempts >= Self.maximumAttempts else {
        if !(error is CancellationError) { try await store.note("\(error)", of: work, authorization) }
        throw error
      }
      try await store.fail(work, (error as? CatalogError)?.message ?? "\(error)", by: job, own)
    }
  }

  private static func isHopeless(_ error: any Error) -> Bool {
    switch error {
    case CatalogError.badRequest, CatalogError.fileNotFound, CatalogError.noSuchDataset: true
    case ObjectStoreError.notFound, ObjectStoreError.outsideRoot, ObjectStoreError.accessDenied, ObjectStoreError.other: true
    default: false
    }
  }

  private func index(_ work: FileSetWork, _ job: LeasedJob, _ authorization: Authorization) async throws {
    guard !work.isDropped else { throw CatalogError.noSuchDataset("The dataset was dropped") }
    let storage = try await storages.storage(of: work.warehouse, authorization)
    let location = try storage.location(work.location, of: "location")
    // A disk that is not there must not be taken for an empty one.
    guard try await storage.objects.isPlace(location) else { throw CatalogError.fileNotFound("There is no folder \(location)") }
    let end = ContinuousClock.now + options.indexSlice
    var work = work
    while true {
      let step = try await step(of: work, location, in: storage.objects, authorization)
      try Task.checkCancellation()
      try await store.take(step, of: work, by: job, authorization)
      if step.isLast { return }
      work.reached = step.reached
      if ContinuousClock.now >= end { return try await store.pause(job, authorization) }
    }
  }

  private func step(
    of work: FileSetWork, _ location: ObjectLocation, in objects: any ObjectStore, _ authorization: Authorization
  ) async throws -> FileSetStep {
    let prefix = location.key.isEmpty ? "" : location.key + "/"
    let page = try await objects.page(under: location, after: work.reached.map { prefix + $0 }, limit: options.indexPageSize)
    func key(_ object: StoredObject) -> String { String(decoding: object.location.key.utf8.dropFirst(prefix.utf8.count), as: UTF8.self) }
    var step = FileSetStep()
    step.passedOver = page.passedOver
    step.isLast = page.objects.count < options.indexPageSize
    step.reached = page.objects.last.map(key)
    let known = try await store.knownObjects(page.objects.map(key), of: work, authorization)
    var fresh: [StoredObject] = []
    for object in page.objects {
      let key = key(object)
      guard let before = known[PostgresText(key)], before.describes(object) else {
        fresh.append(object)
        continue
      }
      step.unchanged.append(key)
      step.sizeBytes += object.sizeBytes
    }
    while !fresh.isEmpty {
      // What is gone since it was listed is not there.
      for examined in try await objects.examine(Array(fresh.prefix(Self.portion))) {
        guard let examined else { continue }
        let key = key(examined.object)
        step.fresh.append(FileSetObject(key: key, examined))
        step.sizeBytes += examined.object.sizeBytes
      }
      fresh.removeFirst(min(Self.portion, fresh.count))
    }
    return step
  }
}

extension KnownObject {
  fileprivate func describes(_ object: StoredObject) -> Bool {
    sizeBytes == object.sizeBytes && modifiedAtMs == object.modifiedAtMs && etag == object.etag
  }
}

extension FileSetObject {
  fileprivate init(key: String, _ examined: ExaminedObject) {
    self.init(
      key: key, sizeBytes: examined.object.sizeBytes, modifiedAtMs: examined.object.modifiedAtMs, etag: examined.object.etag,
      checksum: examined.checksum, mediaType: MediaType.of(key))
  }
}
