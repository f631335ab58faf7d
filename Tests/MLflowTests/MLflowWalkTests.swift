import JSON
import MLflowTestSupport
import NIOHTTP1
import SeededRandom
import Synchronization
import Testing

@testable import MLflow

/// Walks over a registry that changes under them.
@Suite struct MLflowWalkTests {
  /// What a walk told.
  struct Told {
    var batches: [MLflowWalk.Batch] = []
    var watermark = MLflowWatermark()

    var versions: [MLflowLineage] { batches.flatMap(\.versions) }
    var names: [String] { versions.map { "\($0.version.key)" } }
    var gone: [MLflowVersionKey] { batches.flatMap(\.gone) }
  }

  struct Stopped: Error {}

  /// Walks once. Everything that is kept goes through its JSON.
  ///
  /// - Parameter stoppingAfter: batches of versions.
  static func walk(
    _ server: FakeMLflow, from watermark: MLflowWatermark = .init(), _ limits: MLflowWalk.Limits = .init(), nowMs: Int64 = 1_000_000,
    stoppingAfter: Int = .max
  ) async throws -> Told {
    var told = Told(watermark: watermark)
    try await MLflowClientTests.with(server) { client in
      let kept = try MLflowWatermark(jsonText: watermark.jsonText)
      #expect(kept == watermark)
      do {
        told.watermark = try await MLflowWalk(client, limits: limits) { nowMs }.walk(from: kept) { batch in
          guard batch.models.isEmpty else { return }
          guard told.batches.count < stoppingAfter else { throw Stopped() }
          told.batches.append(batch)
          told.watermark = batch.watermark
        }
      } catch is Stopped {}
    }
    return told
  }

  static func versions(_ numbers: ClosedRange<Int>) -> [FakeMLflow.Version] {
    numbers.map { .init(model: "m", number: $0, changedAtMs: Int64($0) * 100_000, runID: "r\($0)") }
  }

  static func limits(batch: Int = 50, page: Int = 1_000) -> MLflowWalk.Limits {
    var limits = MLflowWalk.Limits()
    limits.batchSize = batch
    limits.pageSize = page
    return limits
  }

  @Test func everythingOnceOldestFirst() async throws {
    try await FakeMLflow.with { server in
      server.change { state in
        state.versions = Self.versions(1...7)
        for number in 1...7 { state.runs["r\(number)"] = FakeMLflow.run("r\(number)", inputs: ["i\(number)"]) }
      }
      for (batch, page) in [(50, 1_000), (3, 2), (1, 1)] {
        let first = try await Self.walk(server, Self.limits(batch: batch, page: page))
        #expect(first.names == (1...7).map { "m@\($0)" })
        #expect(first.versions.map { $0.inputs.map(\.name) } == (1...7).map { ["i\($0)"] })
        #expect(first.batches.allSatisfy { $0.versions.count <= batch })
        #expect(first.versions.allSatisfy { $0.gaps.isEmpty && !$0.isOpen })
        let second = try await Self.walk(server, from: first.watermark, Self.limits(batch: batch, page: page))
        #expect(second.batches.isEmpty && second.watermark == first.watermark)
      }
    }
  }

  /// Once all is told, a walk asks for one page of models and one of versions.
  @Test func aWalkWithoutNewsIsCheap() async throws {
    try await FakeMLflow.with { server in
      server.change { $0.versions = Self.versions(1...9) }
      let first = try await Self.walk(server)
      let before = server.requests.count
      _ = try await Self.walk(server, from: first.watermark, Self.limits(page: 2))
      #expect(server.requests.count == before + 2)
    }
  }

  @Test func goesOnWhereItWasStopped() async throws {
    try await FakeMLflow.with { server in
      server.change { $0.versions = Self.versions(1...7) }
      var names: [String] = []
      var watermark = MLflowWatermark()
      for _ in 0..<4 {
        let told = try await Self.walk(server, from: watermark, Self.limits(batch: 2, page: 3), stoppingAfter: 1)
        names += told.names
        watermark = told.watermark
      }
      #expect(names == (1...7).map { "m@\($0)" })
    }
  }

