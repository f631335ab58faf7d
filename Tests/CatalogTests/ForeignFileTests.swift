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

/// Jobs delete what is ours alone.
@Suite struct ForeignFileTests {
  private func path(_ location: String?) throws -> String { String(try #require(location).dropFirst("file://".count)) }

  private func folder(_ location: String?) throws -> String {
    try path(location).split(separator: "/").dropLast().reduce(into: "") { $0 += "/\($1)" }
  }

  /// Sweeps now, with every file old enough.
  private func sweep(_ fixture: CatalogFixture, meanwhile: () async throws -> Void = {}) async throws {
    try await fixture.catalog.scheduleSweeps(fixture.serverContext)
    try await meanwhile()
    var times = [timeval(tv_sec: 1_000_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000_000, tv_usec: 0)]
    for path in fixture.files() { utimes(path, &times) }
    _ = try await fixture.database.pool.run { try $0.execute("UPDATE jobs SET run_at = now()") }
    while try await fixture.catalog.runNextJob(fixture.serverContext) {}
    #expect(try await fixture.count("jobs") == 0)
  }

  /// A table that was unregistered lives on elsewhere, with metadata files that we have never heard of.
  @Test func sweepLeavesATableThatWasUnregistered() async throws {
    try await CatalogFixture.with { fixture in
      let table = try await fixture.createTable("t")
      var files: [String] = []
      try await sweep(fixture) {
        _ = try await fixture.catalog.unregisterTable(fixture.path("t"), fixture.context())
        let theirs = "\(try folder(table.metadataLocation))/00001-\(PostgresUUID.random()).metadata.json"
        close(open(theirs, O_CREAT | O_WRONLY, 0o644))
        files = fixture.files()
      }
      #expect(files.count == 2)
      #expect(fixture.files() == files)
    }
  }

  /// Another table may keep its metadata in our folder (`write.metadata.path`).
  @Test func sweepAndPurgeLeaveMetadataOfATableFromElsewhere() async throws {
    try await CatalogFixture.with { fixture in
      let table = try await fixture.createTable("t")
      let metadata = try folder(table.metadataLocation)
      let guest = try await fixture.catalog.createTable(
        CatalogFixture.createRequest("guest", extra: ",\"properties\":{\"write.metadata.path\":\"\(metadata)\"}"), in: fixture.namespace,
        fixture.context())
      #expect(try folder("file://" + #require(guest.metadataLocation)) == metadata)
      let files = fixture.files()
      try await sweep(fixture)
      #expect(fixture.files() == files)
      try await fixture.catalog.dropTable(fixture.path("t"), purge: true, fixture.context())
      #expect(try await fixture.catalog.runNextJob(fixture.serverContext))
      #expect(fixture.files() == [try #require(guest.metadataLocation)])
    }
  }

  /// `/data/t` and `file:///data/t` are one place.
  @Test func purgeKnowsATwinByAnotherSpelling() async throws {
    try await CatalogFixture.with { fixture in
      let table = try await fixture.createTable("t")
      let original = try path(table.metadataLocation)
      let location = try TableMetadata(jsonText: table.metadata).location
      let text = String(decoding: table.metadata, as: UTF8.self)
      let respelled = text.split(separator: "\"\(location)\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\(location.dropFirst("file://".count))\"")
      let twin = "\(try folder(table.metadataLocation))/00000-\(PostgresUUID.random()).metadata.json"
      let file = open(twin, O_CREAT | O_WRONLY, 0o644)
      _ = Array(respelled.utf8).withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      close(file)
      let register = try RegisterTableRequest(jsonText: Array("{\"name\":\"twin\",\"metadata-location\":\"\(twin)\"}".utf8))
      _ = try await fixture.catalog.registerTable(register, in: fixture.namespace, fixture.context())
      try await fixture.catalog.dropTable(fixture.path("t"), purge: true, fixture.context())
      #expect(try await fixture.catalog.runNextJob(fixture.serverContext))
      #expect(fixture.files() == [twin])
      #expect(original != twin)
    }
  }

  /// A sweep that waits is no reason to keep a warehouse whose tables are gone.
  @Test func warehouseGoesThoughASweepWaits() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      try await fixture.catalog.scheduleSweeps(fixture.serverContext)
      try await fixture.catalog.dropTable(fixture.path("t"), purge: false, fixture.context())
      try await fixture.catalog.dropNamespace(fixture.namespace, fixture.context())
      try await fixture.catalog.dropWarehouse("main", fixture.context())
      #expect(try await fixture.count("warehouses") == 0)
    }
  }
}
