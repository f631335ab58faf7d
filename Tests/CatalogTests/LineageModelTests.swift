import CatalogStore
import Features
import Governance
import Iceberg
import JSON
import Lineage
import Logging
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog
@testable import CatalogStore

/// Models and feature views in the graph, and traces that go by states.
@Suite struct LineageModelTests {
  private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  // MARK: World

  /// Tables `raw`, `late` and `curated`, the latter with the snapshots 11 and 12; job `first` made 11 of raw's 1, job `second` 12 of late's 2.
  private static func world(_ body: (CatalogFixture) async throws -> Void) async throws {
    try await CatalogFixture.with { fixture in
      for (name, snapshots) in [("raw", [1]), ("late", [2]), ("curated", [11, 12])] as [(String, [Int64])] {
        try await fixture.createTable(name)
        var parent: Int64?
        for (place, id) in snapshots.enumerated() {
          let change = try Self.append(id, after: parent, sequence: Int64(place) + 1, second: Int64(place) * 20 + 1)
          _ = try await fixture.catalog.updateTable(fixture.path(name), change, fixture.context())
          parent = id
        }
      }
      try await report("first", second: 2, inputs: [("raw", 1)], outputs: [("curated", 11)], fixture)
      try await report("second", second: 22, inputs: [("late", 2)], outputs: [("curated", 12)], fixture)
      _ = try await fixture.catalog.createModel(
        "m", ModelDescription(purpose: "p", tier: .limited, isRegulated: false, profiles: [], keepDaysAfterRetirement: 1), owner: nil,
        fixture.context(), answer: { _ in [] })
      for version in ["1", "2"] {
        _ = try await fixture.catalog.createModelVersion(
          version, of: "m", ModelVersionChange(), developer: nil, fixture.context(), answer: { _ in [] })
      }
      try await body(fixture)
    }
  }

  private static let epochMs: Int64 = 1_777_809_600_000

  private static func append(_ id: Int64, after parent: Int64?, sequence: Int64, second: Int64) throws -> TableChangeRequest {
    let parentText = parent.map { "\"parent-snapshot-id\":\($0)," } ?? ""
    return try CatalogFixture.change(
      """
      {"action":"add-snapshot","snapshot":{"snapshot-id":\(id),\(parentText)"sequence-number":\(sequence),
      "timestamp-ms":\(epochMs + second * 1_000),"manifest-list":"file:///x/\(id).avro","summary":{"operation":"append"},"schema-id":0}},
      {"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":\(id)}
      """)
  }

