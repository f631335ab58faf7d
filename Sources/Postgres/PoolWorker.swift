import Glibc
import Synchronization

/// One thread of a pool with its connection.
final class PoolWorker: @unchecked Sendable {
  private let core: PoolCore
  /// Only this worker's thread touches it.
  private var connection: PostgresConnection?
  private let bell = Signal()
  private var isAwake = false

  private struct Current {
    var job: PoolJob?
    var canceller: StatementCanceller?
  }

  /// What runs, for cancellation: held while a cancel request is sent, so that it cannot hit the next job's statement.
  private let current = Mutex(Current())

  private static let maxRetries = 2

  init(core: PoolCore) {
    self.core = core
  }

  func run() {
    var done: PoolJob?
    while let job = core.next(for: self, after: done) {
      execute(job)
      done = job
      job.deliver()
    }
    connection?.close()
    core.threadEnded()
  }

  /// Blocks until somebody wakes this worker, or has done so since it last slept.
  func sleep() {
    bell.withLock {
      while !isAwake { bell.wait() }
      isAwake = false
    }
  }

  func wake() {
    bell.withLock {
      isAwake = true
      bell.wakeOne()
    }
  }

  func cancelStatement(of job: PoolJob) {
    current.withLock { current in
      guard current.job === job else { return }
      current.canceller?.cancel()
    }
  }

  private func execute(_ job: PoolJob) {
    do {
      var connection = try connected(for: job)
      attempt(job, on: connection)
      // The connection died under the closure's first statement, which only reads: nothing has happened yet.
      for _ in 0..<Self.maxRetries {
        guard connection.diedReading, connection.exchangeCount == 1, case .connectionLost? = job.error as? PostgresError else { return }
        connection = try connected(for: job)
        attempt(job, on: connection)
      }
    } catch {
      job.fail(error)
    }
  }

  private func attempt(_ job: PoolJob, on connection: PostgresConnection) {
    connection.exchangeCount = 0
    connection.cancellation = job.cancellation
    current.withLock { $0 = Current(job: job, canceller: connection.canceller) }
    job.run(connection)
    current.withLock { $0 = Current() }
    connection.cancellation = nil
    connection.tidyUp()
    if job.cancellation.isCancelled, let error = job.error as? PostgresError, error.isTimeout { job.fail(CancellationError()) }
    if connection.isDead { self.connection = nil }
  }

  /// The connection, made anew if it died, for as long as the configuration's patience lasts.
  private func connected(for job: PoolJob) throws -> PostgresConnection {
    if let connection {
      connection.noticeHangup()
      if !connection.isDead { return connection }
      self.connection = nil
    }
    let connection = try PostgresConnection.connectPatiently(core.configuration, since: job.queuedAt) { job.cancellation.isCancelled }
    self.connection = connection
    return connection
  }
}

extension PostgresConnection {
  /// Connects to a server that may be away for a while: tries again, ever less often, until the patience has passed.
  static func connectPatiently(
    _ configuration: PostgresConfiguration, since start: UInt64, unless isCancelled: () -> Bool
  ) throws -> PostgresConnection {
    var pause: UInt32 = 5_000
    while true {
      if isCancelled() { throw CancellationError() }
      do {
        return try PostgresConnection(configuration)
      } catch  where mayRecover(error) {
        let waited = Duration.nanoseconds(Int64(clamping: monotonicNanoseconds() &- start))
        if waited >= configuration.patience { throw error }
        usleep(pause)
        pause = min(pause * 2, 250_000)
      }
    }
  }
}
