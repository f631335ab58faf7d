package import Postgres
package import TransparencyLog

/// A checkpoint as it is kept.
package struct StoredCheckpoint: Hashable, Sendable {
  package let size: Int64
  /// A signed note.
  package let note: String
  package let signedAt: PostgresTimestamp
}

/// A public key of the log.
package struct StoredLogKey: Hashable, Sendable {
  /// As C2SP signed-note writes it.
  package let verifier: String
  package let addedAt: PostgresTimestamp
}

/// What the database says of the event at a place. Nothing of it is checked: that is for whoever asks.
package struct LogEntry: Sendable {
  package let place: Int64
  /// Zeros when nothing has the place.
  package let event: PostgresUUID
  /// `nil` when the event is not there.
  package let row: Row?
  /// The leaf's hash as the tree has it; `nil` beyond the tree.
  package var treeHash: [UInt8]?

  package struct Row: Sendable {
    package let occurredAt: PostgresTimestamp
    package let leafHash: [UInt8]
    package let canonical: [UInt8]
  }
}

extension CatalogStore {
  /// The log's name.
  package func logOrigin(_: Authorization) async throws -> String { try await logOrigin() }

  package func logOrigin() async throws -> String {
    let origin = try await pool.run { connection in
      try connection.first("SELECT origin FROM log_tree") { row in try row[0] as String }
    }
    guard let origin else { throw CatalogError.unavailable("The log's name is not there; the database was damaged") }
    return origin
  }

  /// Events that are in the tree.
  package func logSize() async throws -> Int64 {
    try await pool.run { connection in try connection.first("SELECT size FROM log_tree") { row in try row[0] as Int64 } } ?? 0
  }

  // MARK: Checkpoints

  /// The checkpoint of that size, or the latest one.
  package func checkpoint(size: Int64?, _: Authorization) async throws -> StoredCheckpoint? {
    try await pool.run { connection in
      try connection.first(
        """
        SELECT size, note, signed_at FROM log_checkpoints WHERE \(size)::bigint IS NULL OR size = \(size) ORDER BY size DESC LIMIT 1
        """, Self.checkpoint)
    }
  }

  /// Checkpoints of trees larger than `after`, in their order.
  package func checkpoints(after size: Int64, limit: Int, _: Authorization) async throws -> [StoredCheckpoint] {
    try await pool.run { connection in
      try connection.query(
        "SELECT size, note, signed_at FROM log_checkpoints WHERE size > \(size) ORDER BY size LIMIT \(Int64(limit))", Self.checkpoint)
    }
  }

  private static func checkpoint(_ row: PostgresRow) throws -> StoredCheckpoint {
    StoredCheckpoint(size: try row[0], note: try row[1], signedAt: try row[2])
  }

  // MARK: Tiles

  /// Those of `tiles` that are there, as long as they are.
  package func tiles(_ tiles: Set<Tile>, _: Authorization) async throws -> [Tile: [UInt8]] {
    try await pool.run { connection in try Self.tiles(tiles, on: connection) }
  }

  static func tiles(_ tiles: Set<Tile>, on connection: PostgresConnection) throws -> [Tile: [UInt8]] {
    guard !tiles.isEmpty else { return [:] }
    let wanted = Array(tiles)
    let rows = try connection.query(
      """
      SELECT t.level, t.index, t.hashes FROM unnest(\(wanted.map { Int16($0.level) }), \(wanted.map { Int64(clamping: $0.index) })) AS w (level, index)
      JOIN log_tiles t ON t.level = w.level AND t.index = w.index
      """
    ) { row in (Tile(level: Int(try row[0] as Int16), index: UInt64(try row[1] as Int64)), try row[2] as [UInt8]) }
    return Dictionary(uniqueKeysWithValues: rows)
  }

  // MARK: Events

