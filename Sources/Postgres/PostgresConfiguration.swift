/// How to reach PostgreSQL and how hard to try.
package struct PostgresConfiguration: Sendable {
  /// A libpq connection string or `postgresql://` URL. Secret: it may hold a password.
  package var connectionString: String
  /// Connections of a pool, each with a thread of its own.
  package var poolSize: Int
  /// The server cancels a statement that takes longer.
  package var statementTimeout: Duration?
  /// One attempt to connect may take this long; libpq counts whole seconds, two at least.
  package var connectTimeout: Duration
  package var applicationName: String
  /// Callers that may wait for a connection before `poolExhausted` is thrown.
  package var queueLimit: Int
  /// How long a caller waits for a server that is away to come back.
  package var patience: Duration
  /// Statements kept prepared on each connection.
  package var preparedStatementLimit: Int
  /// Server settings of the session, by name: trusted text.
  package var settings: [String: String] = [:]

  package init(
    connectionString: String, poolSize: Int = 8, statementTimeout: Duration? = nil, connectTimeout: Duration = .seconds(5),
    applicationName: String = "moraine", queueLimit: Int = 4096, patience: Duration = .seconds(10), preparedStatementLimit: Int = 256
  ) {
    self.connectionString = connectionString
    self.poolSize = poolSize
    self.statementTimeout = statementTimeout
    self.connectTimeout = connectTimeout
    self.applicationName = applicationName
    self.queueLimit = queueLimit
    self.patience = patience
    self.preparedStatementLimit = preparedStatementLimit
  }
}

extension Duration {
  /// Rounded down.
  var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
