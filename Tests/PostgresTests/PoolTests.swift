import PostgresTestSupport
import Testing

@testable import Postgres

@Suite struct PoolTests {
  @Test func runsStatements() async throws {
    try await TestPostgres.shared.withDatabase { database in
      let values = try await database.pool.run { try $0.query("SELECT g FROM generate_series(1, \(3)) g") { try $0[0] as Int } }
      #expect(values == [1, 2, 3])
    }
  }
}
