package import Logging
package import Postgres

/// Gives every committed audit event its place, in one server at a time.
///
/// Ids are made before transactions begin, and transactions end in another order than they began: neither can be a cursor. So places are
/// given after the fact, in rounds. Each round sees the database as of one snapshot and places what the snapshot before could not see:
/// events of transactions that were under way then, or began later.
///
/// ```
/// snapshot 1:  xmin 10   xmax 14   under way: 10, 12
/// snapshot 2:  xmin 12   xmax 17   under way: 12, 16     → events of 10, 14, 15 get places now; those of 12 and 16 later
/// ```
/// Of two changes of one object, the second waited for the first one's lock: a snapshot that sees the second sees the first, and within
/// a round the clock at insertion tells them apart. So the order of places is the order of changes, object by object.
///
/// A round is one statement under REPEATABLE READ that moves the row of `audit_sequence`: if two servers held themselves for the
/// sequencer, one of the two would fail and change nothing.
package final class EventSequencer: Sendable {
  private let leader: PostgresLeader

  /// How long after a round that placed something, and after one that found nothing.
  static let busyPause = Duration.milliseconds(200)
  static let idlePause = Duration.milliseconds(400)
  /// The advisory lock of the sequencer: `moraseqc`.
  static let lock: Int64 = 0x6D6F_7261_7365_7163

  package init(_ configuration: PostgresConfiguration, logger: Logger) {
    var configuration = configuration
    // Placing what came together while no sequencer ran may take a while.
    configuration.statementTimeout = nil
    // What is new is few rows of very many, whatever the planner guesses of a bound that it does not know.
    configuration.settings.merge(["enable_seqscan": "off", "enable_bitmapscan": "off"]) { $1 }
    leader = PostgresLeader(
      configuration, name: "sequencer", lock: Self.lock,
      failed: { logger.warning("events wait for their places; this is tried again", metadata: ["error": "\($0)"]) },
      work: { connection, isFirst in
        if isFirst { try Self.recognise(on: connection) }
        return try Self.place(on: connection) > 0 ? Self.busyPause : Self.idlePause
      })
  }

  package func shutdown() async { await leader.shutdown() }

  /// One round.
  ///
  /// - Returns: how many events got a place.
  static func place(on connection: PostgresConnection) throws -> Int64 {
    try connection.transaction(isolation: .repeatableRead) { connection in
      let placed = try connection.first(
        """
        WITH last AS MATERIALIZED (SELECT next_place, snapshot FROM audit_sequence)
        , fresh AS (
          SELECT id, recorded_at FROM audit_events WHERE transaction >= (SELECT pg_snapshot_xmax(snapshot) FROM last)
          UNION ALL
          SELECT id, recorded_at FROM audit_events WHERE transaction = ANY (ARRAY(SELECT pg_snapshot_xip(snapshot) FROM last)))
        , placed AS (
          INSERT INTO audit_places (place, event_id)
          SELECT (SELECT next_place FROM last) + row_number() OVER (ORDER BY recorded_at, id) - 1, id FROM fresh
          RETURNING place)
        , counted AS (SELECT count(*) AS number FROM placed)
        UPDATE audit_sequence SET next_place = next_place + number, snapshot = pg_current_snapshot() FROM counted WHERE number > 0
        RETURNING number
        """
      ) { row in try row[0] as Int64 }
      return placed ?? 0
    }
  }

  /// Notices a database that was restored into another cluster, whose transactions count anew, and begins there with what has no place.
  static func recognise(on connection: PostgresConnection) throws {
    try connection.transaction(isolation: .repeatableRead) { connection in
      let isKnown = try connection.first(
        """
        SELECT cluster = (SELECT system_identifier FROM pg_control_system())
          AND pg_snapshot_xmax(snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
        FROM audit_sequence
        """
      ) { row in try row[0] as Bool }
      guard isKnown == false else { return }
      try connection.execute("SET LOCAL enable_seqscan = on")
      try connection.execute(
        """
        WITH unplaced AS (
          SELECT id, recorded_at FROM audit_events e WHERE NOT EXISTS (SELECT FROM audit_places p WHERE p.event_id = e.id))
        , placed AS (
          INSERT INTO audit_places (place, event_id)
          SELECT (SELECT next_place FROM audit_sequence) + row_number() OVER (ORDER BY recorded_at, id) - 1, id FROM unplaced
          RETURNING place)
        UPDATE audit_sequence SET next_place = next_place + (SELECT count(*) FROM placed), snapshot = pg_current_snapshot(),
          cluster = (SELECT system_identifier FROM pg_control_system())
        """)
    }
  }
}
