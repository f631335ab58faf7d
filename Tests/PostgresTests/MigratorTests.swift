import PostgresTestSupport
import Testing

@testable import Postgres

@Suite struct MigratorTests {
  private static let first = (
    name: "0001_tables", sql: Array("CREATE TABLE a (id int); SELECT pg_sleep(0.05); CREATE TABLE b (id int);".utf8)
  )
  private static let second = (name: "0002_column", sql: Array("ALTER TABLE a ADD name text -- 'quoted' $1".utf8))

  @Test func appliesWhatIsMissing() async throws {
    try await TestPostgres.shared.withDatabase { database in
      let one = try await Migrator([Self.first]).migrate(database.pool)
      #expect(one.applied == ["0001_tables"])
      let two = try await Migrator([Self.first, Self.second]).migrate(database.pool)
      #expect(two.applied == ["0002_column"])
      let none = try await Migrator([Self.first, Self.second]).migrate(database.pool)
      #expect(none.applied.isEmpty)
      try await database.pool.execute("INSERT INTO a (id, name) VALUES (1, 'x')")
    }
  }

  @Test func oneRoundTripWhenUpToDate() async throws {
    try await TestPostgres.shared.withDatabase { database in
      let migrator = Migrator([Self.first, Self.second])
      try await migrator.migrate(database.pool)
      let exchanges = try await database.pool.run { connection in
        let before = connection.exchangeCount
        _ = try migrator.migrate(connection)
        return connection.exchangeCount - before
      }
      #expect(exchanges == 1)
    }
  }

  @Test func tenMayStartAtOnce() async throws {
    try await TestPostgres.shared.withDatabase { database in
      let reports = try await withThrowingTaskGroup(of: Migrator.Report.self) { group in
        for _ in 0..<10 {
          group.addTask {
            var configuration = database.configuration
            configuration.poolSize = 1
            configuration.statementTimeout = .milliseconds(200)
            let pool = PostgresPool(configuration)
            let report = try await Migrator([Self.first, Self.second]).migrate(pool)
            let timeout = try await pool.string("SHOW statement_timeout")
            #expect(timeout == "200ms")
            await pool.shutdown()
            return report
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(reports.flatMap(\.applied).sorted() == ["0001_tables", "0002_column"])
      let left = try await database.pool.integer(
        """
        SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
        WHERE locktype = 'advisory' AND datname = current_database()
        """)
      #expect(left == 0)
    }
  }

  @Test func refusesANewerDatabase() async throws {
    try await TestPostgres.shared.withDatabase { database in
      try await Migrator([Self.first, Self.second]).migrate(database.pool)
      await #expect(throws: MigrationError.databaseIsNewer(unknown: ["0002_column"])) {
        try await Migrator([Self.first]).migrate(database.pool)
      }
    }
  }

  @Test func refusesAnEditedMigration() async throws {
    try await TestPostgres.shared.withDatabase { database in
      try await Migrator([Self.first]).migrate(database.pool)
      let edited = (name: Self.first.name, sql: Self.first.sql + [0x20])
      await #expect(throws: MigrationError.edited(name: "0001_tables")) {
        try await Migrator([edited, Self.second]).migrate(database.pool)
      }
      let columns = try await database.pool.integer("SELECT count(*) FROM information_schema.columns WHERE table_name = 'a'")
      #expect(columns == 1)
    }
  }

  @Test func refusesAMigrationThatComesTooLate() async throws {
    try await TestPostgres.shared.withDatabase { database in
      try await Migrator([Self.first]).migrate(database.pool)
      await #expect(throws: MigrationError.outOfOrder(name: "0000_late", after: "0001_tables")) {
        try await Migrator([(name: "0000_late", sql: []), Self.first]).migrate(database.pool)
      }
    }
  }

  @Test func aFailureLeavesNothing() async throws {
    try await TestPostgres.shared.withDatabase { database in
      let broken = (name: "0002_broken", sql: Array("CREATE TABLE c (id int); SELECT 1/0;".utf8))
      let error = await #expect(throws: MigrationError.self) { try await Migrator([Self.first, broken]).migrate(database.pool) }
      guard case .failed("0002_broken", let cause)? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(cause.sqlState == "22012")
      #expect(try await database.pool.integer("SELECT count(*) FROM pg_class WHERE relname = 'c'") == 0)
      // What came before it stays.
      let report = try await Migrator([Self.first, Self.second]).migrate(database.pool)
      #expect(report.applied == ["0002_column"])
      let ending = (name: "0003_ending", sql: Array("COMMIT".utf8))
      await #expect(throws: PostgresError.self) { try await Migrator([Self.first, Self.second, ending]).migrate(database.pool) }
    }
  }
}
