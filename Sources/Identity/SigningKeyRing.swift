package import Logging

/// This server's copy of the signing keys: signs with one, verifies with all, reads them again now and then.
package actor SigningKeyRing: VerificationKeySource {
  private let store: any SigningKeyStore
  private let rotation: SigningKeyRotation
  private let clock: WallClock
  private let logger: Logger
  private let rereadAfter: Duration
  private var held: [SigningKey] = []
  private var readAt: ContinuousClock.Instant?
  private var attemptedAt: ContinuousClock.Instant?
  private var running: Task<Void, Never>?
  private var generation = 0
  private var problem = "not read yet"

  /// - Parameter rereadAfter: at most half the grace of a new key, so that every server knows a key before another signs with it.
  package init(
    store: any SigningKeyStore, rotation: SigningKeyRotation, clock: WallClock = .system, rereadAfter: Duration = .seconds(30),
    logger: Logger
  ) throws(IdentityConfigurationError) {
    guard rereadAfter * 2 <= .seconds(rotation.graceSeconds) else {
      throw .init("Signing keys are read every \(rereadAfter); their grace must be at least twice that, not \(rotation.graceSeconds) s")
    }
    self.store = store
    self.rotation = rotation
    self.clock = clock
    self.rereadAfter = rereadAfter
    self.logger = logger
  }

  /// The key to sign with now.
  ///
  /// - Throws: ``TokenError/keysUnavailable(_:)`` while no server has made a key, or the store has been away for the whole grace.
  package func signer() async throws(TokenError) -> SigningKey {
    await reread(ifOlderThan: rereadAfter)
    // A server that has not read for so long may sign with a key the others have retired and removed.
    guard let readAt, ContinuousClock.now - readAt < .seconds(rotation.graceSeconds) else { throw .keysUnavailable(problem) }
    guard let key = rotation.signer(held, nowSeconds: clock.nowSeconds()) else { throw .keysUnavailable("there is no signing key yet") }
    return key
  }

  package func keys() async throws(TokenError) -> VerificationKeySet {
    await reread(ifOlderThan: rereadAfter)
    guard readAt != nil else { throw .keysUnavailable(problem) }
    return currentSet()
  }

  package func keys(newerThan set: VerificationKeySet) async -> VerificationKeySet? {
    if set.generation == generation { await reread(ifOlderThan: .seconds(1)) }
    return set.generation == generation ? nil : currentSet()
  }

  /// Does what is due now; run it regularly on every server. Two at once do no harm.
  ///
  /// - Throws: what the store throws.
  package func rotate() async throws {
    let now = clock.nowSeconds()
    let steps = rotation.steps(try await store.signingKeys(), nowSeconds: now)
    for step in steps {
      switch step {
      case .create(let newest):
        let key = SigningKey(createdAtSeconds: now)
        if try await store.addSigningKey(key, ifNewestIs: newest) { logger.notice("made a signing key", metadata: ["kid": "\(key.id)"]) }
      case .retire(let id):
        try await store.retireSigningKey(id: id, atSeconds: now)
        logger.notice("retired a signing key", metadata: ["kid": "\(id)"])
      case .remove(let id):
        try await store.removeSigningKey(id: id)
        logger.notice("removed a signing key", metadata: ["kid": "\(id)"])
      }
    }
    await reread(ifOlderThan: .zero)
  }

  private func currentSet() -> VerificationKeySet {
    let keys = rotation.verifiers(held, nowSeconds: clock.nowSeconds())
    return VerificationKeySet(keys: keys.map { VerificationKey(id: $0.id, p256: $0.publicKey) }, generation: generation)
  }

  /// One reading at a time, for all who wait.
  private func reread(ifOlderThan age: Duration) async {
    let now = ContinuousClock.now
    if running == nil {
      if let attemptedAt, now - attemptedAt < age { return }
      attemptedAt = now
      running = Task {
        do {
          self.finish(.success(try await store.signingKeys()))
        } catch {
          self.finish(.failure(error))
        }
      }
    }
    await running?.value
  }

  private func finish(_ result: Result<[SigningKey], any Error>) {
    running = nil
    switch result {
    case .success(let keys):
      if keys.map(\.id).sorted() != held.map(\.id).sorted() || readAt == nil { generation += 1 }
      held = keys
      readAt = .now
    case .failure(let error):
      problem = "the signing keys cannot be read"
      logger.warning("the signing keys cannot be read", metadata: ["problem": "\(error)"])
    }
  }
}
