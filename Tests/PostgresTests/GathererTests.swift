import PostgresTestSupport
import Synchronization
import Testing

@testable import Postgres

@Suite struct GathererTests {
  private func withGatherer(
    batchSize: Int = 256, queueLimit: Int = 4096, _ body: (PostgresGatherer<Int, String>, TestDatabase) async throws -> Void
  ) async throws {
    try await TestPostgres.shared.withDatabase { database in
      try await database.pool.run {
        try $0.executeScript(
          "CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t SELECT g, 'v' || g FROM generate_series(0, 999) g")
      }
      var configuration = database.configuration
      configuration.queueLimit = queueLimit
      let gatherer = PostgresGatherer<Int, String>(configuration, batchSize: batchSize) { connection, keys in
        #expect(keys.count <= batchSize)
        #expect(Set(keys).count == keys.count)
        let rows = try connection.query("SELECT id, v FROM t WHERE id = ANY(\(keys))") { (try $0[0] as Int, try $0[1] as String) }
        return Dictionary(uniqueKeysWithValues: rows)
      }
      try await body(gatherer, database)
      await gatherer.shutdown()
      await #expect(throws: PostgresError.shutDown) { _ = try await gatherer.load(1) }
    }
  }

  @Test(arguments: [1, 7, 256]) func answersEachItsOwn(batchSize: Int) async throws {
    try await withGatherer(batchSize: batchSize) { gatherer, _ in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for caller in 0..<64 {
          group.addTask {
            for step in 0..<100 {
              let key = (caller * 37 + step * 11) % 1200
              let value = try await gatherer.load(key)
              #expect(value == (key < 1000 ? "v\(key)" : nil))
            }
          }
        }
        try await group.waitForAll()
      }
      let statistics = gatherer.statistics
      #expect(statistics.loads == 6400)
      #expect(statistics.batches >= 6400 / UInt64(batchSize))
      if batchSize == 256 { #expect(statistics.batches < 3200) }
      #expect(statistics.waiting == 0)
    }
  }

  @Test func survivesADeadConnection() async throws {
    try await withGatherer { gatherer, database in
      let ended = Atomic(false)
      let loading = Task {
        defer { ended.store(true, ordering: .relaxed) }
        var step = 0
        while !ended.load(ordering: .relaxed) {
          let value = try await gatherer.load(step % 1000)
          #expect(value == "v\(step % 1000)")
          step += 1
        }
      }
      for _ in 0..<10 {
        try await database.pool.execute(
          """
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND query LIKE 'SELECT id, v FROM t%' AND pid <> pg_backend_pid()
          """)
        // A load gives up after its connection died three times: the next one dies only after a load has ended.
        let batches = gatherer.statistics.batches
        while gatherer.statistics.batches < batches + 2, !ended.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(5)) }
      }
      ended.store(true, ordering: .relaxed)
      try await loading.value
    }
  }

  @Test func passesErrorsOn() async throws {
    try await withGatherer { gatherer, database in
      #expect(try await gatherer.load(1) == "v1")
      try await database.pool.execute("DROP TABLE t")
      let error = await #expect(throws: PostgresError.self) { _ = try await gatherer.load(1) }
      #expect(error?.sqlState == "42P01")
    }
  }

  @Test func refusesWhenTooManyWait() async throws {
    try await TestPostgres.shared.withDatabase { database in
      var configuration = database.configuration
      configuration.queueLimit = 4
      let gatherer = PostgresGatherer<Int, Int>(configuration) { connection, keys in
        try connection.execute("SELECT pg_sleep(0.3)")
        return Dictionary(uniqueKeysWithValues: keys.map { ($0, $0) })
      }
      let refused = try await withThrowingTaskGroup(of: Bool.self) { group in
        for key in 0..<20 {
          group.addTask {
            do {
              let value = try await gatherer.load(key)
              #expect(value == key)
              return false
            } catch PostgresError.poolExhausted(limit: 4) {
              return true
            }
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(refused > 0)
      #expect(refused <= 16)
      await gatherer.shutdown()
    }
  }
}