  private static func report(
    _ job: String, second: Int, inputs: [(String, Int64?)], outputs: [(String, Int64?)], run: String = "\(PostgresUUID.random())",
    columns: String = "", _ fixture: CatalogFixture
  ) async throws {
    func dataset(_ name: String, _ snapshot: Int64?, _ facets: String = "") -> String {
      let version = snapshot.map { #""version":{"datasetVersion":"\#($0)"}"# }
      let all = [version, facets.isEmpty ? nil : facets].compactMap { $0 }.joined(separator: ",")
      return #"{"namespace":"main","name":"ns.\#(name)","facets":{\#(all)}}"#
    }
    let text = #"""
      {"eventType":"COMPLETE","eventTime":"2026-05-03T12:00:\#(second < 10 ? "0" : "")\#(second)Z","producer":"p","run":{"runId":"\#(run)"},
      "job":{"namespace":"n","name":"\#(job)"},"inputs":[\#(inputs.map { dataset($0.0, $0.1) }.joined(separator: ","))],
      "outputs":[\#(outputs.map { dataset($0.0, $0.1, columns) }.joined(separator: ","))]}
      """#
    let json = try JSONDocument(parsing: text).root
    _ = try await fixture.catalog.reportLineage(
      [ReceivedEvent(digest: EventDigest.of(json), run: nil, time: .now(), document: Array(text.utf8))], fixture.context())
    try await fixture.database.pool.run { connection in
      while try LineageIntake.takeIn(on: connection, aliases: [], logger: logger) > 0 {}
    }
  }

  /// As if it had been bound long ago: the files of these snapshots are not there, so that they cannot be bound by their digests.
  private static func bind(
    _ version: String, to table: String, _ snapshot: Int64, second: Int64, columns: [String]? = nil, _ fixture: CatalogFixture
  )
    async throws
  {
    try await fixture.database.pool.run { connection in
      try connection.execute(
        """
        INSERT INTO training_inputs (id, model_version_id, role, dataset_id, dataset_kind, identifier, location, snapshot_id, columns,
          committed_at_ms, grade, bound_by, bound_at)
        SELECT \(PostgresUUID.timeOrdered()), v.id, 'train', d.id, d.kind, d.identifier, d.location, s.snapshot_id, \(columns),
          s.timestamp_ms, 'declared', 'test', \(PostgresTimestamp(milliseconds: epochMs + second * 1_000))
        FROM model_versions v, datasets d JOIN snapshots s ON s.dataset_id = d.id
        WHERE v.name = \(version) AND d.identifier = \(fixture.path(table).text) AND s.snapshot_id = \(snapshot)
        """)
    }
  }

  private static func trace(
    _ reference: LineageReference, _ direction: TraceDirection = .upstream, depth: Int = 9, second: Int64? = nil, columns: Int = 0,
    in fixture: CatalogFixture
  ) async throws -> VisibleTrace {
    var bounds = TraceBounds(direction: direction, depth: depth)
    bounds.asOf = second.map { PostgresTimestamp(milliseconds: epochMs + $0 * 1_000) }
    bounds.maximumColumns = columns
    return try await fixture.catalog.traceLineage(from: reference, bounds, fixture.context())
  }

  /// `raw@1 -> curated@11`
  private static func edges(_ trace: VisibleTrace) -> [String] {
    let names = Dictionary(uniqueKeysWithValues: trace.nodes.map { ($0.id, $0.name?.name.replacing("ns.", with: "") ?? "?") })
    return trace.edges.map { edge in
      func end(_ id: Int64, _ state: TracedState?) -> String { names[id, default: "?"] + (state.map { "@\($0.text)" } ?? "") }
      return "\(end(edge.source, edge.sourceState)) -> \(end(edge.target, edge.targetState))"
    }.sorted()
  }

  // MARK: Tests

  @Test func aVersionIsTracedThroughTheStateItWasTrainedOn() async throws {
    try await Self.world { fixture in
      try await Self.bind("1", to: "curated", 11, second: 30, fixture)
      try await Self.bind("2", to: "curated", 12, second: 31, fixture)
      let first = try await Self.trace(.modelVersion("m", version: "1"), in: fixture)
      // What was only written into the table later is not upstream.
      #expect(Self.edges(first) == ["curated@11 -> m@1", "raw@1 -> curated@11"])
      #expect(first.nodes.map(\.kind) == ["model-version", "dataset", "dataset", "job"])
      #expect(first.nodes[0].reference == .modelVersion("m", version: "1"))
      #expect(first.nodes[0].object == .model("m"))
      #expect(
        try await Self.edges(Self.trace(.modelVersion("m", version: "2"), in: fixture)) == [
          "curated@12 -> m@2", "late@2 -> curated@12", "raw@1 -> curated@11",
        ])
      #expect(try await Self.edges(Self.trace(.modelVersion("m", version: "1"), depth: 1, in: fixture)) == ["curated@11 -> m@1"])
      let all = try await Self.trace(.model("m"), in: fixture)
      #expect(
        Self.edges(all) == [
          "curated@11 -> m@1", "curated@12 -> m@2", "late@2 -> curated@12", "m@1 -> m", "m@2 -> m", "raw@1 -> curated@11",
        ])
      await #expect(throws: CatalogError.self) { try await Self.trace(.model("other"), in: fixture) }
      await #expect(throws: CatalogError.self) { try await Self.trace(.modelVersion("m", version: "3"), in: fixture) }
    }
  }

  @Test func downstreamComesToTheModels() async throws {
    try await Self.world { fixture in
      try await Self.bind("1", to: "curated", 11, second: 30, fixture)
      let raw = fixture.path("raw")
      #expect(try await Self.edges(Self.trace(.dataset(raw), .downstream, in: fixture)) == ["curated@11 -> m@1", "raw@1 -> curated@11"])
      #expect(try await Self.edges(Self.trace(.dataset(raw), .downstream, second: 29, in: fixture)) == ["raw@1 -> curated@11"])
      // Nothing of the later snapshot can be in a model that was trained before it.
      let curated = fixture.path("curated")
      #expect(try await Self.edges(Self.trace(.dataset(curated, .id(12)), .downstream, in: fixture)) == [])
      #expect(try await Self.edges(Self.trace(.dataset(curated, .id(11)), .downstream, in: fixture)) == ["curated@11 -> m@1"])
      let both = try await Self.trace(.dataset(curated), .both, in: fixture)
      #expect(Self.edges(both) == ["curated@11 -> m@1", "late@2 -> curated@12", "raw@1 -> curated@11"])
      #expect(both.nodes[0].states.map(\.state.text) == ["11", "12"])
      #expect(both.nodes[0].states.map(\.facts?.committedAtMs) == [Self.epochMs + 1_000, Self.epochMs + 21_000])
    }
  }

  /// What is withdrawn, renamed or dropped is so in the graph at once; a question about the past is answered as it was.
  @Test func theGraphFollowsTheBindings() async throws {
    try await Self.world { fixture in
      try await Self.bind("1", to: "curated", 11, second: 30, fixture)
      let version = LineageReference.modelVersion("m", version: "1")
      try await fixture.catalog.renameTable(from: fixture.path("curated"), to: fixture.path("refined"), fixture.context())
      let renamed = try await Self.trace(version, depth: 1, in: fixture)
      #expect(renamed.nodes[1].reference == .dataset(fixture.path("refined")))
      let id = try #require(try await fixture.catalog.loadModelVersion("1", of: "m", fixture.context()).inputs.first?.id)
      try await fixture.catalog.withdrawTrainingInput(id, from: "1", of: "m", reason: "A mistake", fixture.context())
      #expect(try await Self.edges(Self.trace(version, in: fixture)) == [])
      #expect(try await Self.edges(Self.trace(version, second: 40, in: fixture)).contains("curated@11 -> m@1"))
      #expect(try await Self.edges(Self.trace(version, second: 29, in: fixture)) == [])
    }
  }

  @Test func aDatasetThatNobodyToldOfIsThereWithItsModels() async throws {
    try await Self.world { fixture in
      try await fixture.createTable("quiet")
      let change = try Self.append(5, after: nil, sequence: 1, second: 1)
      _ = try await fixture.catalog.updateTable(fixture.path("quiet"), change, fixture.context())
      let alone = try await Self.trace(.dataset(fixture.path("quiet")), .both, in: fixture)
      #expect(alone.nodes.map(\.reference) == [.dataset(fixture.path("quiet"))])
      try await Self.bind("1", to: "quiet", 5, second: 30, fixture)
      let bound = try await Self.trace(.dataset(fixture.path("quiet")), .both, in: fixture)
      #expect(Self.edges(bound) == ["quiet@5 -> m@1"])
      #expect(try await Self.edges(Self.trace(.modelVersion("m", version: "1"), in: fixture)) == ["quiet@5 -> m@1"])
      #expect(bound.nodes.allSatisfy { $0.id < 0 })
    }
  }

  @Test func statesThatAreGoneAreToldSo() async throws {
    try await Self.world { fixture in
      try await Self.bind("1", to: "curated", 11, second: 30, fixture)
      try await fixture.database.pool.run { connection in _ = try connection.execute("DELETE FROM snapshots WHERE snapshot_id = 11") }
      let trace = try await Self.trace(.modelVersion("m", version: "1"), in: fixture)
      #expect(Self.edges(trace) == ["curated@11 -> m@1", "raw@1 -> curated@11"])
      #expect(trace.nodes[1].states.map { $0.facts?.isGone } == [true])
      #expect(try await Self.edges(Self.trace(.dataset(fixture.path("curated"), .id(11)), in: fixture)) == ["raw@1 -> curated@11"])
      await #expect(throws: CatalogError.self) { try await Self.trace(.dataset(fixture.path("curated"), .id(99)), in: fixture) }
      await #expect(throws: CatalogError.self) { try await Self.trace(.dataset(fixture.path("curated"), .ref("none")), in: fixture) }
      #expect(
        try await Self.edges(Self.trace(.dataset(fixture.path("curated"), .ref("main")), in: fixture)).contains("late@2 -> curated@12"))
    }
  }

  @Test func aRunIsTracedByWhatItReadAndWrote() async throws {
    try await Self.world { fixture in
      let run = "3b452093-782c-4ef2-9c0c-aafe2aa6f34d"
      try await Self.report("third", second: 40, inputs: [("curated", 11)], outputs: [("end", 3)], run: run, fixture)
      let trace = try await Self.trace(.run(RunID(run)!), in: fixture)
      #expect(Self.edges(trace) == ["\(run) -> end@3", "curated@11 -> \(run)", "raw@1 -> curated@11"])
      #expect(trace.nodes[0].kind == "run")
      await #expect(throws: CatalogError.self) { try await Self.trace(.run(RunID(high: 1, low: 2)), in: fixture) }
    }
  }

  @Test func aColumnIsFollowedAlone() async throws {
    try await Self.world { fixture in
      let facets =
        #""columnLineage":{"fields":{"x":{"inputFields":[{"namespace":"main","name":"ns.raw","field":"a","transformations":[{"type":"DIRECT","subtype":"IDENTITY"}]}]},"y":{"inputFields":[{"namespace":"main","name":"ns.late","field":"b"}]}}}"#
      try await Self.report("third", second: 10, inputs: [("raw", 1), ("late", 2)], outputs: [("curated", 11)], columns: facets, fixture)
      let next = #""columnLineage":{"fields":{"z":{"inputFields":[{"namespace":"main","name":"ns.curated","field":"x"}]}}}"#
      try await Self.report("fourth", second: 11, inputs: [("curated", 11)], outputs: [("end", nil)], columns: next, fixture)
      try await Self.bind("1", to: "curated", 11, second: 30, columns: ["x"], fixture)
      try await Self.bind("2", to: "curated", 11, second: 31, columns: ["y"], fixture)
      func columns(_ table: String, _ column: String, _ direction: TraceDirection) async throws -> [String] {
        let trace = try await Self.trace(.column(fixture.path(table), column), direction, columns: 100, in: fixture)
        let names = Dictionary(uniqueKeysWithValues: trace.nodes.map { ($0.id, $0.name?.name.replacing("ns.", with: "") ?? "?") })
        return trace.columns.map {
          "\(names[$0.source, default: "?"]).\($0.sourceColumn) -> \(names[$0.target, default: "?"]).\($0.targetColumn ?? "*")"
        }
        .sorted()
      }
      #expect(try await columns("curated", "x", .upstream) == ["raw.a -> curated.x"])
      #expect(try await columns("curated", "y", .upstream) == ["late.b -> curated.y"])
      #expect(try await columns("raw", "a", .downstream) == ["curated.x -> end.z", "curated.x -> m@1.x", "raw.a -> curated.x"])
      #expect(try await columns("curated", "none", .both) == [])
    }
  }

  @Test func featureViewsLieBetweenTheirSourcesAndModels() async throws {
    try await Self.world { fixture in
      try await fixture.database.pool.run { connection in
        try connection.executeScript(
          """
          INSERT INTO datasets (id, warehouse_id, namespace_id, kind, format, identifier, name, version, location, metadata_location, head, created_at)
            SELECT '00000000-0000-4000-8000-000000000001', warehouse_id, namespace_id, 'dataset', 'feature-view',
              replace(identifier, 'curated', 'view'), 'view', 1, '', '', '{"columns":[],"properties":{}}', '2026-05-03T12:00:25Z' FROM datasets WHERE name = 'curated';
          INSERT INTO feature_views (dataset_id, project, kind, is_online, tags, imported_by, imported_at)
            VALUES ('00000000-0000-4000-8000-000000000001', 'p', 'batch', true, '{}', 'test', '2026-05-03T12:00:26Z');
          INSERT INTO features (dataset_id, name, place, tags) VALUES ('00000000-0000-4000-8000-000000000001', 'amount', 0, '{}');
          INSERT INTO feature_view_sources (dataset_id, place, role, name, kind, location, fields, source_id)
            SELECT '00000000-0000-4000-8000-000000000001'::uuid, 0, 'batch', 's', 'BATCH_FILE', 'x', '[]'::jsonb, id FROM datasets WHERE name = 'curated'
            UNION ALL SELECT '00000000-0000-4000-8000-000000000001'::uuid, 1, 'stream', 'k', 'STREAM_KAFKA', 'loans', '[]', NULL
            UNION ALL SELECT '00000000-0000-4000-8000-000000000001'::uuid, 2, 'request', 'r', NULL, NULL, '[]', NULL;
          INSERT INTO training_inputs (id, model_version_id, role, dataset_id, dataset_kind, dataset_format, identifier, location, format_version,
            grade, bound_by, bound_at)
            SELECT '00000000-0000-4000-8000-000000000002'::uuid, v.id, 'train', d.id, 'dataset', 'feature-view', d.identifier, '', 'v1', 'declared', 'test',
              '2026-05-03T12:00:30Z' FROM model_versions v, datasets d WHERE v.name = '1' AND d.name = 'view';
          """)
      }
      let up = try await Self.trace(.modelVersion("m", version: "1"), columns: 100, in: fixture)
      #expect(Self.edges(up) == ["curated -> view", "late@2 -> curated@12", "loans -> view", "raw@1 -> curated@11", "view@v1 -> m@1"])
      #expect(up.columns.map(\.sourceColumn) == ["amount", "amount"])
      #expect(up.nodes.first { $0.name?.name == "loans" }?.reference == nil)
      let path = fixture.path("view")
      #expect(try await Self.edges(Self.trace(.feature(path), depth: 1, in: fixture)) == ["curated -> view", "loans -> view"])
      #expect(
        try await Self.edges(Self.trace(.dataset(fixture.path("curated")), .downstream, in: fixture)) == [
          "curated -> view", "view@v1 -> m@1",
        ])
      #expect(
        try await Self.edges(Self.trace(.column(fixture.path("curated"), "amount"), .downstream, columns: 9, in: fixture)) == [
          "curated -> view", "view@v1 -> m@1",
        ])
      await #expect(throws: CatalogError.self) { try await Self.trace(.feature(fixture.path("curated")), in: fixture) }
      // Nothing flows into what was dropped; what it was made from stays known.
      try await fixture.database.pool.run { connection in
        _ = try connection.execute("UPDATE datasets SET dropped_at = now() WHERE name = 'view'")
      }
      #expect(try await Self.edges(Self.trace(.dataset(fixture.path("curated")), .downstream, in: fixture)) == [])
      #expect(try await Self.edges(Self.trace(.modelVersion("m", version: "1"), in: fixture)).contains("curated -> view"))
    }
  }
}
