import CatalogStore
import Governance
import Iceberg
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog

@Suite struct GrantTests {
  private func add(_ kind: String, _ name: String, _ fixture: CatalogFixture) async throws {
    try await fixture.database.pool.run { connection in
      _ = try connection.execute(
        "INSERT INTO principals (id, kind, name) VALUES (\(PostgresUUID.random()), \(kind), \(name)) ON CONFLICT DO NOTHING")
    }
  }

  private func grant(
    _ privilege: Privilege, _ name: String, _ object: AccessObject, _ fixture: CatalogFixture
  ) async throws -> (grant: StoredGrant, isNew: Bool) {
    try await fixture.catalog.grant(privilege, to: GranteeName(name), on: object, fixture.context(), answer: { _ in [] })
  }

  private func list(_ fixture: CatalogFixture) async throws -> [StoredGrant] { try await list(GrantFilter(), fixture) }

  private func list(_ filter: GrantFilter, _ fixture: CatalogFixture) async throws -> [StoredGrant] {
    try await fixture.catalog.listGrants(filter, PageRequest(), fixture.context()).elements
  }

  private func revision(_ fixture: CatalogFixture) async throws -> Int64 {
    try await fixture.database.pool.run { connection in
      try connection.first("SELECT revision FROM access_revision") { row in try row[0] as Int64 } ?? 0
    }
  }

  @Test func everyKindOfObjectCanBeGrantedOn() async throws {
    try await CatalogFixture.with { fixture in
      try await add("user", "ann", fixture)
      try await fixture.createTable("t")
      let table = AccessObject.dataset(.table, fixture.path("t"))
      let objects: [AccessObject] = [
        .catalog, .warehouse("main"), .zone("default", warehouse: "main"), .namespace(fixture.namespace), table,
      ]
      for object in objects {
        let before = try await revision(fixture)
        #expect(try await grant(.read, "user:ann", object, fixture).isNew)
        #expect(try await revision(fixture) == before + 1)
        let again = try await grant(.read, "ann", object, fixture)
        #expect(!again.isNew)
        #expect(try await revision(fixture) == before + 1)
        #expect(try await list(GrantFilter(object: object), fixture) == [again.grant])
      }
      #expect(try await list(fixture).map(\.object) == objects)
      #expect(try await list(GrantFilter(privilege: .write), fixture).isEmpty)
      #expect(try await fixture.count("audit_events", where: "convert_from(canonical, 'UTF8') LIKE '%\"action\":\"grant\"%'") == 5)
      let pages = try await fixture.catalog.listGrants(GrantFilter(), PageRequest(size: 2), fixture.context())
      let rest = try await fixture.catalog.listGrants(GrantFilter(), PageRequest(after: pages.next), fixture.context())
      #expect((pages.elements + rest.elements).map(\.object) == objects)
    }
  }

