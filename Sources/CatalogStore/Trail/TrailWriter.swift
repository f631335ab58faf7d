import Postgres

/// Writes events that belong to no change, those of many requests in one statement.
///
/// Nothing is dropped: who wants to be answered waits until their event is written, and when too many wait, the rest is told to come again.
final class TrailWriter: Sendable {
  private struct Entry: Hashable {
    let event: AuditEvent

    static func == (left: Entry, right: Entry) -> Bool { left.event.id == right.event.id }
    func hash(into hasher: inout Hasher) { hasher.combine(event.id) }
  }

  private let gatherer: PostgresGatherer<Entry, Bool>

  init(_ configuration: PostgresConfiguration) {
    gatherer = PostgresGatherer(configuration, name: "trail") { connection, entries in
      let events = entries.map(\.event)
      // Written by an earlier try that nobody heard of, it is not written again.
      try connection.execute(
        """
        INSERT INTO audit_events (id, occurred_at, canonical, leaf_hash)
        SELECT * FROM unnest(\(events.map(\.id.uuid)), \(events.map(\.time)), \(events.map(\.canonical)), \(events.map(\.leafHash)))
        ON CONFLICT (id) DO NOTHING
        """)
      return Dictionary(uniqueKeysWithValues: entries.map { ($0, true) })
    }
  }

  func write(_ event: AuditEvent) async throws { _ = try await gatherer.load(Entry(event: event)) }

  func shutdown() async { await gatherer.shutdown() }
}
