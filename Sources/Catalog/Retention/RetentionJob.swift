import CatalogStore
import Governance
import Iceberg
import JSON
import ObjectStorage
import Postgres

// Carrying retention out. Each step is written down before the next begins, so that whoever takes the job over goes on where it was:
//
//   waiting ──► expiring ─────────► gathering ─────────► deleting ─────► done
//               what is to go is    the commit is        every file is
//               written down, then  durable; files are   written down,
//               committed           looked for           then deleted
//
// A crash in `expiring` leaves either the table as it was or the commit; both are seen by what the table still has. A crash in
// `gathering` begins that anew. In `deleting`, files that were deleted and not yet ticked off are deleted again, which is no error.

extension Catalog {
  /// Goes on with the run that a table has.
  func retain(_ job: LeasedJob, _ authorization: Authorization) async throws {
    guard let dataset = job.dataset, let run = try await store.retentionUnderWay(of: dataset, authorization) else {
      return try await store.finish(job, authorization)
    }
    do {
      try await holding(job, authorization) { [self] in try await carryOn(run, job, authorization) }
    } catch let error where !(error is CancellationError) {
      try await store.note((error as? CatalogError)?.message ?? "\(error)", of: run, authorization)
      throw error
    }
  }

  private static let isGone = "The table is gone; what remained of its files then was left alone"

  private func carryOn(_ begun: RetentionRun, _ job: LeasedJob, _ authorization: Authorization) async throws {
    let end = ContinuousClock.now + options.retention.slice
    var run = begun
    func finish(_ state: RetentionRun.State, _ outcome: String? = nil, problem: String? = nil) async throws {
      let own = try authorizer.authorizeServer(
        .finishRetention, on: CatalogResource(.table, run.path.text), authorization.context)
      try await store.finish(run, as: state, outcome: outcome, problem: problem, by: job, own)
    }
    if run.state == .waiting || run.state == .expiring {
      if let path = try await store.livingPath(of: run.dataset, authorization) {
        if run.state == .waiting, let outcome = try await settleWhole(path, run, authorization), outcome.isOver {
          return try await finish(.done, outcome.text)
        }
        guard try await expire(path, run, authorization) else {
          return try await finish(.stopped, problem: "The table was dropped or renamed meanwhile")
        }
      }
      // What a commit removed just before the table was dropped is nobody's any more, all the same.
      if !run.removesOrphans, try await store.retiringSnapshots(of: run, authorization).isEmpty { return try await finish(.done) }
      run.state = .gathering
    }
    let storage = try await storages.storage(named: run.path.warehouse, authorization)
    if run.state == .gathering {
      var gathering = RetentionGathering(self, storage, run, authorization)
      guard let gathered = try await gathering.gather() else {
        return try await finish(.stopped, problem: Self.isGone)
      }
      try await store.beginDeleting(run, at: gathered.version, outside: gathered.outside, authorization)
      run.state = .deleting
      run.checkedVersion = gathered.version
    }
    switch try await deleteFiles(of: run, in: storage, until: end, authorization) {
    case .done: try await finish(.done)
    case .gone: try await finish(.stopped, problem: Self.isGone)
    case .unfinished: try await store.pause(job, authorization)
    }
  }

  // MARK: The table as a whole

  /// What rules that let a whole table go came to.
  ///
  /// - Returns: `isOver` when the table is dropped; `nil` when nothing was due.
  private func settleWhole(
    _ path: DatasetPath, _ run: RetentionRun, _ authorization: Authorization
  ) async throws -> (text: String, isOver: Bool)? {
    let context = authorization.context
    guard let (retention, facts, asked) = try await retention(of: path, context), let asked else { return nil }
    var asking: (text: String, isOver: Bool)?
    for due in retention.due {
      let rule = due.rule.rule
      let resource = CatalogResource(.table, path.text)
      let isKept = !facts.pins.isEmpty || !facts.holds.isEmpty
      if rule.outcome == .ask || (isKept && (rule.outcome == .drop || rule.outcome == .purge)) {
        let own = try authorizer.authorizeServer(.openRetentionDecision, on: resource, context)
        if try await store.openDecision(on: asked.base.found, path, due, facts, own) { asking = ("asked by \(due.rule.title)", false) }
      } else if rule.outcome == .drop || rule.outcome == .purge, retention.mayGo(purging: rule.outcome == .purge, asked.object) {
        let own = try authorizer.authorizeServer(rule.outcome == .purge ? .purgeTable : .dropTable, on: resource, context)
        guard try await store.drop(asked.base.found, path, purging: rule.outcome == .purge, own) else { continue }
        cache.remove(path.text)
        return ("\(rule.outcome.rawValue) by \(due.rule.title)", true)
      }
    }
    return asking
  }

