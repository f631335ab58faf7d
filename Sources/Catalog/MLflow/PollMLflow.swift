package import CatalogStore
import JSON
import Logging
import MLflow
import Postgres
import Webhooks

extension Catalog {
  /// How often a batch is planned again whose objects keep changing.
  private static let maximumPlans = 5
  /// Versions that wait and are looked at in one poll.
  private static let maximumDue = 200

  /// Reads the MLflow server that has waited longest, if one is due, and takes over what changed there.
  ///
  /// One process at a time reads a server. What a batch says is recorded with the watermark behind it in one transaction, so whoever goes
  /// on after a crash neither leaves anything out nor does anything twice.
  ///
  /// - Returns: `false` when there was nothing to do.
  package func pollNextMLflowServer(_ context: OperationContext) async throws -> Bool {
    let authorization = try authorizer.authorizeServer(.runJob, on: CatalogResource(.mlflow, ""), context)
    guard let leased = try await store.leaseMLflowServer(authorization) else { return false }
    do {
      try await holding(leased, authorization) { [self] in try await poll(leased, authorization) }
      try await store.release(leased, after: options.mlflow.interval, authorization)
    } catch {
      if error is CancellationError || Task.isCancelled {
        // Else it would have to wait until the lease runs out.
        let store = store
        try? await Task { try await store.release(leased, authorization) }.value
        throw CancellationError()
      }
      let problem = Self.advice(error, secretName: leased.server.secretName)
      logger.warning(
        "an MLflow server could not be read", metadata: ["server": "\(leased.server.name)", "error": "\(problem)"])
      try await store.release(
        leased, failing: problem, retryAfter: options.mlflow.delay(after: leased.attempts + 1), authorization)
    }
    return true
  }

  /// Keeps the lease while the server is read.
  private func holding(
    _ leased: LeasedMLflowServer, _ authorization: Authorization, _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      defer { group.cancelAll() }
      group.addTask { try await body() }
      group.addTask { [store] in
        while true {
          try await Task.sleep(for: CatalogStore.leaseDuration / 4)
          guard try await store.renew(leased, authorization) else {
            throw CatalogError.commitFailed("The MLflow server \(leased.server.name) was taken over by another process")
          }
        }
      }
      try await group.next()
    }
  }

  private func poll(_ leased: LeasedMLflowServer, _ authorization: Authorization) async throws {
    let server = leased.server
    let access = (server.secretName, server.workspace)
    let tracking = try await options.mlflow.client(server.trackingURL, access)
    let registry: MLflowClient?
    do { registry = try await server.registryURL.asyncMap { try await options.mlflow.client($0, access) } } catch {
      await tracking.close()
      throw error
    }
    let result: Result<Void, any Error>
    do {
      let walk = MLflowWalk(
        registry ?? tracking, tracking: registry == nil ? nil : tracking, limits: options.mlflow.walk, wants: { server.wants($0) },
        nowMs: { PostgresTimestamp.now().milliseconds })
      let watermark = try leased.watermark.map { try MLflowWatermark(json: JSONDocument(parsing: $0).root) } ?? MLflowWatermark()
      let due = try await store.dueVersions(of: leased, limit: Self.maximumDue, authorization)
      try await walk.walk(from: watermark, again: due.map { MLflowVersionKey(model: $0.model, version: $0.version) }) { batch in
        try await capture(batch, from: leased, authorization)
      }
      result = .success(())
    } catch { result = .failure(error) }
    await tracking.close()
    await registry?.close()
    try result.get()
  }

  private func capture(_ batch: MLflowWalk.Batch, from leased: LeasedMLflowServer, _ authorization: Authorization) async throws {
    for _ in 0..<Self.maximumPlans {
      let context = OperationContext(try leased.server.caller, requestID: "mlflow-\(leased.server.name)")
      let own = OperationContext(.server, requestID: context.requestID, time: context.time)
      var plan = MLflowPlan(server: leased.server, context: context)
      for lineage in batch.versions { try await add(lineage, to: &plan) }
      var capture = plan.capture(watermark: batch.watermark.jsonText)
      capture.gone = batch.gone.map { RegisteredVersion(model: $0.model, version: $0.version) }
      capture.aliases = Dictionary(batch.models.map { ($0.name, $0.aliases) }) { $1 }
      let server = try authorizer.authorizeServer(.runJob, on: CatalogResource(.mlflow, leased.server.name), own)
      guard try await store.capture(capture, from: leased, server) else { continue }
      if capture.versions.contains(where: { $0.model.description.isRegulated && !$0.inputs.isEmpty }) { await tagPins() }
      return
    }
    throw CatalogError.commitFailed("What is to be taken over from \(leased.server.name) kept being changed by others")
  }

  /// What went wrong, and what can be done.
  static func advice(_ error: any Error, secretName: String? = nil) -> String {
    switch error {
    case let error as MLflowError: "\(error). \(advice(error, secretName))"
    case let error as ReceiverRefusal: "\(error). MORAINE_MLFLOW_NETWORKS of the Moraine server says which networks it may reach"
    case let error as CatalogError: error.message
    default: "\(error)"
    }
  }

  private static func advice(_ error: MLflowError, _ secretName: String?) -> String {
    switch error {
    case .unreachable: "See that it runs, and that the Moraine server reaches it by this address"
    case .failing: "It says so itself: see its log"
    case .unauthorized:
      secretName.map { "Put a good token, or USER:PASSWORD, into the secret \($0); it is read anew each time" }
        ?? "It asks for a token or a password: remove it here and add it again with --secret NAME"
    case .refused(404, _, _): "There may be no MLflow at this address: give the one that its clients use, without /api"
    case .refused: "Its user must be allowed to read registered models, their versions and runs"
    case .tooLong, .unreadable, .endless: "What answers there may be no MLflow, or one that is newer than this server"
    }
  }
}
