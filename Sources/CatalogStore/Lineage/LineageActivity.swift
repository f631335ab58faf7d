package import Lineage
package import Postgres

/// How many events of an hour tell of runs in which state.
package struct LineageActivity: Sendable {
  package let hour: PostgresTimestamp
  package let state: RunState
  package let events: Int64

  private static let hourUs: Int64 = 3_600_000_000

  /// Counts events that are taken into the graph.
  static func write(_ events: [GraphBatch.Event], on connection: PostgresConnection) throws {
    struct Key: Hashable {
      let hour: Int64
      let state: String
    }
    var counts: [Key: Int64] = [:]
    for event in events {
      guard let run = event.facts.run else { continue }
      let rest = (event.facts.timeUs % hourUs + hourUs) % hourUs
      counts[Key(hour: event.facts.timeUs - rest, state: run.state.state.rawValue), default: 0] += 1
    }
    guard !counts.isEmpty else { return }
    let rows = counts.sorted { ($0.key.hour, $0.key.state) < ($1.key.hour, $1.key.state) }
    try connection.execute(
      """
      INSERT INTO lineage_activity AS a (hour, state, events)
      SELECT * FROM unnest(\(rows.map { PostgresTimestamp(microseconds: $0.key.hour) }), \(rows.map(\.key.state)), \(rows.map(\.value)))
      ON CONFLICT (hour, state) DO UPDATE SET events = a.events + excluded.events
      """)
  }
}

extension CatalogStore {
  package func lineageActivity(from: PostgresTimestamp, until: PostgresTimestamp, _: Authorization) async throws -> [LineageActivity] {
    try await pool.run { connection in
      try connection.query(
        "SELECT hour, state, events FROM lineage_activity WHERE hour >= \(from) AND hour < \(until) ORDER BY hour, state"
      ) { row in LineageActivity(hour: try row[0], state: RunState(rawValue: try row[1]) ?? .other, events: try row[2]) }
    }
  }

  /// When nodes of a kind were first told of within a time, in order, and how many were told of before; each no further than a bound.
  package func lineageBeginnings(
    of kind: String, from: PostgresTimestamp, until: PostgresTimestamp, countTo bound: Int, _: Authorization
  ) async throws -> (before: Int, times: [PostgresTimestamp]) {
    try await readGraph { connection in
      let before = try connection.first(
        "SELECT count(*) FROM (SELECT FROM lineage_nodes WHERE kind = \(kind) AND first_seen_at < \(from) LIMIT \(Int64(bound))) n"
      ) { row in try row[0] as Int64 }
      let times = try connection.query(
        """
        SELECT first_seen_at FROM lineage_nodes WHERE kind = \(kind) AND first_seen_at >= \(from) AND first_seen_at < \(until)
        ORDER BY first_seen_at LIMIT \(Int64(bound))
        """
      ) { row in try row[0] as PostgresTimestamp }
      return (Int(before ?? 0), times)
    }
  }

  /// Namespaces of datasets, counted no further than a bound.
  package func lineageSources(countTo bound: Int, _: Authorization) async throws -> Int {
    try await readGraph { connection in
      let count = try connection.first(
        """
        WITH RECURSIVE found AS (
          (SELECT namespace FROM lineage_names WHERE kind = 'dataset' ORDER BY namespace LIMIT 1)
          UNION ALL
          SELECT (SELECT m.namespace FROM lineage_names m WHERE m.kind = 'dataset' AND m.namespace > f.namespace ORDER BY m.namespace LIMIT 1)
          FROM found f WHERE f.namespace IS NOT NULL)
        SELECT count(*) FROM (SELECT FROM found WHERE namespace IS NOT NULL LIMIT \(Int64(bound))) s
        """
      ) { row in try row[0] as Int64 }
      return Int(count ?? 0)
    }
  }
}
