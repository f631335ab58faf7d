import Iceberg
import JSON
import Logging
import Postgres
import PostgresTestSupport
import Synchronization
import Testing

@testable import Catalog
@testable import CatalogStore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Places of events, while much goes on.
@Suite struct EventSequencerTests {
  private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// Eight writers of four objects, who roll back as often as not and whose ids say nothing of their order; two sequencers, whose
  /// connections are broken again and again.
  @Test(.timeLimit(.minutes(10))) func placesAreDenseAndInTheOrderOfEachObject() async throws {
    try await CatalogFixture.with { fixture in
      let pool = PostgresPool(fixture.database.configuration(poolSize: 12))
      try await pool.run { connection in
        try connection.executeScript(
          "CREATE TABLE things (id bigint PRIMARY KEY, version bigint NOT NULL); INSERT INTO things SELECT n, 0 FROM generate_series(0, 3) n"
        )
      }
      let sequencers = [1, 2].map { _ in EventSequencer(fixture.database.configuration, logger: Self.logger) }
      let isDone = Flag(false)
      try await withThrowingTaskGroup { group in
        let breaker = Task { () async throws -> Int64 in
          var broken: Int64 = 0
          while !isDone.value {
            try await Task.sleep(for: .milliseconds(300))
            broken += try await pool.run { connection in
              try connection.first(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
              ) { row in try row[0] as Int64 } ?? 0
            }
          }
          return broken
        }
        for writer in 0..<8 {
          group.addTask { for number in 0..<120 { try await Self.write(Int64((writer + number) % 4), pool) } }
        }
        try await group.waitForAll()
        isDone.value = true
        #expect(try await breaker.value >= 2)
      }
      let expected = try await fixture.count("audit_events")
      try await Self.until { try await fixture.count("audit_places") == expected }
      for sequencer in sequencers { await sequencer.shutdown() }

      let placed = try await pool.run { connection in
        try connection.query(
          "SELECT p.place, e.canonical FROM audit_places p JOIN audit_events e ON e.id = p.event_id ORDER BY p.place"
        ) { row in (place: try row[0] as Int64, text: String(decoding: try row[1] as [UInt8], as: UTF8.self)) }
      }
      #expect(placed.map(\.place) == Array(0..<Int64(placed.count)))
      var versions: [Substring: Int] = [:]
      for (_, text) in placed where text.hasPrefix("thing ") {
        let parts = text.split(separator: " ")
        #expect(Int(parts[2]) == versions[parts[1], default: 0] + 1, "\(text) after \(versions)")
        versions[parts[1]] = Int(parts[2])
      }
      #expect(versions.values.reduce(0, +) > 100)
      #expect(try await fixture.store.lastPlace() == expected - 1)
      await pool.shutdown()
    }
  }

  /// One change of one object, or none.
  private static func write(_ thing: Int64, _ pool: PostgresPool) async throws {
    let stays = Int.random(in: 0..<3) > 0
    let pause = Double.random(in: 0...0.01)
    do {
      try await pool.transaction { connection in
        let version = try connection.first(
          "UPDATE things SET version = version + 1 WHERE id = \(thing) RETURNING version"
        ) { row in try row[0] as Int64 }
        try connection.execute(
          """
          INSERT INTO audit_events (id, occurred_at, canonical, leaf_hash)
          VALUES (\(PostgresUUID.random()), now(), \(Array("thing \(thing) \(version ?? 0)".utf8)), sha256('x'))
          """)
        _ = try connection.first("SELECT pg_sleep(\(pause))::text") { row in try row[0] as String }
        guard stays else { throw Changed() }
      }
    } catch is Changed {}
  }

  private struct Changed: Error {}

