/// Connections to one database, each with a thread of its own: closures run there and may block, tasks never do.
package final class PostgresPool: Sendable {
  private let core: PoolCore

  /// Connects when first used.
  package init(_ configuration: PostgresConfiguration) {
    core = PoolCore(configuration)
    core.start()
  }

  deinit {
    core.close()
  }

  package var configuration: PostgresConfiguration { core.configuration }

  package var statistics: PostgresPoolStatistics { core.statistics }

  /// Runs a closure on a connection. Each statement outside `connection.transaction` commits by itself.
  ///
  /// If the task is cancelled, a closure that waits is dropped and a running statement is cancelled; the error is `CancellationError`.
  /// A server that is away is waited for. The closure runs a second time if its first statement only reads and met a dead connection.
  @discardableResult
  package func run<T: Sendable>(_ body: @escaping @Sendable (PostgresConnection) throws -> T) async throws -> T {
    let job = PoolJobReturning(body)
    return try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        job.continuation = continuation
        if let refusal = core.submit(job) {
          job.fail(refusal)
          job.deliver()
        }
      }
    } onCancel: {
      core.cancel(job)
    }
  }

  /// Runs a closure that is a transaction: committed when it returns, rolled back when it throws.
  /// Only its COMMIT can fail with `outcomeUnknown`.
  @discardableResult
  package func transaction<T: Sendable>(
    isolation: IsolationLevel = .readCommitted, readOnly: Bool = false, _ body: @escaping @Sendable (PostgresConnection) throws -> T
  ) async throws -> T {
    try await run { connection in
      try connection.transaction(isolation: isolation, readOnly: readOnly, body)
    }
  }

  /// Lets what runs or waits finish, refuses what comes after, and closes the connections.
  package func shutdown() async {
    core.close()
    await core.closed()
  }
}

/// A pool at one moment.
package struct PostgresPoolStatistics: Sendable {
  package var size: Int
  package var inUse: Int
  package var idle: Int
  /// Closures in the queue.
  package var waiting: Int
  /// Closures run since the start.
  package var completed: UInt64
  /// Time that closures have spent in the queue since the start.
  package var totalWait: Duration
}
