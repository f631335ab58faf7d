import Logging
import Postgres
import PostgresTestSupport
import Testing
import TransparencyLog

@testable import Catalog
@testable import CatalogStore

/// The index that the trail is searched by.
@Suite struct TrailIndexTests {
  private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// An event as the catalog writes it, made up.
  private struct Made {
    var actor = "alice"
    var action = "update-table"
    var kind = "table"
    var path = ["main", "ns", "t"]
    var facts: [String: CanonicalValue] = ["decision": .string("allow"), "before": .object([:]), "after": .object([:])]
    var microseconds: Int64 = 1_800_000_000_000_000
    var request = "r"

    static let denied: [String: CanonicalValue] = ["decision": .string("deny"), "reason": .string("No.")]
    static let read: [String: CanonicalValue] = ["decision": .string("allow"), "read": .object([:])]

    var canonical: [UInt8] {
      var members: [String: CanonicalValue] = [
        "version": .int64(2), "id": .string("\(PostgresUUID.random())"), "time-us": .string(String(microseconds)),
        "principal": .string(actor), "request-id": .string(request), "action": .string(action),
        "object": .object(["kind": .string(kind), "path": .array(path.map { .string($0) })]),
      ]
      members.merge(facts) { $1 }
      return CanonicalValue.object(members).canonicalBytes
    }
  }

  private static func insert(_ events: [[UInt8]], _ fixture: CatalogFixture) async throws {
    try await fixture.database.pool.run { connection in
      // One after the other, so that their places are in this order.
      for event in events {
        try connection.execute(
          """
          INSERT INTO audit_events (id, occurred_at, canonical, leaf_hash) VALUES (gen_random_uuid(), now(), \(event), \(LeafHash.of(event)))
          """)
      }
      _ = try EventSequencer.place(on: connection)
    }
  }

  private static func advance(_ fixture: CatalogFixture) async throws -> Int {
    try await fixture.database.pool.run { connection in try TrailIndexer.advance(on: connection) }
  }

  private static func authorization(_ fixture: CatalogFixture) throws -> Authorization {
    try fixture.catalog.authorizer.authorizeServer(.searchTrail, on: CatalogResource(.server, ""), fixture.serverContext)
  }

  /// Requests of the events that are found, each of which has one of its own.
  private static func found(
    _ fixture: CatalogFixture, _ cursor: TrailCursor = .before(nil), limit: Int = 1_000, _ change: (inout TrailFilter) -> Void
  ) async throws -> [String] {
    var filter = TrailFilter()
    change(&filter)
    let page = try await fixture.store.searchTrail(filter, cursor, limit: limit, try authorization(fixture))
    return page.events.compactMap { $0.facts?.requestID }
  }

