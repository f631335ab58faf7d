import AsyncHTTPClient
import CatalogStore
import ObjectStorage
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog

/// A catalog whose connections to Postgres can be broken, with the tables `t` and `u`.
struct FaultFixture {
  /// The same database and files, undisturbed.
  let direct: CatalogFixture
  let proxy: FaultProxy
  /// The one that suffers.
  let catalog: Catalog

  static func with(_ body: (FaultFixture) async throws -> Void) async throws {
    try await CatalogFixture.with { direct in
      let proxy = try FaultProxy(direct.database.configuration)
      defer { proxy.stop() }
      let store = CatalogStore(
        pool: PostgresPool(proxy.configuration), gathering: proxy.configuration, patience: .seconds(1), logger: direct.catalog.logger)
      let catalog = Catalog(
        store: store, objects: .init(client: .shared, credentials: nil, logger: direct.catalog.logger),
        authorizer: Authorizer(store, allowsAnonymous: true),
        options: CatalogOptions(), logger: direct.catalog.logger)
      // What decisions rest on is read before the database is hurt.
      _ = try await catalog.authorizer.state()
      try await direct.createTable("t")
      try await direct.createTable("u")
      let result: Result<Void, any Error>
      do { result = .success(try await body(FaultFixture(direct: direct, proxy: proxy, catalog: catalog))) } catch {
        result = .failure(error)
      }
      await store.shutdown()
      try result.get()
    }
  }

  /// What there is, in numbers.
  struct State: Equatable {
    /// The sum of the living tables' versions.
    var versions: Int64 = 0
    var tables: Int64 = 0
    var namespaces: Int64 = 0
    var jobs: Int64 = 0
    var files: Int64 = 0
    var events: Int64 = 0

    static func + (left: State, right: State) -> State {
      State(
        versions: left.versions + right.versions, tables: left.tables + right.tables, namespaces: left.namespaces + right.namespaces,
        jobs: left.jobs + right.jobs, files: left.files + right.files, events: left.events + right.events)
    }
  }

  func state() async throws -> State {
    let versions = try await direct.database.pool.run { connection in
      try connection.first("SELECT coalesce(sum(version), 0)::bigint FROM datasets WHERE dropped_at IS NULL") { row in try row[0] as Int64 }
    }
    return State(
      versions: versions ?? 0, tables: try await direct.count("datasets", where: "dropped_at IS NULL"),
      namespaces: try await direct.count("namespaces"), jobs: try await direct.count("jobs"), files: Int64(direct.files().count),
      events: try await direct.count("audit_events"))
  }

  /// Every head names a file that is there.
  func expectFilesOfHeads() async throws {
    let heads = try await direct.database.pool.run { connection in
      try connection.query("SELECT metadata_location FROM datasets") { row in try row[0] as String }
    }
    let files = Set(direct.files().map { "file://" + $0 })
    for head in heads { #expect(files.contains(head)) }
  }
}
