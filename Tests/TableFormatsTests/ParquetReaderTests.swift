import JSON
import Testing

@testable import TableFormats

/// Files that pyarrow wrote, in every encoding, codec and page version that is read, against the rows as pyarrow reads them.
@Suite struct ParquetReaderTests {
  static let variants = ["plain", "dictionary", "v2", "delta", "old"]

  static func rows(_ bytes: [UInt8], wanted: Set<String>? = nil, limits: ParquetLimits = .standard) throws -> [ParquetRecord] {
    var reader = try ParquetReader(bytes, wanted: wanted, limits: limits)
    var rows: [ParquetRecord] = []
    while let row = try reader.next() { rows.append(row) }
    return rows
  }

  @Test(arguments: variants) func sameAsPyarrow(_ variant: String) throws {
    let rows = try Self.rows(FormatFixture.bytes("parquet/\(variant).parquet"))
    let expected = try FormatFixture.json("parquet/expected.json").array().map { try $0.object() }
    #expect(rows.count == expected.count && rows.count == 300)
    for (row, expected) in zip(rows, expected) {
      #expect(row.names == expected.map(\.key))
      for member in expected {
        #expect(try Self.says(row[member.key], member.value), "\(member.key): \(row[member.key]), \(member.value.rawText)")
      }
    }
  }

  /// Whether a value is what JSON says: maps as lists of pairs, binary as hexadecimal digits.
  private static func says(_ value: ParquetValue, _ json: JSONValue) throws -> Bool {
    switch json.kind {
    case .null: return value.isNull
    case .bool: return value == .bool(try json.bool())
    case .number: return if case .double(let number) = value { number == (try json.double()) } else { value == .int(try json.int64()) }
    case .string:
      guard case .bytes(let bytes) = value else { return false }
      let text = try json.string()
      return value.text == text || bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == text
    case .array:
      let array = try Array(json.array())
      if let first = array.first, first.kind == .array, let entries = value.entries, try Array(first.array()).first?.kind == .string {
        return try entries.count == array.count
          && zip(entries, array).allSatisfy { entry, pair in
            let pair = try Array(pair.array())
            return try says(entry.key, pair[0]) && says(entry.value, pair[1])
          }
      }
      let items = try #require(value.items)
      return try items.count == array.count && zip(items, array).allSatisfy { try says($0, $1) }
    case .object: return try json.object().allSatisfy { try says(value[$0.key], $0.value) } && !value.isNull
    }
  }

  @Test(arguments: variants) func aFewRows(_ variant: String) throws {
    let all = try Self.rows(FormatFixture.bytes("parquet/\(variant).parquet"))
    #expect(try Self.rows(FormatFixture.bytes("parquet/few-\(variant).parquet")) == Array(all.prefix(7)))
  }

  @Test func onlyWhatIsWanted() throws {
    let bytes = try FormatFixture.bytes("parquet/dictionary.parquet")
    let rows = try Self.rows(bytes, wanted: ["inner.deep", "id", "absent"])
    #expect(rows[1].names == ["id", "inner"])
    guard case .record(let inner) = rows[1]["inner"] else {
      Issue.record("no record")
      return
    }
    #expect(inner.names == ["deep"])
    #expect(try Self.rows(bytes, wanted: []).count == 300)
  }

  @Test func nothingInIt() throws {
    var reader = try ParquetReader(FormatFixture.bytes("parquet/empty.parquet"))
    #expect(reader.rowCount == 0)
    #expect(try reader.next() == nil)
  }

  @Test func codecsThatAreNotRead() throws {
    let error = #expect(throws: TableFormatError.self) { try Self.rows(FormatFixture.bytes("parquet/brotli.parquet")) }
    #expect(error?.reason == .unsupported)
    #expect(error?.message == "Parquet files compressed with brotli are not read here")
  }

  @Test func limits() throws {
    let bytes = try FormatFixture.bytes("parquet/plain.parquet")
    func reason(_ limits: ParquetLimits) -> TableFormatError.Reason? {
      do {
        _ = try Self.rows(bytes, limits: limits)
        return nil
      } catch {
        return (error as? TableFormatError)?.reason
      }
    }
    #expect(reason(.standard) == nil)
    #expect(reason(ParquetLimits(maximumFooterSizeBytes: 100)) == .tooLarge)
    #expect(reason(ParquetLimits(maximumPageSizeBytes: 100)) == .tooLarge)
    #expect(reason(ParquetLimits(maximumSchemaElements: 5)) == .tooLarge)
    #expect(reason(ParquetLimits(maximumDepth: 2)) == .tooLarge)
    #expect(reason(ParquetLimits(maximumRows: 299)) == .tooLarge)
    #expect(reason(ParquetLimits(maximumRowValues: 15)) == .tooLarge)
    #expect(reason(ParquetLimits(maximumValues: 2_000)) == .tooLarge)
  }

  @Test func afterAnErrorItIsOver() throws {
    var bytes = try FormatFixture.bytes("parquet/plain.parquet")
    for index in 4..<2_000 { bytes[index] = 0xFF }
    var reader = try ParquetReader(bytes)
    #expect(throws: TableFormatError.self) { while try reader.next() != nil {} }
    #expect(try reader.next() == nil)
  }

  @Test func notParquet() {
    for bytes in [[], Array("PAR1PAR1".utf8), Array("PAR1\u{2}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}PARE".utf8), [UInt8](repeating: 0, count: 100)]
    {
      #expect(throws: TableFormatError.self) { try ParquetReader(bytes) }
    }
  }
}
