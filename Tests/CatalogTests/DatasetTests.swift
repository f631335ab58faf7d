import CatalogStore
import Governance
import Iceberg
import JSON
import ObjectStorage
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog

/// Datasets that are neither Iceberg tables nor views.
@Suite struct DatasetTests {
  @Test func isRegisteredChangedRenamedAndForgotten() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.makeTeam("risk")
      let catalog = fixture.catalog
      let made = try await fixture.register(
        "d", .csv, at: "\(fixture.folder)/in/d/",
        DatasetDescription(
          columns: [DescribedColumn(name: "id", type: "bigint", isNullable: false, comment: "Key")], currentVersion: "7",
          properties: ["comment": "Loans", "owner-team": "risk"]))
      #expect(made.location == "file://\(fixture.folder)/in/d")
      let loaded = try await catalog.loadDataset(fixture.path("d"), fixture.context())
      #expect(loaded.description == made.description)
      #expect(loaded.format == .csv)
      #expect(loaded.found.facts.owner == "team:risk")
      #expect(loaded.found.facts.description == "Loans")

      var change = DatasetChange()
      change.setProperties = ["comment": "All loans"]
      change.removeProperties = ["owner-team"]
      change.currentVersion = ""
      let changed = try await catalog.updateDataset(fixture.path("d"), change, fixture.context(), answer: { $0.description.jsonText })
      #expect(changed.description.columns == made.description.columns)
      #expect(changed.description.currentVersion == nil)
      #expect(changed.found.facts.owner == nil)
      #expect(changed.found.version.version == 2)
      #expect(try await catalog.loadDataset(fixture.path("d"), fixture.context()).description == changed.description)
      await #expect(throws: CatalogError.self) {
        try await catalog.updateDataset(fixture.path("d"), DatasetChange(), fixture.context(), answer: { _ in [] })
      }

      try await catalog.renameDataset(from: fixture.path("d"), to: fixture.path("e"), fixture.context())
      await #expect(throws: CatalogError.noSuchDataset("Dataset does not exist: ns.d")) {
        try await catalog.loadDataset(fixture.path("d"), fixture.context())
      }
      #expect(try await catalog.loadDataset(fixture.path("e"), fixture.context()).found.version.id == made.found.version.id)
      try await catalog.dropDataset(fixture.path("e"), fixture.context())
      await #expect(throws: CatalogError.noSuchDataset("Dataset does not exist: ns.e")) {
        try await catalog.dropDataset(fixture.path("e"), fixture.context())
      }
      // Its place is free again.
      try await fixture.register("f", .files, at: "\(fixture.folder)/in/d")
    }
  }

  /// One name, one dataset, of whatever kind; and no operation on tables or views takes another kind for its own.
  @Test func namesAreUniqueAmongAllKinds() async throws {
    try await CatalogFixture.with { fixture in
      let catalog = fixture.catalog
      try await fixture.createTable("t")
      try await fixture.register("d", .topic)
      await #expect(throws: CatalogError.alreadyExists("Table with same name already exists: ns.t")) {
        try await fixture.register("t", .topic)
      }
      await #expect(throws: CatalogError.alreadyExists("Dataset with same name already exists: ns.d")) {
        try await fixture.createTable("d")
      }
      await #expect(throws: CatalogError.noSuchTable("Table does not exist: ns.d")) {
        _ = try await catalog.loadTable(fixture.path("d"), fixture.context())
      }
      await #expect(throws: CatalogError.noSuchTable("Table does not exist: ns.d")) {
        try await catalog.dropTable(fixture.path("d"), purge: true, fixture.context())
      }
      await #expect(throws: CatalogError.noSuchView("View does not exist: ns.d")) {
        _ = try await catalog.loadView(fixture.path("d"), fixture.context())
      }
      await #expect(throws: CatalogError.noSuchDataset("Dataset does not exist: ns.t")) {
        try await catalog.loadDataset(fixture.path("t"), fixture.context())
      }
      #expect(try await catalog.listTables(in: fixture.namespace, PageRequest(), fixture.context()).elements == ["t"])
      #expect(try await catalog.listViews(in: fixture.namespace, PageRequest(), fixture.context()).elements == [])
      let first = try await catalog.listDatasets(in: fixture.namespace, PageRequest(size: 1), fixture.context())
      #expect(first.elements.map(\.name) == ["d"])
      #expect(first.elements.first?.format == .topic)
      let second = try await catalog.listDatasets(in: fixture.namespace, PageRequest(after: first.next, size: 1), fixture.context())
      #expect(second.elements.map(\.kind) == [.table])
      #expect(second.next == nil)
      await #expect(throws: CatalogError.namespaceNotEmpty("Namespace ns is not empty. Contains 1 dataset(s).")) {
        try await catalog.dropTable(fixture.path("t"), purge: false, fixture.context())
        try await catalog.dropNamespace(fixture.namespace, fixture.context())
      }
    }
  }

  @Test func locationsAreCheckedByWhatTheyMean() async throws {
    try await CatalogFixture.with { fixture in
      let table = try await fixture.createTable("t")
      let place = try #require(table.metadataLocation?.split(separator: "/metadata/").first.map(String.init))
      for (text, isForbidden) in [
        (place, true), ("\(place)/data", true), ("\(fixture.folder)/a/../b", false), ("relative", false), (fixture.folder, false),
        ("/tmp", false), ("\(fixture.folder)/a\u{0}b", false), ("s3://", false), ("abfss://x/../y", false), ("", false),
      ] {
        do {
          try await fixture.register("d", .files, at: text)
          Issue.record("\(text) was taken")
        } catch CatalogError.forbidden {
          #expect(isForbidden, "\(text)")
        } catch CatalogError.badRequest {
          #expect(!isForbidden, "\(text)")
        }
      }
      try await fixture.register("d", .files, at: "file:\(fixture.folder)//x/y")
      for text in ["\(fixture.folder)/x", "\(fixture.folder)/x/y/z", "file://\(fixture.folder)/x/y"] {
        await #expect(throws: CatalogError.self, "\(text)") { try await fixture.register("e", .csv, at: text) }
      }
      // Elsewhere it is a name, which nothing opens.
      let external = try await fixture.register("e", .files, at: "abfss://box@host/x")
      #expect(external.location == "abfss://box@host/x")
      await #expect(throws: CatalogError.self) {
        _ = try await fixture.catalog.startIndex(of: fixture.path("e"), fixture.context(), answer: { _ in [] })
      }
      await #expect(throws: CatalogError.self) { try await fixture.register("g", .topic, at: "\(fixture.folder)/topic") }
      try await fixture.register("g", .topic, at: "kafka://broker/scans")
      await #expect(throws: CatalogError.self) { try await fixture.register("h", .parquet) }
    }
  }

  /// A zone that restricts the formats of files holds no others, and keeps what it keeps.
  @Test func zonesSayWhichFormatsTheyHold() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.makeTeam("risk")
      for (zone, kind) in [("curated", Zone.Kind.curated), ("raw", .raw)] {
        _ = try await fixture.catalog.createZone(
          Zone(name: zone, kind: kind), in: "main", description: "", isDefault: false, fixture.context(), answer: { _ in [] })
        let namespace = NamespacePath(warehouse: "main", namespace: Namespace(levels: [zone]))
        try await fixture.catalog.createNamespace(namespace, properties: [:], fixture.context(), answer: [])
      }
      let complete = DatasetDescription(properties: ["owner-team": "risk", "comment": "Loans"])
      for format in DatasetFormat.allCases {
        let location = format.hasFiles ? "\(fixture.folder)/in/\(format.rawValue)" : nil
        let isAllowed = [.delta, .hudi, .parquet, .topic, .featureView].contains(format)
        do {
          try await fixture.register(format.rawValue, format, at: location, complete, in: "curated")
          #expect(isAllowed, "\(format)")
        } catch CatalogError.forbidden(let message) {
          #expect(!isAllowed && message.contains("holds files of format parquet"), "\(format)")
          try await fixture.register(format.rawValue, format, at: location, complete, in: "raw")
        }
      }
      let files = fixture.path("files", in: "raw")
      await #expect(throws: CatalogError.self) { try await fixture.catalog.dropDataset(files, fixture.context()) }
      await #expect(throws: CatalogError.self) {
        try await fixture.catalog.renameDataset(from: files, to: fixture.path("files"), fixture.context())
      }
      await #expect(throws: CatalogError.self) {
        try await fixture.catalog.renameDataset(
          from: fixture.path("delta", in: "curated"), to: fixture.path("delta", in: "nowhere"), fixture.context())
      }
    }
  }

  @Test func hasTagsOfItsOwnAndNoneOfColumns() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.register("d", .topic)
      let change = TagChange(set: ["classification": "pii"])
      let tags = try await fixture.catalog.updateTags(
        of: fixture.path("d"), as: .dataset, change, columns: [:], fixture.context(), answer: { $0.jsonText })
      #expect(tags.own == ["classification": "pii"])
      #expect(try await fixture.catalog.loadDataset(fixture.path("d"), fixture.context()).found.facts.tags.own == tags.own)
      await #expect(throws: CatalogError.self) {
        try await fixture.catalog.updateTags(
          of: fixture.path("d"), as: .dataset, TagChange(), columns: ["id": change], fixture.context(), answer: { _ in [] })
      }
    }
  }

  /// A purge leaves what lies in another dataset's place.
  @Test func purgeLeavesFilesOfOtherDatasets() async throws {
    try await CatalogFixture.with { fixture in
      let table = try await fixture.createTable("t")
      let place = try #require(table.metadataLocation?.split(separator: "/metadata/").first.map(String.init))
      let location = try ObjectLocation("\(place)/metadata").canonicalText
      // Two that were registered at once may meet.
      try await fixture.register("d", .files, at: "\(fixture.folder)/x")
      _ = try await fixture.database.pool.run { connection in
        try connection.execute("UPDATE datasets SET location = \(location) WHERE kind = 'dataset'")
      }
      let files = fixture.files()
      try await fixture.catalog.dropTable(fixture.path("t"), purge: true, fixture.context())
      #expect(try await fixture.catalog.runNextJob(fixture.serverContext))
      #expect(fixture.files() == files)
      #expect(try await fixture.count("datasets") == 1)
    }
  }
}

extension CatalogFixture {
  func path(_ name: String, in namespace: String) -> DatasetPath {
    DatasetPath(warehouse: "main", identifier: try! TableIdentifier(namespace: Namespace(levels: [namespace]), name: name))
  }

  @discardableResult
  func register(
    _ name: String, _ format: DatasetFormat, at location: String? = nil, _ description: DatasetDescription = DatasetDescription(),
    in namespace: String = "ns"
  ) async throws -> GenericDataset {
    try await catalog.registerDataset(
      RegisterDatasetRequest(name: name, format: format, location: location, description: description),
      in: NamespacePath(warehouse: "main", namespace: Namespace(levels: [namespace])), context(), answer: { $0.description.jsonText })
  }
}
