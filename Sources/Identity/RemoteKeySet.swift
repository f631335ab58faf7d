package import AsyncHTTPClient
package import Logging

/// The keys of an issuer elsewhere: fetched, kept, and fetched again when they grow old or a token names a key they lack.
///
/// ```
/// fetched ──────── freshFor ───────────────── keptFor ────────▶
///    answered at once │ answered at once,         │ no answer until
///                     │ fetched in the background │ the issuer is back
/// ```
/// However many ask, one fetch runs at a time and fetches begin at least ``Limits/interval`` apart: tokens with invented key ids
/// cannot make this server hammer the issuer.
package actor RemoteKeySet: VerificationKeySource {
  package struct Limits: Sendable {
    /// How long a set is used without asking again; a key the issuer took back lives on for so long.
    package var freshFor = Duration.seconds(600)
    /// How long a set is used while the issuer is away.
    package var keptFor = Duration.seconds(24 * 3_600)
    /// Between the beginnings of two fetches while a set is held.
    package var interval = Duration.seconds(30)
    /// The same while none is held, and so no token of the issuer can be verified.
    package var intervalWithoutKeys = Duration.seconds(2)
    /// For one fetch, discovery included.
    package var timeout = Duration.seconds(5)

    package init() {}
  }

  private let fetcher: KeySetFetcher
  private let issuer: String
  private let limits: Limits
  private let logger: Logger
  private var set: VerificationKeySet?
  private var fetchedAt: ContinuousClock.Instant?
  private var attemptedAt: ContinuousClock.Instant?
  private var running: Task<Void, Never>?
  private var generation = 0
  private var problem = "not asked yet"

  /// - Parameter client: should follow no redirects; an answer that came by one is refused.
  /// - Throws: when the keys' URL is not one that may be trusted.
  package init(
    _ configuration: IssuerConfiguration, client: HTTPClient, limits: Limits = Limits(), logger: Logger
  ) throws(IdentityConfigurationError) {
    switch configuration.keyLocation {
    case .keySet(let url): _ = try KeySetLocation(url)
    case .discovery: _ = try KeySetFetcher.discoveryLocation(configuration.issuer)
    }
    issuer = configuration.issuer
    fetcher = KeySetFetcher(
      client: client, issuer: configuration.issuer, location: configuration.keyLocation, timeout: limits.timeout)
    self.limits = limits
    self.logger = logger
  }

  package func keys() async throws(TokenError) -> VerificationKeySet {
    if let held = usableSet() {
      if let fetchedAt, ContinuousClock.now - fetchedAt >= limits.freshFor { beginFetch() }
      return held
    }
    beginFetch()
    await running?.value
    guard let held = usableSet() else { throw .keysUnavailable(problem) }
    return held
  }

  package func keys(newerThan old: VerificationKeySet) async -> VerificationKeySet? {
    if let held = usableSet(), held.generation > old.generation { return held }
    beginFetch()
    await running?.value
    guard let held = usableSet(), held.generation > old.generation else { return nil }
    return held
  }

  /// The set held, unless it is so old that the issuer's silence can no longer be borne.
  private func usableSet() -> VerificationKeySet? {
    guard let set, let fetchedAt, ContinuousClock.now - fetchedAt < limits.keptFor else { return nil }
    return set
  }

  /// Begins a fetch, unless one runs or the last began too short a while ago.
  private func beginFetch() {
    let now = ContinuousClock.now
    let interval = usableSet() == nil ? limits.intervalWithoutKeys : limits.interval
    if let attemptedAt, now - attemptedAt < interval { return }
    guard running == nil else { return }
    attemptedAt = now
    generation += 1
    // A task of its own: the request that happened to ask first may be cancelled, the others still want the answer.
    running = Task { [fetcher, generation] in
      do {
        self.finish(.success(try await fetcher.fetch(generation: generation)))
      } catch {
        self.finish(.failure(error))
      }
    }
  }

  private func finish(_ result: Result<VerificationKeySet, any Error>) {
    running = nil
    switch result {
    case .success(let fetched):
      set = fetched
      fetchedAt = .now
      logger.debug("fetched an issuer's keys", metadata: ["issuer": "\(issuer)", "keys": "\(fetched.keys.count)"])
    case .failure(let error):
      problem = "\(error)"
      logger.warning(
        "an issuer's keys cannot be fetched", metadata: ["issuer": "\(issuer)", "problem": "\(error)", "keptSet": "\(usableSet() != nil)"])
    }
  }
}
