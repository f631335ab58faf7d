import CatalogStore
import Iceberg
import JSON
import ObjectStorage
import Postgres
import Testing

@testable import Catalog

/// Which places are another table's too, so that keys for them would open more than one table.
@Suite struct SharedPlaceTests {
  private func isShared(_ location: String, _ name: String, uuid: String = "-", _ fixture: CatalogFixture) async throws -> Bool {
    try await fixture.store.isShared(place(location, name, uuid, fixture), authorization(fixture))
  }

  private func place(_ location: String, _ name: String, _ uuid: String, _ fixture: CatalogFixture) throws -> TablePlace {
    TablePlace(
      dataset: nil, identifier: fixture.path(name).text, tableUUID: uuid, location: try ObjectLocation(location).canonicalText)
  }

  private func authorization(_ fixture: CatalogFixture) throws -> Authorization {
    try fixture.catalog.authorizer.authorizeServer(.runJob, on: CatalogResource(.server, ""), fixture.serverContext)
  }

  private func metadata(_ table: LoadedTable) throws -> TableMetadata { try TableMetadata(jsonText: table.metadata) }

  @Test func aTablesLocationIsItsOwn() async throws {
    try await CatalogFixture.with { fixture in
      let location = try metadata(try await fixture.createTable("a")).location
      let parent = String(location[..<location.lastIndex(of: "/")!])
      for other in [location, location + "/", location + "/data", location + "/data/x", parent, "file://\(fixture.folder)"] {
        #expect(try await isShared(other, "new", fixture), "\(other)")
      }
      // Neighbours that only look alike.
      for other in [location + "2", location + ".", parent + "/b", location + "%2Fx", String(location.dropLast())] {
        #expect(try await !isShared(other, "new", fixture), "\(other)")
      }
      let own = try #require(try await fixture.store.find(fixture.path("a"))).version.id
      let place = TablePlace(dataset: own, identifier: fixture.path("a").text, tableUUID: "-", location: location)
      #expect(try await !fixture.store.isShared(place, authorization(fixture)))
    }
  }

  /// What was dropped has its files still. Its name, or itself taken in again, may have them; others may not.
  @Test func aDroppedTableKeepsItsPlace() async throws {
    try await CatalogFixture.with { fixture in
      let table = try metadata(try await fixture.createTable("a"))
      try await fixture.catalog.dropTable(fixture.path("a"), purge: false, fixture.context())
      #expect(try await isShared(table.location, "b", fixture))
      #expect(try await isShared(table.location + "/data", "b", fixture))
      #expect(try await !isShared(table.location, "a", fixture))
      #expect(try await !isShared(table.location, "b", uuid: try #require(table.uuid), fixture))
      #expect(try await isShared(table.location, "b", uuid: "", fixture))
    }
  }

  @Test func placesThatOthersNameAreTheirs() async throws {
    try await CatalogFixture.with { fixture in
      let root = "file://\(fixture.folder)"
      _ = try await fixture.catalog.createTable(
        CatalogFixture.createRequest("a", extra: #","properties":{"write.data.path":"\#(root)/shared/data"}"#), in: fixture.namespace,
        fixture.context())
      func isNamed(_ location: String) async throws -> Bool {
        try await fixture.store.isNamedElsewhere(
          place(location, "new", "-", fixture), below: ObjectLocation(root).canonicalText, authorization(fixture))
      }
      for other in ["shared/data", "shared", "shared/data/x", "shared/data/x/y"] {
        #expect(try await isNamed("\(root)/\(other)"), "\(other)")
      }
      for other in ["shared/data2", "shared/dat", "other", "shared/datax/y", "data"] {
        #expect(try await !isNamed("\(root)/\(other)"), "\(other)")
      }
      // It might be spelled with escapes there.
      #expect(try await isNamed("\(root)/ünï"))
    }
  }
}
