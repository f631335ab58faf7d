import CatalogStore
import Iceberg
import JSON
import Postgres
import PostgresTestSupport
import Testing
import TransparencyLog

@testable import Catalog

/// What every change leaves behind.
@Suite struct TrailTests {
  /// One event for each mutation, its hash over its bytes, its bytes canonical JSON that says who did what.
  @Test func everyMutationLeavesOneEvent() async throws {
    try await CatalogFixture.with { fixture in
      let catalog = fixture.catalog
      var expected: [String] = ["create-warehouse", "create-namespace"]
      let inner = NamespacePath(warehouse: "main", namespace: Namespace(levels: ["ns", "in"]))
      try await catalog.createNamespace(inner, properties: [:], fixture.context(), answer: [])
      _ = try await catalog.updateNamespaceProperties(inner, removals: [], updates: ["a": "b"], fixture.context()) { _ in [] }
      try await catalog.dropNamespace(inner, fixture.context())
      expected += ["create-namespace", "update-namespace-properties", "drop-namespace"]
      let table = try await fixture.createTable("t")
      _ = try await catalog.updateTable(fixture.path("t"), CatalogFixture.append(1, after: nil, sequence: 1), fixture.context())
      try await catalog.renameTable(from: fixture.path("t"), to: fixture.path("u"), fixture.context())
      let gone = try await catalog.unregisterTable(fixture.path("u"), fixture.context())
      let register = try RegisterTableRequest(
        jsonText: Array("{\"name\":\"r\",\"metadata-location\":\"\(gone.metadataLocation ?? "")\"}".utf8))
      _ = try await catalog.registerTable(register, in: fixture.namespace, fixture.context())
      try await catalog.dropTable(fixture.path("r"), purge: false, fixture.context())
      expected += ["create-table", "update-table", "rename-table", "unregister-table", "register-table", "drop-table"]
      #expect(table.metadataLocation != gone.metadataLocation)

      let events = try await fixture.database.pool.run { connection in
        try connection.query("SELECT canonical, leaf_hash FROM audit_events ORDER BY id") { row in
          (try row[0] as [UInt8], try row[1] as [UInt8])
        }
      }
      #expect(try events.map { try JSONDocument(parsing: $0.0).root.object().required("action").string() } == expected)
      for (canonical, hash) in events {
        #expect(LeafHash.of(canonical) == hash)
        let event = try JSONDocument(parsing: canonical).root.object()
        #expect(try event.required("principal").string() == "anonymous")
      }
    }
  }

  @Test func repeatedRequestIsAnsweredFromItsRecord() async throws {
    try await CatalogFixture.with { fixture in
      let key = IdempotencyKey(key: .random(), principal: "anonymous", warehouse: "main", fingerprint: [UInt8](repeating: 1, count: 32))
      let created = try await fixture.catalog.createTable(
        CatalogFixture.createRequest("t"), in: fixture.namespace, fixture.context(key: key))
      await #expect(throws: CatalogError.alreadyExists("Table already exists: ns.t")) {
        try await fixture.catalog.createTable(CatalogFixture.createRequest("t"), in: fixture.namespace, fixture.context(key: key))
      }
      let answer = try #require(try await fixture.catalog.recordedAnswer(for: key))
      #expect(answer.metadataLocation == created.metadataLocation)
      let replayed = try await fixture.catalog.recordedMetadata(answer.metadataLocation ?? "", in: "main", fixture.context())
      #expect(replayed.metadata == created.metadata)
      let other = IdempotencyKey(
        key: key.key, principal: key.principal, warehouse: key.warehouse, fingerprint: [UInt8](repeating: 2, count: 32))
      await #expect(throws: CatalogError.self) { try await fixture.catalog.recordedAnswer(for: other) }
      #expect(try await fixture.store.forgetAnswers(olderThan: .seconds(3_600)) == 0)
      #expect(try await fixture.store.forgetAnswers(olderThan: .seconds(-1)) == 1)
    }
  }

  @Test func refusedMutationLeavesNoEvent() async throws {
    try await CatalogFixture.with { fixture in
      let events = try await fixture.count("audit_events")
      await #expect(throws: CatalogError.self) {
        try await fixture.catalog.dropTable(fixture.path("absent"), purge: true, fixture.context())
      }
      await #expect(throws: CatalogError.self) {
        try await fixture.catalog.createNamespace(fixture.namespace, properties: [:], fixture.context(), answer: [])
      }
      #expect(try await fixture.count("audit_events") == events)
      #expect(try await fixture.count("jobs") == 0)
    }
  }
}
