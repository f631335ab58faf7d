import AsyncHTTPClient
import CatalogStore
import Iceberg
import JSON
import MLflow
import MLflowTestSupport
import NIOHTTP1
import ObjectStorage
import Postgres
import PostgresTestSupport
import Synchronization
import Testing
import Webhooks

@testable import Catalog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What is taken over from a server that answers as MLflow does, and what is left when that breaks off.
@Suite(.serialized) struct MLflowPollTests {
  /// A catalog with a table `t` of three snapshots that `service:mlflow` may see, and a server with a model `m` of seven versions, each
  /// trained on one of them.
  struct Fixture {
    let base: CatalogFixture
    let server: FakeMLflow
    let tableUUID: String

    var options: CatalogOptions {
      var options = CatalogOptions()
      options.mlflow.networks = [NetworkRange("127.0.0.1")!]
      options.mlflow.interval = nil
      options.mlflow.client.attempts = 1
      options.mlflow.walk.batchSize = 2
      return options
    }

    /// As another process would be.
    func catalog(_ change: (inout CatalogOptions) -> Void = { _ in }, store: CatalogStore? = nil) -> Catalog {
      let store = store ?? base.store
      var options = options
      change(&options)
      return Catalog(
        store: store, objects: ObjectStoreFactory(client: .shared, credentials: nil, logger: base.catalog.logger),
        authorizer: Authorizer(store, allowsAnonymous: true), options: options, logger: base.catalog.logger)
    }

    func add(secretName: String? = nil, models: [String] = []) async throws {
      _ = try await catalog().createMLflowServer(
        MLflowServerRequest(
          name: "prod", trackingURL: server.url, registryURL: nil, workspace: nil, models: models, principal: GranteeName("service:mlflow"),
          owner: nil, tier: .high, secretName: secretName), base.context(), answer: { _ in [] })
    }

    func poll(_ catalog: Catalog? = nil) async throws {
      _ = try await (catalog ?? self.catalog()).pollNextMLflowServer(base.serverContext)
    }

    func listed() async throws -> ListedMLflowServer { try await catalog().loadMLflowServer("prod", base.context()) }

    /// What was taken over, in numbers.
    struct State: Equatable, CustomStringConvertible {
      var models: Int64
      var versions: Int64
      var inputs: Int64
      var evidence: Int64
      /// In the name of the service.
      var events: Int64

      /// All of it, once.
      static let whole = State(models: 1, versions: 7, inputs: 7, evidence: 7, events: 15)
      var description: String { "\(models) models, \(versions) versions, \(inputs) inputs, \(evidence) evidence, \(events) events" }
    }

    func state() async throws -> State {
      State(
        models: try await base.count("models"), versions: try await base.count("model_versions"),
        inputs: try await base.count("training_inputs"), evidence: try await base.count("training_evidence"),
        events: try await base.count("audit_events", where: "convert_from(canonical, 'UTF8') LIKE '%\"principal\":\"mlflow\"%'"))
    }

    /// As when the process that held it died a while ago.
    func abandon() async throws {
      try await base.database.pool.run { connection in
        _ = try connection.execute(
          """
          UPDATE mlflow_cursors SET lease = gen_random_uuid(), leased_until = now() - interval '1 second', next_poll_at = now()
          """)
      }
    }

    /// The snapshots that versions are bound to, by version.
    func bound() async throws -> [String: Int64] {
      let rows = try await base.database.pool.run { connection in
        try connection.query(
          "SELECT v.name, i.snapshot_id FROM training_inputs i JOIN model_versions v ON v.id = i.model_version_id"
        ) { row in (try row[0] as String, try row[1] as Int64) }
      }
      return Dictionary(rows) { $1 }
    }
  }

