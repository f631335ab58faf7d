import CatalogStore
import Testing

@testable import Catalog

@Suite struct WarehouseTests {
  /// A location that this server cannot reach is the caller's mistake, and leaves nothing.
  @Test(arguments: ["s3://bucket/lake", "relative/path", "gs://bucket", "file:///proc/nothing/here", "s3://"])
  func unusableLocationIsRefused(_ location: String) async throws {
    try await CatalogFixture.with { fixture in
      let events = try await fixture.count("audit_events")
      do {
        _ = try await fixture.catalog.createWarehouse("w", location: location, storage: [:], fixture.context(), answer: { _ in [] })
        Issue.record("\(location) was accepted")
      } catch CatalogError.badRequest(let message) {
        #expect(message.contains("warehouse w"))
      }
      #expect(try await fixture.count("warehouses") == 1)
      #expect(try await fixture.count("audit_events") == events)
    }
  }

  @Test(arguments: ["", "Main", "a b", "-a", "namespaces", "ünï", String(repeating: "a", count: 64)])
  func oddNameIsRefused(_ name: String) async throws {
    try await CatalogFixture.with { fixture in
      await #expect(throws: CatalogError.self) {
        try await fixture.catalog.createWarehouse(name, location: "file:///tmp/x", storage: [:], fixture.context(), answer: { _ in [] })
      }
    }
  }

  @Test func onlyAnEmptyWarehouseIsDropped() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      await #expect(throws: CatalogError.warehouseNotEmpty("Warehouse main is not empty: drop its namespaces first")) {
        try await fixture.catalog.dropWarehouse("main", fixture.context())
      }
      try await fixture.catalog.dropTable(fixture.path("t"), purge: false, fixture.context())
      try await fixture.catalog.dropNamespace(fixture.namespace, fixture.context())
      try await fixture.catalog.dropWarehouse("main", fixture.context())
      #expect(try await fixture.count("datasets") == 0)
      #expect(try await fixture.count("zones") == 0)
    }
  }
}
