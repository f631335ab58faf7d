/// Brings a database to the schema this program knows: forward only, each migration in a transaction of its own.
///
/// Any number of servers may start at once: one migrates under an advisory lock, the others wait for it.
/// A database that is up to date is told so in one round trip.
package struct Migrator: Sendable {
  package struct Report: Sendable, Equatable {
    /// Names of the migrations applied by this call, in order.
    package var applied: [String]
  }

  private let names: [PostgresText]
  private let scripts: [[UInt8]]

  /// "moraine!" as a number.
  private static let lockKey: Int64 = 0x6d6f_7261_696e_6521

  /// In the order in which they apply; names must differ, and neither names nor bytes may change once applied anywhere.
  package init(_ migrations: [(name: String, sql: [UInt8])]) {
    names = migrations.map { PostgresText($0.name) }
    scripts = migrations.map(\.sql)
  }

  @discardableResult
  package func migrate(_ pool: PostgresPool) async throws -> Report {
    try await pool.run { try migrate($0) }
  }

  /// Applies what is missing; throws `MigrationError` if the database does not fit this program.
  @discardableResult
  package func migrate(_ connection: PostgresConnection) throws -> Report {
    if let missing = try missing(connection), missing.isEmpty { return Report(applied: []) }
    return try withLock(connection) {
      try connection.executeScript(
        """
        CREATE TABLE IF NOT EXISTS schema_migrations (
          name text PRIMARY KEY,
          checksum bytea NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now()
        )
        """)
      let missing = try missing(connection) ?? []
      for index in missing { try apply(index, connection) }
      return Report(applied: missing.map { names[$0].string })
    }
  }

  /// The names of the migrations that `migrate` would apply.
  package func pending(_ connection: PostgresConnection) throws -> [String] {
    (try missing(connection) ?? Array(names.indices)).map { names[$0].string }
  }

  /// Indices of the migrations the database lacks; nil if it has no table of migrations yet.
  private func missing(_ connection: PostgresConnection) throws -> [Int]? {
    let rows: [(index: Int?, applied: String?, isSame: Bool)]
    do {
      rows = try connection.query(
        """
        SELECT given.index, applied.name, coalesce(applied.checksum = sha256(given.sql), false)
        FROM unnest(\(names), \(scripts)) WITH ORDINALITY AS given(name, sql, index)
        FULL JOIN schema_migrations AS applied USING (name) ORDER BY given.index, applied.name
        """
      ) { (try $0[0], try $0[1], try $0[2]) }
    } catch let error as PostgresError where error.sqlState == "42P01" {
      return nil
    }
    let unknown = rows.filter { $0.index == nil }.compactMap(\.applied)
    guard unknown.isEmpty else { throw MigrationError.databaseIsNewer(unknown: unknown) }
    if let edited = rows.first(where: { $0.applied != nil && !$0.isSame }), let name = edited.applied {
      throw MigrationError.edited(name: name)
    }
    let missing = rows.filter { $0.applied == nil }.compactMap { $0.index.map { $0 - 1 } }
    let lastApplied = rows.filter { $0.applied != nil }.compactMap { $0.index.map { $0 - 1 } }.max() ?? -1
    if let skipped = missing.first, skipped < lastApplied {
      throw MigrationError.outOfOrder(name: names[skipped].string, after: names[lastApplied].string)
    }
    return missing
  }

  private func apply(_ index: Int, _ connection: PostgresConnection) throws {
    do {
      try connection.transaction { connection in
        try connection.executeScript(String(decoding: scripts[index], as: UTF8.self))
        try connection.execute("INSERT INTO schema_migrations (name, checksum) VALUES (\(names[index]), sha256(\(scripts[index])))")
      }
    } catch PostgresError.server(let error) {
      throw MigrationError.failed(name: names[index].string, error)
    }
  }

  /// Waiting for another server's migrations, and migrating, may take longer than any statement should.
  private func withLock<R>(_ connection: PostgresConnection, _ body: () throws -> R) throws -> R {
    let timeout = connection.configuration.statementTimeout.map { "\(max(1, $0.milliseconds))" } ?? "DEFAULT"
    try connection.executeScript("SET statement_timeout = 0")
    try connection.execute("SELECT pg_advisory_lock(\(Self.lockKey))")
    defer {
      do {
        try connection.execute("SELECT pg_advisory_unlock(\(Self.lockKey))")
        try connection.executeScript("SET statement_timeout = \(timeout)")
      } catch {
        // Its end releases the lock just as well.
        connection.close()
      }
    }
    return try body()
  }
}

/// Why a database and this program do not fit.
package enum MigrationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The database holds migrations that this program does not know.
  case databaseIsNewer(unknown: [String])
  /// A migration was changed after it had been applied.
  case edited(name: String)
  /// A migration is missing, though a later one was applied.
  case outOfOrder(name: String, after: String)
  case failed(name: String, PostgresServerError)

  package var description: String {
    switch self {
    case .databaseIsNewer(let unknown):
      "the database is newer than this program: it holds the migrations \(unknown.joined(separator: ", ")), which this program does not know; "
        + "run the version that made them, or a later one"
    case .edited(let name):
      "the migration \(name) is not the one applied to this database: migrations are never edited; add a new one instead"
    case .outOfOrder(let name, let after):
      "the migration \(name) is missing in this database, but \(after), which comes after it, was applied; name it so that it comes last"
    case .failed(let name, let error): "the migration \(name) failed, and nothing of it remains: \(error)"
    }
  }
}
