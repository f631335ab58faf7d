import JSON
package import Lineage
package import Logging
package import Postgres

/// Takes events that were written down into the graph, in batches, in one server at a time.
///
/// A batch is one transaction, which also takes its events off the queue: what a crash interrupts has not happened and is done again. A
/// batch that cannot be taken in is tried event by event; one that still cannot keeps the reason with it and stands in nobody's way.
package final class LineageIntake: Sendable {
  private let leader: PostgresLeader

  static let idlePause = Duration.milliseconds(100)
  private static let adoptionInterval = Duration.seconds(2)
  private static let maximumBatch = 500
  private static let maximumBatchBytes = 8 << 20
  /// The advisory lock: `moralnge`.
  static let lock: Int64 = 0x6D6F_7261_6C6E_6765

  /// - Parameter aliases: the operator's; warehouses' names and locations are known anyway.
  package init(_ configuration: PostgresConfiguration, aliases: [NamespaceAliases.Alias], logger: Logger) {
    var configuration = configuration
    configuration.statementTimeout = nil
    // Few rows of very many, found by their keys, whatever the planner guesses of arrays. A lost batch is taken in again, so it need not
    // wait for the disk.
    configuration.settings.merge(
      ["enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "synchronous_commit": "off"]
    ) { $1 }
    nonisolated(unsafe) var adoptionDue = ContinuousClock.now
    leader = PostgresLeader(
      configuration, name: "lineage", lock: Self.lock,
      failed: { logger.warning("lineage events wait to be taken in; this is tried again", metadata: ["error": "\($0)"]) },
      work: { connection, _ in
        let taken = try Self.takeIn(on: connection, aliases: aliases, logger: logger)
        if ContinuousClock.now >= adoptionDue {
          try Self.adopt(on: connection)
          adoptionDue = .now + Self.adoptionInterval
        }
        return taken > 0 ? .zero : Self.idlePause
      })
  }

  package func shutdown() async { await leader.shutdown() }

  /// One batch.
  ///
  /// - Returns: how many events left the queue.
  static func takeIn(on connection: PostgresConnection, aliases: [NamespaceAliases.Alias], logger: Logger) throws -> Int {
    let waiting = try connection.query(
      "SELECT event_id, size_bytes FROM lineage_queue ORDER BY event_id LIMIT \(Int64(Self.maximumBatch))"
    ) { row in (id: try row[0] as Int64, size: Int(try row[1] as Int32)) }
    guard !waiting.isEmpty else { return 0 }
    var size = 0
    let chosen = waiting.prefix { event in
      defer { size += event.size }
      return size < Self.maximumBatchBytes
    }
    let events = try connection.query(
      "SELECT id, principal, document FROM lineage_events WHERE id = ANY(\(chosen.map(\.id))) ORDER BY id"
    ) { row in WaitingEvent(id: try row[0], principal: try row[1], document: (try row[2] as PostgresText).bytes) }
    do {
      try take(events, on: connection, aliases)
    } catch  where !error.isPassing {
      for event in events {
        do {
          try take([event], on: connection, aliases)
        } catch  where !error.isPassing {
          logger.warning("a lineage event cannot be taken in", metadata: ["event": "\(event.id)", "error": "\(error)"])
          try giveUp(event.id, "\(error)", on: connection)
        }
      }
    }
    return events.count
  }

  private static func take(_ events: [WaitingEvent], on connection: PostgresConnection, _ aliases: [NamespaceAliases.Alias]) throws {
    try connection.transaction { connection in
      try lockIntake(on: connection)
      let ours = Set(
        try connection.query("DELETE FROM lineage_queue WHERE event_id = ANY(\(events.map(\.id))) RETURNING event_id") { row in
          try row[0] as Int64
        })
      var understood: [GraphBatch.Event] = []
      for event in events where ours.contains(event.id) {
        do {
          let facts = EventFacts(try LineageEvent(jsonText: event.document, limits: .init(maximumDepth: 1_000)))
          understood.append(GraphBatch.Event(id: event.id, principal: event.principal, facts: facts))
        } catch {
          // An older version of ours understood it.
          try note("\(error)", of: event.id, on: connection)
        }
      }
      let batch = try GraphBatch(understood, aliases: aliases, on: connection)
      try batch.write(on: connection)
      try LineageActivity.write(understood, on: connection)
    }
  }

  static func lockIntake(on connection: PostgresConnection) throws {
    try connection.execute("SELECT FROM lineage_intake FOR UPDATE")
  }

  private static func giveUp(_ id: Int64, _ problem: String, on connection: PostgresConnection) throws {
    try connection.transaction { connection in
      try note(problem, of: id, on: connection)
      try connection.execute("DELETE FROM lineage_queue WHERE event_id = \(id)")
    }
  }

  private static func note(_ problem: String, of id: Int64, on connection: PostgresConnection) throws {
    try connection.execute("UPDATE lineage_events SET problem = \(String(problem.prefix(2_000))) WHERE id = \(id)")
  }
}

/// An event on the queue.
private struct WaitingEvent {
  let id: Int64
  let principal: String
  let document: [UInt8]
}

extension Error {
  /// Whether the same may succeed later: the connection broke, or the server met others (SQLSTATE class 40), lacks something (53, 58), was
  /// interrupted (57) or waited in vain (55).
  fileprivate var isPassing: Bool {
    guard let error = self as? PostgresError else { return false }
    guard let state = error.sqlState else { return error.isUnavailable || error.outcomeUnknown }
    return ["08", "40", "53", "55", "57", "58"].contains(String(state.prefix(2)))
  }
}
