@testable import Postgres

extension PostgresPool {
  /// The first column of the first row.
  func integer(_ sql: SQL) async throws -> Int? {
    try await run { try $0.first(sql) { try $0[0] as Int } }
  }

  func string(_ sql: SQL) async throws -> String? {
    try await run { try $0.first(sql) { try $0[0] as String } }
  }

  @discardableResult
  func execute(_ sql: SQL) async throws -> Int {
    try await run { try $0.execute(sql) }
  }
}
