import CatalogStore
import Governance
import JSON
import Lineage
import Logging
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog
@testable import CatalogStore

@Suite struct LineageIntakeTests {
  private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  private static let run = "3b452093-782c-4ef2-9c0c-aafe2aa6f34d"

  // MARK: Events

  private static func dataset(_ name: String, _ namespace: String = "pg://h", _ members: String = "") -> String {
    #"{"namespace":"\#(namespace)","name":"\#(name)"\#(members)}"#
  }

  private static func event(
    _ type: String = "COMPLETE", run: String = run, job: String = "j", second: Int = 0, inputs: [String] = [], outputs: [String] = [],
    runFacets: String = "{}", jobFacets: String = "{}"
  ) -> String {
    let time = "2026-05-03T12:00:\(second < 10 ? "0" : "")\(second)Z"
    return #"""
      {"eventType":"\#(type)","eventTime":"\#(time)","producer":"p","run":{"runId":"\#(run)","facets":\#(runFacets)},
      "job":{"namespace":"n","name":"\#(job)","facets":\#(jobFacets)},"inputs":[\#(inputs.joined(separator: ","))],
      "outputs":[\#(outputs.joined(separator: ","))]}
      """#
  }

  private static func id(_ number: Int) -> String {
    let digits = String(number)
    return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
  }

  // MARK: World

  @discardableResult
  private static func report(_ events: [String], _ fixture: CatalogFixture) async throws -> Int {
    let received = try events.map { text in
      let json = try JSONDocument(parsing: text).root
      return ReceivedEvent(digest: EventDigest.of(json), run: nil, time: .now(), document: Array(text.utf8))
    }
    return try await fixture.catalog.reportLineage(received, fixture.context())
  }

  private static func takeIn(_ fixture: CatalogFixture, aliases: [NamespaceAliases.Alias] = []) async throws {
    try await fixture.database.pool.run { connection in
      while try LineageIntake.takeIn(on: connection, aliases: aliases, logger: logger) > 0 {}
    }
  }

  private static func lines(_ sql: String, _ fixture: CatalogFixture) async throws -> [String] {
    try await fixture.database.pool.run { connection in try connection.query(SQL(raw: sql)) { row in try row[0] as String } }
  }

  /// Everything that the graph says, in words that do not depend on the order in which it was told.
  private static func graph(_ fixture: CatalogFixture) async throws -> [String] {
    try await lines(
      """
      SELECT concat_ws(' ', s.name, '->', t.name, 'by', j.name, extract(epoch FROM e.first_seen_at)::bigint % 60,
        extract(epoch FROM e.last_seen_at)::bigint % 60)
      FROM lineage_edges e JOIN lineage_nodes s ON s.id = e.source_id JOIN lineage_nodes t ON t.id = e.target_id
      JOIN lineage_nodes j ON j.id = e.job_id
      UNION ALL
      SELECT concat_ws(' ', 'run', r.id, j.name, r.state, extract(epoch FROM r.state_at)::bigint % 60, extract(epoch FROM r.started_at)::bigint % 60,
        extract(epoch FROM r.ended_at)::bigint % 60, r.engine, r.application_id)
      FROM lineage_runs r JOIN lineage_nodes j ON j.id = r.job_id
      UNION ALL
      SELECT concat_ws(' ', 'use', v.run_id, n.name, v.is_output, v.version, v.snapshot_id, v.learned_from, v.evidence)
      FROM lineage_run_versions v JOIN lineage_nodes n ON n.id = v.node_id
      UNION ALL
      SELECT concat_ws(' ', 'column', s.name, c.source_column, '->', t.name, c.target_column, c.transformation, c.subtype, c.is_masking)
      FROM lineage_columns c JOIN lineage_nodes s ON s.id = c.source_id JOIN lineage_nodes t ON t.id = c.target_id
      ORDER BY 1
      """, fixture)
  }

  // MARK: Tests

  /// The same graph comes of the events in any order, in any batches, with repetitions.
  @Test func anyOrderComesToTheSame() async throws {
    let columns =
      #","facets":{"columnLineage":{"fields":{"x":{"inputFields":[{"namespace":"pg://h","name":"a","field":"k","transformations":[{"type":"DIRECT","subtype":"IDENTITY"}]}]}}}}"#
    let events = [
      Self.event("START", second: 1, inputs: [Self.dataset("a")], runFacets: #"{"processing_engine":{"name":"spark","version":"4"}}"#),
      Self.event("RUNNING", second: 2, inputs: [Self.dataset("b", "pg://h", #","facets":{"version":{"datasetVersion":"7"}}"#)]),
      Self.event("RUNNING", second: 3, outputs: [Self.dataset("c", "pg://h", #","facets":{"version":{"datasetVersion":"8"}}"#)]),
      Self.event(
        "COMPLETE", second: 4,
        outputs: [Self.dataset("c", "pg://h", #","facets":{"version":{"datasetVersion":"9"}}"#), Self.dataset("d", "pg://h", columns)],
        runFacets: #"{"spark_applicationDetails":{"applicationId":"app-1"}}"#),
      // A clock that goes wrong, or a scheduler that repeats itself.
      Self.event("START", second: 9),
      Self.event("FAIL", run: Self.id(2), job: "k", second: 5, inputs: [Self.dataset("c")]),
    ]
    var expected: [String]?
    for seed in 0..<6 {
      try await CatalogFixture.with { fixture in
        var order = events
        var generator = Numbers(state: UInt64(seed))
        if seed > 0 { order.shuffle(using: &generator) }
        for event in order {
          try await Self.report([event], fixture)
          if seed % 2 == 0 { try await Self.takeIn(fixture) }
        }
        try await Self.takeIn(fixture)
        #expect(try await Self.report(order, fixture) == 0)
        try await Self.takeIn(fixture)
        let graph = try await Self.graph(fixture)
        if expected == nil {
          expected = graph
          #expect(
            graph == [
              "a -> c by j 1 4", "a -> d by j 1 4", "b -> c by j 1 4", "b -> d by j 1 4", "c -> k by k 5 5",
              "column a k -> d x DIRECT IDENTITY f",
              "run 00000000-0000-4000-8000-000000000002 k FAIL 5 5", "run \(Self.run) j COMPLETE 4 1 4 spark app-1",
              "use 00000000-0000-4000-8000-000000000002 c f  declared", "use \(Self.run) a f  declared",
              "use \(Self.run) b f 7 7 version declared", "use \(Self.run) c t 9 9 version declared", "use \(Self.run) d t  declared",
            ])
        }
        #expect(graph == expected, "seed \(seed)")
        #expect(try await fixture.count("lineage_queue") == 0)
        #expect(try await fixture.count("lineage_events") == 6)
        #expect(try await fixture.count("lineage_events", where: "problem IS NOT NULL") == 0)
      }
    }
  }

  private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state
    }
  }

  /// Spark names a table by its place, Trino by its name, a hand-written event by the warehouse: all mean the one of the catalog.
  @Test func namesOfOneDatasetAreOneNode() async throws {
    try await CatalogFixture.with { fixture in
      let table = try await fixture.createTable("t")
      let location = String(decoding: table.metadata, as: UTF8.self).components(after: "\"location\":\"")
      let place = String(location.dropFirst("file://".count))
      let link = #","facets":{"symlinks":{"identifiers":[{"namespace":"http://other","name":"ns.t","type":"TABLE"}]}}"#
      try await Self.report(
        [
          Self.event(run: Self.id(1), job: "spark", outputs: [Self.dataset(place, "file", link)]),
          Self.event(run: Self.id(2), job: "partition", inputs: [Self.dataset(place + "/data/x=1", "file")]),
          Self.event(run: Self.id(3), job: "trino", inputs: [Self.dataset("lake.ns.t", "trino://h:1")]),
          Self.event(run: Self.id(4), job: "hand", inputs: [Self.dataset("ns.t", "main")]),
          Self.event(run: Self.id(5), job: "linked", inputs: [Self.dataset("ns.t", "http://other")]),
          Self.event(run: Self.id(6), job: "other", inputs: [Self.dataset("ns.u", "main")]),
        ], fixture)
      try await Self.takeIn(fixture, aliases: [NamespaceAliases.Alias(namespace: "trino://h:1", prefix: "lake", warehouse: "main")])
      #expect(
        try await Self.lines(
          """
          SELECT concat_ws(' ', d.name, string_agg(j.name, ',' ORDER BY j.name)) FROM lineage_run_datasets u
          JOIN lineage_nodes n ON n.id = u.node_id JOIN lineage_runs r ON r.id = u.run_id JOIN lineage_nodes j ON j.id = r.job_id
          LEFT JOIN datasets d ON d.id = n.dataset_id GROUP BY n.id, d.name ORDER BY 1
          """, fixture) == ["other", "t hand,linked,partition,spark,trino"])
    }
  }

  /// What lineage knew first becomes the catalog's when it is registered, with all that was told of it under either name.
  @Test func whatIsRegisteredLaterIsAdopted() async throws {
    try await CatalogFixture.with { fixture in
      try await Self.report(
        [
          Self.event(run: Self.id(1), job: "w", inputs: [Self.dataset("up")], outputs: [Self.dataset("ns.late", "main")]),
          Self.event(run: Self.id(2), job: "r", inputs: [Self.dataset("topic", "kafka://h:1")], outputs: [Self.dataset("down")]),
        ], fixture)
      try await Self.takeIn(fixture)
      #expect(try await fixture.count("lineage_nodes", where: "dataset_id IS NOT NULL") == 0)
      let table = try await fixture.createTable("late")
      try await fixture.database.pool.run { try LineageIntake.adopt(on: $0) }
      #expect(
        try await Self.lines("SELECT d.name FROM lineage_nodes n JOIN datasets d ON d.id = n.dataset_id", fixture) == ["late"])

      // By its place it was not known yet: both become one.
      let place = String(String(decoding: table.metadata, as: UTF8.self).components(after: "\"location\":\"").dropFirst("file://".count))
      try await Self.report(
        [Self.event(run: Self.id(3), job: "r", inputs: [Self.dataset(place, "file")], outputs: [Self.dataset("down")])], fixture)
      try await Self.takeIn(fixture)
      #expect(
        try await Self.graph(fixture).filter { $0.contains("->") } == [
          "ns.late -> down by r 0 0", "topic -> down by r 0 0", "up -> ns.late by w 0 0",
        ])
    }
  }

  /// Two names turn out to be one dataset's: what was told of either is told of it, once.
  @Test func twoNodesAreJoined() async throws {
    try await CatalogFixture.with { fixture in
      try await Self.report(
        [
          Self.event(run: Self.id(1), inputs: [Self.dataset("a", "x")], outputs: [Self.dataset("o")]),
          Self.event(run: Self.id(1), inputs: [Self.dataset("b", "x")], outputs: [Self.dataset("o")]),
          Self.event(run: Self.id(2), job: "k", inputs: [Self.dataset("i")], outputs: [Self.dataset("b", "x")]),
        ], fixture)
      try await Self.takeIn(fixture)
      #expect(try await fixture.count("lineage_nodes", where: "kind = 'dataset'") == 4)
      let link = #","facets":{"symlinks":{"identifiers":[{"namespace":"x","name":"b","type":"TABLE"}]}}"#
      try await Self.report([Self.event(run: Self.id(3), job: "l", inputs: [Self.dataset("a", "x", link)])], fixture)
      try await Self.takeIn(fixture)
      #expect(try await Self.graph(fixture).filter { $0.contains("->") } == ["a -> l by l 0 0", "a -> o by j 0 0", "i -> a by k 0 0"])
      #expect(try await fixture.count("lineage_nodes", where: "kind = 'dataset'") == 3)
    }
  }

  /// What the producer says itself counts, instead of all inputs into all outputs.
  @Test func explicitLineageIsNoProduct() async throws {
    try await CatalogFixture.with { fixture in
      func entry(_ target: String, _ source: String) -> String {
        #"{"type":"DATASET","namespace":"pg://h","name":"\#(target)","inputs":[{"type":"DATASET","namespace":"pg://h","name":"\#(source)"}]}"#
      }
      try await Self.report(
        [
          Self.event(
            inputs: [Self.dataset("a"), Self.dataset("b")], outputs: [Self.dataset("x"), Self.dataset("y")],
            jobFacets: #"{"lineage":{"entries":[\#(entry("x", "a")),\#(entry("y", "b"))]}}"#)
        ], fixture)
      try await Self.takeIn(fixture)
      #expect(try await Self.graph(fixture).filter { $0.contains("->") } == ["a -> x by j 0 0", "b -> y by j 0 0"])
    }
  }

  /// Jobs and datasets that are told of without runs.
  @Test func staticEvents() async throws {
    try await CatalogFixture.with { fixture in
      try await Self.report(
        [
          #"{"eventTime":"2026-05-03T12:00:01","producer":"p","job":{"namespace":"n","name":"static"},"inputs":[\#(Self.dataset("a"))],"outputs":[\#(Self.dataset("b"))]}"#,
          #"{"eventTime":"2026-05-03T12:00:02","producer":"p","dataset":\#(Self.dataset("alone"))}"#,
        ], fixture)
      try await Self.takeIn(fixture)
      #expect(try await Self.graph(fixture) == ["a -> b by static 1 1"])
      #expect(try await fixture.count("lineage_nodes", where: "name = 'alone'") == 1)
    }
  }

  /// So many pairs are no help to anybody: what is read flows into the job and out of it.
  @Test func manyInputsAndOutputsMeetInTheJob() async throws {
    try await CatalogFixture.with { fixture in
      try await Self.report(
        [Self.event(inputs: (0..<200).map { Self.dataset("i\($0)") }, outputs: (0..<200).map { Self.dataset("o\($0)") })], fixture)
      try await Self.takeIn(fixture)
      #expect(try await fixture.count("lineage_edges") == 400)
      let bounds = TraceBounds(direction: .upstream, depth: 2)
      let trace = try await fixture.catalog.traceLineage(
        from: .external(EntityName(namespace: "pg://h", name: "o7")), bounds, fixture.context())
      #expect(trace.nodes.count == 202)
      #expect(trace.edges.count == 201)
    }
  }

  /// One event that cannot be stored keeps its reason and holds nobody up.
  @Test func oneBadEventHoldsNobodyUp() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.database.pool.run { connection in
        try connection.executeScript(
          """
          CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF new.name = 'poison' THEN RAISE EXCEPTION 'no such thing' USING ERRCODE = '23514'; END IF; RETURN new; END $$;
          CREATE TRIGGER refuse BEFORE INSERT ON lineage_nodes FOR EACH ROW EXECUTE FUNCTION refuse();
          """)
      }
      try await Self.report(
        [
          Self.event(run: Self.id(1), job: "a", inputs: [Self.dataset("x")]), Self.event(run: Self.id(2), job: "poison"),
          Self.event(run: Self.id(3), job: "b", inputs: [Self.dataset("y")]),
        ], fixture)
      try await Self.takeIn(fixture)
      #expect(try await fixture.count("lineage_runs") == 2)
      #expect(try await fixture.count("lineage_queue") == 0)
      #expect(try await fixture.count("lineage_events", where: "problem LIKE '%no such thing%'") == 1)
    }
  }

  /// What a run checked becomes a result of the snapshot's, once; what cannot be recorded is no reason to refuse the event.
  @Test func assertionsBecomeResultsOfChecks() async throws {
    try await CatalogFixture.with { fixture in
      try await fixture.createTable("t")
      let path = fixture.path("t")
      let id: Int64 = 7_320_157_238_427_934_977
      _ = try await fixture.catalog.updateTable(path, CatalogFixture.append(id, after: nil, sequence: 1), fixture.context())
      func input(_ version: Int64) -> String {
        Self.dataset(
          "ns.t", "main",
          #","facets":{"version":{"datasetVersion":"\#(version)"}},"inputFacets":{"dataQualityAssertions":{"assertions":[{"assertion":"not_null","column":"id","success":true},{"assertion":"rows","success":true},{"assertion":"rows","success":false}]}}"#
        )
      }
      let texts = [Self.event(inputs: [input(id)]), Self.event(job: "k", inputs: [input(1)])]
      for expected in [2, 0] {
        let events = try texts.map { text in
          let json = try JSONDocument(parsing: text).root
          return ReceivedEvent(
            digest: EventDigest.of(json), run: nil, time: .now(), document: Array(text.utf8), checks: try LineageEvent(json: json).checks)
        }
        #expect(try await fixture.catalog.reportLineage(events, fixture.context()) == expected)
        let found = try await fixture.catalog.listQuality(of: path, snapshotID: nil, PageRequest(), fixture.context())
        #expect(
          found.elements.map { "\($0.snapshotID) \($0.result.check) \($0.result.outcome) \($0.source)" }.sorted() == [
            "\(id) not_null(id) passed openlineage", "\(id) rows failed openlineage",
          ])
      }
    }
  }

  /// Too much at once, or too much that waits, is refused with nothing kept.
  @Test func theDoorLetsInWhatCanBeDealtWith() async throws {
    try await CatalogFixture.with { fixture in
      var options = LineageOptions()
      (options.maximumWaitingEvents, options.maximumRequests, options.maximumSizeBytes) = (2, 2, 100)
      func isRefused(_ door: LineageDoor, _ size: Int) async throws -> Bool {
        do {
          try await door.enter(size)
          return false
        } catch CatalogError.overloaded(_, let seconds) { return seconds > 0 }
      }
      let door = LineageDoor(fixture.store, options)
      #expect(try await !isRefused(door, 1_000), "one alone")
      #expect(try await isRefused(door, 1))
      door.leave(1_000)
      #expect(try await !isRefused(door, 60))
      #expect(try await isRefused(door, 60))
      #expect(try await !isRefused(door, 40))
      #expect(try await isRefused(door, 0), "the third")

      try await Self.report((0..<3).map { Self.event(run: Self.id($0)) }, fixture)
      #expect(try await isRefused(LineageDoor(fixture.store, options), 1))
      try await Self.takeIn(fixture)
      #expect(try await !isRefused(LineageDoor(fixture.store, options), 1))
    }
  }

  // MARK: Traces

  private static func names(_ trace: VisibleTrace) -> [String] { trace.nodes.map { $0.name?.name ?? "?" }.sorted() }

  @Test func tracesGoAsFarAsAskedAndNoFurtherThanThen() async throws {
    try await CatalogFixture.with { fixture in
      // s0 -> s1 -> s2 -> s3, the last a while later, and a circle.
      for number in 0..<3 {
        try await Self.report(
          [
            Self.event(
              run: Self.id(number), job: "j\(number)", second: number * 10, inputs: [Self.dataset("s\(number)")],
              outputs: [Self.dataset("s\(number + 1)")])
          ], fixture)
      }
      try await Self.report(
        [Self.event(run: Self.id(9), job: "back", second: 30, inputs: [Self.dataset("s3")], outputs: [Self.dataset("s0")])], fixture)
      try await Self.takeIn(fixture)
      func trace(_ name: String, _ direction: TraceDirection, _ depth: Int, second: Int? = nil, nodes: Int? = nil) async throws
        -> VisibleTrace
      {
        var bounds = TraceBounds(direction: direction, depth: depth)
        bounds.asOf = second.map { PostgresTimestamp(milliseconds: 1_777_809_600_000 + Int64($0) * 1_000) }
        if let nodes { bounds.maximumNodes = nodes }
        return try await fixture.catalog.traceLineage(
          from: .external(EntityName(namespace: "pg://h", name: name)), bounds, fixture.context())
      }
      #expect(try await Self.names(trace("s3", .upstream, 1)) == ["j2", "s2", "s3"])
      #expect(try await Self.names(trace("s3", .upstream, 2)) == ["j1", "j2", "s1", "s2", "s3"])
      #expect(try await Self.names(trace("s3", .upstream, 99)) == ["back", "j0", "j1", "j2", "s0", "s1", "s2", "s3"])
      #expect(try await Self.names(trace("s3", .upstream, 99, second: 20)) == ["j0", "j1", "j2", "s0", "s1", "s2", "s3"])
      #expect(try await Self.names(trace("s0", .downstream, 99, second: 9)) == ["j0", "s0", "s1"])
      #expect(try await Self.names(trace("s0", .downstream, 1)) == ["j0", "s0", "s1"])
      let cut = try await trace("s0", .downstream, 99, nodes: 2)
      #expect(cut.isCut)
      #expect(Self.names(cut) == ["j0", "s0", "s1"])
      let job = try await fixture.catalog.traceLineage(
        from: .job(EntityName(namespace: "n", name: "j1")), TraceBounds(direction: .upstream, depth: 1), fixture.context())
      #expect(Self.names(job) == ["j1", "s1", "s2"])
      await #expect(throws: CatalogError.self) { try await trace("unknown", .upstream, 1) }
    }
  }
}

extension String {
  /// The text between `start` and the next quote.
  fileprivate func components(after start: String) -> Substring {
    guard let range = firstRange(of: start) else { return "" }
    return self[range.upperBound...].prefix { $0 != "\"" }
  }
}
