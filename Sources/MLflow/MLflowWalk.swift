/// Walks from model versions to what they were made from: version, logged model, run, inputs.
///
/// It tells of the versions that changed since a watermark, oldest change first, in batches; each batch comes with the watermark to keep
/// with it, so that a walk that was stopped goes on where it was. What is told once may be told again: whoever listens takes the last.
///
/// ```
/// changes on the server  ──┬───────┬──────────────┬───▶ time
///                          │       └ watermark    └ now
///                          └ watermark − overlap: from here; what was told already is left out
/// ```
/// Changes get their times before they are committed, and by several clocks: therefore the overlap.
package struct MLflowWalk: Sendable {
  package struct Limits: Sendable {
    /// Versions in a batch.
    package var batchSize = 50
    /// Versions that are walked at once.
    package var concurrency = 4
    /// Versions on a page of the list.
    package var pageSize = 1_000
    package var maximumPages = 10_000
    package var overlap = Duration.seconds(60)
    /// How long a version is looked at again while its run goes on.
    package var openFor = Duration.seconds(7 * 86_400)
    /// Runs that measured a logged model; the last of them.
    package var maximumEvaluations = 8

    package init() {}
  }

  /// What a walk tells at a time.
  package struct Batch: Sendable {
    /// All registered models come first, some in each batch, however long they have not changed: aliases and tags move no time.
    package var models: [MLflowModel] = []
    package var versions: [MLflowLineage] = []
    /// Versions that were deleted while they were walked.
    package var gone: [MLflowVersionKey] = []
    /// To be kept with what came before it and in this batch.
    package var watermark: MLflowWatermark
  }

  private let client: MLflowClient
  /// `nil` where the registry's server knows the runs, too.
  private let tracking: MLflowClient?
  private let limits: Limits
  private let wants: @Sendable (String) -> Bool
  private let nowMs: @Sendable () -> Int64

  /// - Parameters:
  ///   - client: of the server that has the registry.
  ///   - tracking: of another server that has the runs.
  ///   - wants: whether a registered model of this name is walked.
  ///   - nowMs: milliseconds since 1970.
  package init(
    _ client: MLflowClient, tracking: MLflowClient? = nil, limits: Limits = Limits(),
    wants: @escaping @Sendable (String) -> Bool = { _ in true }, nowMs: @escaping @Sendable () -> Int64
  ) {
    self.client = client
    self.tracking = tracking
    self.limits = limits
    self.wants = wants
    self.nowMs = nowMs
  }

  /// Walks once.
  ///
  /// - Parameters:
  ///   - again: versions that are told whether or not they changed.
  ///   - tell: is told of each batch, one after the other; when it throws, the walk ends.
  /// - Returns: the last batch's watermark.
  /// - Throws: ``MLflowError`` when the server does not answer; what was told holds.
  @discardableResult
  package func walk(
    from watermark: MLflowWatermark, again: [MLflowVersionKey] = [], _ tell: (Batch) async throws -> Void
  ) async throws -> MLflowWatermark {
    var watermark = watermark
    try await eachPage(client.models) { page in
      let models = page.filter { wants($0.name) }
      if !models.isEmpty { try await tell(Batch(models: models, watermark: watermark)) }
    }

    let floor = watermark.changedAtMs.map { $0.subtractingReportingOverflow(limits.overlap.milliseconds).partialValue }
    let told = Set(watermark.told)
    let reopened = watermark.open.map(\.key)
    let list = try await changes(since: floor)
    let changes = list.changes.filter { !told.contains($0) }
      .sorted { ($0.changedAtMs, $0.key.model, $0.key.version) < ($1.changedAtMs, $1.key.model, $1.key.version) }
    for start in stride(from: 0, to: changes.count, by: limits.batchSize) {
      let some = changes[start..<min(start + limits.batchSize, changes.count)]
      let found = try await visit(some.map(\.key))
      var batch = Batch(watermark: watermark)
      var new: [MLflowWatermark.Told] = []
      for (change, lineage) in zip(some, found) {
        watermark.keep(change.key, open: lineage?.isOpen ?? false, sinceMs: nowMs())
        guard let lineage else {
          batch.gone.append(change.key)
          continue
        }
        batch.versions.append(lineage)
        // It may have changed once more before it was visited.
        new.append(.init(key: change.key, changedAtMs: lineage.version.changedAtMs))
      }
      let reached = min(some.last?.changedAtMs ?? 0, list.newest)
      watermark.advance(to: reached, telling: new, overlapMs: limits.overlap.milliseconds, nowMs: nowMs())
      batch.watermark = watermark
      try await tell(batch)
    }

    // Those that were told a moment ago need no second look.
    let visited = Set(changes.map(\.key))
    try await revisit(reopened.filter { !visited.contains($0) }, &watermark, tell)
    try await tellAgain(again.filter { !visited.contains($0) }, watermark, tell)
    return watermark
  }

  /// The keys of all versions that there are, in no order: what is not among them was deleted.
  package func versions() async throws -> Set<MLflowVersionKey> { Set(try await changes(since: nil).changes.map(\.key)) }

  private func tellAgain(
    _ keys: [MLflowVersionKey], _ watermark: MLflowWatermark, _ tell: (Batch) async throws -> Void
  ) async throws {
    for start in stride(from: 0, to: keys.count, by: limits.batchSize) {
      let some = Array(keys[start..<min(start + limits.batchSize, keys.count)])
      var batch = Batch(watermark: watermark)
      for (key, lineage) in zip(some, try await visit(some)) {
        if let lineage { batch.versions.append(lineage) } else { batch.gone.append(key) }
      }
      try await tell(batch)
    }
  }

  /// Looks again at versions whose runs went on, and tells of those that are through.
  private func revisit(
    _ keys: [MLflowVersionKey], _ watermark: inout MLflowWatermark, _ tell: (Batch) async throws -> Void
  ) async throws {
    for start in stride(from: 0, to: keys.count, by: limits.batchSize) {
      let some = keys[start..<min(start + limits.batchSize, keys.count)]
      let found = try await visit(Array(some))
      var batch = Batch(watermark: watermark)
      for (key, lineage) in zip(some, found) {
        let since = watermark.open.first { $0.key == key }?.sinceMs ?? 0
        let isExpired = nowMs() - since > limits.openFor.milliseconds
        guard let lineage else {
          watermark.keep(key, open: false, sinceMs: since)
          batch.gone.append(key)
          continue
        }
        guard !lineage.isOpen || isExpired else { continue }
        watermark.keep(key, open: false, sinceMs: since)
        batch.versions.append(lineage)
      }
      guard !batch.versions.isEmpty || !batch.gone.isEmpty else { continue }
      batch.watermark = watermark
      try await tell(batch)
    }
  }
}

