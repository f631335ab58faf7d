package import Logging
package import Postgres

/// Fills the index that the trail is searched by, in one server at a time, behind the sequencer.
///
/// ```
/// events ──sequencer──► places 0 … 4711 ──indexer──► audit_index 0 … 4700   (next_place 4701)
/// ```
/// Places are given without gaps and in order, so everything behind `next_place` is new and everything before it is done. A round is one
/// transaction that first moves `next_place` from where it read on: of two servers that both took themselves for the leader, one waits
/// for the other's transaction and then finds that the work is done.
package final class TrailIndexer: Sendable {
  private let leader: PostgresLeader

  static let busyPause = Duration.milliseconds(100)
  static let idlePause = Duration.milliseconds(300)
  static let batch = 4_096
  /// The advisory lock of the indexer: `moratrai`.
  static let lock: Int64 = 0x6D6F_7261_7472_6169
  /// Places of a row of `audit_index_times`.
  static let block: Int64 = 8_192

  package init(_ configuration: PostgresConfiguration, logger: Logger) {
    var configuration = configuration
    configuration.statementTimeout = nil
    configuration.settings.merge(["enable_seqscan": "off", "enable_bitmapscan": "off"]) { $1 }
    leader = PostgresLeader(
      configuration, name: "trail-index", lock: Self.lock,
      failed: { logger.warning("events wait to be indexed; this is tried again", metadata: ["error": "\($0)"]) },
      work: { connection, _ in
        switch try Self.advance(on: connection) {
        case 0: Self.idlePause
        // What has come together is not taken in bit by bit.
        case Self.batch: .zero
        default: Self.busyPause
        }
      })
  }

  package func shutdown() async { await leader.shutdown() }

  /// One round.
  ///
  /// - Returns: how many events were indexed.
  static func advance(on connection: PostgresConnection) throws -> Int {
    let start = try nextPlace(on: connection)
    let rows = try connection.query(
      """
      SELECT p.place, e.canonical FROM audit_places p LEFT JOIN audit_events e ON e.id = p.event_id
      WHERE p.place >= \(start) ORDER BY p.place LIMIT \(Int64(batch))
      """
    ) { row in
      (place: try row[0] as Int64, facts: (try row[1] as [UInt8]?).flatMap { IndexedEvent.Facts(canonical: $0) })
    }
    guard let last = rows.last?.place else { return 0 }
    let isOurs = try connection.transaction { connection in
      // First, and locked until the end.
      let moved = try connection.execute("UPDATE audit_index_state SET next_place = \(last + 1) WHERE next_place = \(start)")
      guard moved == 1 else { return false }
      try insert(rows, on: connection)
      return true
    }
    return isOurs ? rows.count : 0
  }

  static func nextPlace(on connection: PostgresConnection) throws -> Int64 {
    try connection.first("SELECT next_place FROM audit_index_state") { row in try row[0] as Int64 } ?? 0
  }

  private static func insert(
    _ rows: [(place: Int64, facts: IndexedEvent.Facts?)], on connection: PostgresConnection
  ) throws {
    let facts = rows.map(\.facts)
    let hashes = facts.map { $0.map { TrailObject.hashes(kind: $0.objectKind, path: $0.objectPath) } }
    func within(_ level: Int) -> [Int64?] { hashes.map { $0.flatMap { $0.within.count > level ? $0.within[level] : nil } } }
    try connection.execute(
      """
      INSERT INTO audit_index
        (place, occurred_at, actor, action, object_kind, object_path, kind, request_id, object, within_1, within_2, within_3)
      SELECT * FROM unnest(
        \(rows.map(\.place)), \(facts.map { $0?.time }), \(facts.map { $0?.actor }), \(facts.map { $0?.action }),
        \(facts.map { $0?.objectKind }), \(facts.map { $0?.objectPath }), \(facts.map { $0?.kind.rawValue }),
        \(facts.map { $0?.requestID }), \(hashes.map { $0?.object }), \(within(0)), \(within(1)), \(within(2)))
      """)
    let times = Dictionary(grouping: rows.filter { $0.facts != nil }, by: { $0.place / block }).sorted { $0.key < $1.key }
      .map { block, rows in (block: block, times: rows.compactMap { $0.facts?.time }) }
    try connection.execute(
      """
      INSERT INTO audit_index_times AS t (block, earliest, latest)
      SELECT * FROM unnest(\(times.map(\.block)), \(times.compactMap { $0.times.min() }), \(times.compactMap { $0.times.max() }))
      ON CONFLICT (block) DO UPDATE SET earliest = least(t.earliest, EXCLUDED.earliest), latest = greatest(t.latest, EXCLUDED.latest)
      """)
  }
}