  @Test func changesAreToldAgainAndNothingElse() async throws {
    try await FakeMLflow.with { server in
      server.change { $0.versions = Self.versions(1...5) }
      let first = try await Self.walk(server)
      server.change { state in
        state.versions[1].changedAtMs = 510_000
        // Committed late: its time is before the watermark, though not by much.
        state.versions.append(.init(model: "late", number: 1, changedAtMs: 460_000))
      }
      let second = try await Self.walk(server, from: first.watermark)
      #expect(second.names == ["late@1", "m@2"])
      #expect(try await Self.walk(server, from: second.watermark).names == [])
    }
  }

  @Test func aVersionFromTheFutureHidesNone() async throws {
    try await FakeMLflow.with { server in
      server.change { $0.versions = Self.versions(1...2) + [.init(model: "clock", number: 1, changedAtMs: 99_000_000)] }
      let first = try await Self.walk(server)
      #expect(first.names == ["m@1", "m@2", "clock@1"])
      server.change { $0.versions.append(.init(model: "m", number: 3, changedAtMs: 1_100_000)) }
      let second = try await Self.walk(server, from: first.watermark, nowMs: 1_200_000)
      #expect(second.names == ["m@3"])
      #expect(try await Self.walk(server, from: second.watermark, nowMs: 1_300_000).names == [])
    }
  }

  /// The first page is read, then a version on it is deleted: the first of the second page slips onto the first.
  @Test func aVersionThatIsDeletedHidesNone() async throws {
    try await FakeMLflow.with { server in
      let wasDeleted = Atomic(false)
      server.change { state in
        state.versions = Self.versions(1...6)
        state.before = { uri, state in
          guard uri.contains("page_token=2"), !wasDeleted.exchange(true, ordering: .relaxed) else { return }
          state.versions.removeAll { $0.number == 6 }
        }
      }
      let told = try await Self.walk(server, Self.limits(page: 2))
      #expect(told.names == (1...5).map { "m@\($0)" })
    }
  }

  @Test func aVersionThatChangesWhileItIsWalkedIsFoundAtLast() async throws {
    try await FakeMLflow.with { server in
      let count = Atomic(0)
      server.change { state in
        state.versions = Self.versions(1...6)
        // Each time before the last page is asked for, the oldest moves to the front, and away from that page.
        state.before = { uri, state in
          guard uri.contains("page_token=4"), count.add(1, ordering: .relaxed).newValue <= 2 else { return }
          state.versions[0].changedAtMs = 700_000 + Int64(count.load(ordering: .relaxed))
        }
      }
      let first = try await Self.walk(server, Self.limits(page: 2))
      let second = try await Self.walk(server, from: first.watermark, Self.limits(page: 2))
      let last = (first.versions + second.versions).last { $0.version.key.version == "1" }
      #expect(last?.version.updatedAtMs == 700_002)
      #expect(Set(first.names + second.names) == Set((1...6).map { "m@\($0)" }))
    }
  }

  @Test func aServerThatDoesNotSortIsAskedForEverything() async throws {
    try await FakeMLflow.with { server in
      server.change { state in
        state.isUnsorted = true
        state.versions = Self.versions(1...5)
      }
      let first = try await Self.walk(server, Self.limits(page: 2))
      #expect(first.names == (1...5).map { "m@\($0)" })
      server.change { $0.versions.append(contentsOf: Self.versions(6...6)) }
      #expect(try await Self.walk(server, from: first.watermark, Self.limits(page: 2)).names.contains("m@6"))
    }
  }
}

// MARK: The way from a version to its inputs

extension MLflowWalkTests {
  @Test func fromVersionToLoggedModelToRuns() async throws {
    try await FakeMLflow.with { server in
      server.change { state in
        state.versions = [.init(model: "m", number: 1, changedAtMs: 5, loggedModelID: "m-1")]
        state.loggedModels["m-1"] = FakeMLflow.loggedModel("m-1", run: "train", measuredBy: ["train", "e1", "e2", "e1"])
        for run in ["train", "e1", "e2"] { state.runs[run] = FakeMLflow.run(run, inputs: [run]) }
      }
      let lineage = try #require(try await Self.walk(server).versions.first)
      #expect(lineage.loggedModel?.id == "m-1" && lineage.run?.id == "train" && lineage.evaluations.map(\.id) == ["e1", "e2"])
      #expect(lineage.inputs.map(\.name) == ["train", "e1", "e2"] && lineage.inputs.map(\.runID) == ["train", "e1", "e2"])
      #expect(lineage.inputs.allSatisfy { $0.role == .train } && lineage.gaps.isEmpty)
      #expect(lineage.metrics.map(\.runID) == ["e1", "e2", "e1"])
    }
  }