  // MARK: Snapshots

  /// Expires what is due by an ordinary commit, and writes down before what it is about to expire.
  ///
  /// - Returns: `false` when the table is not there under this name any more.
  private func expire(_ path: DatasetPath, _ run: RetentionRun, _ authorization: Authorization) async throws -> Bool {
    let context = OperationContext(.server, requestID: "retention \(run.id)")
    for _ in 0..<options.commitAttempts {
      guard let (retention, facts, asked) = try await retention(of: path, context), let asked, asked.base.version.id == run.dataset else {
        return false
      }
      let metadata = asked.metadata
      let retiring = try retention.retiring(in: metadata)
      let going = Set(retiring.map(\.snapshotID))
      try await store.write(
        retiring, of: run, forgetting: metadata.snapshots.map(\.id).filter { !going.contains($0) }, authorization)
      guard !retiring.isEmpty || !retention.expiredRefs.isEmpty else { return true }
      let request = TableChangeRequest(
        requirements: metadata.uuid.map { [.assertTableUUID($0)] } ?? [],
        updates: retention.expiredRefs.map { .removeSnapshotRef(name: $0) } + [.removeSnapshots(retiring.map(\.snapshotID))])
      do {
        let attempt = try await commitLocks.withLock(path.text) {
          try await tryCommit(path, asked.base, request, asked.object, context, as: .expireSnapshots)
        }
        switch attempt {
        case .committed, .nothingToDo: return true
        case .overtaken: continue
        }
      } catch let error as PostgresError where error.isForeignKeyViolation {
        // Somebody pinned one of them between the plan and the commit: plan again without it.
        continue
      } catch CatalogError.forbidden(let message) {
        guard try await store.pins(of: run.dataset, authorization) != facts.pins else { throw CatalogError.forbidden(message) }
      }
    }
    throw CatalogStore.overtaken(path)
  }

  // MARK: Files

  private enum Deletion {
    case done, gone, unfinished
  }

  /// Deletes what is written down, in order, a batch at a time.
  private func deleteFiles(
    of run: RetentionRun, in storage: WarehouseStorage, until end: ContinuousClock.Instant, _ authorization: Authorization
  ) async throws -> Deletion {
    var checked = run.checkedVersion
    while true {
      // A commit since the files were gathered cannot reach them, by all we know of writers; what it does reach is looked at all the same.
      guard let added = try await store.snapshotsAdded(to: run.dataset, after: checked, authorization) else { return .gone }
      if added.version != checked {
        guard try await RetentionGathering(self, storage, run, authorization).spare(what: added.snapshots) else { return .gone }
        try await store.setChecked(run, at: added.version, authorization)
        checked = added.version
        continue
      }
      let batch = try await store.filesToDelete(of: run, limit: options.retention.batch, authorization)
      if batch.isEmpty { return .done }
      try Task.checkCancellation()
      try await storage.objects.delete(batch.map { path throws(ObjectLocationError) in try ObjectLocation(path) })
      try await store.markDeleted(batch, of: run, authorization)
      if ContinuousClock.now >= end { return .unfinished }
    }
  }
}

extension TableRetention {
  /// Whether neither a minimum that is not over, nor the zone, nor the table's own properties keep it.
  fileprivate func mayGo(purging: Bool, _ object: GovernedObject) -> Bool {
    guard let zone = object.zone, zone.rules.refusalOfDrop(purging: purging, in: zone.zone) == nil else { return false }
    return !duties.contains { $0.binds(at: nowMs) } && (obstacle == nil || !purging)
  }

  /// The snapshots that are to go, with what leads to their files.
  fileprivate func retiring(in metadata: TableMetadata) throws -> [RetiringSnapshot] {
    let fates = Dictionary(uniqueKeysWithValues: snapshots.filter(\.isExpired).map { ($0.snapshotID, $0) })
    let statistics =
      metadata.statistics.map { ($0.snapshotID, $0.path) } + metadata.partitionStatistics.map { ($0.snapshotID, $0.path) }
    let paths = Dictionary(grouping: statistics.filter { fates[$0.0] != nil }, by: \.0)
    return try metadata.snapshots.compactMap { snapshot in
      guard let due = fates[snapshot.id]?.due, let rule = PostgresUUID(due.rule.id) else { return nil }
      return RetiringSnapshot(
        snapshotID: snapshot.id, timestampMs: snapshot.timestampMs, manifestList: snapshot.manifestList,
        manifests: snapshot.manifestList == nil ? try snapshot.manifests : [], statistics: (paths[snapshot.id] ?? []).map(\.1),
        rule: RetentionRuleID(rule), dueAtMs: max(0, due.dueAtMs))
    }
  }
}
