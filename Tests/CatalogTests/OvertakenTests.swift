import CatalogStore
import Iceberg
import JSON
import ObjectStorage
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Changes that meet others halfway, and names that look alike.
@Suite struct OvertakenTests {
  /// Has another transaction do `script`, and commit it once something waits for it; `body` begins in between.
  private func overtaking(
    _ script: String, in fixture: CatalogFixture, _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    let (done, continuation) = AsyncStream.makeStream(of: Void.self)
    async let other: Void = fixture.database.pool.transaction { connection in
      try connection.executeScript(script)
      continuation.finish()
      for _ in 0..<1_000 {
        let waiting = try connection.first(
          "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        ) { row in try row[0] as Int64 }
        if waiting != 0 { return }
        usleep(5_000)
      }
    }
    for await _ in done {}
    let result: Result<Void, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    try await other
    try result.get()
  }

  @Test(arguments: [
    "UPDATE datasets SET dropped_at = now() WHERE name = 't'",
    "UPDATE datasets SET name = 'w', identifier = replace(identifier, 't', 'w'), version = version + 1 WHERE name = 't'",
  ])
  func renameOfATableThatIsGoneMeanwhileIsRefused(_ script: String) async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      let events = try await fixture.count("audit_events")
      await #expect(throws: CatalogError.noSuchTable("Cannot rename ns.t to ns.u. Table does not exist: ns.t")) {
        try await overtaking(script, in: fixture) {
          try await fixture.catalog.renameTable(from: fixture.path("t"), to: fixture.path("u"), fixture.context())
        }
      }
      #expect(try await fixture.count("audit_events") == events)
      #expect(try await fixture.count("datasets", where: "name = 'u'") == 0)
    }
  }

  /// What was to be replaced bears another name now: it lives on.
  @Test func registeringOverATableThatWasRenamedLeavesIt() async throws {
    try await CatalogFixture.with { fixture in
      let table = try await fixture.createTable("t")
      let path = fixture.path("t")
      let asked = try await fixture.catalog.authorized(.registerTable, [PolicyQuestion(.drop)], path, as: .table, fixture.context())
      let (found, authorization) = (asked.found.version, asked.authorization)
      try await fixture.catalog.renameTable(from: path, to: fixture.path("u"), fixture.context())
      let dataset = NewDataset(
        id: .new(), path: path, kind: .table, location: "file:///x", metadataLocation: table.metadataLocation ?? "", head: table.metadata,
        facts: asked.found.facts, rows: HistoryRows())
      try await fixture.store.create(
        dataset, replacing: found.id, authorization, Change(authorization, event: AuditEvent(authorization), answer: .noContent))
      #expect(try await fixture.count("datasets", where: "dropped_at IS NULL AND name IN ('t', 'u')") == 2)
    }
  }

  @Test func registerOverwritesWhatBearsTheName() async throws {
    try await CatalogFixture.with { fixture in
      let table = try await fixture.createTable("t")
      _ = try await fixture.catalog.updateTable(fixture.path("t"), CatalogFixture.append(1, after: nil, sequence: 1), fixture.context())
      let register = try RegisterTableRequest(
        jsonText: Array("{\"name\":\"t\",\"overwrite\":true,\"metadata-location\":\"\(table.metadataLocation ?? "")\"}".utf8))
      let answer = try await fixture.catalog.registerTable(register, in: fixture.namespace, fixture.context())
      #expect(answer.metadataLocation == table.metadataLocation)
      fixture.catalog.cache.remove(fixture.path("t").text)
      let loaded = try await fixture.catalog.loadTable(fixture.path("t"), fixture.context()).table
      #expect(loaded?.metadata == answer.metadata)
      #expect(try await fixture.count("datasets", where: "dropped_at IS NULL") == 1)
    }
  }

  /// `a.b` with the table `c`, and `a`, `b` with the table `c`, are both written `a.b.c`.
  @Test func tablesThatAreWrittenAlikeCommitTogether() async throws {
    try await CatalogFixture.with { fixture in
      var changes: [(path: DatasetPath, request: TableChangeRequest)] = []
      for levels in [["a"], ["a", "b"], ["a.b"]] {
        let namespace = NamespacePath(warehouse: "main", namespace: Namespace(levels: levels))
        try await fixture.catalog.createNamespace(namespace, properties: [:], fixture.context(), answer: [])
        _ = try await fixture.catalog.createTable(CatalogFixture.createRequest("c"), in: namespace, fixture.context())
        let change = try CatalogFixture.change("{\"action\":\"set-properties\",\"updates\":{\"k\":\"v\"}}")
        changes.append((try DatasetPath(namespace, "c"), change))
      }
      try await fixture.catalog.commitTransaction(changes, in: "main", fixture.context())
      #expect(try await fixture.count("datasets", where: "version = 2") == 3)
    }
  }

  /// "é" in one scalar and in two: equal to Swift, two names to everybody else.
  @Test func namesInTwoNormalFormsAreTwoNames() async throws {
    try await CatalogFixture.with { fixture in
      let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
      let first = try await fixture.createTable(composed)
      let second = try await fixture.createTable(decomposed)
      #expect(first.metadataLocation != second.metadataLocation)
      // Many at once travel in one query.
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<200 {
          group.addTask {
            let (name, expected) = index % 2 == 0 ? (composed, first) : (decomposed, second)
            let table = try await fixture.catalog.loadTable(fixture.path(name), fixture.context()).table
            #expect(table?.metadataLocation == expected.metadataLocation)
          }
        }
        try await group.waitForAll()
      }
      let change = try CatalogFixture.change("{\"action\":\"set-properties\",\"updates\":{\"k\":\"v\"}}")
      try await fixture.catalog.commitTransaction(
        [(fixture.path(composed), change), (fixture.path(decomposed), change)], in: "main", fixture.context())
      try await fixture.catalog.dropTable(fixture.path(composed), purge: false, fixture.context())
      try await fixture.catalog.renameTable(from: fixture.path(decomposed), to: fixture.path(composed), fixture.context())
      await #expect(throws: CatalogError.self) { try await fixture.catalog.tableExists(fixture.path(decomposed), fixture.context()) }
      try await fixture.catalog.tableExists(fixture.path(composed), fixture.context())
    }
  }

  @Test func transactionHasABound() async throws {
    try await CatalogFixture.with { fixture in
      let change = try CatalogFixture.change("{\"action\":\"set-properties\",\"updates\":{\"k\":\"v\"}}")
      let changes = (0...Catalog.maximumTableChanges).map { (path: fixture.path("t\($0)"), request: change) }
      await #expect(throws: CatalogError.badRequest("A transaction changes at most 1000 tables, not 1001")) {
        try await fixture.catalog.commitTransaction(changes, in: "main", fixture.context())
      }
    }
  }
}