  /// What a reader of every event would find is what the index finds, for each filter and for several at once, in both directions.
  @Test func everyFilterFindsWhatReadingEverythingFinds() async throws {
    try await CatalogFixture.with { fixture in
      var random = SystemRandomNumberGenerator()
      let objects: [(String, [String])] = [
        ("table", ["main", "ns", "t"]), ("table", ["main", "ns", "t2"]), ("table", ["main", "ns", "a", "b", "t"]),
        ("table", ["main", "n", "t"]), ("namespace", ["main", "ns"]), ("namespace", ["main", "ns", "a"]),
        ("namespace", ["main", "ns", "a", "b", "c"]), ("zone", ["main", "ns"]), ("warehouse", ["main"]), ("warehouse", ["other"]),
        ("view", ["main", "ns", "t"]), ("dataset", ["other", "ns", "t"]), ("tag", ["pii"]), ("tag", ["main"]),
        ("principal", ["user", "al"]),
        ("server", []), ("model", ["main"]),
      ]
      var made: [Made] = []
      for number in 0..<600 {
        let (kind, path) = objects.randomElement(using: &random)!
        made.append(
          Made(
            actor: ["alice", "bob", "al"].randomElement(using: &random)!,
            action: ["update-table", "drop-table", "grant"].randomElement(using: &random)!, kind: kind, path: path,
            facts: [Made().facts, Made.denied, Made.read].randomElement(using: &random)!,
            // Later ones are not always later.
            microseconds: 1_800_000_000_000_000 + Int64(number + Int.random(in: -40...40, using: &random)) * 1_000,
            request: "r\(number)"))
      }
      try await Self.insert(made.map(\.canonical), fixture)
      while try await Self.advance(fixture) > 0 {}

      func check(_ wanted: (Made) -> Bool, _ change: @escaping (inout TrailFilter) -> Void) async throws -> Int {
        let expected = made.filter(wanted).map(\.request)
        // The fixture's own events are none of these.
        let own: (String) -> Bool = { $0.hasPrefix("r") }
        #expect(try await Self.found(fixture, .before(nil), limit: 1_000, change).filter(own) == expected.reversed())
        #expect(try await Self.found(fixture, .after(-1), limit: 1_000, change).filter(own) == expected)
        return expected.count
      }
      func inside(_ event: Made, _ kinds: [String], _ path: [String]) -> Bool {
        kinds.contains(event.kind) && event.path.starts(with: path)
      }
      let data = ["namespace", "table", "view", "dataset"]
      var total = try await check({ _ in true }) { _ in }
      #expect(total == 600)
      total = try await check({ $0.actor == "al" }) { $0.actor = "al" }
      total += try await check({ $0.action != "grant" }) { $0.actions = ["update-table", "drop-table"] }
      total += try await check({ $0.facts["decision"] == .string("deny") }) { $0.kinds = [.denial] }
      total += try await check({ $0.facts["read"] != nil && $0.action == "grant" }) { ($0.kinds, $0.actions) = ([.read], ["grant"]) }
      for depth in [
        ["main"], ["other"], ["main", "ns"], ["main", "n"], ["main", "ns", "a"], ["main", "ns", "a", "b"], ["main", "ns", "a", "b", "c"],
      ] {
        let kinds = depth.count == 1 ? data + ["warehouse", "zone"] : data
        // A table is no namespace: what lies in `main.ns.t` is nothing.
        let path = depth.joined(separator: "\u{1F}")
        total += try await check({ inside($0, kinds, depth) }) {
          $0.object = TrailObject(kind: depth.count == 1 ? "warehouse" : "namespace", path: path)
        }
      }
      total += try await check({ $0.kind == "table" && $0.path == ["main", "ns", "t"] }) {
        $0.object = TrailObject(kind: "table", path: "main\u{1F}ns\u{1F}t")
      }
      total += try await check({ $0.kind == "tag" }) { $0.object = TrailObject(kind: "tag", path: nil) }
      total += try await check({ $0.kind == "principal" }) { $0.object = TrailObject(kind: "principal", path: "user\u{1F}al") }
      total += try await check({ $0.kind == "zone" && $0.actor == "bob" }) {
        ($0.object, $0.actor) = (TrailObject(kind: "zone", path: "main\u{1F}ns"), "bob")
      }
      let (from, to): (Int64, Int64) = (1_800_000_000_200_000, 1_800_000_000_350_000)
      total += try await check({ $0.microseconds >= from && $0.microseconds < to }) {
        ($0.since, $0.until) = (PostgresTimestamp(microseconds: from), PostgresTimestamp(microseconds: to))
      }
      total += try await check({ $0.request == "r17" }) { $0.requestID = "r17" }
      #expect(total > 600, "most filters found something")
      #expect(try await Self.found(fixture) { $0.kinds = [] } == [])

      // Pages of seven, one after the other, are the whole.
      for start in [TrailCursor.before(nil), .after(-1)] {
        var (pages, cursor): ([String], TrailCursor) = ([], start)
        while true {
          var filter = TrailFilter()
          filter.actor = "bob"
          let page = try await fixture.store.searchTrail(filter, cursor, limit: 7, try Self.authorization(fixture))
          pages += page.events.compactMap { $0.facts?.requestID }
          guard let next = page.next, !page.events.isEmpty else { break }
          cursor = next
        }
        let expected = made.filter { $0.actor == "bob" }.map(\.request)
        #expect(pages == (start == .after(-1) ? expected : expected.reversed()))
      }
    }
  }