  @Test func whatIsGoneIsTold() async throws {
    try await FakeMLflow.with { server in
      server.change { state in
        state.versions = Self.versions(1...4)
        state.versions[0].loggedModelID = "m-gone"
        state.runs["r2"] = FakeMLflow.run("r2", stage: "deleted", inputs: ["kept"])
        state.runs["r4"] = FakeMLflow.run("r4")
        state.failures = [
          ("version=3", 1, .missing), ("run_id=r4", 1, .init(status: .forbidden, body: "not for you")),
        ]
      }
      let told = try await Self.walk(server)
      #expect(told.names == ["m@1", "m@2", "m@4"] && told.gone == [.init(model: "m", version: "3")])
      #expect(
        told.versions[0].gaps == [.init(place: .loggedModel("m-gone"), reason: .missing), .init(place: .run("r1"), reason: .missing)])
      #expect(told.versions[1].gaps == [.init(place: .run("r2"), reason: .deleted)] && told.versions[1].inputs.map(\.name) == ["kept"])
      guard case .unreadable(let reason)? = told.versions[2].gaps.first?.reason else {
        Issue.record("\(told.versions[2].gaps)")
        return
      }
      #expect(reason.contains("403"))
    }
  }

  /// Inputs may be logged after the version was registered, while the run goes on.
  @Test func openRunsAreLookedAtAgain() async throws {
    try await FakeMLflow.with { server in
      server.change { state in
        state.versions = Self.versions(1...2)
        state.runs = ["r1": FakeMLflow.run("r1", status: "RUNNING"), "r2": FakeMLflow.run("r2", status: "RUNNING")]
      }
      let first = try await Self.walk(server)
      #expect(first.versions.map(\.isOpen) == [true, true])
      let second = try await Self.walk(server, from: first.watermark)
      #expect(second.names == [])
      server.change { $0.runs["r1"] = FakeMLflow.run("r1", inputs: ["late"]) }
      let third = try await Self.walk(server, from: second.watermark)
      #expect(third.names == ["m@1"] && third.versions[0].inputs.map(\.name) == ["late"])
      #expect(try await Self.walk(server, from: third.watermark).names == [])
      // The other run died long ago and nobody said so. It is told a last time.
      let week: Int64 = 8 * 86_400_000
      let last = try await Self.walk(server, from: third.watermark, nowMs: week)
      #expect(last.names == ["m@2"])
      #expect(try await Self.walk(server, from: last.watermark, nowMs: 2 * week).names == [])
    }
  }

  /// A run that the server fails on holds up nothing, and is asked for again.
  @Test func whatFailsAloneIsAGap() async throws {
    try await FakeMLflow.with { server in
      server.change { state in
        state.versions = Self.versions(1...3)
        for number in 1...3 { state.runs["r\(number)"] = FakeMLflow.run("r\(number)") }
        state.failures = [("run_id=r2", 4, .init(status: .internalServerError, body: "oops"))]
      }
      let first = try await Self.walk(server)
      #expect(first.names == ["m@1", "m@2", "m@3"] && first.versions.map(\.isOpen) == [false, true, false])
      #expect(first.versions[1].gaps.map(\.place) == [.run("r2")])
      let second = try await Self.walk(server, from: first.watermark)
      #expect(second.names == ["m@2"] && second.versions[0].run?.id == "r2" && second.versions[0].gaps.isEmpty)
    }
  }

  /// When the server stops answering in the middle, the walk ends there and nothing is taken for gone.
  @Test func aServerThatGoesAwayEndsTheWalk() async throws {
    try await FakeMLflow.with { server in
      let isDown = Atomic(false)
      server.change { state in
        state.versions = Self.versions(1...6)
        for number in 1...6 { state.runs["r\(number)"] = FakeMLflow.run("r\(number)") }
        state.before = { uri, state in
          guard uri.contains("run_id=r4"), !isDown.exchange(true, ordering: .relaxed) else { return }
          state.failures = [("/", .max, .init(status: .serviceUnavailable))]
        }
      }
      var told: [String] = []
      var watermark = MLflowWatermark()
      try await MLflowClientTests.with(server) { client in
        let walk = MLflowWalk(client, limits: Self.limits(batch: 2)) { 1_000_000 }
        await #expect(throws: MLflowError.self) {
          try await walk.walk(from: watermark) { batch in
            told += batch.versions.map { "\($0.version.key)" }
            watermark = batch.watermark
          }
        }
      }
      #expect(told == ["m@1", "m@2"])
      server.change { $0.failures = [] }
      #expect(try await Self.walk(server, from: watermark).names == ["m@3", "m@4", "m@5", "m@6"])
    }
  }

  @Test func modelsAreToldEachTime() async throws {
    try await FakeMLflow.with { server in
      server.change { state in
        state.versions = Self.versions(1...2)
        state.aliases = ["m": ["champion": "1"]]
      }
      try await MLflowClientTests.with(server) { client in
        let walk = MLflowWalk(client) { 1_000_000 }
        var aliases: [[String: String]] = []
        var watermark = try await walk.walk(from: .init()) { aliases += $0.models.map(\.aliases) }
        // No time moves with it.
        server.change { $0.aliases = ["m": ["champion": "2"]] }
        watermark = try await walk.walk(from: watermark) { batch in
          aliases += batch.models.map(\.aliases)
          #expect(batch.versions.isEmpty)
        }
        #expect(aliases == [["champion": "1"], ["champion": "2"]])
        #expect(try await walk.versions() == [.init(model: "m", version: "1"), .init(model: "m", version: "2")])
      }
    }
  }
}

