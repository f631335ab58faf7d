import Iceberg
import JSON
import Testing

@testable import TableFormats

/// Tables whose properties and timelines `Fixtures/hudi/make.py` writes in the shapes of Hudi 0.x and 1.x.
@Suite struct HudiTests {
  private static func table(_ name: String, at instant: String?) throws -> HudiTable {
    let properties = try HudiProperties(FormatFixture.bytes("hudi/\(name)/.hoodie/hoodie.properties"))
    let folder = "hudi/\(name)/.hoodie" + (properties.timelineFolder.isEmpty ? "" : "/" + properties.timelineFolder)
    var reading = try HudiReading(properties, HudiTimeline(listing: FormatFixture.names(in: folder)), at: instant)
    while let file = reading.next { try reading.read(FormatFixture.bytes("\(folder)/\(file)")) }
    return try reading.table()
  }

  @Test(arguments: ["v6", "v8"]) func stateAtEachInstant(_ name: String) throws {
    let all = try FormatFixture.json("hudi/expected.json").object()
    for json in try #require(all.first { $0.key == name }).value.array() {
      let expected = try json.object()
      let table = try Self.table(name, at: expected.optional("at")?.string())
      func number(_ key: StaticString) throws -> Int64 { try expected.required(key).int64() }
      let instant = try #require(table.instant)
      let commit = try #require(table.commit)
      #expect(table.properties.tableName == "trips")
      #expect(try table.properties.tableType == expected.required("type").string())
      #expect(try table.properties.isTimelineInUTC == expected.required("isUTC").bool())
      #expect(try table.partitionFields == expected.required("partitionFields").array().map { try $0.string() })
      #expect(try instant.action.rawValue == expected.required("action").string())
      #expect(try instant.timestampMs == number("timestampMs"))
      #expect(try commit.operation == expected.required("operation").string())
      #expect(try commit.fileCount == number("fileCount"))
      #expect(try commit.rowCount == number("rowCount"))
      #expect(try commit.insertedRowCount == number("insertedRowCount"))
      #expect(try commit.updatedRowCount == number("updatedRowCount"))
      #expect(try commit.deletedRowCount == number("deletedRowCount"))
      #expect(try commit.sizeBytes == number("sizeBytes"))
      #expect(try table.columns.map(\.name).joined(separator: " ") == expected.required("columns").string())
    }
  }

  @Test func columns() throws {
    let columns = try Self.table("v8", at: nil).columns
    #expect(
      columns.map(\.typeText) == [
        "long", "string", "timestamp-micros", "decimal(10,2)", "array<struct<city:string,lat:double>>", "struct<city:string,lat:double>",
        "map<string,int>",
      ])
    #expect(columns.map(\.isNullable) == [false, true, true, true, true, true, false])
    #expect(columns[0].comment == "of the trip")
    try columns.schema.validate()
    #expect(
      columns.schema.fields.map { "\($0.type)" } == [
        "long", "string", "timestamptz", "decimal(10, 2)", "list<struct<9: city: required string, 10: lat: optional double>>",
        "struct<11: city: required string, 12: lat: optional double>", "map<string, int>",
      ])
  }

  @Test func aTableNobodyWroteTo() throws {
    let properties = try HudiProperties(FormatFixture.bytes("hudi/v6/.hoodie/hoodie.properties"))
    let reading = try HudiReading(properties, HudiTimeline(listing: ["hoodie.properties", "20260102030700000.inflight"]))
    #expect(reading.next == nil)
    let table = try reading.table()
    #expect(table.instant == nil && table.commit == nil)
    #expect(table.columns.map(\.name) == ["id", "rider", "at"])
    #expect(throws: TableFormatError.self) { try HudiReading(properties, HudiTimeline(listing: []), at: "20260102030700000") }
  }

  @Test func whichFilesAreInstants() {
    let names = [
      "20260102030405.commit", "20260102030405000_20260102030406000.deltacommit", "20260102030407.replacecommit",
      "20260102030405.commit.requested",
      "20260102030405.inflight", "20260102030405.clean", "20260102030405.rollback", "20260102030405.savepoint", "hoodie.properties",
      "history",
      "x.commit", "2026.commit", "20260102030405_.commit", "_20260102030405.commit", "1_2_3.commit", "202601020304050607.commit", ".commit",
      "",
      "20260102030405.compaction.requested", "20260102030405.commit.crc",
    ]
    #expect(HudiTimeline(listing: names).instants.map(\.fileName) == Array(names[..<3]))
  }

  @Test func timesOfInstants() {
    func time(_ text: String) -> Int64? { HudiInstant(text + ".commit")?.timestampMs }
    #expect(time("19700101000000") == 0)
    #expect(time("20240229235959999") == 1_709_251_199_999)
    #expect(time("20000301000000") == 951_868_800_000)
    #expect(time("20261301000000") == nil)
    #expect(time("20260101240000") == nil)
    #expect(time("99999999999999") == nil)
  }

  @Test func properties() throws {
    let text = """
      # comment
      ! another
        hoodie.table.name : a\\:b \\u00fc\\ud83e\\uddca
      one=1\\
          2
      two
      hoodie.table.partition.fields= a , b:SIMPLE
      three\\=x=y=z
      hoodie.table.precombine.field=
      """
    let properties = try HudiProperties(Array(text.utf8))
    #expect(properties.tableName == "a:b ü🧊")
    #expect(properties.all["one"] == "12")
    #expect(properties.all["two"] == "")
    #expect(properties.all["three=x"] == "y=z")
    #expect(properties.partitionFields == ["a", "b"])
    #expect(properties.orderingFields == [])
    #expect(properties.tableType == "COPY_ON_WRITE")
    #expect(properties.timelineFolder == "")
    #expect(throws: TableFormatError.self) { try HudiProperties(Array("a=b".utf8)) }
    #expect(throws: TableFormatError.self) { try HudiProperties([]) }
  }

  @Test func theTimelineStaysInTheTable() throws {
    for (path, folder) in [("../../x", "timeline"), ("..", "timeline"), ("", "timeline"), ("t", "t")] {
      let text = "hoodie.table.name=a\nhoodie.timeline.layout.version=2\nhoodie.timeline.path=\(path)"
      #expect(try HudiProperties(Array(text.utf8)).timelineFolder == folder)
    }
    #expect(try HudiProperties(Array("hoodie.table.name=a\nhoodie.table.version=8".utf8)).timelineFolder == "timeline")
  }

  @Test func fewNamesForManyTypes() {
    // Each type holds the one before it ten times.
    var fields = #"{"name":"f0","type":{"type":"record","name":"R0","fields":[{"name":"x","type":"int"}]}}"#
    for level in 1..<30 {
      let inner = (0..<10).map { #"{"name":"a\#($0)","type":"R\#(level - 1)"}"# }.joined(separator: ",")
      fields += #",{"name":"f\#(level)","type":{"type":"record","name":"R\#(level)","fields":[\#(inner)]}}"#
    }
    #expect(throws: TableFormatError.self) { try AvroColumns.columns(#"{"type":"record","name":"T","fields":[\#(fields)]}"#) }
  }

  @Test func schemasThatCannotBeRead() {
    for text in [
      "", "{}", #"{"type":"record","name":"a","fields":[{"name":"x","type":"Unknown"}]}"#,
      #"{"type":"record","name":"a","fields":[{"name":"x","type":{"type":"fixed","name":"f"}}]}"#,
    ] {
      #expect(throws: TableFormatError.self) { try AvroColumns.columns(text) }
    }
  }

  @Test func unions() throws {
    let columns = try AvroColumns.columns(
      #"{"type":"record","name":"a","fields":[{"name":"x","type":["null","int","string"]},{"name":"y","type":["long"]},"#
        + #"{"name":"z","type":{"type":"enum","name":"e","symbols":["A"]}},{"name":"w","type":["null","e"]}]}"#)
    #expect(columns.map(\.typeText) == ["union<int,string>", "long", "enum", "enum"])
    #expect(columns.map { $0.type == nil } == [true, false, false, false])
    #expect(columns.map(\.isNullable) == [true, false, false, true])
  }
}
