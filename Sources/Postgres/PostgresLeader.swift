/// Work that one process of several does at a time: whoever holds an advisory lock, on a connection and a thread of its own.
///
/// ```
/// connect ──► lock? ──no──► wait a second ──► lock? …
///               └──yes──► work, pause, work, pause, … ──► the connection breaks, or work throws ──► connect
/// ```
/// PostgreSQL frees the lock when the connection ends, and ends it when nothing is heard for ``silence``: a process that hangs or lies
/// behind a broken network does not lead for long. Work must be harmless when two do it at once all the same.
package final class PostgresLeader: Sendable {
  /// Far longer than any pause between two pieces of work.
  package static let silence = Duration.seconds(5)
  private let core: LeaderCore

  /// - Parameters:
  ///   - lock: the advisory lock's key.
  ///   - failed: hears what went wrong; it is tried again.
  ///   - work: told whether it is the first piece since the lock was got; returns how long to wait for the next, a second at most.
  package init(
    _ configuration: PostgresConfiguration, name: String, lock: Int64, failed: @escaping @Sendable (any Error) -> Void,
    work: @escaping @Sendable (PostgresConnection, _ isFirst: Bool) throws -> Duration
  ) {
    var configuration = configuration
    // The one outside transactions, the other inside.
    for setting in ["idle_session_timeout", "idle_in_transaction_session_timeout"] {
      configuration.settings[setting] = "'\(Self.silence.components.seconds)s'"
    }
    let core = LeaderCore(configuration, lock: lock, failed: failed, work: work)
    self.core = core
    BlockingThread.start(named: name) { core.run() }
  }

  deinit { core.close() }

  /// Finishes the piece of work under way, then gives the lock back.
  package func shutdown() async {
    core.close()
    await core.closed()
  }
}

private final class LeaderCore: @unchecked Sendable {
  private let configuration: PostgresConfiguration
  private let lock: Int64
  private let failed: @Sendable (any Error) -> Void
  private let work: @Sendable (PostgresConnection, Bool) throws -> Duration
  private let signal = Signal()
  private var isClosing = false
  private var hasEnded = false
  private var closers: [UnsafeContinuation<Void, Never>] = []

  private static let longestPause = Duration.seconds(1)

  init(
    _ configuration: PostgresConfiguration, lock: Int64, failed: @escaping @Sendable (any Error) -> Void,
    work: @escaping @Sendable (PostgresConnection, Bool) throws -> Duration
  ) {
    self.configuration = configuration
    self.lock = lock
    self.failed = failed
    self.work = work
  }

  func run() {
    repeat {
      do {
        let connection = try PostgresConnection(configuration)
        defer { connection.close() }
        try lead(on: connection)
      } catch {
        failed(error)
      }
    } while pause(Self.longestPause)
    let closers = signal.withLock {
      hasEnded = true
      return self.closers
    }
    for closer in closers { closer.resume() }
  }

  private func lead(on connection: PostgresConnection) throws {
    repeat {
      let isOurs = try connection.first("SELECT pg_try_advisory_lock(\(lock))") { row in try row[0] as Bool } ?? false
      guard isOurs else { continue }
      var isFirst = true
      while pause(min(try work(connection, isFirst), Self.longestPause)) { isFirst = false }
      return
    } while pause(Self.longestPause)
  }

  /// - Returns: `false` when it is time to end.
  private func pause(_ duration: Duration) -> Bool {
    let deadline = ContinuousClock.now + duration
    return signal.withLock {
      while !isClosing {
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { return true }
        signal.wait(atMost: left)
      }
      return false
    }
  }

  func close() {
    signal.withLock {
      isClosing = true
      signal.wakeAll()
    }
  }

  func closed() async {
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      let isOver = signal.withLock {
        if !hasEnded { closers.append(continuation) }
        return hasEnded
      }
      if isOver { continuation.resume() }
    }
  }
}
