import Postgres

extension CatalogStore {
  /// Events behind a place, in order.
  ///
  /// - Parameter limit: at most so many.
  package func events(after place: Int64, limit: Int, _: Authorization) async throws -> [PlacedEvent] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT p.place, e.id, e.occurred_at, e.canonical FROM audit_places p JOIN audit_events e ON e.id = p.event_id
        WHERE p.place > \(place) ORDER BY p.place LIMIT \(Int64(limit))
        """
      ) { row in try PlacedEvent(place: row[0], id: row[1], time: row[2], canonical: row[3]) }
    }
  }

  /// The place of the latest event; -1 when there is none.
  package func lastPlace() async throws -> Int64 {
    try await pool.run { connection in try Self.lastPlace(on: connection) }
  }

  static func lastPlace(on connection: PostgresConnection) throws -> Int64 {
    try connection.first("SELECT next_place - 1 FROM audit_sequence") { row in try row[0] as Int64 } ?? -1
  }
}