// MARK: The list

extension MLflowWalk {
  /// Versions and when they changed, and up to when nothing is missing among them.
  private typealias Changes = (changes: [MLflowWatermark.Told], newest: Int64)

  /// The versions that changed at a time or later; all for `nil`.
  ///
  /// A list of several pages is read until nothing of one reading is missing in the next: pages are counted from the beginning, so a version
  /// that is deleted from a page that was read takes the first of the next page away from us. A version that changes meanwhile moves to
  /// the front and may be missed; its new time is not before the beginning of the last reading, so the next walk finds it.
  private func changes(since floor: Int64?) async throws -> Changes {
    var reading = try await list(since: floor)
    var found = reading.found
    for _ in 0..<100 {
      guard reading.pages > 1 else { break }
      let again = try await list(since: floor)
      let isWhole = found.keys.allSatisfy { again.found[$0] != nil }
      // The earlier time: in that state it may be visited.
      found = again.found.merging(found.filter { again.found[$0.key] != nil }) { min($0, $1) }
      reading = again
      if isWhole { break }
    }
    return (found.map { MLflowWatermark.Told(key: $0.key, changedAtMs: $0.value) }, reading.newest)
  }

  /// One reading: when versions changed, how many pages that were, and the newest time on the first.
  private func list(since floor: Int64?) async throws -> (found: [MLflowVersionKey: Int64], pages: Int, newest: Int64) {
    var found: [MLflowVersionKey: Int64] = [:]
    var token: String?
    var last = Int64.max
    var newest = Int64.min
    // A server that does not sort must be asked for everything.
    var isSorted = true
    for pages in 1...limits.maximumPages {
      let page = try await client.modelVersions(after: token, maximumCount: limits.pageSize)
      if pages == 1 { newest = page.elements.map(\.changedAtMs).max() ?? newest }
      for version in page.elements {
        isSorted = isSorted && version.changedAtMs <= last
        last = version.changedAtMs
        if wants(version.key.model), floor.map({ version.changedAtMs >= $0 }) ?? true { found[version.key] = version.changedAtMs }
      }
      guard let next = page.nextToken, !(isSorted && floor.map { last < $0 } ?? false) else { return (found, pages, newest) }
      token = next
    }
    throw MLflowError.endless
  }

