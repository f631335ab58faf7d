import Logging
import Postgres
import PostgresTestSupport
import Testing
import TransparencyLog

@testable import Catalog
@testable import CatalogStore

/// The tree in the database, and who may write it.
@Suite struct LogSequencerTests {
  private static let key = LogKey.random()

  private static func leader(_ fixture: CatalogFixture, keys: [LogKey] = [key]) async throws -> LogLead {
    try await fixture.database.pool.run { connection in try LogLead(takingOverOn: connection, keys: keys) }
  }

  /// Takes in what there is, however recently that was done.
  private static func advance(_ lead: LogLead, _ fixture: CatalogFixture) async throws -> LogLead {
    try await fixture.database.pool.run { connection in
      var lead = lead
      while true {
        let pause = try lead.advance(on: connection)
        guard pause == .zero else { return lead }
      }
    }
  }

  private static func insert(_ count: Int, _ fixture: CatalogFixture) async throws {
    try await fixture.database.pool.run { connection in
      try connection.execute(
        """
        INSERT INTO audit_events (id, occurred_at, canonical, leaf_hash)
        SELECT gen_random_uuid(), now(), text, sha256('\\x00'::bytea || text)
        FROM (SELECT convert_to('event ' || n || random(), 'UTF8') AS text FROM generate_series(1, \(Int64(count))) n) e
        """)
      _ = try EventSequencer.place(on: connection)
    }
  }

