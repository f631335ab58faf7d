import CatalogStore
import Foundation
import Governance
import Iceberg
import JSON
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog

@Suite struct RetentionTests {
  /// A table of format version 1, whose snapshots list their manifests themselves: none, so that there are no files to read.
  private func makeTable(_ name: String, snapshots: Int, _ fixture: CatalogFixture) async throws {
    _ = try await fixture.catalog.createTable(
      CatalogFixture.createRequest(name, extra: #","properties":{"format-version":"1"}"#), in: fixture.namespace, fixture.context())
    let updates = (1...snapshots).map { id in
      let parent = id == 1 ? "" : #""parent-snapshot-id":\#(id - 1),"#
      return """
        {"action":"add-snapshot","snapshot":{"snapshot-id":\(id),\(parent)"timestamp-ms":\(1_000_000 + id),"manifests":[],
        "summary":{"operation":"append"},"schema-id":0}},
        {"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":\(id)}
        """
    }
    _ = try await fixture.catalog.updateTable(
      fixture.path(name), CatalogFixture.change(updates.joined(separator: ",")), fixture.context())
  }

  private func define(_ rule: RetentionRule, _ fixture: CatalogFixture) async throws {
    _ = try await fixture.catalog.defineRetentionRule(
      rule, for: .object(.warehouse("main")), fixture.context(), answer: { _ in [] })
  }

  private let short = RetentionRule(name: "short", maximum: .seconds(1), outcome: .expireSnapshots)

  private func apply(_ name: String, orphans: Bool = false, _ fixture: CatalogFixture) async throws -> RetentionRun {
    let runs = try await fixture.catalog.applyRetention(
      to: .dataset(.table, fixture.path(name)), removesOrphans: orphans, fixture.context(), answer: { _ in [] })
    return try #require(runs.first)
  }

  private func work(_ fixture: CatalogFixture) async throws {
    while try await fixture.catalog.runNextJob(of: [.retention], fixture.serverContext) {}
  }

  /// - Returns: whether it was there to be pinned.
  private static func pin(_ snapshot: Int64, _ name: String, _ fixture: CatalogFixture) async throws -> Bool {
    do {
      return try await fixture.database.pool.run { connection in
        try connection.execute(
          """
          INSERT INTO pins (id, dataset_id, snapshot_id, reason, set_by, set_at)
          SELECT \(PostgresUUID.random()), d.id, s.snapshot_id, 'bound', 'test', now()
          FROM datasets d JOIN snapshots s ON s.dataset_id = d.id AND s.snapshot_id = \(snapshot) WHERE d.name = \(name)
          """) == 1
      }
    } catch let error as PostgresError where error.isForeignKeyViolation {
      return false
    }
  }

  private func snapshots(_ name: String, _ fixture: CatalogFixture) async throws -> [Int64] {
    try await fixture.database.pool.run { connection in
      try connection.query(
        "SELECT s.snapshot_id FROM snapshots s JOIN datasets d ON d.id = s.dataset_id WHERE d.name = \(name) ORDER BY 1"
      ) { row in try row[0] as Int64 }
    }
  }

  @Test func theExpiryIsACommitOfTheServerWithItsEvents() async throws {
    try await CatalogFixture.with { fixture in
      try await makeTable("t", snapshots: 5, fixture)
      try await define(short, fixture)
      #expect(try await Self.pin(2, "t", fixture))
      let run = try await apply("t", fixture)
      try await work(fixture)
      #expect(try await snapshots("t", fixture) == [2, 5])
      let done = try await fixture.catalog.loadRetentionRun(run.id, fixture.context())
      #expect(done.state == .done && done.snapshots == 3)
      #expect(
        try await fixture.count("audit_events", where: "convert_from(canonical, 'UTF8') LIKE '%\"action\":\"expire-snapshots\"%'") == 1)
      #expect(
        try await fixture.count("audit_events", where: "convert_from(canonical, 'UTF8') LIKE '%\"action\":\"finish-retention\"%'") == 1)
      #expect(try await fixture.count("jobs") == 0)
      let (_, fate) = try await fixture.catalog.explainRetention(of: fixture.path("t"), snapshot: .id(2), fixture.context())
      #expect(fate.duties.first?.source == .pin && fate.due?.rule.rule.name == "short")
    }
  }