  private func eachPage<T>(
    _ ask: (String?, Int) async throws -> MLflowClient.Page<T>, _ body: ([T]) async throws -> Void
  ) async throws {
    var token: String?
    for _ in 1...limits.maximumPages {
      let page = try await ask(token, 100)
      if !page.elements.isEmpty { try await body(page.elements) }
      guard let next = page.nextToken else { return }
      token = next
    }
    throw MLflowError.endless
  }
}

// MARK: One version

extension MLflowWalk {
  /// What is behind each version, in their order; `nil` for those that are gone.
  private func visit(_ keys: [MLflowVersionKey]) async throws -> [MLflowLineage?] {
    var result: [MLflowLineage?] = Array(repeating: nil, count: keys.count)
    try await withThrowingTaskGroup(of: (Int, MLflowLineage?).self) { group in
      for (place, key) in keys.enumerated() {
        if place >= limits.concurrency, let (done, lineage) = try await group.next() { result[done] = lineage }
        group.addTask { (place, try await lineage(of: key)) }
      }
      while let (done, lineage) = try await group.next() { result[done] = lineage }
    }
    return result
  }

  private func lineage(of key: MLflowVersionKey) async throws -> MLflowLineage? {
    guard let version = try await client.modelVersion(key) else { return nil }
    var lineage = MLflowLineage(version: version, evaluations: [], gaps: [])
    if let id = version.loggedModelID {
      lineage.loggedModel = try await ask(.loggedModel(id), &lineage) { try await (tracking ?? client).loggedModel(id) }
    }
    let runID = version.runID ?? lineage.loggedModel?.sourceRunID
    if let runID { lineage.run = try await run(runID, &lineage) }
    var others: [String] = []
    for case let id? in lineage.loggedModel?.metrics.map(\.runID) ?? [] where id != runID && !others.contains(id) { others.append(id) }
    for id in others.suffix(limits.maximumEvaluations) {
      if let run = try await run(id, &lineage) { lineage.evaluations.append(run) }
    }
    return lineage
  }

  private func run(_ id: String, _ lineage: inout MLflowLineage) async throws -> MLflowRun? {
    let run = try await ask(.run(id), &lineage) { try await (tracking ?? client).run(id) }
    if run?.isDeleted == true { lineage.gaps.append(.init(place: .run(id), reason: .deleted)) }
    return run
  }

  /// One thing on the way. Whatever is wrong with it alone becomes a gap.
  private func ask<T>(
    _ place: MLflowLineage.Gap.Place, _ lineage: inout MLflowLineage, _ body: () async throws -> T?
  ) async throws -> T? {
    do {
      if let found = try await body() { return found }
      lineage.gaps.append(.init(place: place, reason: .missing))
    } catch let error as MLflowError {
      if case .unauthorized = error { throw error }
      if error.mayConcernAll {
        // Whether it is the server, which then answers nothing, or only this.
        if let tracking { try await tracking.check() } else { _ = try await client.modelVersions(maximumCount: 1) }
        lineage.gaps.append(.init(place: place, reason: .failing("\(error)")))
      } else {
        lineage.gaps.append(.init(place: place, reason: .unreadable("\(error)")))
      }
    }
    return nil
  }
}

extension Duration {
  var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
