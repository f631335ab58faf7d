package import Logging
package import Postgres
import Synchronization
package import TransparencyLog

/// Takes events that have their places into the tree, and signs its heads, in one server at a time of those that have the log's key.
///
/// Each step is one transaction: tiles, size and checkpoint become durable together, so the tree is never larger than its latest
/// checkpoint says. The root is computed from the events' own bytes and from an edge of the tree that is kept in memory. Whoever takes
/// the lead holds the edge that Postgres has against the latest checkpoint and its signature first: what was tampered with is not signed.
///
/// ```
/// lead ──► term + 1 ──► edge = latest checkpoint? ──no──► nothing is signed, the log of the server says so
///                              └──yes──► events from there ──► tiles, checkpoint where term is still ours ──► a second later …
/// ```
package final class LogSequencer: Sendable {
  private let leader: PostgresLeader

  /// Between two checkpoints.
  static let interval = Duration.seconds(1)
  /// Looks for events in between: whoever waits for a checkpoint after a quiet time waits no longer than this.
  static let look = Duration.milliseconds(200)
  static let batch = 8_192
  /// The advisory lock of the log: `moralogs`.
  static let lock: Int64 = 0x6D6F_7261_6C6F_6773

  /// - Parameter keys: of the log; all of them sign each checkpoint. Not empty.
  package init(_ configuration: PostgresConfiguration, keys: [LogKey], logger: Logger) {
    var configuration = configuration
    configuration.statementTimeout = nil
    configuration.settings.merge(["enable_seqscan": "off", "enable_bitmapscan": "off"]) { $1 }
    let lead = Mutex<LogLead?>(nil)
    let told = Mutex<String?>(nil)
    leader = PostgresLeader(
      configuration, name: "log", lock: Self.lock,
      failed: { error in
        let text = "\(error)"
        // Tried every second; what stays wrong is told once.
        let isNew = told.withLock { before in
          defer { before = text }
          return before != text
        }
        guard isNew else { return }
        let level: Logger.Level = error is LogProblem ? .error : .warning
        logger.log(level: level, "no checkpoint is signed; this is tried again", metadata: ["error": "\(text)"])
      },
      work: { connection, isFirst in
        try lead.withLock { lead in
          if isFirst { lead = try LogLead(takingOverOn: connection, keys: keys) }
          guard let pause = try lead?.advance(on: connection) else { return Self.look }
          told.withLock { $0 = nil }
          return pause
        }
      })
  }

  package func shutdown() async { await leader.shutdown() }
}

/// Why nothing can be signed until somebody has looked at it.
package enum LogProblem: Error, Hashable, CustomStringConvertible {
  /// The latest checkpoint in the database is none that a key of the log signed for this log.
  case foreignCheckpoint(size: Int64)
  /// The tiles are not those of the latest checkpoint.
  case changedTiles(size: Int64)
  /// An event that has its place is not there.
  case missingEvent(place: Int64)
  /// Another server has taken over.
  case overtaken

  package var description: String {
    switch self {
    case .foreignCheckpoint(let size): "the latest checkpoint, of size \(size), was not signed by a key of this log"
    case .changedTiles(let size): "the tree's tiles are not those of its latest checkpoint, of size \(size)"
    case .missingEvent(let place): "the event with place \(place) is missing"
    case .overtaken: "another server signs"
    }
  }
}

/// The tree in the hands of the server that leads.
struct LogLead {
  private let term: Int64
  private let origin: String
  private let signers: [NoteSigner]
  private var tree: GrowingTree
  private var last: ContinuousClock.Instant?