  /// The place of an event, and its bytes.
  package func logged(_ event: AuditEventID, _: Authorization) async throws -> (place: Int64, canonical: [UInt8])? {
    try await pool.run { connection in
      try connection.first(
        "SELECT p.place, e.canonical FROM audit_places p JOIN audit_events e ON e.id = p.event_id WHERE p.event_id = \(event)"
      ) { row in (place: try row[0], canonical: try row[1]) }
    }
  }

  /// What there is at so many places from one on, in order. A place that neither an event has nor the tree is left out.
  package func logEntries(from place: Int64, limit: Int, _: Authorization) async throws -> [LogEntry] {
    let places = place..<place + Int64(limit)
    return try await pool.run { connection in
      let found = try connection.query(
        """
        SELECT p.place, p.event_id, e.occurred_at, e.leaf_hash, e.canonical FROM audit_places p LEFT JOIN audit_events e ON e.id = p.event_id
        WHERE p.place >= \(places.lowerBound) AND p.place < \(places.upperBound) ORDER BY p.place
        """
      ) { row in
        let canonical: [UInt8]? = try row[4]
        return LogEntry(
          place: try row[0], event: try row[1],
          row: try canonical.map { LogEntry.Row(occurredAt: try row[2], leafHash: try row[3], canonical: $0) }, treeHash: nil)
      }
      let width = Int64(Tile.width)
      let indexes = places.lowerBound / width...(places.upperBound - 1) / width
      let tiles = try Self.tiles(Set(indexes.map { Tile(level: 0, index: UInt64($0)) }), on: connection)
      var rest = found[...]
      return places.compactMap { place in
        let row = rest.first?.place == place ? rest.popFirst() : nil
        let hashes = tiles[Tile(level: 0, index: UInt64(place / width)), default: []]
        let start = Int(place % width) * NodeHash.sizeBytes
        guard hashes.count >= start + NodeHash.sizeBytes else { return row }
        var entry = row ?? LogEntry(place: place, event: PostgresUUID(high: 0, low: 0), row: nil, treeHash: nil)
        entry.treeHash = Array(hashes[start..<start + NodeHash.sizeBytes])
        return entry
      }
    }
  }

  /// Events that should have a place and have none: nobody's change left them. Looks at every event.
  package func eventsWithoutPlace(limit: Int, _: Authorization) async throws -> [AuditEventID] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT e.id FROM audit_events e, audit_sequence s
        WHERE NOT EXISTS (SELECT FROM audit_places p WHERE p.event_id = e.id)
          AND (e.transaction IS NULL OR pg_visible_in_snapshot(e.transaction, s.snapshot))
        ORDER BY e.id LIMIT \(Int64(limit))
        """
      ) { row in try row[0] as AuditEventID }
    }
  }

  // MARK: Keys

  /// The keys that have signed or sign, the oldest first.
  package func logKeys(_: Authorization) async throws -> [StoredLogKey] {
    try await pool.run { connection in try Self.logKeys(on: connection) }
  }

  static func logKeys(on connection: PostgresConnection) throws -> [StoredLogKey] {
    try connection.query("SELECT verifier, added_at FROM log_keys ORDER BY added_at, verifier") { row in
      StoredLogKey(verifier: try row[0], addedAt: try row[1])
    }
  }

  /// Whether the log has ever had a key.
  package func hasLogKey() async throws -> Bool {
    try await pool.run { connection in
      try connection.first("SELECT EXISTS (SELECT FROM log_keys)") { row in try row[0] as Bool } ?? false
    }
  }

  /// Makes a public key known, unless it is.
  package func ensureLogKey(_ verifier: NoteVerifier, _ authorization: Authorization) async throws {
    let text = verifier.description
    let event = AuditEvent(authorization, after: ["verifier": .string(text)])
    do {
      try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
        guard try connection.execute("INSERT INTO log_keys (verifier) VALUES (\(text)) ON CONFLICT DO NOTHING") == 1 else {
          throw VersionMoved()
        }
      }
    } catch is VersionMoved {
      // It is known.
    }
  }
}
