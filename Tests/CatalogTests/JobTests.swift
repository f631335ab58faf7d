import CatalogStore
import Iceberg
import JSON
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct JobTests {
  @Test func purgeDeletesFilesThenTheRow() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      try await fixture.createTable("kept")
      _ = try await fixture.catalog.updateTable(fixture.path("t"), CatalogFixture.append(1, after: nil, sequence: 1), fixture.context())
      #expect(fixture.files().count == 3)
      try await fixture.catalog.dropTable(fixture.path("t"), purge: true, fixture.context())
      #expect(try await fixture.count("datasets") == 2)
      #expect(try await fixture.catalog.runNextJob(fixture.serverContext))
      #expect(fixture.files().count == 1)
      #expect(try await fixture.count("datasets") == 1)
      #expect(try await fixture.count("jobs") == 0)
      #expect(try await fixture.catalog.runNextJob(fixture.serverContext) == false)
    }
  }

  /// A table registered twice shares its files: purging one leaves what the other needs.
  @Test func purgeLeavesFilesThatAnotherTableReaches() async throws {
    try await CatalogFixture.with { fixture in
      let table = try await fixture.createTable("t")
      let register = try RegisterTableRequest(
        jsonText: Array("{\"name\":\"twin\",\"metadata-location\":\"\(table.metadataLocation ?? "")\"}".utf8))
      _ = try await fixture.catalog.registerTable(register, in: fixture.namespace, fixture.context())
      try await fixture.catalog.dropTable(fixture.path("t"), purge: true, fixture.context())
      #expect(try await fixture.catalog.runNextJob(fixture.serverContext))
      #expect(fixture.files().count == 1)
      #expect(try await fixture.catalog.loadTable(fixture.path("twin"), fixture.context()).table != nil)
    }
  }

  @Test func jobGoesToOneServerAndIsTakenOverWhenItsLeaseEnds() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      try await fixture.catalog.dropTable(fixture.path("t"), purge: true, fixture.context())
      let authorization = try fixture.catalog.authorizer.authorizeServer(.runJob, on: CatalogResource(.job, ""), fixture.serverContext)
      let first = try #require(try await fixture.store.leaseJob(authorization))
      #expect(try await fixture.store.leaseJob(authorization) == nil)
      #expect(try await fixture.store.renew(first, authorization))
      // The first server dies; its lease runs out.
      _ = try await fixture.database.pool.run { try $0.execute("UPDATE jobs SET leased_until = now() - interval '1 second'") }
      let second = try #require(try await fixture.store.leaseJob(authorization))
      #expect(second.id == first.id)
      #expect(second.attempts == 2)
      #expect(try await fixture.store.renew(first, authorization) == false)
      await #expect(throws: CatalogError.self) { try await fixture.store.finishPurge(first, deletedFiles: 0, authorization) }
      try await fixture.store.finishPurge(second, deletedFiles: 0, authorization)
      #expect(try await fixture.count("datasets") == 0)
    }
  }

  @Test func sweepRemovesOnlyWhatNoCommitUsed() async throws {
    try await CatalogFixture.with { fixture in
      let table = try await fixture.createTable("t")
      _ = try await fixture.catalog.updateTable(fixture.path("t"), CatalogFixture.append(1, after: nil, sequence: 1), fixture.context())
      let live = fixture.files()
      let folder = try #require(table.metadataLocation?.dropFirst("file://".count).split(separator: "/").dropLast().joined(separator: "/"))
      let orphan = "/\(folder)/00001-\(PostgresUUID.random()).metadata.json"
      let young = "/\(folder)/00002-\(PostgresUUID.random()).metadata.json"
      for path in [orphan, young] { close(open(path, O_CREAT | O_WRONLY, 0o644)) }
      var times = [timeval(tv_sec: 1_000_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000_000, tv_usec: 0)]
      for path in live + [orphan] { utimes(path, &times) }
      try await fixture.catalog.scheduleSweeps(fixture.serverContext)
      try await fixture.catalog.scheduleSweeps(fixture.serverContext)
      #expect(try await fixture.count("jobs") == 1)
      _ = try await fixture.database.pool.run { try $0.execute("UPDATE jobs SET run_at = now()") }
      #expect(try await fixture.catalog.runNextJob(fixture.serverContext))
      #expect(fixture.files() == (live + [young]).sorted())
    }
  }
}
