import AsyncHTTPClient
import CatalogStore
import Iceberg
import JSON
import ObjectStorage
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog

/// Commits while the object store fails.
@Suite struct ObjectStoreFaultTests {
  private func with(_ body: (CatalogFixture, Catalog, FaultingObjectStore.Plan) async throws -> Void) async throws {
    try await CatalogFixture.with { fixture in
      let plan = FaultingObjectStore.Plan()
      let logger = fixture.catalog.logger
      let objects = ObjectStoreFactory(client: .shared, credentials: nil, logger: logger) { FaultingObjectStore(plan: plan, store: $0) }
      let catalog = Catalog(
        store: fixture.store, objects: objects, authorizer: Authorizer(fixture.store, allowsAnonymous: true), options: CatalogOptions(),
        logger: logger)
      try await fixture.createTable("t")
      try await fixture.createTable("u")
      try await body(fixture, catalog, plan)
    }
  }

  private static func change() throws -> TableChangeRequest {
    try CatalogFixture.change("{\"action\":\"set-properties\",\"updates\":{\"k\":\"v\"}}")
  }

  @Test(arguments: [FaultingObjectStore.Fault.createFails, .createdButFails])
  func commitWhoseFileFailsIsRefusedAndLeavesNothing(_ fault: FaultingObjectStore.Fault) async throws {
    try await with { fixture, catalog, plan in
      let files = fixture.files()
      let events = try await fixture.count("audit_events")
      plan.arm([fault])
      let update = await #expect(throws: CatalogError.self) {
        try await catalog.updateTable(fixture.path("t"), Self.change(), fixture.context())
      }
      guard case .unavailable? = update else {
        Issue.record("\(String(describing: update))")
        return
      }
      await #expect(throws: CatalogError.self) {
        try await catalog.createTable(CatalogFixture.createRequest("new"), in: fixture.namespace, fixture.context())
      }
      // The first file is there when the second one fails.
      plan.arm([fault], afterFiles: 1)
      await #expect(throws: CatalogError.self) {
        try await catalog.commitTransaction(
          [(fixture.path("t"), Self.change()), (fixture.path("u"), Self.change())], in: "main", fixture.context())
      }
      #expect(fixture.files() == files)
      #expect(try await fixture.count("audit_events") == events)
      #expect(try await fixture.count("datasets", where: "version = 1") == 2)
    }
  }

  /// A commit that loses, and cannot remove its file, is tried again all the same.
  @Test func fileThatCannotBeRemovedDoesNotHurtTheCommit() async throws {
    try await with { fixture, catalog, plan in
      _ = try await catalog.loadTable(fixture.path("t"), fixture.context())
      let other = try CatalogFixture.change("{\"action\":\"set-properties\",\"updates\":{\"other\":\"v\"}}")
      _ = try await fixture.catalog.updateTable(fixture.path("t"), other, fixture.context())
      plan.arm([.deleteFails])
      _ = try await catalog.updateTable(fixture.path("t"), Self.change(), fixture.context())
      #expect(try await fixture.count("datasets", where: "version = 3") == 1)
      // Two first versions, two commits, one file left behind for the sweep.
      #expect(fixture.files().count == 5)
    }
  }

  @Test func slowFilesDoNotLoseCommits() async throws {
    try await with { fixture, catalog, plan in
      plan.arm([.createIsSlow])
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<6 {
          group.addTask {
            // Two servers, one of them slow.
            let change = try CatalogFixture.change("{\"action\":\"set-properties\",\"updates\":{\"k\(index)\":\"v\"}}")
            _ = try await (index % 2 == 0 ? catalog : fixture.catalog).updateTable(fixture.path("t"), change, fixture.context())
          }
        }
        try await group.waitForAll()
      }
      #expect(try await fixture.count("datasets", where: "version = 7") == 1)
      #expect(fixture.files(suffix: ".metadata.json").count == 8)
    }
  }

  /// A purge that cannot delete is put off, and its table stays.
  @Test func purgeThatFailsIsPutOff() async throws {
    try await with { fixture, catalog, plan in
      try await catalog.dropTable(fixture.path("t"), purge: true, fixture.context())
      plan.arm([.deleteFails])
      #expect(try await catalog.runNextJob(fixture.serverContext))
      #expect(try await fixture.count("jobs", where: "last_error IS NOT NULL AND run_at > now()") == 1)
      #expect(try await fixture.count("datasets") == 2)
      plan.arm([])
      _ = try await fixture.database.pool.run { try $0.execute("UPDATE jobs SET run_at = now()") }
      #expect(try await catalog.runNextJob(fixture.serverContext))
      #expect(try await fixture.count("datasets") == 1)
      #expect(fixture.files().count == 1)
    }
  }
}
