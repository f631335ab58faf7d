import AsyncHTTPClient
import CatalogStore
import Foundation
import Governance
import Iceberg
import JSON
import ObjectStorage
import Postgres
import PostgresTestSupport
import Testing

@testable import Catalog

/// Whether what a version was trained on is there, a small portion at a time.
@Suite struct VerificationTests {
  @Test func fileSetsAreLookedAtObjectByObject() async throws {
    try await VerifiedFixture.with(.files) { verified in
      for number in 0..<7 { try verified.write("f\(number)", "content \(number)") }
      try await verified.freeze()
      try await verified.bind(.train, nil)
      let clean = try await verified.verify()
      #expect(clean.files.counts == ["snapshots": 1, "objects": 7])
      #expect(clean.findings.isEmpty)
      #expect(clean.unchecked == ["contents of objects: they were looked for by name and size; --deep reads them"])
      // Two objects a portion, and a last one that finds out that there is no more than one.
      #expect(clean.portions == 4)
      let deep = try await verified.verify(byContent: true)
      #expect([deep.files.digestsCompared, deep.files.digestsRecorded] == [7, 0])
      #expect(deep.unchecked.isEmpty)

      try verified.write("f2", "CONTENT 2")
      try verified.remove("f4")
      try verified.write("f6", "longer than before")
      let found = try await verified.verify(byContent: true).findings
      #expect(found.map { "\($0.kind) \($0.file?.split(separator: "/").last ?? "")" } == ["changed f2", "missing f4", "changed f6"])
      #expect(found[0].expected.hasPrefix("sha256:") && found[0].expected != found[0].found)
      #expect(found[2].found == "18 bytes")
    }
  }

  /// Somebody who changes the listing in the database changes its root.
  @Test func aListingThatWasTamperedWithIsFound() async throws {
    try await VerifiedFixture.with(.files) { verified in
      for number in 0..<3 { try verified.write("f\(number)", "content \(number)") }
      try await verified.freeze()
      try await verified.bind(.train, nil)
      _ = try await verified.fixture.database.pool.run {
        try $0.execute("UPDATE file_set_objects SET checksum = 'sha256:' || repeat('0', 64) WHERE key = 'f1'")
      }
      let found = try await verified.verify().findings
      #expect(found.map(\.what) == ["root of the listing"])
    }
  }

  @Test func snapshotsOfFileSetsShareWhatDidNotChange() async throws {
    try await VerifiedFixture.with(.files) { verified in
      for number in 0..<5 { try verified.write("f\(number)", "content \(number)") }
      try await verified.freeze()
      try await verified.bind(.train, nil)
      try verified.write("f0", "other")
      try verified.remove("f1")
      try verified.write("g", "new")
      try await verified.freeze()
      try await verified.bind(.test, nil)
      let compared = try await verified.overlaps()
      #expect(compared.count == 1)
      guard case .told(let overlap)? = compared.first?.outcome else {
        Issue.record("\(compared)")
        return
      }
      #expect([overlap.firstFiles, overlap.secondFiles, overlap.sharedFiles] == [5, 5, 3])
      #expect(overlap.sharedRows == nil)
      #expect(try await verified.fixture.count("training_overlaps") == 1)
    }
  }

  @Test(arguments: ["busy", "busy-parts", "busy-sidecars", "nested"])
  func everyFileOfADeltaVersionIsLookedForOnce(_ name: String) async throws {
    try await VerifiedFixture.with(.delta, copying: "delta/\(name)") { verified in
      try await verified.bind(.train, nil)
      let reading = try #require(try await verified.catalog.reading(of: verified.load(), at: nil, verified.authorization()))
      // Only the logs are in the fixture: every file is missing, each is told once.
      let found = try await verified.verify()
      let count = try #require(reading.table.fileCount)
      #expect(found.findings.count == Int(count))
      #expect(Set(found.findings.compactMap(\.file)).count == Int(count))
      #expect(found.files.counts == ["log files": 1, "data files": count])
      #expect(found.findings.allSatisfy { $0.kind == .missing && $0.what == "data file" })
      #expect(count < 33 || found.portions > 1)
    }
  }

  @Test(arguments: ["v6", "v8"]) func instantsOfHudiAreBoundByTheirTimeline(_ name: String) async throws {
    try await VerifiedFixture.with(.hudi, copying: "hudi/\(name)") { verified in
      await #expect(throws: CatalogError.badRequest("The hudi table ns.d has no version 20990101000000000 that its log still tells")) {
        try await verified.bind(.train, .ref("20990101000000000"))
      }
      try await verified.bind(.train, nil)
      let input = try #require(try await verified.inputs().first)
      guard case .formatVersion(let instant) = input.bound.state else { throw CatalogError.badRequest("\(input.bound.state)") }
      let log = try #require(input.bound.metadataLocation)
      #expect(log.contains("/.hoodie/") && log.contains(instant))
      let found = try await verified.verify()
      #expect(found.files.counts["log files"] == 1)
      #expect(found.unchecked.contains { $0.contains("instants before") })
      // The time at which the newest instant was made finds it again.
      let time = try #require(input.bound.committedAtMs)
      try await verified.bind(.test, .time(time))
      #expect(try await verified.inputs().last?.bound.state == .formatVersion(instant))
      try FileManager.default.removeItem(atPath: String(log.dropFirst("file://".count)))
      let gone = try await verified.verify().findings
      #expect(gone.contains { $0.what == "log file" && $0.kind == .missing } && gone.contains { $0.what == "version" })
    }
  }

  /// What lies outside the warehouse is bound as somebody says, and not called verified.
  @Test func whatIsOutsideTheWarehouseIsNotLookedAt() async throws {
    try await VerifiedFixture.with(.delta, at: "s3://elsewhere/d") { verified in
      try await verified.bind(.train, .ref("7"))
      let found = try await verified.verify()
      #expect(found.findings.isEmpty && found.files.counts.isEmpty)
      #expect(found.unchecked.count == 1 && found.unchecked[0].contains("outside the warehouse"))
    }
  }

  /// A store that is away is neither a finding nor a clean bill: the same portion can be asked for again.
  @Test func aStoreThatIsAwayIsNoFinding() async throws {
    try await VerifiedFixture.with(.files) { verified in
      try verified.write("f", "content")
      try await verified.freeze()
      try await verified.bind(.train, nil)
      verified.plan.arm([.lookFails])
      await #expect(throws: CatalogError.self) { try await verified.verify() }
      verified.plan.arm([])
      #expect(try await verified.verify().findings.isEmpty)
    }
  }
}