  /// Ends the lead of whoever led before.
  init(takingOverOn connection: PostgresConnection, keys: [LogKey]) throws {
    let found = try connection.first("UPDATE log_tree SET term = term + 1 RETURNING origin, size, term") { row in
      (origin: try row[0] as String, size: try row[1] as Int64, term: try row[2] as Int64)
    }
    guard let found else { throw LogProblem.changedTiles(size: 0) }
    (origin, term) = (found.origin, found.term)
    signers = try keys.map { try NoteSigner(name: found.origin, $0) }
    let latest = try connection.first("SELECT size, note FROM log_checkpoints ORDER BY size DESC LIMIT 1") { row in
      (size: try row[0] as Int64, note: try row[1] as String)
    }
    let size = UInt64(latest?.size ?? 0)
    let tiles = try CatalogStore.tiles(Set(GrowingTree.edgeTiles(inTreeOf: size)), on: connection)
    guard let tree = try? GrowingTree(size: size, tiles: tiles) else { throw LogProblem.changedTiles(size: Int64(size)) }
    if let latest {
      // A key that signed before and is no longer in the file is known by its public half.
      let known = try CatalogStore.logKeys(on: connection).compactMap { try? NoteVerifier(parsing: $0.verifier) }
      guard
        let head = try? VerifiedCheckpoint(
          parsing: Array(latest.note.utf8), origin: found.origin, keys: signers.map(\.verifier) + known),
        head.checkpoint.size == size
      else { throw LogProblem.foreignCheckpoint(size: latest.size) }
      guard head.checkpoint.root == tree.root else { throw LogProblem.changedTiles(size: latest.size) }
    }
    self.tree = tree
  }

  /// Takes in what is new and signs, unless that was done a moment ago.
  ///
  /// - Returns: how long to wait.
  mutating func advance(on connection: PostgresConnection) throws -> Duration {
    if let last {
      let left = LogSequencer.interval - last.duration(to: .now)
      if left > .zero { return min(left, LogSequencer.look) }
    }
    let entries = try Self.entries(from: Int64(tree.size), on: connection)
    guard !entries.isEmpty else { return LogSequencer.look }
    var next = tree
    for entry in entries { next.add(LeafHash.of(entry)) }
    let tiles = next.takeChanges()
    let note = try Checkpoint(origin: origin, size: next.size, root: next.root).signed(by: signers)
    try Self.keep(tiles, String(decoding: note.bytes, as: UTF8.self), size: Int64(next.size), term: term, on: connection)
    tree = next
    // What has come together is not taken in second by second.
    last = entries.count == LogSequencer.batch ? nil : .now
    return last == nil ? .zero : LogSequencer.look
  }

  /// The bytes of events from a place on, which must follow each other.
  private static func entries(from start: Int64, on connection: PostgresConnection) throws -> [[UInt8]] {
    let rows = try connection.query(
      """
      SELECT p.place, e.canonical FROM audit_places p LEFT JOIN audit_events e ON e.id = p.event_id
      WHERE p.place >= \(start) ORDER BY p.place LIMIT \(Int64(LogSequencer.batch))
      """
    ) { row in (place: try row[0] as Int64, canonical: try row[1] as [UInt8]?) }
    return try rows.enumerated().map { offset, row in
      let place = start + Int64(offset)
      guard row.place == place, let canonical = row.canonical else { throw LogProblem.missingEvent(place: place) }
      return canonical
    }
  }

  private static func keep(
    _ tiles: [Tile: [UInt8]], _ note: String, size: Int64, term: Int64, on connection: PostgresConnection
  ) throws {
    let tiles = tiles.sorted { ($0.key.level, $0.key.index) < ($1.key.level, $1.key.index) }
    try connection.transaction { connection in
      // First, and locked until the end: whoever takes over waits for us, or we find it there.
      let isOurs = try connection.execute("UPDATE log_tree SET size = \(size) WHERE term = \(term)")
      guard isOurs == 1 else { throw LogProblem.overtaken }
      try connection.execute(
        """
        INSERT INTO log_tiles (level, index, hashes)
        SELECT * FROM unnest(\(tiles.map { Int16($0.key.level) }), \(tiles.map { Int64($0.key.index) }), \(tiles.map(\.value)))
        ON CONFLICT (level, index) DO UPDATE SET hashes = EXCLUDED.hashes
        """)
      try connection.execute("INSERT INTO log_checkpoints (size, note) VALUES (\(size), \(note))")
    }
  }
}
