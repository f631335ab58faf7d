import PostgresTestSupport
import Testing

@testable import Postgres

@Suite struct ListenerTests {
  @Test(.timeLimit(.minutes(10))) func hearsNotificationsAndReconnects() async throws {
    try await TestPostgres.shared.withDatabase { database in
      let listener = PostgresListener(database.configuration, channels: ["one", "two \"quoted\""])
      var events = listener.events.makeAsyncIterator()
      #expect(await events.next() == .listening)
      try await database.pool.execute("SELECT pg_notify('one', 'ä'), pg_notify('three', 'unheard'), pg_notify('two \"quoted\"', '')")
      #expect(await events.next() == .notification(channel: "one", payload: "ä"))
      #expect(await events.next() == .notification(channel: "two \"quoted\"", payload: ""))
      try await database.pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()")
      #expect(await events.next() == .listening)
      try await database.pool.execute("NOTIFY one, 'again'")
      #expect(await events.next() == .notification(channel: "one", payload: "again"))
      listener.shutdown()
      #expect(await events.next() == nil)
    }
  }
}