  private static func dataset(_ snapshot: Int64, table: String) -> String {
    let source = [
      #"\"identifier\":[\"ns\",\"t\"]"#, #"\"warehouse\":\"main\""#, #"\"table_uuid\":\"\#(table)\""#, #"\"snapshot_id\":\"\#(snapshot)\""#,
      #"\"schema_id\":0"#,
    ].joined(separator: ",")
    return #"{"tags":[{"key":"mlflow.data.context","value":"training"}],"dataset":{"name":"ns.t","digest":"d","source_type":"iceberg","#
      + #""source":"{\#(source)}"}}"#
  }

  private static func snapshot(of version: Int) -> Int64 { Int64(version % 3 + 1) }

  static func with(_ body: @escaping (Fixture) async throws -> Void) async throws {
    try await CatalogFixture.with { base in
      try await FakeMLflow.with { server in
        try await base.catalog.ensureInitialPolicies()
        try await base.catalog.ensurePredefinedRoles(base.serverContext)
        let service = PrincipalReference(.service, "mlflow")
        _ = try await base.catalog.createPrincipal(service, description: "", cleared: [], base.context(), answer: { _ in [] })
        try await base.catalog.addMember(service, to: PrincipalReference(.role, "data_scientist"), base.context(), answer: [])
        let uuid = try await makeTable(base)
        server.change { state in
          state.versions = (1...7).map { .init(model: "m", number: $0, changedAtMs: Int64($0) * 1_000_000, runID: "r\($0)") }
          for number in 1...7 {
            state.runs["r\(number)"] = FakeMLflow.run("r\(number)", datasets: [dataset(snapshot(of: number), table: uuid)])
          }
        }
        try await body(Fixture(base: base, server: server, tableUUID: uuid))
      }
    }
  }

  /// Its manifest lists are files without rows: binding reads them and takes their digests.
  ///
  /// - Returns: the table's UUID.
  private static func makeTable(_ base: CatalogFixture) async throws -> String {
    let created = try await base.createTable("t")
    let location = try #require(created.metadataLocation?.split(separator: "/metadata/").first.map(String.init))
    for id in 1...3 {
      let list = "\(location)/metadata/snap-\(id).avro"
      let file = try #require(fopen(String(list.dropFirst("file://".count)), "w"))
      let bytes = CatalogFixture.emptyManifestList(UInt8(id))
      #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
      fclose(file)
      let parent = id > 1 ? #""parent-snapshot-id":\#(id - 1),"# : ""
      _ = try await base.catalog.updateTable(
        base.path("t"),
        CatalogFixture.change(
          """
          {"action":"add-snapshot","snapshot":{"snapshot-id":\(id),\(parent)"sequence-number":\(id),
          "timestamp-ms":\(1_900_000_000_000 + id),"manifest-list":"\(list)","summary":{"operation":"append"},"schema-id":0}},
          {"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":\(id)}
          """), base.context())
    }
    return try TableMetadata(jsonText: created.metadata).uuid ?? ""
  }

  // MARK: What is taken over

