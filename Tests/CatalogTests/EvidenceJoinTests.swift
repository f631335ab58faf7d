import CatalogStore
import Foundation
import Iceberg
import Identity
import JSON
import Lineage
import Logging
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog
@testable import CatalogStore

/// Reports and events find the versions of models that they concern, whatever came first, and nobody's word counts who has none.
@Suite struct EvidenceJoinTests {
  private static let run = "3b452093-782c-4ef2-9c0c-aafe2aa6f34d"

  /// A catalog with a table of three snapshots, 1 to 3, whose manifest lists are files, and a model `m`.
  private struct World {
    let fixture: CatalogFixture
    let lease = PostgresUUID.random()
    var catalog: Catalog { fixture.catalog }
    var table: DatasetPath { fixture.path("t") }

    static func with(isRegulated: Bool = true, _ body: (World) async throws -> Void) async throws {
      try await CatalogFixture.with { fixture in
        let world = World(fixture: fixture)
        try await fixture.catalog.ensureInitialPolicies()
        try await world.createTable("t")
        _ = try await fixture.catalog.createModel(
          "m",
          ModelDescription(purpose: "Scores.", tier: .limited, isRegulated: isRegulated, profiles: [], keepDaysAfterRetirement: 10),
          owner: nil,
          fixture.context(), answer: { _ in [] })
        try await body(world)
      }
    }

    /// With three snapshots.
    func createTable(_ name: String) async throws {
      try await fixture.createTable(name)
      try FileManager.default.createDirectory(atPath: "\(fixture.folder)/lists", withIntermediateDirectories: true)
      for id in Int64(1)...3 {
        let list = "\(fixture.folder)/lists/\(id).avro"
        try Data(CatalogFixture.emptyManifestList(UInt8(id))).write(to: URL(fileURLWithPath: list))
        let change = try CatalogFixture.change(
          """
          {"action":"add-snapshot","snapshot":{"snapshot-id":\(id)\(id > 1 ? ",\"parent-snapshot-id\":\(id - 1)" : ""),
          "sequence-number":\(id),"timestamp-ms":\(1_900_000_000_000 + id),"manifest-list":"file://\(list)",
          "summary":{"operation":"append","total-records":"\(id)"},"schema-id":0}},
          {"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":\(id)}
          """)
        _ = try await catalog.updateTable(fixture.path(name), change, fixture.context())
      }
    }

    func version(run: String?) async throws {
      var change = ModelVersionChange()
      change.run = run
      _ = try await catalog.createModelVersion("7", of: "m", change, developer: nil, fixture.context(), answer: { _ in [] })
    }

    func declare(
      _ runs: [NewModelRun], inputs: [ModelCapture.Input] = [], digest: UInt8 = 1
    ) async throws {
      _ = try await catalog.captureModelVersion(
        ModelCapture(
          model: "m", version: "7", developer: nil, change: ModelVersionChange(), runs: runs, inputs: inputs,
          digest: [UInt8](repeating: digest, count: 32)), fixture.context(), answer: { _ in [] })
    }

    func bind(_ snapshot: Int64) async throws {
      try await catalog.bindTrainingInputs(
        [NamedTrainingInput(path: table, choice: .id(snapshot), role: .train)], to: "7", of: "m",
        Evidence(source: "person", grade: .declared), fixture.context())
    }

    /// Data engineers may report lineage.
    func service(_ name: String, _ privileges: [(Privilege, AccessObject)], isEngineer: Bool = false) async throws -> OperationContext {
      try await fixture.database.pool.run { connection in
        _ = try connection.execute("INSERT INTO principals (id, kind, name) VALUES (\(PostgresUUID.random()), 'service', \(name))")
      }
      for (privilege, object) in privileges {
        _ = try await catalog.grant(privilege, to: GranteeName("service:\(name)"), on: object, fixture.context(), answer: { _ in [] })
      }
      if isEngineer {
        try await catalog.ensurePredefinedRoles(fixture.serverContext)
        try await catalog.addMember(
          PrincipalReference(.service, name), to: PrincipalReference(.role, "data_engineer"), fixture.context(), answer: [])
      }
      return OperationContext(Caller(.service, name: name), requestID: "test")
    }

    func scan(
      _ snapshot: Int64, application: String? = "app-1", runs: [String] = [], filter: String? = nil, by context: OperationContext? = nil
    ) async throws {
      try await catalog.reportMetrics(
        MetricsReport(
          kind: "scan-report", snapshotID: snapshot, engine: "spark", applicationID: application, runIDs: runs, rowFilter: filter,
          columns: ["id"], document: Array("{}".utf8)), of: table, context ?? fixture.context())
    }

