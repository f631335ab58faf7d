import Testing

@testable import TableFormats

/// What the actions of a log come to, in logs by hand.
@Suite struct DeltaActionTests {
  private static let head = [
    #"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}}"#,
    #"{"metaData":{"id":"i","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[]}","#
      + #""partitionColumns":[],"configuration":{}}}"#,
  ]

  private static func add(_ path: String, size: Int = 10, rows: Int? = 5, vector: String? = nil) -> String {
    let stats = rows.map { #","stats":"{\"numRecords\":\#($0)}""# } ?? ""
    return
      #"{"add":{"path":"\#(path)","partitionValues":{},"size":\#(size),"modificationTime":0,"dataChange":true\#(stats)\#(Self.vector(vector))}}"#
  }

  private static func remove(_ path: String, vector: String? = nil) -> String {
    #"{"remove":{"path":"\#(path)","deletionTimestamp":1,"dataChange":true\#(Self.vector(vector))}}"#
  }

  private static func vector(_ name: String?) -> String {
    name.map { #","deletionVector":{"storageType":"u","pathOrInlineDv":"\#($0)","offset":4,"sizeInBytes":40,"cardinality":2}"# } ?? ""
  }

  /// The state after commits, each some lines.
  private static func table(_ commits: [[String]]) throws -> DeltaTable {
    let names = commits.indices.map { DeltaLogFile.commitName(Int64($0)) }
    var reading = try DeltaReading(DeltaLog(listing: names))
    while let name = reading.next {
      let index = try #require(names.firstIndex(of: name))
      try reading.read(Array(commits[index].joined(separator: "\n").utf8))
    }
    return try reading.table()
  }

  private static func counts(_ commits: [[String]]) throws -> [Int64?] {
    let table = try table(commits)
    return [table.fileCount, table.sizeBytes, table.rowCount]
  }

  @Test func addedAndRemoved() throws {
    #expect(try Self.counts([Self.head]) == [0, 0, 0])
    #expect(try Self.counts([Self.head + [Self.add("a"), Self.add("b", size: 7, rows: 3)]]) == [2, 17, 8])
    #expect(try Self.counts([Self.head + [Self.add("a"), Self.add("b")], [Self.remove("a")]]) == [1, 10, 5])
    #expect(try Self.counts([Self.head + [Self.add("a")], [Self.remove("a")], [Self.add("a", size: 11)]]) == [1, 11, 5])
    // Said again with other statistics, it is still one file.
    #expect(try Self.counts([Self.head + [Self.add("a", rows: nil)], [Self.add("a", rows: 4)]]) == [1, 10, 4])
  }

  @Test func rowsAreTotalledOnlyIfAllFilesTell() throws {
    #expect(try Self.counts([Self.head + [Self.add("a"), Self.add("b", rows: nil)]]) == [2, 20, nil])
    let strange = #"{"add":{"path":"c","size":1,"stats":"{\"numRecords\":1,\"minValues\":{\"x\":NaN}}"}}"#
    #expect(try Self.counts([Self.head + [strange]]) == [1, 1, nil])
  }

  @Test func deletionVectors() throws {
    let marked = [Self.remove("a"), Self.add("a", vector: "x")]
    #expect(try Self.counts([Self.head + [Self.add("a")], marked]) == [1, 10, 3])
    #expect(
      try Self.counts([Self.head + [Self.add("a")], marked, [Self.remove("a", vector: "x"), Self.add("a", vector: "y")]]) == [1, 10, 3])
    #expect(try Self.counts([Self.head + [Self.add("a")], marked, [Self.remove("a", vector: "x")]]) == [0, 0, 0])
  }

  @Test func pathsAreTheSameHoweverTheyAreEscaped() throws {
    #expect(try Self.counts([Self.head + [Self.add("p=a%20b/c")], [Self.remove("p=a b/c")]]) == [0, 0, 0])
    #expect(try Self.counts([Self.head + [Self.add("p=a%2520b")], [Self.remove("p=a%20b")]]) == [1, 10, 5])
    #expect(percentDecoded("100%-%+1%zz%4") == "100%-%+1%zz%4")
    #expect(percentDecoded("%C3%bc%") == "ü%")
  }

  @Test func theLastWordHolds() throws {
    let second = Self.head[1].replacing(#""id":"i""#, with: #""id":"i","name":"new","configuration":{"k":"v"}"#)
      .replacing(#","configuration":{}"#, with: "")
    let table = try Self.table([Self.head, [second], [Self.add("a")]])
    #expect(table.metadata.name == "new")
    #expect(table.metadata.configuration == ["k": "v"])
    #expect(table.protocolVersion.readerFeatures == ["deletionVectors"])
    #expect(try Self.table([Self.head + [second]]).metadata.name == "new")
  }

  @Test func whenAndHow() throws {
    let old = #"{"commitInfo":{"timestamp":5,"operation":"WRITE"}}"#
    let new = #"{"commitInfo":{"inCommitTimestamp":9,"timestamp":7,"operation":"MERGE","userName":"u","engineInfo":"e","odd":{"a":[1]}}}"#
    let commit = try Self.table([[old] + Self.head, [new]]).commit
    #expect(commit == DeltaCommit(timestampMs: 9, operation: "MERGE", userName: "u", engine: "e"))
    #expect(try Self.table([[old] + Self.head, []]).commit == nil)
    let strange = #"{"commitInfo":{"timestamp":"now","operation":3}}"#
    #expect(try Self.table([Self.head + [strange]]).commit == DeltaCommit())
  }

  @Test func whatDoesNotMatterIsPassedOver() throws {
    let others = [
      #"{"txn":{"appId":"a","version":1}}"#, #"{"cdc":{"path":"x"}}"#, #"{"domainMetadata":{"domain":"d"}}"#, "", "  ", #"{"new":1}"#, "{}",
      #"{"add":null,"remove":null}"#,
    ]
    #expect(try Self.counts([Self.head + others + [Self.add("a")]]) == [1, 10, 5])
  }

  @Test(arguments: [
    ["{"], ["[]"], ["{\"add\":{}}"], ["{\"remove\":{\"path\":1}}"], ["{\"metaData\":{\"id\":\"i\"}}"], ["{\"protocol\":{}}"],
    ["{\"add\":{\"path\":\"a\",\"deletionVector\":{}}}"], ["{\"sidecar\":{\"path\":\"../x\"}}"],
    ["{\"sidecar\":{\"path\":\"..%2f..%2fx.parquet\"}}"],
  ])
  func brokenLines(_ lines: [String]) {
    let error = #expect(throws: TableFormatError.self) { try Self.table([Self.head + lines]) }
    #expect(error?.file == "00000000000000000000.json")
    #expect(error?.reason == .malformed)
  }

  @Test func aLogThatSaysTooLittle() {
    for (lines, message) in [
      ([Self.head[0]], "The Delta log has no metaData"), ([Self.head[1]], "The Delta log has no protocol"),
      (
        [Self.head[1], #"{"protocol":{"minReaderVersion":4,"minWriterVersion":7}}"#],
        "The Delta table wants readers of version 4; 3 is the newest known here"
      ),
      ([Self.head[0], Self.head[1].replacing(#""id":"i""#, with: #""id":"i\u0000""#)], "The Delta table's metaData holds U+0000"),
    ] {
      let error = #expect(throws: TableFormatError.self) { try Self.table([lines]) }
      #expect(error?.message == message)
    }
  }

  @Test func sidecarsAreInTheirFolder() throws {
    let name = "00000000000000000003.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json"
    var reading = try DeltaReading(DeltaLog(listing: [name]))
    #expect(reading.next == name)
    let lines =
      Self.head + [
        #"{"sidecar":{"path":"a.parquet"}}"#, #"{"sidecar":{"path":"s3://elsewhere/_delta_log/_sidecars/b%20c.parquet"}}"#,
        #"{"sidecar":{"path":"a.parquet"}}"#,
      ]
    try reading.read(Array(lines.joined(separator: "\n").utf8))
    #expect(reading.upcoming.sorted() == ["_sidecars/a.parquet", "_sidecars/b c.parquet"])
    let error = #expect(throws: TableFormatError.self) { try reading.table() }
    #expect(error?.reason == .missing)
  }

  @Test func tooManyActions() throws {
    var reading = try DeltaReading(DeltaLog(listing: [DeltaLogFile.commitName(0)]), limits: DeltaLimits(maximumActions: 3))
    let lines = Self.head + [Self.add("a"), Self.add("b")]
    let error = #expect(throws: TableFormatError.self) { try reading.read(Array(lines.joined(separator: "\n").utf8)) }
    #expect(error?.reason == .tooLarge)
  }
}