// MARK: By chance

extension MLflowWalkTests {
  /// Versions are made, changed and deleted before requests, by chance, and walks are stopped. When all is quiet, one more walk has told of
  /// every version that is there in its last state.
  @Test(arguments: 0..<12) func nothingIsSkipped(_ seed: UInt64) async throws {
    try await FakeMLflow.with { server in
      let random = Mutex(SeededGenerator(seed: seed))
      let clock = Mutex<Int64>(1_000_000)
      server.change { state in
        state.versions = (1...40).map { .init(model: "m", number: $0, changedAtMs: Int64($0)) }
        state.before = { _, state in
          random.withLock { random in
            // Long enough that the overlap alone does not cover a walk.
            let now = clock.withLock {
              $0 += Int64.random(in: 0...20_000, using: &random)
              return $0
            }
            let number = (state.versions.map(\.number).max() ?? 0) + 1
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
              state.versions.append(.init(model: "m", number: number, changedAtMs: now - Int64.random(in: 0...30_000, using: &random)))
            case 1: state.versions.indices.randomElement(using: &random).map { state.versions[$0].changedAtMs = now }
            case 2: _ = state.versions.indices.randomElement(using: &random).map { state.versions.remove(at: $0) }
            default: break
            }
          }
        }
      }
      var seen: [MLflowVersionKey: Int64] = [:]
      var watermark = MLflowWatermark()
      for round in 0..<12 {
        if round == 11 { server.change { $0.before = nil } }
        let stop = round == 11 ? Int.max : random.withLock { Int.random(in: 0...6, using: &$0) }
        let told = try await Self.walk(
          server, from: watermark, Self.limits(batch: 4, page: 7), nowMs: clock.withLock { $0 }, stoppingAfter: stop)
        for lineage in told.versions { seen[lineage.version.key] = lineage.version.updatedAtMs }
        watermark = told.watermark
      }
      let living = server.change { $0.versions.map { (MLflowVersionKey(model: $0.model, version: String($0.number)), $0.changedAtMs) } }
      #expect(!living.isEmpty)
      for (key, changedAtMs) in living { #expect(seen[key] == changedAtMs, "\(key)") }
    }
  }
}