  @Test func versionsComeWithTheirRunsAndInputs() async throws {
    try await Self.with { fixture in
      fixture.server.change { state in
        state.runs["r1"] = FakeMLflow.run(
          "r1",
          datasets: [
            Self.dataset(2, table: fixture.tableUUID), Self.dataset(9, table: fixture.tableUUID), Self.dataset(1, table: "another"),
          ], parameters: ["depth": "3"], metrics: ["auc": 0.81],
          tags: [
            "mlflow.user": "ann", "mlflow.source.git.commit": "4f1c2e",
            "mlflow.source.git.repoURL": "https://me:secret@git.example/risk.git",
          ])
        state.aliases["m"] = ["champion": "1", "old": "3"]
      }
      try await fixture.add()
      try await fixture.poll()
      let listed = try await fixture.listed()
      #expect(listed.progress.lastError == nil && listed.progress.versions == 7 && listed.progress.nextPollAt == nil)
      let model = try await fixture.base.catalog.loadModel("m", fixture.base.context())
      #expect(model.owner == "service:mlflow" && model.description.tier == .high && !model.description.isRegulated)
      let loaded = try await fixture.base.catalog.loadModelVersion("1", of: "m", fixture.base.context())
      #expect(loaded.version.developer == "ann" && loaded.version.createdBy == "mlflow")
      #expect(loaded.version.description.source == "mlflow:prod/m/1" && loaded.version.description.run == "r1")
      #expect(loaded.version.description.codeReference == "https://git.example/risk.git@4f1c2e")
      #expect(loaded.version.description.parameters == ["depth": "3"] && loaded.version.description.metrics == ["auc": "0.81"])
      #expect(loaded.inputs.map(\.bound.state) == [.snapshot(2)] && loaded.inputs.map(\.role) == [.train])
      // A snapshot that is not there, and another table of that name.
      let gaps = try #require(loaded.mlflow?.facts.gaps)
      #expect(gaps.count == 2 && gaps[0].contains("The snapshot 9 of the table ns.t") && gaps[1].contains("(another)"))
      #expect(listed.waiting.map(\.name) == [RegisteredVersion(model: "m", version: "1")])
      #expect(loaded.mlflow?.facts.aliases == ["champion"])
      // Moving an alias changes no version.
      fixture.server.change { $0.aliases["m"] = ["champion": "2"] }
      try await fixture.catalog().pollMLflowServer("prod", all: false, fixture.base.context())
      try await fixture.poll()
      for (version, aliases) in [("1", []), ("2", ["champion"]), ("3", [])] {
        let again = try await fixture.base.catalog.loadModelVersion(version, of: "m", fixture.base.context())
        #expect(again.mlflow?.facts.aliases == aliases)
      }
    }
  }

  /// What a person withdrew stays withdrawn; what a person said, too, is corroborated.
  @Test func peopleHaveTheLastWord() async throws {
    try await Self.with { fixture in
      let catalog = fixture.catalog()
      let context = fixture.base.context()
      try await fixture.add()
      try await fixture.poll()
      let first = try await catalog.loadModelVersion("1", of: "m", context)
      try await catalog.withdrawTrainingInput(first.inputs[0].id, from: "1", of: "m", reason: "The wrong one", context)
      try await catalog.bindTrainingInputs(
        [NamedTrainingInput(path: fixture.base.path("t"), choice: .id(Self.snapshot(of: 2)), role: .train)], to: "2", of: "m",
        Evidence(source: "person", grade: .declared), context)
      _ = try await catalog.retireModelVersion("3", of: "m", reason: "Old", context, answer: { _ in [] })
      let before = try await fixture.state()
      try await catalog.pollMLflowServer("prod", all: true, context)
      try await fixture.poll()
      #expect(try await fixture.state() == before)
      #expect(try await catalog.loadModelVersion("1", of: "m", context).inputs.filter { $0.withdrawal == nil }.isEmpty)
      #expect(try await catalog.loadModelVersion("2", of: "m", context).inputs.map(\.grade) == [.corroborated])
      #expect(try await fixture.listed().waiting.isEmpty)
    }
  }

  @Test func otherSourcesOfAVersionAreNotOverwritten() async throws {
    try await Self.with { fixture in
      let context = fixture.base.context()
      let description = ModelDescription(purpose: "Scores", tier: .limited, isRegulated: false, profiles: [], keepDaysAfterRetirement: 1)
      _ = try await fixture.base.catalog.createModel(
        "m", description, owner: GranteeName("service:mlflow"), context, answer: { _ in [] })
      var change = ModelVersionChange()
      change.source = "mlflow:elsewhere/m/1"
      _ = try await fixture.base.catalog.createModelVersion("1", of: "m", change, developer: "ann", context, answer: { _ in [] })
      // Declared before it was registered: it gains what MLflow says.
      _ = try await fixture.base.catalog.createModelVersion("2", of: "m", .init(), developer: "ann", context, answer: { _ in [] })
      try await fixture.add()
      try await fixture.poll()
      let listed = try await fixture.listed()
      #expect(listed.waiting.map(\.name.version) == ["1"] && listed.waiting[0].reason.contains("from another source"))
      let second = try await fixture.base.catalog.loadModelVersion("2", of: "m", context)
      #expect(second.version.developer == "ann" && second.version.description.run == "r2" && second.inputs.count == 1)
      #expect(try await fixture.base.count("model_versions") == 7)
    }
  }

