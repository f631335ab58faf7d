package import CatalogStore
import Logging

extension Catalog {
  /// Drops answers that no client may ask for again.
  package func forgetOldAnswers() async throws { _ = try await store.forgetAnswers(olderThan: options.idempotencyLifetime) }

  /// Takes the job that has waited longest and runs it. One that fails is tried again later, after ever longer pauses.
  ///
  /// - Parameter kinds: of these; by default all but retention, which has a service of its own.
  /// - Returns: `false` when there was nothing to do.
  package func runNextJob(of kinds: [JobKind] = JobKind.allCases.filter { $0 != .retention }, _ context: OperationContext) async throws
    -> Bool
  {
    let authorization = try authorizer.authorizeServer(.runJob, on: CatalogResource(.job, ""), context)
    guard let job = try await store.leaseJob(of: kinds, authorization) else { return false }
    do {
      switch job.kind {
      case .purge: try await purge(job, authorization)
      case .sweep: try await sweep(job, authorization)
      case .index: try await index(job, authorization)
      case .refresh: try await refresh(job, authorization)
      case .retention: try await retain(job, authorization)
      }
    } catch {
      let delay = Duration.seconds(min(3_600, 1 << min(job.attempts, 12)))
      logger.warning(
        "a job failed and will be tried again",
        metadata: ["job": "\(job.id)", "kind": "\(job.kind.rawValue)", "attempts": "\(job.attempts)", "error": "\(error)"])
      try await store.postpone(job, by: delay, error: "\(error)", authorization)
    }
    return true
  }
}

extension Catalog {
  /// Keeps a job's lease while it does something that may take longer than a lease lasts.
  ///
  /// - Throws: ``CatalogError/commitFailed(_:)`` when another server has taken the job over.
  func holding<T: Sendable>(
    _ job: LeasedJob, _ authorization: Authorization, _ body: @escaping @Sendable () async throws -> T
  ) async throws -> T {
    try await withThrowingTaskGroup(of: T?.self) { group in
      defer { group.cancelAll() }
      group.addTask { try await body() }
      group.addTask { [store] in
        while true {
          try await Task.sleep(for: CatalogStore.leaseDuration / 4)
          guard try await store.renew(job, authorization) else {
            throw CatalogError.commitFailed("The job was taken over by another server")
          }
        }
      }
      guard let first = try await group.next(), let result = first else { throw CancellationError() }
      return result
    }
  }
}

/// Keeps a job's lease while it works.
struct LeaseKeeper {
  let job: LeasedJob
  let store: CatalogStore
  let authorization: Authorization
  private var renewedAt = ContinuousClock.now

  init(_ job: LeasedJob, _ store: CatalogStore, _ authorization: Authorization) {
    self.job = job
    self.store = store
    self.authorization = authorization
  }

  /// Called between steps, each of which takes far less than a lease lasts.
  ///
  /// - Throws: ``CatalogError/commitFailed(_:)`` when another server has taken the job over.
  mutating func renewIfDue() async throws {
    try Task.checkCancellation()
    guard ContinuousClock.now - renewedAt > CatalogStore.leaseDuration / 4 else { return }
    guard try await store.renew(job, authorization) else { throw CatalogError.commitFailed("The job was taken over by another server") }
    renewedAt = .now
  }
}
