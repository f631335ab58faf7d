import Iceberg
import ObjectStorage
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog
@testable import CatalogStore

/// Commits that travel to Postgres together: each is done as if it had gone alone, or left out, and hurts no other.
@Suite struct GroupedSwapTests {
  /// An append to that table as it is now.
  private func swap(_ name: String, id: Int64, key: IdempotencyKey? = nil, in fixture: CatalogFixture) async throws -> GroupedSwap {
    let path = fixture.path(name)
    let asked = try await fixture.catalog.authorized(
      .updateTable, [PolicyQuestion(.setProperties)], path, as: .table, fixture.context(key: key))
    let authorization = asked.authorization
    let base = try await fixture.catalog.cached(path, at: asked.found, authorization)
    let storage = try await fixture.catalog.storages.storage(of: asked.found.version.warehouse, authorization)
    let metadata = try base.metadata()
    let commit = try #require(
      try CatalogFixture.append(id, after: nil, sequence: 1).commit(to: metadata, at: base.metadataLocation, authorization.context.time))
    let prepared = try PreparedCommit(path, base, metadata, commit, breaches: [], in: storage)
    let event = AuditEvent(authorization, before: prepared.before, after: prepared.after)
    return GroupedSwap(
      swap: prepared.swap, change: Change(authorization, event: event, answer: .metadata(at: prepared.file.description)))
  }

  /// What a table's row and those around it say: version, snapshots, log entries, events.
  private func state(_ name: String, in fixture: CatalogFixture) async throws -> [Int64] {
    try await fixture.database.pool.run { connection in
      try connection.first(
        """
        SELECT version, (SELECT count(*) FROM snapshots s WHERE s.dataset_id = d.id AND s.added_in = d.version AND s.place = 1),
          (SELECT count(*) FROM snapshot_log l WHERE l.dataset_id = d.id AND l.added_in = d.version AND l.place = 1),
          (SELECT count(*) FROM audit_events WHERE convert_from(canonical, 'UTF8') LIKE '%update-table%' || \(name) || '%')
        FROM datasets d WHERE name = \(name)
        """
      ) { row in [try row[0], try row[1], try row[2], try row[3]] } ?? []
    }
  }

  @Test func allAreDoneTogether() async throws {
    try await CatalogFixture.with { fixture in
      let names = (1...20).map { "table\($0)x" }
      var members: [GroupedSwap] = []
      for (index, name) in names.enumerated() {
        try await fixture.createTable(name)
        members.append(try await swap(name, id: Int64(index + 1), in: fixture))
      }
      let done = try await fixture.database.pool.run { [members] in try GroupedSwap.commit(members, on: $0) }
      #expect(Set(done.keys) == Set(members))
      for name in names { #expect(try await state(name, in: fixture) == [2, 1, 1, 1]) }
    }
  }

  /// What a group costs depends on the group, not on how many datasets there are.
  @Test func othersAreNotLookedAt() async throws {
    try await CatalogFixture.with { fixture in
      var members: [GroupedSwap] = []
      for name in ["one", "two", "three"] {
        try await fixture.createTable(name)
        members.append(try await swap(name, id: 1, in: fixture))
      }
      try await fixture.database.pool.run { connection in
        try connection.execute(
          """
          INSERT INTO datasets (id, warehouse_id, namespace_id, kind, identifier, name, version, location, metadata_location, head)
          SELECT gen_random_uuid(), warehouse_id, namespace_id, kind, identifier || n, name || n, 1, location || n, metadata_location, head
          FROM datasets, generate_series(1, 1000) n WHERE name = 'one'
          """)
        try connection.execute("ANALYZE datasets")
      }
      var configuration = fixture.database.configuration
      configuration.settings = GroupedSwap.settings
      let connection = try PostgresConnection(configuration)
      let read = try connection.transaction { connection in
        #expect(try GroupedSwap.commit(members, on: connection).count == 3)
        return try connection.first(
          "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'datasets'"
        ) { row in try row[0] as Int64 }
      }
      // Of each: locked, changed, and referred to by a snapshot and a log entry.
      #expect(try #require(read) <= 12)
    }
  }

  @Test func whatHasMovedOnIsLeftOut() async throws {
    try await CatalogFixture.with { fixture in
      for name in ["one", "two", "three"] { try await fixture.createTable(name) }
      let members = [
        try await swap("one", id: 1, in: fixture), try await swap("two", id: 2, in: fixture), try await swap("three", id: 3, in: fixture),
        try await swap("three", id: 4, in: fixture),
      ]
      _ = try await fixture.catalog.updateTable(fixture.path("two"), CatalogFixture.append(9, after: nil, sequence: 1), fixture.context())
      try await fixture.catalog.dropTable(fixture.path("one"), purge: false, fixture.context())
      let done = try await fixture.database.pool.run { try GroupedSwap.commit(members, on: $0) }
      #expect(Set(done.keys) == [members[2]])
      #expect(try await state("two", in: fixture) == [2, 1, 1, 1])
      #expect(try await state("three", in: fixture) == [2, 1, 1, 1])
    }
  }

  /// Somebody else's lock holds up its own table and no other.
  @Test func lockedTableWaitsAlone() async throws {
    try await CatalogFixture.with { fixture in
      for name in ["locked", "free"] { try await fixture.createTable(name) }
      let members = [try await swap("locked", id: 1, in: fixture), try await swap("free", id: 2, in: fixture)]
      let done = try await fixture.database.pool.transaction { connection in
        try connection.execute("SELECT FROM datasets WHERE name = 'locked' FOR UPDATE")
        return try GroupedSwap.commit(members, on: PostgresConnection(fixture.database.configuration))
      }
      #expect(Set(done.keys) == [members[1]])
      #expect(try await state("locked", in: fixture) == [1, 0, 0, 0])
    }
  }

  /// Whatever one of them does wrong, the others are committed, each once.
  @Test func oneMembersFaultIsItsOwn() async throws {
    try await CatalogFixture.with { fixture in
      let key = IdempotencyKey(key: .random(), principal: "anonymous", warehouse: "main", fingerprint: [UInt8](repeating: 7, count: 32))
      for number in 0..<8 { try await fixture.createTable("table\(number)x") }
      let first = try CatalogFixture.append(99, after: nil, sequence: 1)
      _ = try await fixture.catalog.updateTable(fixture.path("table0x"), first, fixture.context(key: key))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1..<8 {
          group.addTask {
            let context = fixture.context(key: number == 4 ? key : nil)
            let request = try CatalogFixture.append(Int64(number), after: nil, sequence: 1)
            let outcome = await Result {
              _ = try await fixture.catalog.updateTable(fixture.path("table\(number)x"), request, context)
            }
            #expect((try? outcome.get()) == nil ? number == 4 : number != 4)
          }
        }
        try await group.waitForAll()
      }
      for number in 0..<8 { #expect(try await state("table\(number)x", in: fixture) == (number == 4 ? [1, 0, 0, 0] : [2, 1, 1, 1])) }
    }
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