    /// An event of OpenLineage that read the table, taken into the graph.
    func event(
      _ snapshot: Int64?, run: String = run, isScanReport: Bool = false, application: String? = nil, parent: String? = nil,
      of table: String = "t", by context: OperationContext? = nil
    ) async throws {
      var facets: [String] = []
      if let application { facets.append(#""spark_applicationDetails":{"applicationId":"\#(application)"}"#) }
      if let parent { facets.append(#""parent":{"run":{"runId":"\#(parent)"},"job":{"namespace":"n","name":"p"}}"#) }
      var dataset = #"{"namespace":"main","name":"ns.\#(table)""#
      if let snapshot {
        dataset +=
          isScanReport
          ? #","inputFacets":{"icebergScanReport":{"snapshotId":\#(snapshot)}}"#
          : #","facets":{"version":{"datasetVersion":"\#(snapshot)"}}"#
      }
      dataset += "}"
      let text = #"""
        {"eventType":"COMPLETE","eventTime":"2026-05-03T12:00:00Z","producer":"p","run":{"runId":"\#(run)","facets":{\#(facets.joined(separator: ","))}},
        "job":{"namespace":"n","name":"j"},"inputs":[\#(dataset)],"outputs":[]}
        """#
      let json = try JSONDocument(parsing: text).root
      let received = ReceivedEvent(digest: EventDigest.of(json), run: nil, time: .now(), document: Array(text.utf8))
      _ = try await catalog.reportLineage([received], context ?? fixture.context())
      try await fixture.database.pool.run { connection in
        while try LineageIntake.takeIn(on: connection, aliases: [], logger: Logger(label: "test")) > 0 {}
      }
    }

    func join() async throws {
      while try await catalog.joinEvidence(lease, fixture.serverContext) {}
    }

    var loaded: LoadedModelVersion {
      get async throws { try await catalog.loadModelVersion("7", of: "m", fixture.context()) }
    }

    /// What is known: inputs with their words, then gaps, then contradictions.
    func lines() async throws -> [String] {
      let version = try await loaded
      var lines = version.inputs.map { input in
        let words = (version.evidence[input.id] ?? []).map { "\($0.evidence.source)/\($0.evidence.grade.rawValue)/\($0.saidBy)" }.sorted()
        return "\(input.withdrawal == nil ? "input" : "withdrawn") \(input.bound.state.text) \(input.grade.rawValue)"
          + "\(input.isPinned ? " pinned" : "") by \(words.joined(separator: " "))"
      }.sorted()
      lines += version.gaps.map { "gap \($0.statement.state ?? "?") \($0.kind.rawValue) \($0.statement.source)/\($0.statement.saidBy)" }
        .sorted()
      lines += version.contradictions.map(\.text)
      return lines
    }

    func expire(_ snapshot: Int64) async throws {
      _ = try await catalog.updateTable(
        table, CatalogFixture.change("{\"action\":\"remove-snapshots\",\"snapshot-ids\":[\(snapshot)]}"), fixture.context())
    }
  }

  // MARK: Order

  /// Report, event and version in every order, joined after each or at the end only: always the same.
  @Test(
    arguments: [
      ["version", "report", "event"], ["version", "event", "report"], ["report", "version", "event"],
      ["report", "event", "version"], ["event", "version", "report"], ["event", "report", "version"],
    ], [true, false])
  func anyOrderComesToTheSame(order: [String], joinsBetween: Bool) async throws {
    try await World.with { world in
      for step in order {
        switch step {
        case "version": try await world.version(run: "app-1")
        case "report": try await world.scan(1, filter: "id > 1")
        default: try await world.event(2, application: "app-1")
        }
        if joinsBetween { try await world.join() }
      }
      try await world.join()
      try await world.bind(1)
      let expected = [
        "input 1 corroborated pinned by metrics-report/observed/anonymous person/declared/anonymous",
        "input 2 declared pinned by openlineage/declared/anonymous",
        "Sources disagree about ns.t: metrics-report says 1 (anonymous); openlineage says 2 (anonymous); person says 1 (anonymous)",
      ]
      #expect(try await world.lines() == expected)
      let input = try #require(try await world.loaded.inputs.first { $0.bound.state == .snapshot(1) })
      #expect(input.rowFilter == "id > 1" && input.columns == ["id"] && input.bound.manifestListSHA256?.count == 32)
      #expect(input.boundBy == "server")
      // Done again, nothing is said twice.
      let events = try await world.fixture.count("audit_events")
      try await world.fixture.database.pool.run { connection in
        _ = try connection.execute("INSERT INTO evidence_queue (kind, ref) SELECT 'version', id FROM model_versions")
      }
      try await world.join()
      #expect(try await world.fixture.count("audit_events") == events)
      #expect(try await world.fixture.count("evidence_queue") == 0)
      #expect(try await world.lines() == expected)
    }
  }

  /// Spark's jobs name the run of their application as parent; the application's id is known to the parent alone.
  @Test func runsOfAnApplicationAreFoundByTheirParent() async throws {
    try await World.with { world in
      try await world.version(run: "app-9")
      try await world.event(2, run: "00000000-0000-4000-8000-000000000002", isScanReport: true, parent: Self.run)
      try await world.join()
      #expect(try await world.lines().isEmpty)
      try await world.event(nil, application: "app-9")
      try await world.join()
      #expect(
        try await world.lines() == [
          "input 2 observed pinned by openlineage/observed/anonymous"
        ])
    }
  }

  /// Nobody told which state; once somebody does, that is all there is to say.
  @Test func whatHasNoStateIsAGapUntilItHas() async throws {
    try await World.with { world in
      try await world.version(run: Self.run)
      try await world.event(nil)
      try await world.join()
      #expect(try await world.lines() == ["gap ? no-state openlineage/anonymous"])
      try await world.scan(3, application: nil, runs: [Self.run])
      try await world.join()
      #expect(try await world.lines() == ["input 3 observed pinned by metrics-report/observed/anonymous"])
    }
  }

  /// Lineage knew the table before the catalog did.
  @Test func aTableThatIsRegisteredLaterIsFound() async throws {
    try await World.with { world in
      try await world.version(run: Self.run)
      try await world.event(2, of: "u")
      try await world.join()
      #expect(try await world.lines().isEmpty)
      try await world.createTable("u")
      try await world.fixture.database.pool.run { connection in try LineageIntake.adopt(on: connection) }
      try await world.join()
      #expect(try await world.lines() == ["input 2 declared pinned by openlineage/declared/anonymous"])
      #expect(try await world.loaded.inputs.first?.path.identifier.name == "u")
    }
  }

  /// MLflow writes ids without hyphens.
  @Test func idsOfRunsAreOneHoweverTheyAreWritten() async throws {
    try await World.with { world in
      try await world.version(run: Self.run.replacing("-", with: ""))
      try await world.event(2)
      try await world.scan(2, application: nil, runs: [Self.run])
      try await world.join()
      // Both were seen, one by a machine: they agree.
      #expect(
        try await world.lines() == [
          "input 2 corroborated pinned by metrics-report/observed/anonymous openlineage/declared/anonymous"
        ])
    }
  }

  // MARK: What is gone, withdrawn, retired

  @Test func whatExpiredBeforeIsAGap() async throws {
    try await World.with { world in
      try await world.scan(1)
      try await world.expire(1)
      try await world.version(run: "app-1")
      try await world.join()
      #expect(try await world.lines() == ["gap 1 gone metrics-report/anonymous"])
      let gap = try #require(try await world.loaded.gaps.first)
      #expect(gap.reason == "The table ns.t has no snapshot 1")
      // It still counts against who says something else.
      try await world.bind(2)
      #expect(
        try await world.lines().last
          == "Sources disagree about ns.t: metrics-report says 1 (anonymous); person says 2 (anonymous)")
      #expect(try await world.fixture.count("audit_events", where: "convert_from(canonical, 'UTF8') LIKE '%record-training-gap%'") == 1)
    }
  }

  @Test func whatWasJoinedIsPinned() async throws {
    try await World.with { world in
      try await world.version(run: "app-1")
      try await world.scan(1)
      try await world.join()
      await #expect(throws: CatalogError.self) { try await world.expire(1) }
      try await world.expire(2)
    }
  }

  @Test func aDroppedTableIsAGap() async throws {
    try await World.with { world in
      try await world.scan(1)
      try await world.catalog.dropTable(world.table, purge: false, world.fixture.context())
      try await world.version(run: "app-1")
      try await world.join()
      #expect(try await world.lines() == ["gap 1 gone metrics-report/anonymous"])
    }
  }

  @Test func whatWasWithdrawnStaysWithdrawn() async throws {
    try await World.with(isRegulated: false) { world in
      try await world.version(run: "app-1")
      try await world.scan(1)
      try await world.join()
      let input = try #require(try await world.loaded.inputs.first)
      try await world.catalog.withdrawTrainingInput(input.id, from: "7", of: "m", reason: "A look around.", world.fixture.context())
      try await world.scan(1)
      try await world.join()
      #expect(
        try await world.lines() == [
          "withdrawn 1 observed by metrics-report/observed/anonymous", "gap 1 withdrawn metrics-report/anonymous",
        ])
    }
  }

  @Test func aRetiredVersionIsBoundToNothingMore() async throws {
    try await World.with { world in
      try await world.version(run: "app-1")
      try await world.bind(1)
      _ = try await world.catalog.retireModelVersion("7", of: "m", reason: "Old.", world.fixture.context(), answer: { _ in [] })
      try await world.scan(1)
      try await world.scan(2)
      try await world.join()
      #expect(
        try await world.lines()
          == [
            "input 1 corroborated pinned by metrics-report/observed/anonymous person/declared/anonymous",
            "gap 2 retired metrics-report/anonymous",
          ])
    }
  }

  // MARK: Who counts

  @Test func strangersAreShownAndCountForNothing() async throws {
    try await World.with { world in
      let table = AccessObject.dataset(.table, world.table)
      let mallory = try await world.service("mallory", [(.read, table)], isEngineer: true)
      try await world.version(run: "app-1")
      try await world.scan(1)
      // Forged: a report under the application's name, and an event of a run of its.
      try await world.scan(2, by: mallory)
      try await world.event(3, isScanReport: true, application: "app-1", by: mallory)
      try await world.join()
      let lines = [
        "input 1 observed pinned by metrics-report/observed/anonymous", "gap 2 unconfirmed metrics-report/mallory",
        "gap 3 unconfirmed openlineage/mallory",
      ]
      #expect(try await world.lines() == lines)
      // Nor do they lend weight to what is there.
      try await world.event(1, run: "00000000-0000-4000-8000-000000000003", application: "app-1", by: mallory)
      try await world.join()
      #expect(try await world.lines().first == lines[0])
      // Who may change the model says that the run was mallory's: then it counts, and disagrees.
      try await world.declare([NewModelRun(name: "app-1", principal: "mallory", startedAt: nil, endedAt: nil)])
      try await world.join()
      let words = try await world.lines()
      #expect(words.contains("input 2 observed pinned by metrics-report/observed/mallory"))
      #expect(words.contains("input 3 observed pinned by openlineage/observed/mallory"))
      #expect(words.last?.contains("Sources disagree") == true && !words.contains { $0.hasPrefix("gap") })
    }
  }

  /// A trusted run's row that a stranger adds to: what the stranger says of it stays the stranger's.
  @Test func aStrangerDoesNotSpeakForAnothersRun() async throws {
    try await World.with { world in
      let mallory = try await world.service("mallory", [(.read, .dataset(.table, world.table))], isEngineer: true)
      try await world.version(run: Self.run)
      try await world.event(1)
      try await world.event(2, isScanReport: true, by: mallory)
      // Nor does he make an observation of what the other one only declared.
      try await world.event(1, isScanReport: true, by: mallory)
      try await world.join()
      #expect(
        try await world.lines() == [
          "input 1 declared pinned by openlineage/declared/anonymous", "gap 1 unconfirmed openlineage/mallory",
          "gap 2 unconfirmed openlineage/mallory",
        ])
    }
  }

  @Test func whoMayNotReadIsNotHeard() async throws {
    try await World.with { world in
      let clerk = try await world.service("clerk", [(.see, .dataset(.table, world.table))])
      try await world.version(run: "app-1")
      try await world.declare([NewModelRun(name: "app-1", principal: "clerk", startedAt: nil, endedAt: nil)])
      try await world.scan(1, by: clerk)
      try await world.join()
      // Named as who ran it, and yet: the catalog would not have let that scan in.
      #expect(try await world.lines().isEmpty)
    }
  }

  // MARK: Principal and time

  @Test func principalAndTimeAreAGuessUntilTheRunIsKnown() async throws {
    try await World.with { world in
      let etl = try await world.service("etl", [(.read, .dataset(.table, world.table))])
      let now = PostgresTimestamp.now()
      let hour: Int64 = 3_600_000_000
      let start = PostgresTimestamp(microseconds: now.microseconds - hour)
      let end = PostgresTimestamp(microseconds: now.microseconds + hour)
      try await world.version(run: nil)
      try await world.scan(1, application: "app-7", by: etl)
      try await world.declare([NewModelRun(name: "train-42", principal: "etl", startedAt: start, endedAt: end)])
      try await world.bind(2)
      try await world.join()
      // A guess disagrees with nobody, and is pinned all the same.
      #expect(
        try await world.lines() == [
          "input 1 inferred pinned by metrics-report/inferred/etl", "input 2 declared pinned by person/declared/anonymous",
        ])
      // Out of the span: nothing.
      try await world.declare([NewModelRun(name: "app-7", principal: "etl", startedAt: nil, endedAt: nil)], digest: 2)
      try await world.join()
      #expect(try await world.lines().first == "input 1 observed pinned by metrics-report/observed/etl")
      #expect(try await world.lines().last?.hasPrefix("Sources disagree") == true)
    }
  }

  @Test func scansOfAnotherSpanOrOfAnotherVersionsRunAreNobodysGuess() async throws {
    try await World.with { world in
      let etl = try await world.service("etl", [(.read, .dataset(.table, world.table))])
      let now = PostgresTimestamp.now()
      let hour: Int64 = 3_600_000_000
      func time(_ hours: Int64) -> PostgresTimestamp { PostgresTimestamp(microseconds: now.microseconds + hours * hour) }
      try await world.version(run: nil)
      var change = ModelVersionChange()
      change.run = "app-other"
      _ = try await world.catalog.createModelVersion("8", of: "m", change, developer: nil, world.fixture.context(), answer: { _ in [] })
      try await world.declare([NewModelRun(name: "old", principal: "etl", startedAt: time(-3), endedAt: time(-2))])
      try await world.scan(1, application: nil, by: etl)
      try await world.join()
      #expect(try await world.lines().isEmpty)
      try await world.declare([NewModelRun(name: "new", principal: "etl", startedAt: time(-1), endedAt: time(1))], digest: 2)
      try await world.scan(2, application: "app-other", by: etl)
      try await world.join()
      #expect(try await world.lines() == ["input 1 inferred pinned by metrics-report/inferred/etl"])
    }
  }

  // MARK: Capture

  @Test func equalContentChangesNothingTwice() async throws {
    try await World.with { world in
      let input = ModelCapture.Input(place: .path(world.table), choice: .ref("main"), role: .train, rowFilter: nil, columns: nil)
      let runs = [NewModelRun(name: "app-1", principal: nil, startedAt: nil, endedAt: nil)]
      try await world.declare(runs, inputs: [input])
      let events = try await world.fixture.count("audit_events")
      _ = try await world.catalog.updateTable(
        world.table, CatalogFixture.change(#"{"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":2}"#),
        world.fixture.context())
      try await world.declare(runs, inputs: [input])
      #expect(try await world.fixture.count("audit_events") == events + 1)
      #expect(try await world.lines() == ["input 3 declared pinned by platform/declared/anonymous"])
      // Other content adds, and an engine's report finds what was captured.
      try await world.declare(runs, inputs: [input], digest: 2)
      try await world.scan(3)
      try await world.join()
      #expect(
        try await world.lines() == [
          "input 2 declared pinned by platform/declared/anonymous",
          "input 3 corroborated pinned by metrics-report/observed/anonymous platform/declared/anonymous",
        ])
      await #expect(throws: CatalogError.noSuchDataset("There is no dataset at s3://away/t")) {
        try await world.declare(
          runs, inputs: [.init(place: .location("s3://away/t"), choice: nil, role: .train, rowFilter: nil, columns: nil)], digest: 3)
      }
    }
  }

  @Test func capturesThatRaceAreOne() async throws {
    try await World.with { world in
      let input = ModelCapture.Input(place: .path(world.table), choice: .id(1), role: .train, rowFilter: nil, columns: nil)
      try await withThrowingTaskGroup { group in
        for _ in 0..<8 { group.addTask { try await world.declare([], inputs: [input]) } }
        try await group.waitForAll()
      }
      #expect(try await world.fixture.count("audit_events", where: "convert_from(canonical, 'UTF8') LIKE '%capture-model-version%'") == 1)
      #expect(try await world.lines() == ["input 1 declared pinned by platform/declared/anonymous"])
    }
  }
}
