package import CatalogStore
import Postgres
import Synchronization

extension Catalog {
  /// Keeps events of OpenLineage, which are taken into the graph soon after. Once this returns, none of them is lost; one that was sent
  /// before counts once.
  ///
  /// - Returns: how many were new.
  /// - Throws: ``CatalogError/forbidden(_:)``; ``CatalogError/overloaded(_:retryAfterSeconds:)`` with nothing kept.
  package func reportLineage(_ events: [ReceivedEvent], _ context: OperationContext) async throws -> Int {
    let authorization = try await authorized(
      .reportLineage, [PolicyQuestion(.reportLineage)], catalog: CatalogResource(.server, ""), context)
    guard !events.isEmpty else { return 0 }
    let size = events.reduce(0) { $0 + $1.document.count }
    try await lineageDoor.enter(size)
    defer { lineageDoor.leave(size) }
    do {
      try await recordQuality(of: events, authorization)
      return try await store.keep(events, authorization)
    } catch let error as PostgresError where error.isUnavailable {
      throw CatalogError.overloaded("The database cannot be reached; send these again in a moment", retryAfterSeconds: 5)
    }
  }
}

/// Lets in only what can be dealt with: so much at a time, and nothing while too much waits to be taken into the graph.
final class LineageDoor: Sendable {
  private struct State {
    var sizeBytes = 0
    var requests = 0
    var waiting = 0
    var lookedAt: ContinuousClock.Instant?
  }

  private let store: CatalogStore
  private let options: LineageOptions
  private let state = Mutex(State())

  private static let lookInterval = Duration.seconds(1)

  init(_ store: CatalogStore, _ options: LineageOptions) {
    self.store = store
    self.options = options
  }

  /// - Throws: ``CatalogError/overloaded(_:retryAfterSeconds:)``
  func enter(_ sizeBytes: Int) async throws {
    let isLookDue = state.withLock { state in
      guard state.lookedAt.map({ ContinuousClock.now - $0 >= Self.lookInterval }) ?? true else { return false }
      state.lookedAt = .now
      return true
    }
    if isLookDue {
      let waiting = try await store.waitingLineageEvents(upTo: options.maximumWaitingEvents + 1)
      state.withLock { $0.waiting = waiting }
    }
    let refusal = state.withLock { state -> CatalogError? in
      if state.waiting > options.maximumWaitingEvents {
        return .overloaded("\(options.maximumWaitingEvents) events wait to be taken in; send these again later", retryAfterSeconds: 10)
      }
      // One alone is let in, however large.
      guard state.requests == 0 || state.requests < options.maximumRequests && state.sizeBytes + sizeBytes <= options.maximumSizeBytes
      else { return .overloaded("Too many events arrive at once; send these again in a moment", retryAfterSeconds: 1) }
      state.requests += 1
      state.sizeBytes += sizeBytes
      return nil
    }
    if let refusal { throw refusal }
  }

  func leave(_ sizeBytes: Int) {
    state.withLock { state in
      state.requests -= 1
      state.sizeBytes -= sizeBytes
    }
  }
}
