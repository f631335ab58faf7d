import Testing

@testable import TableFormats

/// Which files of a log must be read, by their names alone.
@Suite struct DeltaLogTests {
  private static let identifier = "80a083e8-7026-4e79-81be-64bd76c43a11"

  private static func commits(_ versions: ClosedRange<Int64>) -> [String] { versions.map(DeltaLogFile.commitName) }
  private static func checkpoint(_ version: Int64) -> String { DeltaLogFile.padded(version) + ".checkpoint.parquet" }
  private static func part(_ version: Int64, _ part: Int, of count: Int) -> String {
    DeltaLogFile.padded(version) + ".checkpoint.000000000\(part).000000000\(count).parquet"
  }

  @Test func names() {
    let version = "00000000000000000012"
    #expect(DeltaLogFile("\(version).json") == .commit(12))
    #expect(DeltaLogFile("\(version).checkpoint.parquet") == .checkpoint(12))
    #expect(DeltaLogFile("\(version).checkpoint.0000000002.0000000003.parquet") == .checkpointPart(12, part: 2, of: 3))
    #expect(DeltaLogFile("\(version).checkpoint.\(Self.identifier).parquet") == .uniqueCheckpoint(12))
    #expect(DeltaLogFile("\(version).checkpoint.\(Self.identifier).json") == .uniqueCheckpoint(12))
    for other in [
      "_last_checkpoint", "\(version).crc", "12.json", "\(version).00000000000000000015.compacted.json", "\(version)", "", ".", "_sidecars",
      "\(version).\(Self.identifier).json", "0000000000000000001x.json", "+0000000000000000012.json", "99999999999999999999.json",
      "\(version).checkpoint.0000000004.0000000003.parquet", "\(version).checkpoint.0000000000.0000000003.parquet", "\(version).json.tmp",
    ] {
      #expect(DeltaLogFile(other) == nil, "\(other)")
    }
  }

  @Test func aLogWithoutItsBeginning() throws {
    let log = DeltaLog(listing: Self.commits(18...25) + [Self.checkpoint(20), "00000000000000000025.crc"])
    #expect(log.latestVersion == 25)
    #expect(log.versions == [20, 21, 22, 23, 24, 25])
    #expect(try log.files(at: 22).names == [DeltaLogFile.commitName(22), DeltaLogFile.commitName(21), Self.checkpoint(20)])
    for version in [0, 17, 19, 26, -1] as [Int64] {
      let error = #expect(throws: TableFormatError.self) { try log.files(at: version) }
      #expect(error?.reason == .missing)
    }
  }

  @Test func aLogWithAHole() {
    let log = DeltaLog(listing: Self.commits(0...3) + Self.commits(5...6))
    #expect(log.versions == [0, 1, 2, 3])
    let error = #expect(throws: TableFormatError.self) { try log.files(at: nil) }
    #expect(error?.message == "Version 6 of the Delta table cannot be told: 00000000000000000004.json is gone")
  }

  @Test func checkpointsThatAreNotWhole() throws {
    let whole = (1...3).map { Self.part(4, $0, of: 3) }
    let log = DeltaLog(listing: Self.commits(0...6) + whole.reversed() + [Self.part(5, 1, of: 2), Self.part(6, 2, of: 2)])
    #expect(try log.files(at: nil).names == Self.commits(5...6).reversed() + whole)
    // Of two tries with a different number of parts only one came to its end.
    let tries = DeltaLog(listing: Self.commits(0...4) + [Self.part(4, 1, of: 2), Self.part(4, 1, of: 1)])
    #expect(try tries.files(at: 4).names == [DeltaLogFile.commitName(4), Self.part(4, 1, of: 1)])
  }

  @Test func onlyACheckpoint() throws {
    let log = DeltaLog(listing: [Self.checkpoint(7)])
    #expect(log.versions == [7])
    #expect(try log.files(at: nil).names == [Self.checkpoint(7)])
  }

  @Test func noLog() {
    #expect(DeltaLog(listing: ["_last_checkpoint", "a.parquet"]).latestVersion == nil)
    #expect(throws: TableFormatError.self) { try DeltaReading(DeltaLog(listing: [])) }
  }

  @Test func whereTheListingMayStart() throws {
    let hint = Array(#"{"version":20,"size":58,"sizeInBytes":25047,"numOfAddFiles":36}"#.utf8)
    #expect(try DeltaLog.firstName(lastCheckpoint: hint) == "00000000000000000020")
    let names = try FormatFixture.names(in: "delta/busy/_delta_log").filter { $0 >= "00000000000000000020" }
    #expect(try DeltaReading(DeltaLog(listing: names)).upcoming.count == 6)
    for hint in ["", "{}", #"{"version":"20"}"#] {
      let error = #expect(throws: TableFormatError.self) { try DeltaLog.firstName(lastCheckpoint: Array(hint.utf8)) }
      #expect(error?.file == "_last_checkpoint")
    }
  }

  @Test func tooManyFiles() {
    let log = DeltaLog(listing: Self.commits(0...30))
    let error = #expect(throws: TableFormatError.self) { try DeltaReading(log, limits: DeltaLimits(maximumFiles: 30)) }
    #expect(error?.reason == .tooLarge)
  }
}
