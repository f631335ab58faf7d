import Governance
import JSON
import SeededRandom
import Testing

@testable import Iceberg

/// Snapshots that are held against contracts.
@Suite struct ContractCheckTests {
  private static let columns =
    #"{"id":1,"name":"id","required":false,"type":"long"},{"id":2,"name":"at","required":false,"type":"timestamptz"},"#
    + #"{"id":3,"name":"day","required":false,"type":"date"},{"id":4,"name":"place","required":false,"type":{"type":"struct","fields":[{"id":5,"name":"lat","required":true,"type":"double"}]}}"#
  private static let nowMs: Int64 = 1_800_000_000_000

  private static func contract(_ text: String) throws -> Contract { try Contract(jsonText: Array(text.utf8)) }

  private static func table(_ columns: String = columns) throws -> TableMetadata {
    try TableMetadata.creating(
      uuid: "9c12d441-03fe-4693-9a96-a0705ddf69c1", location: "s3://lake/t", schema: CommitModel.schema(columns), spec: nil, sortOrder: nil,
      properties: [:], formatVersion: 2, nowMs: 0)
  }

  private static func snapshot(_ id: Int64, parent: Int64?, added: Int64, operation: String = "append") throws -> Snapshot {
    let parent = parent.map { #""parent-snapshot-id":\#($0),"# } ?? ""
    return try Snapshot(
      jsonText: Array(
        #"{"snapshot-id":\#(id),\#(parent)"sequence-number":\#(id),"timestamp-ms":\#(id * 1000),"summary":{"operation":"\#(operation)","added-records":"\#(added)"},"manifest-list":"s3://lake/t/\#(id).avro","schema-id":0}"#
          .utf8))
  }

  private static func bound(_ value: Int64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }

  /// What a snapshot did that adds files of so many rows.
  private static func facts(
    _ id: Int64, rows: [Int64], sizeBytes: Int64 = 1_000_000, removing: Bool = false, statistics: ColumnStatistics? = nil
  ) throws -> SnapshotFacts {
    var model = ManifestModel()
    let old = model.manifest([ManifestModel.data("old")])
    let files = rows.enumerated().map { index, rows in
      var file = ManifestModel.data("f\(index)", rows: rows)
      file.sizeBytes = sizeBytes
      return file
    }
    let new = model.manifest(files)
    let contents = model.contents
    return try SnapshotFacts.comparing(
      ManifestModel.snapshot(id, parent: nil, operation: removing ? "overwrite" : "append"), parent: removing ? [old] : [],
      child: files.isEmpty ? [] : [new]
    ) { manifest in
      (contents[manifest.path] ?? []).map { entry in
        var entry = entry
        entry.statistics = statistics
        return entry
      }
    }
  }

  private static func broken(
    _ text: String, rows: [Int64] = [10], sizeBytes: Int64 = 1_000_000, history: [Int64] = [], removing: Bool = false,
    statistics: ColumnStatistics? = nil
  ) throws -> [String] {
    var metadata = try table()
    for (index, added) in history.enumerated() {
      metadata.snapshots.append(try snapshot(Int64(index + 1), parent: index == 0 ? nil : Int64(index), added: added))
    }
    let id = Int64(history.count + 1)
    let new = try snapshot(id, parent: history.isEmpty ? nil : id - 1, added: rows.reduce(0, &+))
    metadata.snapshots.append(new)
    let known = try facts(id, rows: rows, sizeBytes: sizeBytes, removing: removing, statistics: statistics)
    let violations = ContractCheck(
      try contract(text), base: metadata, result: metadata, entering: [new], facts: [id: known], nowMs: nowMs
    ).violations()
    #expect(violations.allSatisfy { $0.snapshotID == id && !$0.promised.isEmpty && !$0.found.isEmpty && !$0.remedy.isEmpty })
    return violations.map(\.clause)
  }

  // MARK: Rows

  @Test func rowsHaveLimits() throws {
    #expect(try Self.broken(#"{"rows":{"minimum":1}}"#, rows: []) == ["rows.minimum"])
    #expect(try Self.broken(#"{"rows":{"minimum":10,"maximum":30}}"#, rows: [5, 5]).isEmpty)
    #expect(try Self.broken(#"{"rows":{"minimum":10,"maximum":30}}"#, rows: [9]) == ["rows.minimum"])
    #expect(try Self.broken(#"{"rows":{"minimum":10,"maximum":30}}"#, rows: [20, 11]) == ["rows.maximum"])
    // A number that is unknown, or beyond numbers, is none that can be promised.
    #expect(try Self.broken(#"{"rows":{"maximum":30}}"#, rows: [-1]) == ["rows.minimum"])
    #expect(try Self.broken(#"{"rows":{"minimum":1}}"#, rows: [.max, .max]) == ["rows.minimum"])
  }

  @Test func onlyDeliveriesCount() throws {
    #expect(try Self.broken(#"{"rows":{"minimum":20}}"#, rows: [10], removing: true).isEmpty)
    #expect(
      try Self.broken(#"{"rows":{"minimum":20},"deliveries":["append","overwrite"]}"#, rows: [10], removing: true) == ["rows.minimum"])
  }

  @Test func usualIsWhatTheLastDeliveriesBrought() throws {
    let contract = #"{"rows":{"deviations":{"within":5,"last":10,"at-least":5}}}"#
    let usual: [Int64] = [100, 98, 103, 101, 97, 100]
    #expect(try Self.broken(contract, rows: [105], history: usual).isEmpty)
    #expect(try Self.broken(contract, rows: [1_000], history: usual) == ["rows.deviations"])
    #expect(try Self.broken(contract, rows: [], history: usual) == ["rows.deviations"])
    // Too few to tell.
    #expect(try Self.broken(contract, rows: [1_000], history: Array(usual.prefix(4))).isEmpty)
    // One that was far off does not make the next one usual.
    #expect(try Self.broken(contract, rows: [1_000], history: usual + [1_000]) == ["rows.deviations"])
    // Only the last ten: a new usual comes with time.
    #expect(try Self.broken(contract, rows: [1_000], history: usual + Array(repeating: 1_000, count: 8)).isEmpty)
  }

  @Test func deliveriesThatWereAllAlikeMayDifferALittle() throws {
    let contract = #"{"rows":{"deviations":{"within":3}}}"#
    let same = [Int64](repeating: 1_000, count: 20)
    #expect(try Self.broken(contract, rows: [1_150], history: same).isEmpty)
    #expect(try Self.broken(contract, rows: [1_151], history: same) == ["rows.deviations"])
    #expect(try Self.broken(contract, rows: [3], history: [Int64](repeating: 1, count: 5)).isEmpty)
    #expect(try Self.broken(contract, rows: [5], history: [Int64](repeating: 1, count: 5)) == ["rows.deviations"])
  }

  /// What lies between the smallest and the largest delivery of a history without much scatter is never refused; what is far beyond always.
  @Test func usualDeliveriesPassAndWildOnesDoNot() throws {
    var random = SeededGenerator(seed: 5)
    let contract = #"{"rows":{"deviations":{"within":6}}}"#
    for _ in 0..<100 {
      let middle = Int64.random(in: 100...100_000, using: &random)
      let reach = middle / 10
      let history = (0..<Int.random(in: 5...25, using: &random)).map { _ in
        Int64.random(in: middle - reach...middle + reach, using: &random)
      }
      let usual = Int64.random(in: (middle - reach / 4)...(middle + reach / 4), using: &random)
      #expect(try Self.broken(contract, rows: [usual], history: history).isEmpty)
      #expect(try Self.broken(contract, rows: [middle * 10], history: history) == ["rows.deviations"])
    }
  }

  // MARK: Nulls and freshness

  @Test func nullsAreCountedByStatistics() throws {
    let contract = #"{"columns":[{"name":"id","no-nulls":true}]}"#
    #expect(try Self.broken(contract, statistics: ColumnStatistics(nullCounts: [1: 0])).isEmpty)
    #expect(try Self.broken(contract, statistics: ColumnStatistics(nullCounts: [1: 2])) == ["columns.id.no-nulls"])
    #expect(try Self.broken(contract, statistics: ColumnStatistics(nullCounts: [2: 0])) == ["columns.id.no-nulls"])
    #expect(try Self.broken(contract) == ["columns.id.no-nulls"])
    #expect(try Self.broken(#"{"statistics":"optional","columns":[{"name":"id","no-nulls":true}]}"#).isEmpty)
    // A required column has none, whatever is known of it; a file without rows neither.
    #expect(try Self.broken(#"{"columns":[{"name":"place.lat","no-nulls":true}]}"#).isEmpty)
    #expect(try Self.broken(contract, rows: [0]).isEmpty)
  }

  @Test func newestValueIsNewEnough() throws {
    let contract = #"{"freshness":{"column":"at","maximum-age":"1h"}}"#
    func at(_ ms: Int64) -> ColumnStatistics { ColumnStatistics(nullCounts: [2: 0], upperBounds: [2: Self.bound(ms * 1_000)]) }
    #expect(try Self.broken(contract, statistics: at(Self.nowMs - 3_600_000)).isEmpty)
    #expect(try Self.broken(contract, statistics: at(Self.nowMs - 3_600_001)) == ["freshness.maximum-age"])
    #expect(try Self.broken(contract) == ["freshness.maximum-age"])
    #expect(try Self.broken(contract, statistics: ColumnStatistics(nullCounts: [2: 10])) == ["freshness.maximum-age"])
    #expect(try Self.broken(contract, statistics: ColumnStatistics(upperBounds: [2: [1]])) == ["freshness.maximum-age"])
    #expect(try Self.broken(contract, rows: []).isEmpty)
    #expect(try Self.broken(#"{"freshness":{"column":"id","maximum-age":"1h"}}"#) == ["freshness.maximum-age"])
  }

  /// A date is as new as its day's end.
  @Test func datesAreAsNewAsTheirDay() throws {
    let contract = #"{"freshness":{"column":"day","maximum-age":"1d"}}"#
    let today = Int32(Self.nowMs / 86_400_000)
    func day(_ day: Int32) -> ColumnStatistics {
      ColumnStatistics(upperBounds: [3: (0..<4).map { UInt8(truncatingIfNeeded: day >> ($0 * 8)) }])
    }
    #expect(try Self.broken(contract, statistics: day(today)).isEmpty)
    #expect(try Self.broken(contract, statistics: day(today - 1)).isEmpty)
    #expect(try Self.broken(contract, statistics: day(today - 2)) == ["freshness.maximum-age"])
  }

  // MARK: Files

  @Test func filesAreFewAndOfGoodSize() throws {
    let contract = #"{"files":{"maximum-count":2,"minimum-average-bytes":1000,"maximum-bytes":5000}}"#
    #expect(try Self.broken(contract, rows: [1, 1], sizeBytes: 2_000).isEmpty)
    #expect(try Self.broken(contract, rows: [1, 1, 1], sizeBytes: 2_000) == ["files.maximum-count"])
    #expect(try Self.broken(contract, rows: [1, 1], sizeBytes: 999) == ["files.minimum-average-bytes"])
    #expect(try Self.broken(contract, rows: [1], sizeBytes: 999).isEmpty)
    #expect(try Self.broken(contract, rows: [1], sizeBytes: 5_001) == ["files.maximum-bytes"])
  }

  // MARK: Schema

  private static func schemaBroken(_ text: String, from old: String?, to new: String) throws -> [String] {
    var result = try table(new)
    let base = try old.map { try table($0) }
    result.lastColumnID = 20
    return ContractCheck(try contract(text), base: base, result: result, entering: [], facts: [:], nowMs: nowMs).violations().map(\.clause)
  }

  @Test func columnsStayAsTheyArePromised() throws {
    let contract = #"{"columns":[{"name":"id","type":"long","required":false},{"name":"place.lat","type":"double","required":true}]}"#
    let id = #"{"id":1,"name":"id","required":false,"type":"long"}"#
    let place =
      #"{"id":4,"name":"place","required":false,"type":{"type":"struct","fields":[{"id":5,"name":"lat","required":true,"type":"double"}]}}"#
    #expect(try Self.schemaBroken(contract, from: nil, to: "\(id),\(place)").isEmpty)
    #expect(try Self.schemaBroken(contract, from: nil, to: id) == ["columns.place.lat"])
    #expect(try Self.schemaBroken(contract, from: nil, to: "\(id.replacing("long", with: "string")),\(place)") == ["columns.id.type"])
    #expect(try Self.schemaBroken(contract, from: nil, to: "\(id.replacing("false", with: "true")),\(place)") == ["columns.id.required"])
    // What a commit does not touch is not its fault.
    #expect(try Self.schemaBroken(contract, from: id, to: id).isEmpty)
  }

  @Test func schemaChangesAreAllowedOrNot() throws {
    let id = #"{"id":1,"name":"id","required":false,"type":"int"}"#
    let more = #"\#(id),{"id":2,"name":"more","required":false,"type":"int"}"#
    for (allowed, added, dropped) in [("any", false, false), ("additive", false, true), ("none", true, true)] {
      let contract = #"{"schema-changes":"\#(allowed)"}"#
      #expect(try Self.schemaBroken(contract, from: id, to: more) == (added ? ["schema-changes"] : []))
      #expect(try Self.schemaBroken(contract, from: more, to: id) == (dropped ? ["schema-changes"] : []))
    }
  }

  // MARK: Which snapshots

  private static func entering(_ contract: Contract, _ base: TableMetadata, _ updates: [TableUpdate]) throws -> [Int64] {
    let commit = try #require(try CommitModel.commit(base, updates))
    return contract.entering(base: base, commit: commit).map(\.id)
  }

  /// main at 3 over 2 and 1; dev at 4 over 2; a staged 5 over 3.
  @Test func snapshotsComeUnderAContractOnce() throws {
    let base = try CommitModel.history()
    let all = Contract()
    let main = Contract(refs: ["main"])
    #expect(try Self.entering(all, base, [CommitModel.add(6, parent: 3), CommitModel.branch("main", 6)]) == [6])
    #expect(try Self.entering(all, base, [CommitModel.add(6, parent: 3)]) == [], "staged: no ref has it yet")
    #expect(try Self.entering(all, base, [CommitModel.branch("main", 5)]) == [5], "and now one has")
    #expect(try Self.entering(all, base, [CommitModel.branch("new", 1)]) == [])
    #expect(try Self.entering(all, base, [CommitModel.branch("main", 4)]) == [], "dev had it")
    #expect(try Self.entering(main, base, [CommitModel.branch("main", 4)]) == [4])
    #expect(try Self.entering(main, base, [CommitModel.add(6, parent: 4), CommitModel.branch("dev", 6)]) == [])
    #expect(
      try Self.entering(
        main, base, [CommitModel.add(6, parent: 4), CommitModel.add(7, parent: 6), CommitModel.branch("main", 7)]) == [4, 6, 7])
    #expect(try Self.entering(main, base, [CommitModel.branch("main", 2)]) == [])
    #expect(try Self.entering(Contract(refs: ["d*"]), base, [CommitModel.branch("data", 5)]) == [3, 5])
  }

  // MARK: Gate

  @Test func gateNeedsEveryRequiredCheck() throws {
    let contract = try Self.contract(
      #"{"checks":[{"name":"a"},{"name":"b","maximum-age":"1h"},{"name":"c","required":false}]}"#)
    func gate(_ results: [String: (QualityResult.Outcome, Int64)]) -> Gate {
      Gate(
        contract, snapshotID: 7,
        results: Dictionary(
          uniqueKeysWithValues: results.map { ($0.key, QualityResult(check: $0.key, outcome: $0.value.0, checkedAtMs: $0.value.1)) }),
        nowMs: Self.nowMs)
    }
    let hour: Int64 = 3_600_000
    #expect(gate(["a": (.passed, Self.nowMs - 5 * hour), "b": (.passed, Self.nowMs - hour)]).isPassed)
    #expect(gate(["a": (.passed, Self.nowMs - 5 * hour), "b": (.passed, Self.nowMs)]).atMs == Self.nowMs - 5 * hour)
    #expect(gate(["a": (.passed, 0)]).problems.map(\.clause) == ["checks.b"])
    #expect(gate([:]).problems.map(\.clause) == ["checks.a", "checks.b"])
    for outcome in [QualityResult.Outcome.failed, .error] {
      #expect(gate(["a": (outcome, Self.nowMs), "b": (.passed, Self.nowMs)]).problems.map(\.clause) == ["checks.a"])
    }
    #expect(gate(["a": (.passed, 0), "b": (.passed, Self.nowMs - hour - 1)]).problems.map(\.clause) == ["checks.b"])
    #expect(Gate(Contract(), snapshotID: 7, results: [:], nowMs: 1).isPassed)
  }
}