  /// Waits for what comes within moments.
  private static func until(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while try await !condition() {
      guard ContinuousClock.now < deadline else {
        Issue.record("it did not come")
        return
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  private static func insert(_ name: String, on connection: PostgresConnection) throws {
    try connection.execute(
      "INSERT INTO audit_events (id, occurred_at, canonical, leaf_hash) VALUES (\(PostgresUUID.random()), now(), \(Array(name.utf8)), sha256('x'))"
    )
  }

  private static func names(_ fixture: CatalogFixture, after place: Int64) async throws -> [String] {
    try await fixture.database.pool.run { connection in
      try connection.query(
        "SELECT e.canonical FROM audit_places p JOIN audit_events e ON e.id = p.event_id WHERE p.place > \(place) ORDER BY p.place"
      ) { row in String(decoding: try row[0] as [UInt8], as: UTF8.self) }
    }
  }

  private static func place(_ fixture: CatalogFixture) async throws -> Int64 {
    try await fixture.database.pool.run { connection in try EventSequencer.place(on: connection) }
  }

  /// A transaction that takes its time holds up nobody's events, and has its own placed when it is done.
  @Test func aLongTransactionHoldsUpNothing() async throws {
    try await CatalogFixture.with { fixture in
      _ = try await Self.place(fixture)
      let last = try await fixture.store.lastPlace()
      let (slow, other) = (try PostgresConnection(fixture.database.configuration), fixture.database.pool)
      defer { slow.close() }
      try slow.executeScript(
        "BEGIN; INSERT INTO audit_events (id, occurred_at, canonical, leaf_hash) VALUES (gen_random_uuid(), now(), 'slow', sha256('x'))")
      for name in ["a", "b"] { try await other.run { try Self.insert(name, on: $0) } }
      #expect(try await Self.place(fixture) == 2)
      try await other.run { try Self.insert("c", on: $0) }
      #expect(try await Self.place(fixture) == 1)
      #expect(try await Self.place(fixture) == 0)
      try slow.executeScript("COMMIT")
      #expect(try await Self.place(fixture) == 1)
      #expect(try await Self.place(fixture) == 0)
      #expect(try await Self.names(fixture, after: last) == ["a", "b", "c", "slow"])
    }
  }

  /// Two who both take themselves for the sequencer: one of them fails, and nothing is placed twice.
  @Test func twoRoundsAtOnceDoNotBothCount() async throws {
    try await CatalogFixture.with { fixture in
      _ = try await Self.place(fixture)
      let last = try await fixture.store.lastPlace()
      try await fixture.database.pool.run { try Self.insert("a", on: $0) }
      let slow = try PostgresConnection(fixture.database.configuration)
      defer { slow.close() }
      // A snapshot of before.
      try slow.executeScript("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM audit_sequence")
      #expect(try await Self.place(fixture) == 1)
      #expect(throws: PostgresError.self) { try slow.executeScript("UPDATE audit_sequence SET next_place = next_place + 1") }
      #expect(try await Self.names(fixture, after: last) == ["a"])
    }
  }

  /// A dump restored elsewhere, where transactions count anew from less.
  @Test func aRestoredDatabaseIsRecognised() async throws {
    try await CatalogFixture.with { fixture in
      _ = try await Self.place(fixture)
      let last = try await fixture.store.lastPlace()
      let pool = fixture.database.pool
      try await pool.run { connection in
        try connection.executeScript("UPDATE audit_sequence SET cluster = cluster + 1, snapshot = '9000000000:9000000000:'")
        try Self.insert("a", on: connection)
      }
      // It seems to have been there before.
      #expect(try await Self.place(fixture) == 0)
      try await pool.run { connection in try EventSequencer.recognise(on: connection) }
      #expect(try await Self.names(fixture, after: last) == ["a"])
      try await pool.run { connection in
        try EventSequencer.recognise(on: connection)
        try Self.insert("b", on: connection)
      }
      #expect(try await Self.place(fixture) == 1)
      #expect(try await Self.names(fixture, after: last) == ["a", "b"])
    }
  }

  /// A leader that hangs loses its lock, and the other one goes on.
  @Test(.timeLimit(.minutes(10))) func aLeaderThatHangsDoesNotLead() async throws {
    try await CatalogFixture.with { fixture in
      let worked = Counter()
      let hangs = Flag(true)
      let first = PostgresLeader(fixture.database.configuration, name: "first", lock: 7, failed: { _ in }) { _, _ in
        while hangs.value { usleep(10_000) }
        return .milliseconds(100)
      }
      try await Self.until {
        try await fixture.database.pool.run {
          try $0.first(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
          ) { row in try row[0] as Int64 } == 1
        }
      }
      let second = PostgresLeader(fixture.database.configuration, name: "second", lock: 7, failed: { _ in }) { _, _ in
        worked.count()
        return .milliseconds(100)
      }
      try await Task.sleep(for: .seconds(2))
      #expect(worked.value == 0)
      try await Self.until { worked.value > 2 }
      hangs.value = false
      await first.shutdown()
      await second.shutdown()
    }
  }
}

private final class Flag: Sendable {
  private let atomic: Atomic<Bool>
  init(_ value: Bool) { atomic = Atomic(value) }
  var value: Bool {
    get { atomic.load(ordering: .relaxed) }
    set { atomic.store(newValue, ordering: .relaxed) }
  }
}

private final class Counter: Sendable {
  private let atomic = Atomic(0)
  var value: Int { atomic.load(ordering: .relaxed) }
  func count() { atomic.wrappingAdd(1, ordering: .relaxed) }
}

extension PostgresConfiguration {
  fileprivate func callAsFunction(poolSize: Int) -> PostgresConfiguration {
    var configuration = self
    configuration.poolSize = poolSize
    return configuration
  }
}
