import CatalogStore
import Features
import Governance
import Iceberg
import Identity
import JSON
import Postgres
import Testing

@testable import Catalog

/// Feature views and services, imported from what a registry says. `Tests/Interop/test_features.py` imports real ones.
@Suite struct FeatureImportTests {
  /// A registry of one project with one view.
  private static func registry(_ view: String, more: String = "") -> String {
    #"{"project":"shop","entities":[{"spec":{"name":"buyer","joinKey":"id","valueType":"INT64"}}],"featureViews":[{"spec":\#(view)}]\#(more)}"#
  }

  private static func view(_ source: String, features: String = #"{"name":"total","valueType":"DOUBLE"}"#, more: String = "") -> String {
    #"{"name":"orders","entities":["buyer"],"features":[\#(features)],"batchSource":{"name":"s","timestampField":"at",\#(source)}\#(more)}"#
  }

  @Test func aSecondImportChangesNothing() async throws {
    try await CatalogFixture.with { fixture in
      let text = Self.registry(
        Self.view(#""sparkOptions":{"table":"ns.t"}"#, more: #","ttl":"90s","online":true,"tags":{"a":"b"}"#),
        more: #","featureServices":[{"spec":{"name":"all","features":[{"featureViewName":"orders","featureColumns":[{"name":"total"}]}]}}]"#
      )
      try await fixture.createTable("t")
      let first = try await fixture.imports(text)
      #expect(first.changes.map(\.name) == ["shop", "orders", "all"])
      #expect(first.unresolved.isEmpty)
      let events = try await fixture.count("audit_events")
      let second = try await fixture.imports(text)
      #expect(second.changes.isEmpty && second.unchanged == 2)
      #expect(try await fixture.count("audit_events") == events)

      let loaded = try await fixture.catalog.loadFeatureView(fixture.shop("orders"), fixture.context())
      #expect(loaded.facts.ttlMs == 90_000 && loaded.facts.isOnline && loaded.facts.timestampField == "at")
      #expect(loaded.sources.values.map(\.path.identifier.name) == ["t"])
      #expect(loaded.view.services == ["all"])
      #expect(loaded.view.description.columns.map(\.name) == ["id", "total"])
    }
  }

  /// A table by name, with its warehouse or without, in any case; a file by the location around it that is closest.
  @Test(arguments: [
    (#""sparkOptions":{"table":"ns.t"}"#, "t"), (#""sparkOptions":{"table":"`ns`.`t`"}"#, "t"),
    (#""trinoOptions":{"table":"main.ns.t"}"#, "t"), (#""snowflakeOptions":{"database":"MAIN","schema":"NS","table":"T"}"#, "t"),
    (#""sparkOptions":{"table":"other.ns.t"}"#, nil), (#""sparkOptions":{"table":"t"}"#, nil), (#""sparkOptions":{"table":"ns..t"}"#, nil),
    (#""sparkOptions":{"query":"SELECT * FROM ns.t"}"#, nil),
    (#""fileOptions":{"uri":"{folder}/in/d/2026/x.parquet"}"#, "d"), (#""fileOptions":{"uri":"file://{folder}/in/d"}"#, "d"),
    (#""fileOptions":{"uri":"{folder}/in/dd/x.parquet"}"#, nil), (#""fileOptions":{"uri":"in/d/x.parquet"}"#, nil),
    (#""fileOptions":{"uri":"{folder}/in/d/../e/x.parquet"}"#, nil),
    (#""kafkaOptions":{"topic":"c","kafkaBootstrapServers":"a:1,b:2"}"#, "k"),
    (#""kafkaOptions":{"topic":"d","kafkaBootstrapServers":"b:2"}"#, nil), (#""bigqueryOptions":{}"#, nil),
  ])
  func sourcesAreFound(_ source: String, _ expected: String?) async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      try await fixture.register("d", .parquet, at: "\(fixture.folder)/in/d")
      try await fixture.register("k", .topic, at: "kafka://b:2/c")
      let report = try await fixture.imports(Self.registry(Self.view(source.replacing("{folder}", with: fixture.folder))))
      let loaded = try await fixture.catalog.loadFeatureView(fixture.shop("orders"), fixture.context())
      #expect(loaded.sources.values.map(\.path.identifier.name) == (expected.map { [$0] } ?? []))
      #expect(report.unresolved.map(\.view) == (expected == nil ? ["orders"] : []))
    }
  }

  @Test func whatChangesIsChanged() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      let source = #""sparkOptions":{"table":"ns.t"}"#
      try await fixture.imports(Self.registry(Self.view(source, features: #"{"name":"a","valueType":"INT64"},{"name":"b"}"#)))
      let before = try await fixture.catalog.loadDataset(fixture.shop("orders"), fixture.context())
      let report = try await fixture.imports(
        Self.registry(Self.view(source, features: #"{"name":"a","valueType":"DOUBLE"},{"name":"c"}"#, more: #","description":"Orders""#)))
      #expect(report.changes.count == 1)
      #expect(
        report.changes.first?.details == [
          "description: none → Orders", "feature a: INT64 → DOUBLE", "+ feature c of no type", "- feature b",
        ])
      let after = try await fixture.catalog.loadDataset(fixture.shop("orders"), fixture.context())
      #expect(after.found.version.id == before.found.version.id && after.found.version.version == 2)
      #expect(after.found.facts.description == "Orders")
      // A feature that has gone stays on record; when it comes again it is there again.
      #expect(try await fixture.count("features", where: "name = 'b' AND gone_at IS NOT NULL") == 1)
      try await fixture.imports(Self.registry(Self.view(source, features: #"{"name":"b"}"#)))
      #expect(try await fixture.count("features", where: "name = 'b' AND gone_at IS NULL") == 1)
    }
  }

  /// Who said it better here keeps it until the registry says something else.
  @Test func descriptionsOfPeopleStay() async throws {
    try await CatalogFixture.with { fixture in
      func text(_ features: String, _ description: String) -> String {
        Self.registry(Self.view(#""bigqueryOptions":{}"#, features: features, more: #","description":"\#(description)""#))
      }
      try await fixture.imports(text(#"{"name":"a"}"#, "One"))
      var change = DatasetChange()
      change.setProperties = ["comment": "Ours"]
      _ = try await fixture.catalog.updateDataset(fixture.shop("orders"), change, fixture.context(), answer: { _ in [] })
      func description() async throws -> String? {
        try await fixture.catalog.loadDataset(fixture.shop("orders"), fixture.context()).found.facts.description
      }
      #expect(try await fixture.imports(text(#"{"name":"a"}"#, "One")).changes.isEmpty)
      try await fixture.imports(text(#"{"name":"b"}"#, "One"))
      #expect(try await description() == "Ours")
      try await fixture.imports(text(#"{"name":"b"}"#, "Two"))
      #expect(try await description() == "Two")
    }
  }

  @Test func ownersThatAreTeamsHereOwn() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.makeTeam("risk")
      let views = [("a", "risk"), ("b", "team:risk"), ("c", "ann@example.com")].map { #"{"spec":{"name":"\#($0.0)","owner":"\#($0.1)"}}"# }
      try await fixture.imports(#"{"project":"shop","featureViews":[\#(views.joined(separator: ","))]}"#)
      for (name, owner) in [("a", "team:risk"), ("b", "team:risk"), ("c", nil)] {
        #expect(try await fixture.catalog.loadFeatureView(fixture.shop(name), fixture.context()).view.found.facts.owner == owner)
      }
    }
  }

  @Test func whatIsGoneGoesOnlyWhenAsked() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.imports(
        Self.registry(
          Self.view(#""bigqueryOptions":{}"#),
          more: #","featureServices":[{"spec":{"name":"all","features":[{"featureViewName":"orders"}]}}]"#))
      // Another project in the same namespace is none of its business.
      try await fixture.imports(#"{"project":"other","featureViews":[{"spec":{"name":"other"}}]}"#, namespace: ["shop"])
      let kept = try await fixture.imports(#"{"project":"shop"}"#)
      #expect(kept.changes.map(\.kind) == [.gone, .gone] && kept.changes.map(\.name) == ["orders", "all"])
      #expect(try await fixture.catalog.loadFeatureView(fixture.shop("orders"), fixture.context()).view.services == ["all"])
      let pruned = try await fixture.imports(#"{"project":"shop"}"#, prunes: true)
      #expect(pruned.changes.map(\.name) == ["orders", "all"])
      await #expect(throws: CatalogError.self) {
        _ = try await fixture.catalog.loadFeatureView(fixture.shop("orders"), fixture.context())
      }
      let page = try await fixture.catalog.listFeatureViews(in: fixture.shopNamespace, PageRequest(), fixture.context())
      #expect(page.elements.map(\.view.path.identifier.name) == ["other"])
      #expect(try await fixture.imports(#"{"project":"shop"}"#, prunes: true).changes.isEmpty)
      await #expect(throws: CatalogError.self) {
        try await fixture.imports(#"{"project":"shop","featureViews":[{"spec":{"name":"other"}}]}"#)
      }
    }
  }

  @Test func aDryRunChangesNothing() async throws {
    try await CatalogFixture.with { fixture in
      let events = try await fixture.count("audit_events")
      let report = try await fixture.imports(Self.registry(Self.view(#""bigqueryOptions":{}"#)), isDryRun: true)
      #expect(report.changes.map(\.name) == ["shop", "orders"])
      #expect(try await fixture.count("audit_events") == events)
      #expect(try await fixture.count("namespaces", where: "path = 'shop'") == 0)
    }
  }

  /// Several at once: one of them makes it so, and the others find it so.
  @Test func importsAtOnceAreOne() async throws {
    try await CatalogFixture.with { fixture in
      let text = Self.registry(Self.view(#""bigqueryOptions":{}"#))
      let reports = try await withThrowingTaskGroup(of: FeatureImportReport.self) { group in
        for _ in 0..<8 { group.addTask { try await fixture.imports(text) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(reports.count { $0.changes.contains { $0.thing == .view } } == 1)
      #expect(try await fixture.count("feature_views") == 1)
      #expect(try await fixture.count("audit_events", where: "convert_from(canonical, 'UTF8') LIKE '%\"register-dataset\"%'") == 1)
    }
  }

  /// All of an import or none: a table has the name of the second view.
  @Test func namesThatAreTakenRefuseAllOfIt() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("b")
      await #expect(throws: CatalogError.alreadyExists("Table with same name already exists: ns.b")) {
        try await fixture.imports(
          #"{"project":"shop","featureViews":[{"spec":{"name":"a"}},{"spec":{"name":"b"}}]}"#, namespace: ["ns"])
      }
      #expect(try await fixture.count("feature_views") == 0)
    }
  }

  @Test(arguments: [
    #"{}"#, #"{"projects":[{"spec":{"name":"a"}},{"spec":{"name":"b"}}]}"#,
    #"{"project":"a","featureViews":[{"spec":{"name":"v"}}],"streamFeatureViews":[{"spec":{"name":"v"}}]}"#,
    #"{"project":"a\u001fb"}"#,
  ])
  func registriesThatMakeNoSenseAreRefused(_ text: String) async throws {
    try await CatalogFixture.with { fixture in
      await #expect { try await fixture.imports(text) } throws: { error in
        if case CatalogError.badRequest = error { true } else { false }
      }
    }
  }

  /// What feeds a view may go; the view then says what its registry says, and the next import notices.
  @Test func aSourceThatIsDroppedIsNone() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      let text = Self.registry(Self.view(#""sparkOptions":{"table":"ns.t"}"#))
      try await fixture.imports(text)
      try await fixture.catalog.dropTable(fixture.path("t"), purge: false, fixture.context())
      #expect(try await fixture.catalog.loadFeatureView(fixture.shop("orders"), fixture.context()).sources.isEmpty)
      let report = try await fixture.imports(text)
      #expect(report.changes.map(\.kind) == [.changed] && report.unresolved.map(\.source.location) == ["ns.t"])
    }
  }

  /// A source is linked as far as the importer may know of it, and a link is shown to who may know of what it leads to.
  @Test func linksTellNobodyMoreThanTheyMayKnow() async throws {
    try await CatalogFixture.with { fixture in
      let catalog = fixture.catalog
      try await catalog.ensureInitialPolicies()
      try await fixture.createTable("t")
      try await catalog.createNamespace(fixture.shopNamespace, properties: [:], fixture.context(), answer: [])
      _ = try await catalog.createPrincipal(
        PrincipalReference(.user, "ann"), description: "", cleared: [], fixture.context(), answer: { _ in [] })
      _ = try await catalog.grant(
        .define, to: GranteeName("ann"), on: .namespace(fixture.shopNamespace), fixture.context(), answer: { _ in [] })
      let ann = OperationContext(Caller(.user, name: "ann"), requestID: "test")
      let text = Self.registry(Self.view(#""sparkOptions":{"table":"ns.t"}"#))
      #expect(try await fixture.imports(text, by: ann).unresolved.map(\.view) == ["orders"])
      #expect(try await fixture.imports(text).changes.map(\.kind) == [.changed])
      // The link that is there stays when ann imports again, and ann does not see it.
      #expect(try await fixture.imports(text, by: ann).changes.isEmpty)
      let seen = try await fixture.catalog.loadFeatureView(fixture.shop("orders"), ann)
      #expect(seen.facts.sources.first?.dataset != nil && seen.sources.isEmpty)
      #expect(try await fixture.catalog.loadFeatureView(fixture.shop("orders"), fixture.context()).sources.count == 1)
      await #expect(throws: CatalogError.self) { try await fixture.imports(#"{"project":"elsewhere"}"#, by: ann) }
    }
  }
}

extension CatalogFixture {
  fileprivate var shopNamespace: NamespacePath { NamespacePath(warehouse: "main", namespace: Namespace(levels: ["shop"])) }

  fileprivate func shop(_ name: String) throws -> DatasetPath { try DatasetPath(shopNamespace, name) }

  @discardableResult
  fileprivate func imports(
    _ text: String, namespace: [String]? = nil, prunes: Bool = false, isDryRun: Bool = false, by context: OperationContext? = nil
  ) async throws -> FeatureImportReport {
    var request = FeatureImportRequest(registry: try FeatureRegistry(jsonText: Array(text.utf8)))
    request.namespace = namespace.map { Namespace(levels: $0) }
    request.prunes = prunes
    request.isDryRun = isDryRun
    return try await catalog.importFeatures(request, in: "main", context ?? self.context(), answer: { _ in [] })
  }
}
