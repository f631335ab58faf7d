package import Logging

/// A PostgreSQL of our own, made of Debian's programs: reached by a private socket alone, alive exactly as long as we are.
package final class EmbeddedPostgres: Sendable {
  package struct Options: Sendable {
    /// Holds the database; made at the first start. When we are root it is handed to the account `postgres` or `nobody`.
    package var folder: String
    /// Gives up durability for speed.
    package var testing: Bool
    package var sharedBuffersMegabytes: Int
    package var maxConnections: Int
    package var startTimeout: Duration
    /// Hears what a slow first start is doing.
    package var progress: (@Sendable (String) -> Void)?

    package init(
      folder: String, testing: Bool = false, sharedBuffersMegabytes: Int = 128, maxConnections: Int = 100,
      startTimeout: Duration = .seconds(120),
      progress: (@Sendable (String) -> Void)? = nil
    ) {
      self.folder = folder
      self.testing = testing
      self.sharedBuffersMegabytes = sharedBuffersMegabytes
      self.maxConnections = maxConnections
      self.startTimeout = startTimeout
      self.progress = progress
    }
  }

  private let supervisor: PostgresSupervisor

  /// Starts it, or throws `EmbeddedPostgresError`. If it dies it is started again, until `stop`.
  package init(_ options: Options, logger: Logger) async throws {
    supervisor = PostgresSupervisor(options, logger: logger)
    try await supervisor.start()
  }

  deinit {
    supervisor.requestStop()
  }

  /// Of the database `postgres`.
  package var connectionString: String { connectionString(database: "postgres") }

  /// Of another database of this server; its name must need no quoting.
  package func connectionString(database: String) -> String {
    "host=\(supervisor.socketFolder) port=5432 user=moraine dbname=\(database)"
  }

  /// The postmaster, nil while it is being started again.
  package var processID: Int32? { supervisor.processID }

  /// A fast shutdown: sessions end, what they had committed is safe. Returns when the server is gone.
  package func stop() async {
    supervisor.requestStop()
    await supervisor.ended()
  }
}
