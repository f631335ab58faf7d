import Logging
import PostgresTestSupport
import Testing

@testable import Postgres

/// Who knows what when a connection dies: everything up to COMMIT is known not to have happened.
@Suite struct OutcomeTests {
  /// A table whose rows, where `slow`, take seconds to commit.
  private static let script = """
    CREATE TABLE t (id int PRIMARY KEY, slow boolean NOT NULL DEFAULT false);
    CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(20); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.slow) EXECUTE FUNCTION linger();
    """

  private func withTable(_ body: (TestDatabase) async throws -> Void) async throws {
    try await TestPostgres.shared.withDatabase(poolSize: 1) { database in
      try await database.pool.run { try $0.executeScript(Self.script) }
      try await body(database)
    }
  }

  /// Kills the server process of whatever else runs in the database, once it sleeps.
  private func killSleeper(of database: TestDatabase) async throws {
    let killer = PostgresPool(database.configuration)
    for _ in 0..<500 {
      let killed = try await killer.integer(
        """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event = 'PgSleep'
        """)
      if killed == 1 { break }
      try await Task.sleep(for: .milliseconds(10))
    }
    await killer.shutdown()
  }

  private func failure(
    in database: TestDatabase, of body: @escaping @Sendable (PostgresConnection) throws -> Void
  ) async throws -> PostgresError? {
    let task = Task { try await database.pool.run(body) }
    try await killSleeper(of: database)
    return await #expect(throws: PostgresError.self) { try await task.value }
  }

  @Test func unknownDuringCommit() async throws {
    try await withTable { database in
      let error = try await failure(in: database) { try $0.transaction { _ = try $0.execute("INSERT INTO t VALUES (1, true)") } }
      #expect(error?.outcomeUnknown == true)
      let inPipeline = try await failure(in: database) { connection in
        try connection.transaction { _ = try $0.pipeline(["INSERT INTO t VALUES (1, true)"], committing: true) }
      }
      #expect(inPipeline?.outcomeUnknown == true)
      let rows = try await database.pool.integer("SELECT count(*) FROM t")
      #expect(rows == 0)
    }
  }

  @Test func unknownWhereAStatementCommitsByItself() async throws {
    try await withTable { database in
      let error = try await failure(in: database) { _ = try $0.execute("INSERT INTO t VALUES (1, true)") }
      #expect(error?.outcomeUnknown == true)
      // One that commits as it goes.
      try await database.pool.run {
        try $0.executeScript(
          "CREATE PROCEDURE go() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (2); COMMIT; PERFORM pg_sleep(20); END $$")
      }
      let call = try await failure(in: database) { _ = try $0.execute("CALL go()") }
      #expect(call?.outcomeUnknown == true)
      #expect(try await database.pool.integer("SELECT count(*) FROM t") == 1)
    }
  }

  @Test func knownBeforeCommit() async throws {
    try await withTable { database in
      for body: @Sendable (PostgresConnection) throws -> Void in [
        { try $0.transaction { _ = try $0.pipeline(["INSERT INTO t VALUES (1)", "SELECT pg_sleep(20)"]) } },
        { try $0.transaction { _ = try $0.pipeline(["INSERT INTO t VALUES (1)", "SELECT pg_sleep(20)"], committing: true) } },
        { _ = try $0.execute("INSERT INTO t SELECT 1 FROM pg_sleep(20)") },
      ] {
        let error = try await failure(in: database, of: body)
        guard case .connectionLost(_, false)? = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
      }
      let rows = try await database.pool.integer("SELECT count(*) FROM t")
      #expect(rows == 0)
    }
  }

  @Test func knownWhenKilledBetweenStatements() async throws {
    try await withTable { database in
      for committing in [false, true] {
        let error = await #expect(throws: PostgresError.self) {
          try await database.pool.transaction { connection in
            let process = try connection.first("SELECT pg_backend_pid()") { try $0[0] as Int32 } ?? 0
            try connection.execute("INSERT INTO t VALUES (1)")
            let killer = try PostgresConnection(database.configuration)
            try killer.execute("SELECT pg_terminate_backend(\(process), 5000)")
            if committing { try connection.pipeline(["INSERT INTO t VALUES (2)"], committing: true) }
          }
        }
        guard case .connectionLost(_, false)? = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
      }
      let rows = try await database.pool.integer("SELECT count(*) FROM t")
      #expect(rows == 0)
    }
  }

  /// The other side of not knowing: here the row is there. COMMIT waits for a replica that does not exist.
  @Test func unknownThoughCommitted() async throws {
    let folder = TestServerFolder()
    defer { folder.remove() }
    let options = EmbeddedPostgres.Options(folder: folder.path, testing: true)
    let logger = Logger(label: "postgres", factory: { _ in SwiftLogNoOpLogHandler() })
    var server = try await EmbeddedPostgres(options, logger: logger)
    let configuration = PostgresConfiguration(connectionString: server.connectionString, poolSize: 1)
    let pool = PostgresPool(configuration)
    try await pool.run { connection in
      try connection.execute("CREATE TABLE t (id int)")
      try connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    }
    // All of its processes must know.
    await server.stop()
    server = try await EmbeddedPostgres(options, logger: logger)
    let task = Task {
      try await pool.transaction { connection in
        try connection.execute("SET LOCAL synchronous_commit = on")
        try connection.execute("INSERT INTO t VALUES (1)")
      }
    }
    let killer = PostgresPool(configuration)
    for _ in 0..<500 {
      let killed = try await killer.integer("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
      if killed == 1 { break }
      try await Task.sleep(for: .milliseconds(10))
    }
    let error = await #expect(throws: PostgresError.self) { try await task.value }
    #expect(error?.outcomeUnknown == true)
    #expect(try await pool.integer("SELECT count(*) FROM t") == 1)
    await server.stop()
  }
}