/// A dataset `ns.d` and a model `m` with a version `1`, in a catalog that stops after every second file.
private struct VerifiedFixture {
  let fixture: CatalogFixture
  let catalog: Catalog
  let plan: FaultingObjectStore.Plan
  let folder: String
  var path: DatasetPath { fixture.path("d") }

  static func with(
    _ format: DatasetFormat, at location: String? = nil, copying name: String? = nil, _ body: (VerifiedFixture) async throws -> Void
  ) async throws {
    try await CatalogFixture.with { fixture in
      let plan = FaultingObjectStore.Plan()
      var options = CatalogOptions()
      options.verification.patience = .zero
      options.verification.portion = 2
      let objects = ObjectStoreFactory(
        client: .shared, credentials: nil, logger: fixture.catalog.logger, wrap: { FaultingObjectStore(plan: plan, store: $0) })
      let catalog = Catalog(
        store: fixture.store, objects: objects, authorizer: Authorizer(fixture.store, allowsAnonymous: true), options: options,
        logger: fixture.catalog.logger)
      let folder = "\(fixture.folder)/data/d"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      if let name {
        let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
          .appending(path: "TableFormatsTests/Fixtures/\(name)")
        try FileManager.default.removeItem(atPath: folder)
        try FileManager.default.copyItem(at: source.resolvingSymlinksInPath(), to: URL(filePath: folder))
      }
      _ = try await fixture.register("d", format, at: location ?? folder)
      let description = ModelDescription(
        purpose: "Scores.", tier: .limited, isRegulated: false, profiles: [], keepDaysAfterRetirement: 1)
      _ = try await catalog.createModel("m", description, owner: nil, fixture.context(), answer: { _ in [] })
      _ = try await catalog.createModelVersion(
        "1", of: "m", ModelVersionChange(), developer: nil, fixture.context(), answer: { _ in [] })
      let result: Result<Void, any Error>
      do {
        result = .success(try await body(VerifiedFixture(fixture: fixture, catalog: catalog, plan: plan, folder: folder)))
      } catch {
        result = .failure(error)
      }
      try? FileManager.default.removeItem(atPath: fixture.folder)
      try result.get()
    }
  }

  func write(_ name: String, _ content: String) throws { try Data(content.utf8).write(to: URL(filePath: folder).appending(path: name)) }
  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }

  func freeze() async throws {
    _ = try await catalog.startIndex(of: path, fixture.context(), answer: { _ in [] })
    while try await catalog.runNextJob(fixture.serverContext) {}
    _ = try await catalog.freezeFileSet(path, fixture.context(), answer: { _ in [] })
  }

  func load() async throws -> GenericDataset { try await catalog.loadDataset(path, fixture.context()) }

  func authorization() async throws -> Authorization {
    try catalog.authorizer.authorizeServer(.runJob, on: CatalogResource(.job, ""), fixture.serverContext)
  }

  func bind(_ role: TrainingRole, _ choice: SnapshotChoice?) async throws {
    try await catalog.bindTrainingInputs(
      [NamedTrainingInput(path: path, choice: choice, role: role)], to: "1", of: "m", Evidence(source: "person", grade: .declared),
      fixture.context())
  }

  func inputs() async throws -> [TrainingInput] { try await catalog.loadModelVersion("1", of: "m", fixture.context()).inputs }

  func overlaps() async throws -> [ComparedInputs] { try await catalog.trainingOverlaps(of: "1", of: "m", fixture.context()) }

  struct Whole {
    var files = VerifiedFiles()
    var findings: [VerificationFinding] = []
    var unchecked: [String] = []
    var portions = 0
  }

  /// All portions together.
  func verify(byContent: Bool = false) async throws -> Whole {
    var whole = Whole()
    var next: String?
    repeat {
      let portion = try await catalog.verifyModelVersion(
        "1", of: "m", byContent: byContent, after: next, fixture.context(), answer: { _ in [] })
      whole.portions += 1
      for input in portion.inputs {
        whole.files.counts.merge(input.files.counts, uniquingKeysWith: +)
        whole.files.digestsCompared += input.files.digestsCompared
        whole.files.digestsRecorded += input.files.digestsRecorded
        whole.findings += input.findings
        for text in input.unchecked where !whole.unchecked.contains(text) { whole.unchecked.append(text) }
      }
      next = portion.next
    } while next != nil
    return whole
  }
}