  /// Whoever binds a snapshot while it is about to expire either is told that it is gone or keeps it.
  @Test func aSnapshotThatIsBoundNeverDisappears() async throws {
    try await CatalogFixture.with { fixture in
      try await define(short, fixture)
      var bound = 0
      var late = 0
      // `MORAINE_BINDING_ROUNDS=1000` for a long run.
      let rounds = ProcessInfo.processInfo.environment["MORAINE_BINDING_ROUNDS"].flatMap { Int($0) } ?? 60
      for round in 0..<rounds {
        let name = "t\(round)"
        try await makeTable(name, snapshots: 4, fixture)
        _ = try await apply(name, fixture)
        async let expiry: Void = work(fixture)
        try await Task.sleep(for: .microseconds(Int.random(in: 0...40_000)))
        let isPinned = try await Self.pin(2, name, fixture)
        try await expiry
        try await work(fixture)
        let left = try await snapshots(name, fixture)
        #expect(left == (isPinned ? [2, 4] : [4]), "round \(round)")
        if isPinned { bound += 1 } else { late += 1 }
        // A pin that was refused too late for the commit made it plan again: nothing waits.
        #expect(try await fixture.count("retention_runs", where: "finished_at IS NULL") == 0)
      }
      #expect(bound > 0 && late > 0, "\(bound) bound, \(late) late")
    }
  }

  /// The commit was durable when the server died: what it removed is still known.
  @Test func aRunGoesOnWhereItWas() async throws {
    try await CatalogFixture.with { fixture in
      try await makeTable("t", snapshots: 5, fixture)
      try await define(short, fixture)
      let run = try await apply("t", fixture)
      try await work(fixture)
      _ = try await fixture.database.pool.run { connection in
        try connection.execute("UPDATE retention_runs SET state = 'expiring', finished_at = NULL WHERE id = \(run.id)")
        return try connection.execute(
          "INSERT INTO jobs (id, kind, dataset_id) SELECT gen_random_uuid(), 'retention', dataset_id FROM retention_runs WHERE id = \(run.id)"
        )
      }
      try await work(fixture)
      let done = try await fixture.catalog.loadRetentionRun(run.id, fixture.context())
      #expect(done.state == .done && done.snapshots == 4)
      #expect(try await snapshots("t", fixture) == [5])
    }
  }

  @Test func aTableIsLookedAtOnlyWhenARuleIsForItAndItsTurnHasCome() async throws {
    try await CatalogFixture.with { fixture in
      try await makeTable("t", snapshots: 2, fixture)
      try await fixture.catalog.scheduleRetention(fixture.serverContext)
      #expect(try await fixture.count("jobs") == 0)
      try await define(RetentionRule(name: "keep", minimum: .seconds(1)), fixture)
      try await fixture.catalog.scheduleRetention(fixture.serverContext)
      #expect(try await fixture.count("jobs") == 0)
      try await define(short, fixture)
      try await fixture.catalog.scheduleRetention(fixture.serverContext)
      try await fixture.catalog.scheduleRetention(fixture.serverContext)
      #expect(try await fixture.count("jobs") == 1)
      try await work(fixture)
      #expect(try await snapshots("t", fixture) == [2])
      try await fixture.catalog.scheduleRetention(fixture.serverContext)
      #expect(try await fixture.count("jobs") == 0)
    }
  }

  /// A hold by a tag reaches what is given the tag later.
  @Test func holdsByTagAndPlace() async throws {
    try await CatalogFixture.with { fixture in
      try await makeTable("t", snapshots: 3, fixture)
      let authorization = try fixture.catalog.authorizer.authorizeServer(.runJob, on: CatalogResource(.server, ""), fixture.serverContext)
      let id = try #require(try await fixture.store.find(fixture.path("t"))).version.id
      _ = try await fixture.database.pool.run { connection in
        for (name, kind, object, key) in [
          ("a", "tag", "NULL", "'classification'"), ("b", "namespace", "(SELECT id FROM namespaces)", "NULL"),
        ] {
          try connection.execute(
            """
            INSERT INTO holds (id, name, reason, authority, placed_by, placed_at) VALUES (gen_random_uuid(), \(name), 'r', 'a', 'p', now())
            """)
          try connection.execute(
            """
            INSERT INTO hold_objects (id, hold_id, object_kind, object_id, tag_key, object_name)
            SELECT gen_random_uuid(), id, \(kind), \(raw: object), \(raw: key), 'x' FROM holds WHERE name = \(name)
            """)
        }
        return 0
      }
      #expect(try await fixture.store.holds(on: id, authorization).map(\.name) == ["b"])
      _ = try await fixture.database.pool.run { connection in
        try connection.execute(#"UPDATE datasets SET tags = '{"fields":{"1":{"classification":"pii"}}}'"#)
      }
      #expect(try await fixture.store.holds(on: id, authorization).map(\.name) == ["a", "b"])
      #expect(try await fixture.count("tag_times") == 1)
      _ = try await fixture.database.pool.run { connection in
        try connection.execute("UPDATE holds SET released_at = now(), released_by = 'x'")
        return try connection.execute("UPDATE datasets SET tags = NULL")
      }
      #expect(try await fixture.store.holds(on: id, authorization).isEmpty)
      #expect(try await fixture.count("tag_times") == 0)
    }
  }
}
