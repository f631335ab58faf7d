import Testing

@testable import Postgres

@Suite struct SQLTests {
  @Test func numbersParameters() {
    let sql: SQL = "SELECT a FROM t WHERE b = \(1) AND c = \("x") LIMIT \(3)"
    #expect(sql.text == "SELECT a FROM t WHERE b = $1 AND c = $2 LIMIT $3")
    #expect(sql.parameterCount == 3)
  }

  @Test func splicesTrustedText() {
    let table = "t"
    let sql: SQL = "SELECT \(raw: table).a FROM \(raw: table) WHERE b = \(1)\(raw: "::int")"
    #expect(sql.text == "SELECT t.a FROM t WHERE b = $1::int")
    #expect(sql.literals.count == 2)
  }

  @Test func renumbersWhenConcatenated() {
    let filter: SQL = " WHERE b = \(2) OR c = \(3)"
    var sql = "SELECT \(1)" as SQL + filter
    sql += " LIMIT \(4)"
    #expect(sql.text == "SELECT $1 WHERE b = $2 OR c = $3 LIMIT $4")
    let nested: SQL = "SELECT * FROM (SELECT \(1)\(filter)) x WHERE y = \(5)"
    #expect(nested.text == "SELECT * FROM (SELECT $1 WHERE b = $2 OR c = $3) x WHERE y = $4")
  }

  @Test func equalTextsHaveEqualLiterals() {
    let whole: SQL = "SELECT \(1) FROM t"
    let parts: SQL = "SEL" as SQL + "ECT \(raw: "")\(1)" as SQL + " FROM \(raw: "t")" as SQL
    #expect(whole.literals == parts.literals)
    #expect(("" as SQL).text == "")
    #expect(("\(1)" as SQL).text == "$1")
  }

  @Test(arguments: [
    ("SELECT 1", true), ("  select\n1", true), ("(SELECT 1) UNION SELECT 2", true), ("VALUES (1)", true), ("SHOW timezone", true),
    ("WITH a AS (SELECT 1) SELECT * FROM a", true), ("WITH a AS (DELETE FROM t RETURNING 1) SELECT * FROM a", false),
    ("INSERT INTO t VALUES (1)", false), ("UPDATE t SET a = 1", false), ("COMMIT", false), ("", false), ("CALL p()", false),
    ("SELECT * INTO x FROM t", false), ("SELECT * FROM t FOR UPDATE", true),
  ])
  func knowsReads(_ text: String, _ isRead: Bool) {
    #expect(SQL(raw: text).isRead == isRead)
  }
}

@Suite struct StatementCacheTests {
  @Test func forgetsTheOneUnusedForLongest() {
    var cache = StatementCache(limit: 8)
    for number in 0..<8 { _ = cache.insert(SQL(raw: "SELECT \(number)")) }
    #expect(cache.find("SELECT 0") != nil)
    _ = cache.insert("SELECT 8")
    #expect(cache.find("SELECT 0") != nil)
    #expect(cache.find("SELECT 1") == nil)
    #expect(cache.takeEvicted() == ["s2"])
    #expect(cache.takeEvicted().isEmpty)
  }

  @Test func tellsParameterTypesApart() {
    var cache = StatementCache(limit: 8)
    let first = cache.insert("SELECT \(1)")
    #expect(cache.find("SELECT \(2)") === first)
    #expect(cache.find("SELECT \("a")") == nil)
    #expect(cache.find("SELECT \(nil as Int?)") === first)
    let second = cache.insert("SELECT \("a")")
    cache.remove(first)
    #expect(cache.find("SELECT \(2)") == nil)
    #expect(cache.find("SELECT \("b")") === second)
  }
}
