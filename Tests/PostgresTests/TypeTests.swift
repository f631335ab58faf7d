import PostgresTestSupport
import SeededRandom
import Testing

@testable import Postgres

@Suite struct TypeTests {
  private func roundTrip<T: PostgresEncodable & PostgresDecodable & Equatable>(
    _ values: [T], as type: String, _ location: SourceLocation = #_sourceLocation
  ) async throws {
    // A temporary table needs no database of its own.
    let pool = PostgresPool(try await TestPostgres.shared.configuration(database: "postgres", poolSize: 1))
    let returned = try await pool.run { connection in
      try values.map { value in
        // Through a column, so that what PostgreSQL stores is what is read.
        try connection.execute("CREATE TEMP TABLE IF NOT EXISTS stored (value \(raw: type))")
        try connection.execute("TRUNCATE stored")
        try connection.execute("INSERT INTO stored (value) VALUES (\(value))")
        return try connection.first("SELECT value FROM stored") { try $0[0] as T }
      }
    }
    for (value, read) in zip(values, returned) { #expect(read == value, "as \(type)", sourceLocation: location) }
    await pool.shutdown()
  }

  @Test func booleans() async throws {
    try await roundTrip([true, false], as: "boolean")
    try await roundTrip([true, nil, false] as [Bool?], as: "boolean")
  }

  @Test func integers() async throws {
    var random = SeededGenerator(seed: 1)
    try await roundTrip([.min, -1, 0, 1, .max] + (0..<20).map { _ in Int16.random(in: .min ... .max, using: &random) }, as: "int2")
    try await roundTrip([.min, -1, 0, 1, .max] + (0..<20).map { _ in Int32.random(in: .min ... .max, using: &random) }, as: "int4")
    try await roundTrip([.min, -1, 0, 1, .max] + (0..<20).map { _ in Int64.random(in: .min ... .max, using: &random) }, as: "int8")
    try await roundTrip([.min, -1, 0, 1, .max] + (0..<20).map { _ in Int.random(in: .min ... .max, using: &random) }, as: "int8")
    // A Swift Int fits a narrower column as far as its value does.
    try await roundTrip([-32768, 7, 32767] as [Int], as: "int2")
    try await roundTrip([-5, nil, 5] as [Int?], as: "int4")
  }

  @Test func doubles() async throws {
    var random = SeededGenerator(seed: 2)
    let values = (0..<50).map { _ in Double(bitPattern: random.next()) }.filter { !$0.isNaN }
    try await roundTrip([0, -0.0, 1.5, .infinity, -.infinity, .leastNonzeroMagnitude] + values, as: "float8")
  }

  @Test func texts() async throws {
    var random = SeededGenerator(seed: 3)
    let scalars = (1...0xD7FF).map { Unicode.Scalar(UInt16($0))! } + [Unicode.Scalar(0x1F600)!, Unicode.Scalar(0x10FFFF)!]
    let texts = (0..<40).map { length in
      var text = ""
      for _ in 0..<length * 3 { text.unicodeScalars.append(scalars.randomElement(using: &random)!) }
      return text
    }
    // As bytes, because Swift's string equality takes different normal forms for one text.
    try await roundTrip((texts + [String(repeating: "ä", count: 300_000)]).map { PostgresText($0) }, as: "text")
    try await roundTrip(["", "plain", "$1 'quoted' \\ \"", "🏔️"], as: "text")
    try await roundTrip(["x", nil, ""] as [String?], as: "varchar(10)")
    try await roundTrip([PostgresText(#"{"b": 1,  "a": [1.0, 1e5]}"#), "null"], as: "json")
    try await roundTrip([PostgresJSONB(#"{"a": 1, "b": [1, 2]}"#), PostgresJSONB("null")], as: "jsonb")
    try await roundTrip([#"{"a": 1}"#], as: "jsonb")
  }

  @Test func bytes() async throws {
    var random = SeededGenerator(seed: 4)
    let values = (0..<20).map { count in (0..<count * 13).map { _ in UInt8.random(in: 0...255, using: &random) } }
    try await roundTrip(values + [Array(0...255)], as: "bytea")
    try await roundTrip([[1, 2], nil, []] as [[UInt8]?], as: "bytea")
    try await roundTrip([[], [[]], [[0, 1], [2]]] as [[[UInt8]]], as: "bytea[]")
  }

  @Test func identifiersAndInstants() async throws {
    var random = SeededGenerator(seed: 5)
    let ids = (0..<20).map { _ in PostgresUUID(high: random.next(), low: random.next()) }
    try await roundTrip(ids, as: "uuid")
    try await roundTrip(ids.map(\.description), as: "text")
    let instants = (0..<20).map { _ in
      PostgresTimestamp(microseconds: .random(in: -200_000_000_000_000_000...9_000_000_000_000_000_000, using: &random))
    }
    try await roundTrip(
      instants + [PostgresTimestamp(microseconds: 0), PostgresTimestamp(microseconds: .max), PostgresTimestamp(microseconds: .min)],
      as: "timestamptz")
  }

  @Test func arrays() async throws {
    var random = SeededGenerator(seed: 6)
    try await roundTrip((0..<10).map { count in (0..<count).map { _ in Int64.random(in: .min ... .max, using: &random) } }, as: "int8[]")
    try await roundTrip([[], [1, nil, 3], [nil]] as [[Int64?]], as: "int8[]")
    try await roundTrip([[], ["a", "", "{\"x\",NULL}"], ["ä"]] as [[String]], as: "text[]")
    try await roundTrip([["a", nil]] as [[String?]], as: "text[]")
    try await roundTrip([["a", nil]] as [[PostgresText?]], as: "text[]")
    try await roundTrip([["a", "b"]] as [[PostgresText]], as: "text[]")
    try await roundTrip((0..<5).map { count in (0..<count * 50).map { _ in PostgresUUID.random() } }, as: "uuid[]")
    try await roundTrip([[PostgresUUID.random(), nil]] as [[PostgresUUID?]], as: "uuid[]")
    try await roundTrip([[1, 2], nil] as [[Int]?], as: "int8[]")
    try await roundTrip([[true, false]], as: "boolean[]")
    try await roundTrip([[1.5, -2]] as [[Double]], as: "float8[]")
  }

  @Test func sqlStateForZeroBytes() async throws {
    try await TestPostgres.shared.withDatabase(poolSize: 1) { database in
      let error = await #expect(throws: PostgresError.self) {
        try await database.pool.run { try $0.first("SELECT length(\("a\0b")::text)") { try $0[0] as Int } }
      }
      #expect(error?.sqlState == "22021")
    }
  }

  @Test func refusesOtherTypes() async throws {
    try await TestPostgres.shared.withDatabase(poolSize: 1) { database in
      func refused<T: PostgresDecodable & Sendable>(_ sql: SQL, as type: T.Type, _ location: SourceLocation = #_sourceLocation) async {
        let error = await #expect(throws: PostgresError.self, sourceLocation: location) {
          _ = try await database.pool.run { try $0.first(sql) { try $0[0] as T } }
        }
        guard case .decoding? = error else {
          Issue.record("\(String(describing: error))", sourceLocation: location)
          return
        }
      }
      await refused("SELECT NULL::int", as: Int.self)
      await refused("SELECT 'x'", as: Int.self)
      await refused("SELECT 1.5", as: Double.self)
      await refused("SELECT 70000", as: Int16.self)
      await refused("SELECT now()", as: String.self)
      await refused("SELECT array[1,2]::int8[]", as: [String].self)
      await refused("SELECT '{{1,2},{3,4}}'::int8[]", as: [Int].self)
      await refused("SELECT array[1,null]::int8[]", as: [Int].self)
      let error = await #expect(throws: PostgresError.self) {
        try await database.pool.run { try $0.first("SELECT 1") { try $0[1] as Int } }
      }
      #expect(error?.description.contains("column 1") == true)
    }
  }

  @Test func uuidForms() throws {
    let id = try #require(PostgresUUID("F81D4FAE-7dec-11d0-a765-00a0c91e6bf6"))
    #expect(id.description == "f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
    #expect(PostgresUUID("f81d4fae7dec11d0a76500a0c91e6bf6") == id)
    #expect(PostgresUUID(bytes: id.bytes) == id)
    for wrong in [
      "", "f81d4fae-7dec-11d0-a765-00a0c91e6bf", "f81d4fae-7dec-11d0-a765_00a0c91e6bf6", "g81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    ] {
      #expect(PostgresUUID(wrong) == nil)
    }
    #expect(PostgresUUID(bytes: [1, 2, 3]) == nil)
    let random = PostgresUUID.random().description
    #expect(Array(random.utf8)[14] == UInt8(ascii: "4"))
    var last = PostgresUUID.timeOrdered()
    #expect(Array(last.description.utf8)[14] == UInt8(ascii: "7"))
    var ascending = 0
    for _ in 0..<1000 {
      let next = PostgresUUID.timeOrdered()
      if next > last { ascending += 1 }
      last = next
    }
    // Two made within a quarter of a microsecond are in random order.
    #expect(ascending > 800)
    let now = PostgresTimestamp.now().milliseconds
    #expect(abs(Int64(last.high >> 16) - now) < 1000)
  }

  @Test func timestampsRoundDown() {
    #expect(PostgresTimestamp(microseconds: 1999).milliseconds == 1)
    #expect(PostgresTimestamp(microseconds: -1).milliseconds == -1)
    #expect(PostgresTimestamp(microseconds: -1000).milliseconds == -1)
    #expect(PostgresTimestamp(microseconds: -1001).milliseconds == -2)
  }
}
