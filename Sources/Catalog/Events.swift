package import CatalogStore

/// Events behind a place, and where to go on.
package struct EventPage: Sendable {
  package let events: [PlacedEvent]
  /// The place up to which everything was looked at.
  package let next: Int64
}

/// Where reading begins.
package enum EventCursor: Hashable, Sendable {
  /// Behind a place; -1 for the beginning.
  case after(Int64)
  /// With whatever comes from now on.
  case end
}

extension Catalog {
  /// How long a caller may wait for events.
  package static let longestWait = Duration.seconds(30)
  /// Events that one request gets, and those that it looks at, at most.
  package static let maximumEvents = 1_000
  private static let maximumLooks = 10_000
  private static let lookInterval = Duration.milliseconds(200)

  /// Events in their order, for those who read the audit trail: an event tells of objects that may be gone, so that nobody's rights on
  /// them can be asked any more.
  ///
  /// - Parameters:
  ///   - wait: how long to wait for the first one.
  ///   - isEnding: whether the server is about to stop, so that nobody should wait any longer.
  /// - Throws: ``CatalogError/forbidden(_:)``
  package func events(
    _ cursor: EventCursor, _ filter: EventFilter, limit: Int, wait: Duration, _ context: OperationContext,
    isEnding: () -> Bool = { false }
  ) async throws -> EventPage {
    let authorization = try await authorized(.readEvents, [PolicyQuestion(.readAudit)], catalog: CatalogResource(.server, ""), context)
    var next =
      switch cursor {
      case .after(let place): place
      case .end: try await places.last()
      }
    let deadline = ContinuousClock.now + min(max(wait, .zero), Self.longestWait)
    let limit = min(max(limit, 1), Self.maximumEvents)
    var looks = 0
    var found: [PlacedEvent] = []
    while true {
      while looks < Self.maximumLooks {
        let read = try await store.events(after: next, limit: Self.maximumEvents, authorization)
        looks += read.count
        for event in read {
          next = event.place
          guard filter.matches(event) else { continue }
          found.append(event)
          if found.count == limit { return EventPage(events: found, next: next) }
        }
        if read.count < Self.maximumEvents { break }
      }
      guard found.isEmpty, looks < Self.maximumLooks else { break }
      // Asked again each time: what somebody may see can change while they wait.
      while try await places.last() <= next {
        guard ContinuousClock.now < deadline, !isEnding() else { return EventPage(events: [], next: next) }
        try await Task.sleep(for: Self.lookInterval)
      }
      _ = try await authorized(.readEvents, [PolicyQuestion(.readAudit)], catalog: CatalogResource(.server, ""), context)
    }
    return EventPage(events: found, next: next)
  }
}

/// The place of the latest event, asked once for all who wait.
actor LastPlace {
  private let store: CatalogStore
  private var known: (place: Int64, at: ContinuousClock.Instant)?
  private var asking: Task<Int64, any Error>?

  private static let freshness = Duration.milliseconds(50)

  init(_ store: CatalogStore) { self.store = store }

  func last() async throws -> Int64 {
    if let known, ContinuousClock.now - known.at < Self.freshness { return known.place }
    let task = asking ?? Task { [store] in try await store.lastPlace() }
    asking = task
    defer { if asking == task { asking = nil } }
    let place = try await task.value
    known = (place, .now)
    return place
  }
}
