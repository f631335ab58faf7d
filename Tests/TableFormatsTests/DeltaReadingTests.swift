import Iceberg
import JSON
import Testing

@testable import TableFormats

/// Tables that deltalake wrote, at every version, against what deltalake says of them.
@Suite struct DeltaReadingTests {
  static func table(_ name: String, at version: Int64?) throws -> DeltaTable {
    let folder = "delta/\(name)/_delta_log"
    var reading = try DeltaReading(DeltaLog(listing: FormatFixture.names(in: folder).shuffled()), at: version)
    while let file = reading.next { try reading.read(FormatFixture.bytes("\(folder)/\(file)")) }
    return try reading.table()
  }

  @Test(arguments: ["created", "three", "nested", "busy", "busy-gzip", "busy-parts", "busy-sidecars"])
  func sameAsDeltalake(_ name: String) throws {
    let all = try FormatFixture.json("delta/expected.json").object()
    let versions = try #require(all.first { $0.key == name }).value.array()
    for json in versions {
      let expected = try json.object()
      let version = try expected.required("version").int64()
      let table = try Self.table(name, at: version)
      #expect(table.version == version)
      #expect(table.metadata.id == (try expected.required("id").string()))
      #expect(table.metadata.name == (try expected.optional("name")?.string()))
      #expect(table.metadata.description == (try expected.optional("description")?.string()))
      #expect(try JSONDocument(parsing: table.metadata.schemaText).root.isSame(as: expected.required("schema")))
      #expect(try table.metadata.partitionColumns == expected.required("partitionColumns").array().map { try $0.string() })
      #expect(try table.metadata.configuration == expected.required("configuration").object().strings())
      #expect(try table.protocolVersion.minimumReaderVersion == expected.required("minReaderVersion").int32())
      #expect(try table.protocolVersion.minimumWriterVersion == expected.required("minWriterVersion").int32())
      #expect(try table.protocolVersion.readerFeatures.sorted() == expected.required("readerFeatures").array().map { try $0.string() })
      #expect(try table.fileCount == expected.required("fileCount").int64(), "version \(version)")
      #expect(try table.sizeBytes == expected.required("sizeBytes").int64(), "version \(version)")
      #expect(try table.rowCount == expected.required("rowCount").int64(), "version \(version)")
      #expect(try table.commit?.timestampMs == expected.optional("timestamp")?.int64())
      #expect(try table.commit?.operation == expected.optional("operation")?.string())
      #expect(table.columns.count == (try expected.required("schema").object().required("fields").array().count))
    }
    let newest = try Self.table(name, at: nil)
    #expect(try newest.version == Array(versions).last?.object().required("version").int64())
  }

  @Test func columns() throws {
    let created = try Self.table("created", at: nil)
    #expect(created.columns.map(\.name) == ["id", "born", "salary"])
    #expect(created.columns.map(\.isNullable) == [false, true, true])
    #expect(created.columns.map(\.comment) == ["who it is", nil, "in \"euro\", a year"])
    #expect(created.columns.map(\.typeText) == ["long", "date", "decimal(12,2)"])
    #expect(
      created.columns.map(\.type) == [.primitive(.long), .primitive(.date), .primitive(.decimal(precision: 12, scale: 2))])
  }

  @Test func nestedColumns() throws {
    let table = try Self.table("nested", at: nil)
    #expect(
      table.columns.map(\.typeText) == [
        "byte", "short", "boolean", "float", "binary", "timestamp", "timestamp_ntz", "struct<street:string,floors:array<integer>>",
        "map<string,struct<v:double>>", "array<array<string>>",
      ])
    let schema = table.columns.schema
    try schema.validate()
    #expect(
      schema.fields.map { "\($0)" } == [
        "1: tiny: optional int", "2: small: optional int", "3: ok: optional boolean", "4: ratio: optional float", "5: raw: optional binary",
        "6: at: optional timestamptz", "7: local: optional timestamp",
        "8: address: optional struct<11: street: required string, 12: floors: optional list<int>>",
        "9: scores: optional map<string, struct<16: v: optional double>>", "10: rows: optional list<list<string>>",
      ])
    #expect(schema.fields.map(\.id) == table.columns.map(\.id))
  }

  @Test func typesThatIcebergDoesNotKnow() throws {
    let text = #"""
      {"type":"struct","fields":[{"name":"a","type":"interval day","nullable":true,"metadata":{}},
      {"name":"b","type":"long","nullable":false,"metadata":{"comment":7}},
      {"name":"c","type":{"type":"array","elementType":{"type":"struct","fields":[{"name":"x","type":"char(3)","nullable":true}]},
      "containsNull":false},"nullable":true,"metadata":{}},
      {"name":"d","type":{"type":"udt","class":"p","sqlType":"double"}},{"name":"e","type":"void"},{"name":"f","type":"variant"}]}
      """#
    let columns = try DeltaSchema.columns(text)
    #expect(columns.map(\.typeText) == ["interval day", "long", "array<struct<x:char(3)>>", "double", "void", "variant"])
    #expect(columns.map { $0.type == nil } == [true, false, true, false, false, false])
    #expect(columns.schema.fields.map(\.name) == ["b", "d", "e", "f"])
    #expect(columns.map(\.id) == [0, 1, 0, 2, 3, 4])
    #expect(columns[1].comment == nil)
    for broken in ["", "{}", #"{"type":"struct","fields":[{"name":"a"}]}"#, #"{"fields":[{"name":"a","type":{"type":"set"}}]}"#] {
      #expect(throws: TableFormatError.self) { try DeltaSchema.columns(broken) }
    }
  }

  @Test func onlyWhatIsNeededIsRead() throws {
    let names = try FormatFixture.names(in: "delta/busy/_delta_log")
    func files(_ version: Int64?) throws -> [String] { Array(try DeltaReading(DeltaLog(listing: names), at: version).upcoming) }
    func commits(_ versions: [Int64]) -> [String] { versions.map(DeltaLogFile.commitName) }
    #expect(try files(nil) == commits([25, 24, 23, 22, 21]) + ["00000000000000000020.checkpoint.parquet"])
    #expect(try files(20) == commits([20]) + ["00000000000000000020.checkpoint.parquet"])
    #expect(try files(19) == commits([19, 18, 17, 16, 15, 14, 13, 12, 11]) + ["00000000000000000010.checkpoint.parquet"])
    #expect(try files(2) == commits([2, 1, 0]))
  }
}

extension JSONValue {
  /// Whether both say the same, but for the order of members.
  func isSame(as other: JSONValue) throws -> Bool {
    guard kind == other.kind else { return false }
    switch kind {
    case .object:
      let (mine, theirs) = (Array(try object()), Array(try other.object()))
      return try mine.count == theirs.count
        && mine.allSatisfy { member in try theirs.first { $0.key == member.key }.map { try member.value.isSame(as: $0.value) } ?? false }
    case .array:
      let (mine, theirs) = (Array(try array()), Array(try other.array()))
      return try mine.count == theirs.count && zip(mine, theirs).allSatisfy { try $0.isSame(as: $1) }
    case .string: return try string() == other.string()
    default: return rawText == other.rawText
    }
  }
}