  /// What is not indexed is not told, and the answer says so; what cannot be read or is gone holds nothing up.
  @Test func theSearchSaysHowFarItIs() async throws {
    try await CatalogFixture.with { fixture in
      try await Self.insert([], fixture)
      while try await Self.advance(fixture) > 0 {}
      let start = try await fixture.store.nextIndexedPlace()
      #expect(start > 0)
      try await Self.insert([Made(request: "one").canonical, Array("no event".utf8), Made(request: "three").canonical], fixture)
      var page = try await fixture.store.searchTrail(TrailFilter(), .after(start - 1), limit: 10, try Self.authorization(fixture))
      #expect(page.events.isEmpty && page.indexed == start && page.placed == start + 3 && page.next == .after(start - 1))
      try await fixture.database.pool.run { connection in
        try connection.executeScript("DELETE FROM audit_events WHERE convert_from(canonical, 'UTF8') LIKE '%\"three\"%'")
      }
      #expect(try await Self.advance(fixture) == 3)
      #expect(try await Self.advance(fixture) == 0)
      page = try await fixture.store.searchTrail(TrailFilter(), .after(start - 1), limit: 10, try Self.authorization(fixture))
      #expect(page.events.map(\.place) == [start, start + 1, start + 2])
      #expect(page.events.map { $0.facts?.requestID } == ["one", nil, nil])
      #expect(page.indexed == start + 3 && page.next == .after(start + 2))
    }
  }

  /// More than a batch, by four who each take themselves for the leader and of whom some break off: each event is there once, none is left out.
  @Test(.timeLimit(.minutes(5))) func manyIndexersLeaveNoGapAndNothingTwice() async throws {
    try await CatalogFixture.with { fixture in
      let count = TrailIndexer.batch * 3 + 17
      let text = Made().canonical
      try await fixture.database.pool.run { connection in
        try connection.execute(
          """
          INSERT INTO audit_events (id, occurred_at, canonical, leaf_hash)
          SELECT gen_random_uuid(), now(), \(text), \(LeafHash.of(text)) FROM generate_series(1, \(Int64(count)))
          """)
        _ = try EventSequencer.place(on: connection)
      }
      let configuration = fixture.database.configuration
      let indexed = try await withThrowingTaskGroup(of: Int.self) { group in
        for indexer in 0..<4 {
          group.addTask {
            let connection = try PostgresConnection(configuration)
            defer { connection.close() }
            var sum = 0
            while true {
              if indexer == 0 {
                // One that dies in the middle of its work.
                let dying = try PostgresConnection(configuration)
                defer { dying.close() }
                try dying.executeScript("BEGIN; UPDATE audit_index_state SET next_place = next_place + 1000")
              }
              let start = try TrailIndexer.nextPlace(on: connection)
              sum += try TrailIndexer.advance(on: connection)
              if try TrailIndexer.nextPlace(on: connection) == start { return sum }
            }
          }
        }
        return try await group.reduce(0, +)
      }
      let placed = try await fixture.count("audit_places")
      #expect(Int64(indexed) == placed)
      let (rows, highest) = try await fixture.database.pool.run { connection in
        try connection.first("SELECT count(DISTINCT place), max(place) FROM audit_index") { row in
          (try row[0] as Int64, try row[1] as Int64)
        }!
      }
      #expect(rows == placed && highest == placed - 1)
      #expect(try await fixture.store.nextIndexedPlace() == placed)
    }
  }

  /// Two servers run it as they do, and what is written meanwhile is found.
  @Test(.timeLimit(.minutes(5))) func whatIsWrittenIsFoundSoon() async throws {
    try await CatalogFixture.with { fixture in
      let configuration = fixture.database.configuration
      let sequencer = EventSequencer(configuration, logger: Self.logger)
      let indexers = [1, 2].map { _ in TrailIndexer(configuration, logger: Self.logger) }
      try await fixture.createTable("seen")
      let deadline = ContinuousClock.now + .seconds(30)
      func found() async throws -> [IndexedEvent] {
        var filter = TrailFilter()
        filter.object = TrailObject(.dataset(.table, fixture.path("seen")))
        return try await fixture.store.searchTrail(filter, .before(nil), limit: 10, try Self.authorization(fixture)).events
      }
      while try await found().isEmpty, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(50)) }
      #expect(try await found().map(\.facts?.action) == ["create-table"])
      for indexer in indexers { await indexer.shutdown() }
      await sequencer.shutdown()
    }
  }
}
