import Foundation
import Logging
import PostgresTestSupport
import Synchronization
import Testing

@testable import Postgres

@Suite struct PoolTests {
  @Test func runsStatements() async throws {
    try await TestPostgres.shared.withDatabase { database in
      let values = try await database.pool.run { try $0.query("SELECT g FROM generate_series(1, \(3)) g") { try $0[0] as Int } }
      #expect(values == [1, 2, 3])
      #expect(try await database.pool.integer("SELECT 1 WHERE false") == nil)
      try await database.pool.run { connection in
        try connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
        #expect(try connection.execute("INSERT INTO t SELECT generate_series(1, 5)") == 5)
        #expect(try connection.execute("DELETE FROM t WHERE id > \(2)") == 3)
        #expect(try connection.execute("SELECT * FROM t") == 2)
      }
    }
  }

  @Test func setsSessionsUp() async throws {
    try await TestPostgres.shared.withDatabase { database in
      for (setting, value) in [("TimeZone", "UTC"), ("jit", "off"), ("client_encoding", "UTF8"), ("application_name", "moraine-tests")] {
        let found = try await database.pool.string("SELECT current_setting(\(setting))")
        #expect(found == value)
      }
    }
  }

  @Test func reportsServerErrors() async throws {
    try await TestPostgres.shared.withDatabase { database in
      try await database.pool.run {
        try $0.executeScript(
          """
          CREATE TABLE parent (id int PRIMARY KEY);
          CREATE TABLE child (id int CONSTRAINT child_parent REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
          INSERT INTO parent VALUES (1);
          """)
      }
      let unique = await #expect(throws: PostgresError.self) {
        try await database.pool.execute("INSERT INTO parent VALUES (\(1))")
      }
      #expect(unique?.isUniqueViolation == true)
      #expect(unique?.constraint == "parent_pkey")
      #expect(unique?.serverError?.table == "parent")
      #expect(unique?.serverError?.detail == "Key (id)=(1) already exists.")
      #expect(unique?.serverError?.statement == "INSERT INTO parent VALUES ($1)")
      #expect(unique?.outcomeUnknown == false)
      // Deferred constraints fail at COMMIT, or where a statement without a transaction commits.
      for insert: @Sendable (PostgresConnection) throws -> Int in [
        { try $0.execute("INSERT INTO child VALUES (2)") },
        { try $0.transaction { try $0.execute("INSERT INTO child VALUES (2)") } },
      ] {
        let foreign = await #expect(throws: PostgresError.self) { try await database.pool.run(insert) }
        #expect(foreign?.isForeignKeyViolation == true)
        #expect(foreign?.constraint == "child_parent")
        #expect(foreign?.outcomeUnknown == false)
      }
      let syntax = await #expect(throws: PostgresError.self) { try await database.pool.execute("SELEC 1") }
      #expect(syntax?.sqlState == "42601")
      #expect(syntax?.serverError?.position == 1)
      // The connections are as good as new.
      #expect(try await database.pool.integer("SELECT count(*) FROM child") == 0)
    }
  }

  @Test func survivesChangedTables() async throws {
    try await TestPostgres.shared.withDatabase(poolSize: 1) { database in
      try await database.pool.run { connection in
        try connection.executeScript("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
        #expect(try connection.query("SELECT * FROM t") { $0.columnCount } == [1])
        try connection.executeScript("ALTER TABLE t ADD b text")
        #expect(try connection.query("SELECT * FROM t") { $0.columnCount } == [2])
        try connection.executeScript("DEALLOCATE ALL")
        #expect(try connection.query("SELECT * FROM t") { $0.columnCount } == [2])
      }
    }
  }

  @Test func keepsFewStatementsPrepared() async throws {
    try await TestPostgres.shared.withDatabase { database in
      var configuration = database.configuration
      configuration.poolSize = 1
      configuration.preparedStatementLimit = 16
      let pool = PostgresPool(configuration)
      for round in 0..<3 {
        for number in 0..<40 {
          #expect(try await pool.integer("SELECT \(raw: String(number)) + \(round)") == number + round)
        }
      }
      let held = try await pool.integer("SELECT count(*) FROM pg_prepared_statements")
      #expect(try #require(held) <= 17)
      await pool.shutdown()
    }
  }

  @Test func cancelsRunningStatements() async throws {
    try await TestPostgres.shared.withDatabase(poolSize: 1) { database in
      let start = ContinuousClock.now
      let task = Task { try await database.pool.execute("SELECT pg_sleep(20)") }
      try await Task.sleep(for: .milliseconds(50))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(ContinuousClock.now - start < .seconds(5))
      #expect(try await database.pool.integer("SELECT 1") == 1)
    }
  }

  @Test func cancelsNothingButTheTaskItself() async throws {
    try await TestPostgres.shared.withDatabase(poolSize: 2) { database in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<200 {
          let task = Task { try await database.pool.integer("SELECT \(number)") }
          if number % 2 == 0 { task.cancel() }
          group.addTask {
            do {
              let value = try await task.value
              #expect(value == number)
            } catch is CancellationError { #expect(number % 2 == 0) }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func dropsCancelledClosuresThatWait() async throws {
    try await TestPostgres.shared.withDatabase(poolSize: 1) { database in
      let pool = database.pool
      let busy = Busy(pool)
      try await Self.until { busy.hasBegun }
      let waiting = Task { try await pool.run { _ in Issue.record("a cancelled closure ran") } }
      try await Self.until { pool.statistics.waiting == 1 }
      waiting.cancel()
      await #expect(throws: CancellationError.self) { try await waiting.value }
      #expect(pool.statistics.waiting == 0)
      try await busy.end()
    }
  }

  @Test func refusesWhenTheQueueIsFull() async throws {
    try await TestPostgres.shared.withDatabase { database in
      var configuration = database.configuration
      configuration.poolSize = 1
      configuration.queueLimit = 2
      let pool = PostgresPool(configuration)
      let busy = Busy(pool)
      try await Self.until { busy.hasBegun }
      let waiting = (0..<2).map { _ in Task { try await pool.execute("SELECT 1") } }
      try await Self.until { pool.statistics.waiting == 2 }
      await #expect(throws: PostgresError.poolExhausted(limit: 2)) { try await pool.execute("SELECT 1") }
      try await Task.sleep(for: .milliseconds(50))
      try await busy.end()
      for task in waiting { _ = try await task.value }
      #expect(pool.statistics.totalWait >= .milliseconds(100))
      await pool.shutdown()
      await #expect(throws: PostgresError.shutDown) { try await pool.execute("SELECT 1") }
    }
  }

  /// Keeps the only connection of a pool until it is told to end.
  private final class Busy: Sendable {
    private let begun = Atomic(false)
    private let ended = Atomic(false)
    private let task: Mutex<Task<Void, any Error>?> = .init(nil)

    init(_ pool: PostgresPool) {
      let task = Task {
        try await pool.run { _ in
          self.begun.store(true, ordering: .relaxed)
          while !self.ended.load(ordering: .relaxed) { usleep(1_000) }
        }
      }
      self.task.withLock { $0 = task }
    }

    var hasBegun: Bool { begun.load(ordering: .relaxed) }

    func end() async throws {
      ended.store(true, ordering: .relaxed)
      try await task.withLock { $0 }?.value
    }
  }

  private static func until(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test func shutdownFinishesWhatRuns() async throws {
    try await TestPostgres.shared.withDatabase { database in
      let pool = PostgresPool(database.configuration)
      let task = Task { try await pool.integer("SELECT 7 FROM pg_sleep(0.2)") }
      try await Task.sleep(for: .milliseconds(80))
      await pool.shutdown()
      #expect(try await task.value == 7)
    }
  }

  @Test func timesStatementsOut() async throws {
    try await TestPostgres.shared.withDatabase { database in
      var configuration = database.configuration
      configuration.statementTimeout = .milliseconds(50)
      let pool = PostgresPool(configuration)
      let error = await #expect(throws: PostgresError.self) { try await pool.execute("SELECT pg_sleep(5)") }
      #expect(error?.isTimeout == true)
      await pool.shutdown()
    }
  }

  @Test func givesUpOnWhatCannotRecover() async throws {
    var configuration = try await TestPostgres.shared.configuration(database: "no_such_database")
    let start = ContinuousClock.now
    var pool = PostgresPool(configuration)
    let error = await #expect(throws: PostgresError.self) { try await pool.execute("SELECT 1") }
    #expect(error?.description.contains("no_such_database") == true)
    #expect(error?.isUnavailable == true)
    #expect(ContinuousClock.now - start < .seconds(5))
    configuration.connectionString = "host=/tmp/nowhere-at-all"
    configuration.patience = .milliseconds(300)
    pool = PostgresPool(configuration)
    await #expect(throws: PostgresError.self) { try await pool.execute("SELECT 1") }
    #expect(ContinuousClock.now - start > .milliseconds(300))
  }

  @Test func readsSurviveADeadConnection() async throws {
    try await TestPostgres.shared.withDatabase(poolSize: 1) { database in
      let other = PostgresPool(database.configuration)
      for _ in 0..<20 {
        let process = try await database.pool.integer("SELECT pg_backend_pid()")
        try await other.execute("SELECT pg_terminate_backend(\(process)::int)")
        #expect(try await database.pool.integer("SELECT 1") == 1)
      }
      await other.shutdown()
    }
  }
}