  @Test(arguments: [
    ([], "m", true), (["m"], "m", true), (["n"], "m", false), (["credit-*"], "credit-risk", true), (["credit-*"], "credit-", true),
    (["*-risk"], "credit-risk-2", false), (["*a*b*"], "xxaxbxab", true), (["a*b"], "ab", true), (["a*b"], "a", false), (["*"], "", true),
  ])
  func patternsChooseModels(_ patterns: [String], _ model: String, _ isWanted: Bool) {
    let server = MLflowServer(
      id: .new(), name: "prod", trackingURL: "", registryURL: nil, workspace: nil, models: patterns, principal: "", owner: "", tier: .high,
      secretName: nil, createdBy: "", createdAt: .now())
    #expect(server.wants(model) == isWanted)
  }

  // MARK: What breaks off

  @Test func aPollThatBreaksOffGoesOnWhereItWas() async throws {
    try await Self.with { fixture in
      try await fixture.add()
      fixture.server.change { state in
        state.before = { uri, state in
          if uri.contains("run_id=r5") { state.failures = [("", 1_000, .init(status: .serviceUnavailable, body: "down"))] }
        }
      }
      try await fixture.poll()
      let broken = try await fixture.listed()
      #expect(broken.progress.lastError?.contains("MLflow answers 503: down") == true && broken.progress.polledAt == nil)
      #expect(broken.progress.failingSince != nil && broken.progress.nextPollAt.map { $0 > .now() } == true)
      #expect(try await fixture.state() == .init(models: 1, versions: 4, inputs: 4, evidence: 4, events: 9))
      // Not before its pause is over, unless somebody asks.
      #expect(try await !fixture.catalog().pollNextMLflowServer(fixture.base.serverContext))
      fixture.server.change {
        $0.before = nil
        $0.failures = []
        $0.requests = []
      }
      try await fixture.catalog().pollMLflowServer("prod", all: false, fixture.base.context())
      try await fixture.poll()
      #expect(try await fixture.state() == .whole)
      #expect(!fixture.server.requests.contains { $0.uri.contains("run_id=r1") })
      #expect(try await fixture.listed().progress.lastError == nil)
      let bound = try await fixture.bound()
      for version in 1...7 { #expect(bound["\(version)"] == Self.snapshot(of: version)) }
    }
  }

  /// What a server answers is told with what can be done about it.
  @Test(arguments: [
    (FakeMLflow.Answer(status: .ok, body: "<html>Hello</html>"), "may be no MLflow"),
    (FakeMLflow.Answer(status: .notFound, body: "<html>Not found</html>"), "give the one that its clients use"),
    (FakeMLflow.Answer(status: .forbidden, body: #"{"error_code": "PERMISSION_DENIED", "message": "no"}"#), "must be allowed to read"),
    (FakeMLflow.Answer(status: .unauthorized, body: "who?"), "add it again with --secret"),
    (FakeMLflow.Answer(status: .internalServerError, body: "oops"), "see its log"),
    (FakeMLflow.Answer(status: .movedPermanently, body: "", headers: [("Location", "http://127.0.0.1:1/")]), "refused with 301"),
  ])
  func whatIsWrongIsSaid(_ answer: FakeMLflow.Answer, _ advice: String) async throws {
    try await Self.with { fixture in
      try await fixture.add()
      for attempt in 1...3 {
        fixture.server.change { $0.failures = [("", 1, answer)] }
        try await fixture.poll()
        let progress = try await fixture.listed().progress
        #expect(progress.lastError?.contains(advice) == true, "\(progress.lastError ?? "")")
        // Two minutes, then four, then eight: the interval is a minute.
        let pause = Double((progress.nextPollAt?.microseconds ?? 0) - (progress.failedAt?.microseconds ?? 0)) / 60_000_000
        #expect(abs(pause - Double(1 << attempt)) < 0.01)
        try await fixture.abandon()
      }
      fixture.server.change { $0.failures = [] }
      try await fixture.poll()
      #expect(try await fixture.state() == .whole)
      #expect(try await fixture.listed().progress.failingSince == nil)
    }
  }

  /// Wherever a process loses its database, before a statement or after it, another one goes on and nothing is missing or there twice.
  @Test(
    .enabled(if: FaultProxy.isUsable), arguments: [FaultProxy.Fault.cutBefore, .cutAfter],
    [1, 2, 3, 5, 8, 13, 18, 21, 28, 34, 41, 48, 55, 62])
  func nothingIsLostOrDoubledByACrash(_ fault: FaultProxy.Fault, _ place: Int) async throws {
    try await Self.with { fixture in
      try await fixture.add()
      let proxy = try FaultProxy(fixture.base.database.configuration)
      defer { proxy.stop() }
      let store = CatalogStore(
        pool: PostgresPool(proxy.configuration), gathering: proxy.configuration, patience: .milliseconds(300),
        logger: fixture.base.catalog.logger)
      let count = Mutex(0)
      proxy.arm(fault) { statement in
        guard statement == "COMMIT" || statement.contains("mlflow") || statement.contains("INSERT") else { return false }
        return count.withLock { count in
          count += 1
          return count == place
        }
      }
      // Whether it gets over that or not is not asked here.
      try? await fixture.poll(fixture.catalog(store: store))
      await store.shutdown()
      #expect(proxy.faults == 1)
      try await fixture.abandon()
      try await fixture.poll()
      #expect(try await fixture.state() == .whole, "\(fault) at \(place) of \(count.withLock { $0 })")
      let bound = try await fixture.bound()
      for version in 1...7 { #expect(bound["\(version)"] == Self.snapshot(of: version)) }
      #expect(try await fixture.listed().progress.lastError == nil)
    }
  }

  /// Two processes never take over the same thing: who lost the lease changes nothing any more.
  @Test func whoeverLostTheLeaseRecordsNothing() async throws {
    try await Self.with { fixture in
      try await fixture.add()
      let store = fixture.base.store
      let server = try fixture.catalog().authorizer.authorizeServer(
        .runJob, on: CatalogResource(.mlflow, "prod"), fixture.base.serverContext)
      let first = try #require(try await store.leaseMLflowServer(server))
      #expect(try await store.leaseMLflowServer(server) == nil)
      try await fixture.abandon()
      let second = try #require(try await store.leaseMLflowServer(server))
      var capture = MLflowCapture(watermark: Array(#"{"told":[],"open":[]}"#.utf8))
      capture.refused = [(RegisteredVersion(model: "m", version: "1"), "For a test")]
      await #expect(throws: CatalogError.self) { try await store.capture(capture, from: first, server) }
      #expect(try await fixture.base.count("mlflow_waiting") == 0)
      #expect(try await !store.renew(first, server))
      #expect(try await store.capture(capture, from: second, server))
      #expect(try await fixture.base.count("mlflow_waiting") == 1)
      // Asked for meanwhile: it is due at once, though this poll ends well.
      try await fixture.catalog().pollMLflowServer("prod", all: false, fixture.base.context())
      try await store.release(second, after: .seconds(1_000), server)
      #expect(try await store.leaseMLflowServer(server) != nil)
    }
  }

  // MARK: Who is asked, and how

  @Test func secretsAreReadByNameAndToldToNobody() async throws {
    try await Self.with { fixture in
      let secrets = Mutex<[String: String]>([:])
      let catalog = fixture.catalog { options in options.mlflow.secret = { name in secrets.withLock { $0[name] } } }
      try await fixture.add(secretName: "prod-key")
      try await fixture.poll(catalog)
      #expect(try await fixture.listed().progress.lastError?.contains("MORAINE_MLFLOW_SECRET_PROD_KEY") == true)
      #expect(fixture.server.requests.isEmpty)
      for (secret, header) in [("tok-en", "Bearer tok-en"), ("me:pass:word", "Basic bWU6cGFzczp3b3Jk")] {
        secrets.withLock { $0["prod-key"] = secret }
        fixture.server.change {
          $0.requests = []
          $0.failures = [("", 1, .init(status: .unauthorized, body: "\(secret) is wrong"))]
        }
        try await catalog.pollMLflowServer("prod", all: true, fixture.base.context())
        try await fixture.poll(catalog)
        let error = try #require(try await fixture.listed().progress.lastError)
        #expect(error.contains("does not accept our credentials") && error.contains("prod-key") && !error.contains(secret))
        #expect(fixture.server.requests.map { $0.headers["authorization"] } == [[header]])
      }
      try await catalog.pollMLflowServer("prod", all: false, fixture.base.context())
      try await fixture.poll(catalog)
      #expect(try await fixture.state() == .whole)
    }
  }

  @Test func namesThatLeadInsideAreNotAsked() async throws {
    try await Self.with { fixture in
      let request = MLflowServerRequest(
        name: "prod", trackingURL: fixture.server.url.replacing("127.0.0.1", with: "mlflow.example"), registryURL: nil, workspace: nil,
        models: [], principal: GranteeName("service:mlflow"), owner: nil, tier: .high, secretName: nil)
      _ = try await fixture.catalog().createMLflowServer(request, fixture.base.context(), answer: { _ in [] })
      func error(_ addresses: [String], networks: [String]) async throws -> String? {
        let catalog = fixture.catalog { options in
          options.mlflow.networks = networks.map { NetworkRange($0)! }
          options.mlflow.resolve = { _ in addresses.map { NetworkAddress($0)! } }
        }
        try await catalog.pollMLflowServer("prod", all: true, fixture.base.context())
        try await fixture.poll(catalog)
        return try await fixture.listed().progress.lastError
      }
      #expect(try await error(["10.0.0.1"], networks: ["127.0.0.1"])?.contains("10.0.0.1") == true)
      #expect(try await error(["93.184.215.14"], networks: [])?.contains("https:// alone") == true)
      // Every address that the name has must be allowed.
      #expect(try await error(["127.0.0.1", "169.254.169.254"], networks: ["127.0.0.1"])?.contains("169.254.169.254") == true)
      #expect(fixture.server.requests.isEmpty)
      // The one that was checked is the one that is asked.
      #expect(try await error(["127.0.0.1"], networks: ["127.0.0.1"]) == nil)
      #expect(try await fixture.state() == .whole)
    }
  }

  @Test func whoeverCouldNotDoItIsNotAsked() async throws {
    try await Self.with { fixture in
      _ = try await fixture.base.catalog.createPrincipal(
        PrincipalReference(.service, "weak"), description: "", cleared: [], fixture.base.context(), answer: { _ in [] })
      try await fixture.base.makeTeam("risk")
      func add(_ principal: String, owner: String? = nil) async throws {
        _ = try await fixture.catalog().createMLflowServer(
          MLflowServerRequest(
            name: "prod", trackingURL: fixture.server.url, registryURL: nil, workspace: nil, models: [], principal: GranteeName(principal),
            owner: owner.map { GranteeName($0) }, tier: .limited, secretName: nil), fixture.base.context(), answer: { _ in [] })
      }
      for (principal, owner) in [
        ("service:weak", nil), ("service:mlflow", "team:risk"), ("team:risk", nil), ("service:mlflow", "role:admin"),
      ] {
        let error = await #expect(throws: CatalogError.self) { try await add(principal, owner: owner) }
        guard case .unprocessable? = error else {
          Issue.record("\(principal) \(owner ?? ""): \(String(describing: error))")
          continue
        }
      }
      try await fixture.base.catalog.addMember(
        PrincipalReference(.service, "mlflow"), to: PrincipalReference(.team, "risk"), fixture.base.context(), answer: [])
      try await add("service:mlflow", owner: "team:risk")
      try await fixture.poll()
      #expect(try await fixture.base.catalog.loadModel("m", fixture.base.context()).owner == "team:risk")
    }
  }
}
