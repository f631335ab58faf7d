import CatalogStore
import Governance
import Iceberg
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog

@Suite struct ZoneTests {
  private func create(_ name: String, _ kind: Zone.Kind, isDefault: Bool = false, in fixture: CatalogFixture) async throws {
    _ = try await fixture.catalog.createZone(
      Zone(name: name, kind: kind), in: "main", description: "", isDefault: isDefault, fixture.context(), answer: { _ in [] })
  }

  private func update(_ name: String, _ change: ZoneChange, in fixture: CatalogFixture) async throws -> StoredZone {
    try await fixture.catalog.updateZone(name, in: "main", change, fixture.context(), answer: { _ in [] })
  }

  private func createNamespace(_ levels: [String], zone: String? = nil, in fixture: CatalogFixture) async throws {
    let path = NamespacePath(warehouse: "main", namespace: Namespace(levels: levels))
    try await fixture.catalog.createNamespace(path, properties: zone.map { ["zone": $0] } ?? [:], fixture.context(), answer: [])
  }

  /// The zone that a namespace is in.
  private func zone(of levels: [String], in fixture: CatalogFixture) async throws -> String? {
    let path = Namespace(levels: levels).pathText
    return try await fixture.database.pool.run { connection in
      try connection.first("SELECT z.name FROM namespaces n JOIN zones z ON z.id = n.zone_id WHERE n.path = \(path)") { row in
        try row[0] as String
      }
    }
  }

  private func zones(_ fixture: CatalogFixture) async throws -> [StoredZone] {
    try await fixture.catalog.listZones("main", PageRequest(size: 100), fixture.context()).elements
  }

  @Test func warehouseBeginsWithASandbox() async throws {
    try await CatalogFixture.with { fixture in
      let zones = try await zones(fixture)
      #expect(zones.map(\.zone) == [Zone(name: "default", kind: .sandbox)])
      #expect(zones.map(\.isDefault) == [true])
    }
  }

  @Test func isMadeShownAndChanged() async throws {
    try await CatalogFixture.with { fixture in
      try await create("bronze", .raw, in: fixture)
      await #expect(throws: CatalogError.zoneAlreadyExists("Zone already exists: bronze")) {
        try await create("bronze", .curated, in: fixture)
      }
      let changed = try await update("bronze", ZoneChange(kind: .landing, description: "As it came."), in: fixture)
      #expect((changed.zone.kind, changed.description, changed.version) == (.landing, "As it came.", 2))
      #expect(try await fixture.catalog.loadZone("bronze", in: "main", fixture.context()) == changed)
      let names = try await zones(fixture).map(\.zone.name)
      #expect(names == ["bronze", "default"])
      #expect(try await fixture.count("audit_events", where: "convert_from(canonical, 'UTF8') LIKE '%-zone%'") == 2)
    }
  }

  @Test func refusalsSayWhatToDo() async throws {
    try await CatalogFixture.with { fixture in
      for name in ["", "Bronze", "a b", "é", String(repeating: "a", count: 64), "-a"] {
        await #expect(throws: CatalogError.self) { try await create(name, .raw, in: fixture) }
      }
      await #expect(throws: CatalogError.noSuchZone("Zone does not exist: away")) {
        _ = try await update("away", ZoneChange(kind: .raw), in: fixture)
      }
      await #expect(throws: CatalogError.noSuchWarehouse("Warehouse does not exist: away")) {
        _ = try await fixture.catalog.listZones("away", PageRequest(size: 1), fixture.context())
      }
      await #expect(throws: CatalogError.self) { _ = try await update("default", ZoneChange(), in: fixture) }
      let left = try await zones(fixture)
      #expect(left.count == 1)
    }
  }

  @Test func oneZoneIsTheDefaultWhoeverAsksAtOnce() async throws {
    try await CatalogFixture.with { fixture in
      for number in 0..<4 { try await create("z\(number)", .sandbox, in: fixture) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<4 { group.addTask { _ = try await update("z\(number)", ZoneChange(becomesDefault: true), in: fixture) } }
        for number in 4..<8 { group.addTask { try await create("z\(number)", .raw, isDefault: true, in: fixture) } }
        try await group.waitForAll()
      }
      let defaults = try await zones(fixture).filter(\.isDefault)
      #expect(defaults.count == 1)
    }
  }

  @Test func namespaceGoesWhereItBelongs() async throws {
    try await CatalogFixture.with { fixture in
      try await create("raw", .raw, in: fixture)
      try await create("curated", .curated, in: fixture)
      try await createNamespace(["elsewhere"], in: fixture)
      #expect(try await zone(of: ["elsewhere"], in: fixture) == "default")
      // Named like its first level, unless it says otherwise.
      try await createNamespace(["raw"], in: fixture)
      #expect(try await zone(of: ["raw"], in: fixture) == "raw")
      try await createNamespace(["loans"], zone: "curated", in: fixture)
      #expect(try await zone(of: ["loans"], in: fixture) == "curated")
      // Children inherit, whatever they are called.
      try await createNamespace(["loans", "raw"], in: fixture)
      #expect(try await zone(of: ["loans", "raw"], in: fixture) == "curated")
      try await createNamespace(["loans", "same"], zone: "curated", in: fixture)
      await #expect(throws: CatalogError.self) { try await createNamespace(["loans", "other"], zone: "raw", in: fixture) }
      await #expect(throws: CatalogError.badRequest("The zone away does not exist; there are curated, default, raw")) {
        try await createNamespace(["lost"], zone: "away", in: fixture)
      }
      #expect(try await zone(of: ["lost"], in: fixture) == nil)
      // It stays there.
      let path = NamespacePath(warehouse: "main", namespace: Namespace(levels: ["raw"]))
      await #expect(throws: CatalogError.self) {
        _ = try await fixture.catalog.updateNamespaceProperties(
          path, removals: [], updates: ["zone": "curated"], fixture.context(), answer: { _ in [] })
      }
      #expect(try await zone(of: ["raw"], in: fixture) == "raw")
    }
  }

  @Test func newDefaultTakesWhatNobodyClaims() async throws {
    try await CatalogFixture.with { fixture in
      try await create("landing", .landing, isDefault: true, in: fixture)
      try await createNamespace(["arrivals"], in: fixture)
      #expect(try await zone(of: ["arrivals"], in: fixture) == "landing")
    }
  }
}
