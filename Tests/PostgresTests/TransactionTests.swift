import PostgresTestSupport
import Synchronization
import Testing

@testable import Postgres

private struct Refused: Error {}

@Suite struct TransactionTests {
  private func withTable(poolSize: Int = 4, _ body: (TestDatabase) async throws -> Void) async throws {
    try await TestPostgres.shared.withDatabase(poolSize: poolSize) { database in
      try await database.pool.run { try $0.executeScript("CREATE TABLE t (id int PRIMARY KEY, v text)") }
      try await body(database)
    }
  }

  private func ids(_ database: TestDatabase) async throws -> [Int] {
    try await database.pool.run { try $0.query("SELECT id FROM t ORDER BY id") { try $0[0] as Int } }
  }

  private func expectNothing(in database: TestDatabase, _ location: SourceLocation = #_sourceLocation) async throws {
    let found = try await ids(database)
    #expect(found.isEmpty, sourceLocation: location)
  }

  @Test func commitsOrRollsBack() async throws {
    try await withTable { database in
      try await database.pool.transaction { try $0.execute("INSERT INTO t VALUES (1)") }
      await #expect(throws: Refused.self) {
        try await database.pool.transaction { connection in
          try connection.execute("INSERT INTO t VALUES (2)")
          throw Refused()
        }
      }
      let error = await #expect(throws: PostgresError.self) {
        try await database.pool.transaction { connection in
          try connection.execute("INSERT INTO t VALUES (3)")
          try connection.execute("INSERT INTO t VALUES (1)")
        }
      }
      #expect(error?.isUniqueViolation == true)
      #expect(try await ids(database) == [1])
    }
  }

  @Test func aSwallowedErrorIsNotACommit() async throws {
    try await withTable { database in
      await #expect(throws: PostgresError.transactionAborted) {
        try await database.pool.transaction { connection in
          try connection.execute("INSERT INTO t VALUES (1)")
          _ = try? connection.execute("INSERT INTO t VALUES (1)")
        }
      }
      try await expectNothing(in: database)
    }
  }

  @Test func anEmptyTransactionSendsNothing() async throws {
    try await withTable(poolSize: 1) { database in
      let exchanges = try await database.pool.run { connection in
        let before = connection.exchangeCount
        try connection.transaction { _ in }
        let afterEmpty = connection.exchangeCount
        try connection.transaction { _ = try $0.execute("INSERT INTO t VALUES (1)") }
        let afterOne = connection.exchangeCount
        try connection.transaction { try $0.pipeline(["INSERT INTO t VALUES (2)"], committing: true) }
        return [afterEmpty - before, afterOne - afterEmpty, connection.exchangeCount - afterOne]
      }
      // BEGIN travels with the first statement; COMMIT with the last, if asked.
      #expect(exchanges == [0, 2, 1])
      #expect(try await ids(database) == [1, 2])
    }
  }

  @Test func isolates() async throws {
    try await withTable { database in
      let readOnly = await #expect(throws: PostgresError.self) {
        try await database.pool.transaction(readOnly: true) { try $0.execute("INSERT INTO t VALUES (1)") }
      }
      #expect(readOnly?.sqlState == "25006")
      for (level, name) in [
        (IsolationLevel.readCommitted, "read committed"), (.repeatableRead, "repeatable read"), (.serializable, "serializable"),
      ] {
        let found = try await database.pool.transaction(isolation: level) {
          try $0.first("SELECT current_setting('transaction_isolation')") { try $0[0] as String }
        }
        #expect(found == name)
      }
      try await database.pool.run { try $0.execute("INSERT INTO t VALUES (1, '')") }
      let conflict = await #expect(throws: PostgresError.self) {
        try await database.pool.transaction(isolation: .repeatableRead) { connection in
          _ = try connection.query("SELECT * FROM t") { _ in }
          let second = try PostgresConnection(database.configuration)
          try second.execute("UPDATE t SET v = 'x'")
          second.close()
          try connection.execute("UPDATE t SET v = 'y'")
        }
      }
      #expect(conflict?.isSerializationFailure == true)
    }
  }

  @Test func leavesNoTransactionBehind() async throws {
    try await withTable(poolSize: 1) { database in
      try await database.pool.run { connection in
        try connection.execute("BEGIN")
        try connection.execute("INSERT INTO t VALUES (1)")
      }
      try await expectNothing(in: database)
      await #expect(throws: PostgresError.self) {
        try await database.pool.transaction { connection in try connection.transaction { _ in } }
      }
      for ending: SQL in ["COMMIT", "ROLLBACK"] {
        await #expect(throws: PostgresError.misuse("a statement ended the transaction it ran in")) {
          try await database.pool.transaction { connection in
            _ = try connection.first("SELECT 1") { try $0[0] as Int }
            try connection.execute(ending)
            try connection.execute("INSERT INTO t VALUES (4)")
          }
        }
      }
      await #expect(throws: PostgresError.self) {
        try await database.pool.transaction { connection in
          try connection.pipeline(["INSERT INTO t VALUES (2)"], committing: true)
          try connection.execute("INSERT INTO t VALUES (3)")
        }
      }
      #expect(try await ids(database) == [2])
    }
  }

  @Test func cancelledTransactionsRollBack() async throws {
    try await withTable { database in
      let task = Task {
        try await database.pool.transaction { connection in
          try connection.execute("INSERT INTO t VALUES (1)")
          try connection.execute("SELECT pg_sleep(20)")
        }
      }
      try await Task.sleep(for: .milliseconds(80))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      try await expectNothing(in: database)
    }
  }

  @Test func pipelines() async throws {
    try await withTable { database in
      let (first, ids, missing) = try await database.pool.run { connection in
        try connection.pipeline { batch in
          batch.execute("INSERT INTO t VALUES (\(1), \("a"))")
          return (
            batch.execute("INSERT INTO t SELECT g, 'b' FROM generate_series(2, \(5)) g"),
            batch.query("SELECT id FROM t ORDER BY id") { try $0[0] as Int },
            batch.first("SELECT v FROM t WHERE id = \(99)") { try $0[0] as String }
          )
        }
      }
      #expect(first == 4)
      #expect(ids == [1, 2, 3, 4, 5])
      #expect(missing == nil)
      // The same text twice in one pipeline is prepared once.
      let deleted = try await database.pool.run { try $0.pipeline(Array(repeating: "DELETE FROM t WHERE id = \(3)", count: 3)) }
      #expect(deleted == [1, 0, 0])
      let none = try await database.pool.run { try $0.pipeline([]) }
      #expect(none.isEmpty)
    }
  }

  @Test func aPipelineIsAllOrNothing() async throws {
    try await withTable(poolSize: 1) { database in
      for _ in 0..<2 {
        let error = await #expect(throws: PostgresError.self) {
          try await database.pool.run {
            try $0.pipeline([
              "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (\(2))", "INSERT INTO t VALUES (1)", "SELECT 'never prepared'",
            ])
          }
        }
        #expect(error?.isUniqueViolation == true)
        #expect(error?.serverError?.statement == "INSERT INTO t VALUES (1)")
      }
      try await expectNothing(in: database)
      // What the failure kept from being prepared is prepared at its next use.
      let answer = try await database.pool.run { try $0.first("SELECT 'never prepared'") { try $0[0] as String } }
      #expect(answer == "never prepared")
      await #expect(throws: PostgresError.self) {
        try await database.pool.transaction { try $0.pipeline(["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"], committing: true) }
      }
      try await expectNothing(in: database)
    }
  }

  @Test func longPipelinesDoNotClog() async throws {
    try await withTable { database in
      // Both directions exceed any socket's buffer.
      let text = String(repeating: "x", count: 100_000)
      let lengths = try await database.pool.run { connection in
        let batch = (0..<200).map { _ in "SELECT \(text) FROM generate_series(1, 2)" as SQL }
        return try connection.pipeline(batch)
      }
      #expect(lengths == Array(repeating: 2, count: 200))
    }
  }
}
