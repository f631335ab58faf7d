import AsyncHTTPClient
import CatalogStore
import Iceberg
import JSON
import ObjectStorage
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog

@Suite struct CommitTests {
  /// What Postgres holds in pieces is, put together, what was answered.
  @Test func storedPiecesMakeTheAnsweredDocument() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      let path = fixture.path("t")
      var answered = [UInt8]()
      for id in Int64(1)...12 {
        answered = try await fixture.catalog.updateTable(
          path, CatalogFixture.append(id, after: id == 1 ? nil : id - 1, sequence: id), fixture.context()
        ).metadata
      }
      answered = try await fixture.catalog.updateTable(
        path, CatalogFixture.change("{\"action\":\"remove-snapshots\",\"snapshot-ids\":[1,2,5]}"), fixture.context()
      ).metadata
      answered = try await fixture.catalog.updateTable(path, CatalogFixture.append(13, after: 12, sequence: 13), fixture.context()).metadata
      fixture.catalog.cache.remove(path.text)
      let read = try #require(try await fixture.catalog.loadTable(path, fixture.context()).table)
      let stored = try TableMetadata(jsonText: read.metadata)
      let answer = try TableMetadata(jsonText: answered)
      #expect(stored == answer)
      #expect(stored.snapshots.map(\.id) == [3, 4, 6, 7, 8, 9, 10, 11, 12, 13])
      #expect(stored.snapshotLog.map(\.snapshotID) == [6, 7, 8, 9, 10, 11, 12, 13])
      let file = try #require(fixture.files(suffix: ".metadata.json").last)
      #expect(read.metadataLocation == "file://\(file)")
    }
  }

  @Test func headDoesNotGrowWithHistory() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      func headSize() async throws -> Int64 {
        try await fixture.database.pool.run { connection in
          try connection.first("SELECT octet_length(head)::bigint - octet_length((head::json -> 'metadata-log')::text) FROM datasets") {
            row in try row[0] as Int64
          } ?? 0
        }
      }
      _ = try await fixture.catalog.updateTable(
        fixture.path("t"), CatalogFixture.append(101, after: nil, sequence: 1), fixture.context())
      let before = try await headSize()
      for id in Int64(102)...140 {
        _ = try await fixture.catalog.updateTable(
          fixture.path("t"), CatalogFixture.append(id, after: id - 1, sequence: id - 100), fixture.context())
      }
      let after = try await headSize()
      #expect(abs(after - before) < 8)
      #expect(try await fixture.count("snapshots") == 40)
    }
  }

  @Test func refusedCommitChangesNothing() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      let files = fixture.files()
      let events = try await fixture.count("audit_events")
      let stale = try CatalogFixture.append(1, after: 99, sequence: 1)
      await #expect(throws: ModelError.requirementFailed("Requirement failed: branch or tag main is missing, expected 99")) {
        try await fixture.catalog.updateTable(fixture.path("t"), stale, fixture.context())
      }
      let outside = try CatalogFixture.change("{\"action\":\"set-location\",\"location\":\"file:///etc\"}")
      await #expect(throws: CatalogError.self) {
        try await fixture.catalog.updateTable(fixture.path("t"), outside, fixture.context())
      }
      #expect(fixture.files() == files)
      #expect(try await fixture.count("audit_events") == events)
      #expect(try await fixture.count("datasets", where: "version = 1") == 1)
    }
  }

  @Test func commitWithoutEffectWritesNothing() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      let files = fixture.files()
      let empty = try CatalogFixture.change("{\"action\":\"set-properties\",\"updates\":{}}")
      _ = try await fixture.catalog.updateTable(fixture.path("t"), empty, fixture.context())
      #expect(fixture.files() == files)
      #expect(try await fixture.count("datasets", where: "version = 1") == 1)
    }
  }

  /// Another server's commit is noticed, and ours is tried again on the new state: nothing stays behind.
  @Test func commitIsTriedAgainOnANewState() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      let path = fixture.path("t")
      // A second catalog on the same database, as another server would be.
      let other = Catalog(
        store: fixture.store, objects: .init(client: .shared, credentials: nil, logger: fixture.catalog.logger),
        authorizer: Authorizer(fixture.store, allowsAnonymous: true),
        options: CatalogOptions(), logger: fixture.catalog.logger)
      _ = try await other.updateTable(
        path, CatalogFixture.change("{\"action\":\"set-properties\",\"updates\":{\"a\":\"1\"}}"), fixture.context())
      let answer = try await fixture.catalog.updateTable(
        path, CatalogFixture.change("{\"action\":\"set-properties\",\"updates\":{\"b\":\"2\"}}"), fixture.context())
      let metadata = try TableMetadata(jsonText: answer.metadata)
      #expect(metadata.properties["a"] == "1")
      #expect(metadata.properties["b"] == "2")
      #expect(fixture.files(suffix: ".metadata.json").count == 3)
      #expect(try await fixture.count("datasets", where: "version = 3") == 1)
    }
  }

  @Test func concurrentCommitsAllHappenOnce() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      let path = fixture.path("t")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<40 {
          group.addTask {
            _ = try await fixture.catalog.updateTable(
              path, CatalogFixture.change("{\"action\":\"set-properties\",\"updates\":{\"k\(index)\":\"v\"}}"), fixture.context())
          }
        }
        try await group.waitForAll()
      }
      let table = try #require(try await fixture.catalog.loadTable(path, fixture.context()).table)
      #expect(try TableMetadata(jsonText: table.metadata).properties.count == 41)
      #expect(fixture.files(suffix: ".metadata.json").count == 41)
      #expect(try await fixture.count("datasets", where: "version = 41") == 1)
    }
  }

  @Test func transactionIsAllOrNothing() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("a")
      try await fixture.createTable("b")
      let files = fixture.files()
      let good = try CatalogFixture.change("{\"action\":\"set-properties\",\"updates\":{\"k\":\"v\"}}")
      let bad = try CatalogFixture.append(1, after: 99, sequence: 1)
      await #expect(throws: ModelError.self) {
        try await fixture.catalog.commitTransaction(
          [(fixture.path("a"), good), (fixture.path("b"), bad)], in: "main", fixture.context())
      }
      await #expect(throws: CatalogError.self) {
        try await fixture.catalog.commitTransaction(
          [(fixture.path("a"), good), (fixture.path("a"), good)], in: "main", fixture.context())
      }
      #expect(fixture.files() == files)
      try await fixture.catalog.commitTransaction(
        [(fixture.path("b"), good), (fixture.path("a"), good)], in: "main", fixture.context())
      #expect(try await fixture.count("datasets", where: "version = 2") == 2)
      #expect(fixture.files(suffix: ".metadata.json").count == 4)
    }
  }

  @Test func stagedTableAppearsWithItsCommit() async throws {
    try await CatalogFixture.with { fixture in
      let staged = try await fixture.catalog.createTable(
        CatalogFixture.createRequest("s", extra: ",\"stage-create\":true"), in: fixture.namespace, fixture.context())
      #expect(staged.metadataLocation == nil)
      #expect(fixture.files().isEmpty)
      #expect(try await fixture.count("datasets") == 0)
      let metadata = try TableMetadata(jsonText: staged.metadata)
      let commit = try CatalogFixture.change(
        """
        {"action":"assign-uuid","uuid":"\(metadata.uuid ?? "")"},{"action":"upgrade-format-version","format-version":2},
        {"action":"add-schema","schema":{"type":"struct","schema-id":0,"fields":[{"id":1,"name":"id","required":true,"type":"long"}]}},
        {"action":"set-current-schema","schema-id":-1},{"action":"add-spec","spec":{"spec-id":0,"fields":[]}},
        {"action":"set-default-spec","spec-id":-1},{"action":"add-sort-order","sort-order":{"order-id":0,"fields":[]}},
        {"action":"set-default-sort-order","sort-order-id":-1},{"action":"set-location","location":"\(metadata.location)"}
        """, requirements: "{\"type\":\"assert-create\"}")
      let created = try await fixture.catalog.updateTable(fixture.path("s"), commit, fixture.context())
      let result = try TableMetadata(jsonText: created.metadata)
      #expect(result.uuid == metadata.uuid)
      #expect(result.location == metadata.location)
      await #expect(throws: CatalogError.alreadyExists("Table already exists: ns.s")) {
        try await fixture.catalog.updateTable(fixture.path("s"), commit, fixture.context())
      }
    }
  }
}