  /// The roots of every checkpoint, recomputed from the events.
  private static func check(_ fixture: CatalogFixture) async throws -> [Int64] {
    let origin = try await fixture.store.logOrigin()
    let signer = try NoteSigner(name: origin, key)
    return try await fixture.database.pool.run { connection in
      let entries = try connection.query(
        "SELECT e.canonical FROM audit_places p JOIN audit_events e ON e.id = p.event_id ORDER BY p.place"
      ) { row in try row[0] as [UInt8] }
      let notes = try connection.query("SELECT size, note FROM log_checkpoints ORDER BY size") { row in
        (size: try row[0] as Int64, note: try row[1] as String)
      }
      var tree = MerkleRoot()
      var rest = entries[...]
      for (size, note) in notes {
        while tree.count < size, let entry = rest.popFirst() { tree.add(LeafHash.of(entry)) }
        let head = try VerifiedCheckpoint(parsing: Array(note.utf8), origin: origin, keys: [signer.verifier]).checkpoint
        #expect(head.size == size && head.root == tree.hash)
      }
      let tiles = try CatalogStore.tiles(Set(Tile.all(inTreeOf: tree.count).map(\.tile)), on: connection)
      for (tile, width) in Tile.all(inTreeOf: tree.count) { #expect(tiles[tile]?.count == width * NodeHash.sizeBytes) }
      #expect(try TiledTree(size: tree.count, tiles: tiles).root() == tree.hash)
      #expect(try connection.first("SELECT size FROM log_tree") { row in try row[0] as Int64 } == Int64(tree.count))
      return notes.map(\.size)
    }
  }

  /// What came together before there was a log is taken in by batches, each with a checkpoint.
  @Test func anExistingTrailIsTakenInByBatches() async throws {
    try await CatalogFixture.with { fixture in
      try await Self.insert(20_000, fixture)
      let last = try await fixture.store.lastPlace()
      _ = try await Self.advance(Self.leader(fixture), fixture)
      #expect(try await Self.check(fixture) == [8_192, 16_384, last + 1])
    }
  }

  /// Who led before can write no more, whatever it holds in memory; who leads goes on where the last checkpoint was.
  @Test func whoWasReplacedCannotWrite() async throws {
    try await CatalogFixture.with { fixture in
      try await Self.insert(300, fixture)
      let old = try await Self.advance(Self.leader(fixture), fixture)
      // One that had not begun.
      let idle = try await Self.leader(fixture)
      let new = try await Self.leader(fixture)
      try await Self.insert(10, fixture)
      await #expect(throws: LogProblem.overtaken) { try await Self.advance(idle, fixture) }
      try await Task.sleep(for: LogSequencer.interval)
      await #expect(throws: LogProblem.overtaken) { try await Self.advance(old, fixture) }
      let before = try await fixture.count("log_checkpoints")
      _ = try await Self.advance(new, fixture)
      #expect(try await fixture.count("log_checkpoints") == before + 1)
      _ = try await Self.check(fixture)
    }
  }

  /// At most one checkpoint in a second.
  @Test func checkpointsAreNotSignedForEveryEvent() async throws {
    try await CatalogFixture.with { fixture in
      try await Self.insert(5, fixture)
      var lead = try await Self.advance(Self.leader(fixture), fixture)
      try await Self.insert(5, fixture)
      lead = try await Self.advance(lead, fixture)
      #expect(try await fixture.count("log_checkpoints") == 1)
      try await Task.sleep(for: LogSequencer.interval)
      _ = try await Self.advance(lead, fixture)
      #expect(try await Self.check(fixture).count == 2)
    }
  }

  /// Nothing is signed on top of what is not what was signed.
  @Test func whatWasTamperedWithIsNotSigned() async throws {
    let tampering: [(String, LogProblem?)] = [
      (
        "UPDATE log_tiles SET hashes = overlay(hashes placing '\\xff'::bytea from 33) WHERE level = 0 AND index = 1", .changedTiles(size: 0)
      ),
      ("DELETE FROM log_tiles WHERE level = 1", .changedTiles(size: 0)),
      ("UPDATE log_checkpoints SET note = replace(note, 'moraine/', 'moraine.')", .foreignCheckpoint(size: 0)),
      ("UPDATE log_tree SET origin = 'another'", .foreignCheckpoint(size: 0)),
      // Full tiles are not what the next root is made from; `audit verify` finds them.
      ("UPDATE log_tiles SET hashes = overlay(hashes placing '\\xff'::bytea from 33) WHERE level = 0 AND index = 0", nil),
    ]
    for (statement, expected) in tampering {
      try await CatalogFixture.with { fixture in
        try await Self.insert(300, fixture)
        _ = try await Self.advance(Self.leader(fixture), fixture)
        try await fixture.database.pool.run { connection in _ = try connection.execute("\(raw: statement)") }
        do {
          _ = try await Self.leader(fixture)
          #expect(expected == nil, "\(statement)")
        } catch let problem as LogProblem {
          switch (problem, expected) {
          case (.changedTiles, .changedTiles), (.foreignCheckpoint, .foreignCheckpoint): break
          default: Issue.record("\(statement): \(problem)")
          }
        }
      }
    }
  }

  @Test func aMissingEventIsNamedAndNotPassedOver() async throws {
    try await CatalogFixture.with { fixture in
      try await Self.insert(20, fixture)
      try await fixture.database.pool.run { connection in
        _ = try connection.execute("DELETE FROM audit_events WHERE id = (SELECT event_id FROM audit_places WHERE place = 7)")
      }
      let lead = try await Self.leader(fixture)
      await #expect(throws: LogProblem.missingEvent(place: 7)) { try await Self.advance(lead, fixture) }
      #expect(try await fixture.count("log_checkpoints") == 0)
    }
  }

  /// A key that is in no file of the servers any more is known by its public half.
  @Test func keysChange() async throws {
    try await CatalogFixture.with { fixture in
      try await Self.insert(3, fixture)
      let origin = try await fixture.store.logOrigin()
      _ = try await Self.advance(Self.leader(fixture), fixture)
      let other = LogKey.random()
      let size = try await fixture.store.lastPlace() + 1
      await #expect(throws: LogProblem.foreignCheckpoint(size: size)) {
        try await Self.leader(fixture, keys: [other])
      }
      let authorization = try fixture.catalog.authorizer.authorizeServer(
        .addLogKey, on: CatalogResource(.server, ""), fixture.serverContext)
      for _ in 0..<2 { try await fixture.store.ensureLogKey(NoteSigner(name: origin, Self.key).verifier, authorization) }
      #expect(try await fixture.count("log_keys") == 1)
      #expect(try await fixture.count("audit_events", where: "convert_from(canonical, 'UTF8') LIKE '%\"add-log-key\"%'") == 1)
      _ = try await Self.leader(fixture, keys: [other])
    }
  }
}