  @Test func whatIsNotThereIsRefused() async throws {
    try await CatalogFixture.with { fixture in
      try await add("user", "ann", fixture)
      try await add("team", "ann", fixture)
      await #expect(throws: CatalogError.unprocessable("There is no role named ann")) {
        _ = try await grant(.read, "role:ann", .catalog, fixture)
      }
      await #expect(throws: CatalogError.unprocessable("ann may be team:ann or user:ann; say which")) {
        _ = try await grant(.read, "ann", .catalog, fixture)
      }
      await #expect(throws: CatalogError.noSuchWarehouse("Warehouse does not exist: away")) {
        _ = try await grant(.read, "user:ann", .zone("z", warehouse: "away"), fixture)
      }
      await #expect(throws: CatalogError.noSuchZone("Zone does not exist: z")) {
        _ = try await grant(.read, "user:ann", .zone("z", warehouse: "main"), fixture)
      }
      await #expect(throws: CatalogError.self) { _ = try await grant(.read, "user:ann", .dataset(.table, fixture.path("t")), fixture) }
      try await fixture.createTable("t")
      await #expect(throws: CatalogError.self) { _ = try await grant(.read, "user:ann", .dataset(.view, fixture.path("t")), fixture) }
      #expect(try await list(GrantFilter(time: .ever), fixture).isEmpty)
    }
  }

  @Test func historyTellsOfWhatWasTakenBack() async throws {
    try await CatalogFixture.with { fixture in
      try await add("role", "analyst", fixture)
      let early = PostgresTimestamp.now()
      let made = try await grant(.read, "analyst", .namespace(fixture.namespace), fixture).grant
      let between = made.grantedAt
      try await fixture.catalog.revokeGrant(made.id, fixture.context())
      await #expect(throws: CatalogError.self) { try await fixture.catalog.revokeGrant(made.id, fixture.context()) }
      #expect(try await list(fixture).isEmpty)
      let past = try await list(GrantFilter(time: .at(between)), fixture)
      #expect(past.map(\.id) == [made.id] && past.first?.revokedBy == "anonymous")
      #expect(try await list(GrantFilter(time: .at(PostgresTimestamp(microseconds: early.microseconds - 1))), fixture).isEmpty)
      let again = try await grant(.read, "analyst", .namespace(fixture.namespace), fixture)
      #expect(again.isNew)
      #expect(try await list(GrantFilter(time: .ever), fixture).map(\.id) == [made.id, again.grant.id])
    }
  }

  @Test func aGrantFollowsItsTableAndGoesWithItsNamespace() async throws {
    try await CatalogFixture.with { fixture in
      try await add("user", "ann", fixture)
      try await fixture.createTable("t")
      _ = try await grant(.read, "ann", .dataset(.table, fixture.path("t")), fixture)
      try await fixture.catalog.renameTable(from: fixture.path("t"), to: fixture.path("u"), fixture.context())
      #expect(try await list(GrantFilter(object: .dataset(.table, fixture.path("u"))), fixture).count == 1)
      let other = NamespacePath(warehouse: "main", namespace: Namespace(levels: ["gone"]))
      try await fixture.catalog.createNamespace(other, properties: [:], fixture.context(), answer: [])
      _ = try await grant(.manage, "ann", .namespace(other), fixture)
      let before = try await revision(fixture)
      try await fixture.catalog.dropNamespace(other, fixture.context())
      #expect(try await revision(fixture) == before + 1)
      #expect(try await list(fixture).count == 1)
      try await fixture.catalog.createNamespace(other, properties: [:], fixture.context(), answer: [])
      #expect(try await list(GrantFilter(object: .namespace(other)), fixture).isEmpty)
      // One that nothing was granted on goes without anybody having to decide anew.
      let quiet = try await revision(fixture)
      try await fixture.catalog.dropNamespace(other, fixture.context())
      #expect(try await revision(fixture) == quiet)
      let ended = try await list(GrantFilter(time: .ever), fixture).filter { $0.revokedAt != nil }
      #expect(ended.map(\.objectName) == ["main/gone"] && ended.first?.object == nil)
    }
  }

  @Test func aWarehouseTakesItsGrantsAlong() async throws {
    try await CatalogFixture.with { fixture in
      try await add("user", "ann", fixture)
      _ = try await fixture.catalog.createWarehouse(
        "w2", location: "file://\(fixture.folder)/w2", storage: [:], fixture.context(), answer: { _ in [] })
      _ = try await grant(.read, "ann", .warehouse("w2"), fixture)
      _ = try await grant(.read, "ann", .zone("default", warehouse: "w2"), fixture)
      try await fixture.catalog.dropWarehouse("w2", fixture.context())
      #expect(try await list(fixture).isEmpty)
    }
  }

  @Test func grantedAtOnceItIsGrantedOnce() async throws {
    try await CatalogFixture.with { fixture in
      try await add("user", "ann", fixture)
      let new = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<10 { group.addTask { try await grant(.read, "ann", .namespace(fixture.namespace), fixture).isNew } }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(new == 1)
      #expect(try await list(fixture).count == 1)
    }
  }
}
