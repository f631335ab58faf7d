import CLibPQ
import Glibc
import Logging

/// The thread that starts PostgreSQL, waits for it, and starts it again.
///
/// It must live as long as the server: the kernel tells the server of *this thread's* death (PR_SET_PDEATHSIG).
final class PostgresSupervisor: @unchecked Sendable {
  private let options: EmbeddedPostgres.Options
  private let logger: Logger
  private let signal = Signal()
  private var child: ChildProcess?
  private var isStopping = false
  private var hasEnded = false
  private var waiters: [UnsafeContinuation<Void, Never>] = []
  private var folder: PostgresFolder?

  init(_ options: EmbeddedPostgres.Options, logger: Logger) {
    self.options = options
    self.logger = logger
  }

  var socketFolder: String { signal.withLock { folder?.socketFolder ?? "" } }
  var processID: Int32? { signal.withLock { child?.id } }

  /// Returns once the server answers.
  func start() async throws {
    try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
      BlockingThread.start(named: "postgres-server") { self.run(started: continuation) }
    }
  }

  func requestStop() {
    signal.withLock {
      isStopping = true
      child?.send(SIGINT)
      signal.wakeAll()
    }
  }

  func ended() async {
    await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      let isOver = signal.withLock {
        if !hasEnded { waiters.append(continuation) }
        return hasEnded
      }
      if isOver { continuation.resume() }
    }
  }

  private func run(started: UnsafeContinuation<Void, any Error>) {
    do {
      let folder = try PostgresFolder(options.folder, account: ServerAccount.current())
      signal.withLock { self.folder = folder }
      try folder.stopLeftover()
      let programs = try PostgresPrograms.find(version: folder.version())
      if folder.version() == nil { try initialize(folder, programs) }
      try launch(folder, programs)
      started.resume()
      supervise(folder, programs)
    } catch {
      started.resume(throwing: error)
    }
    let waiters = signal.withLock {
      folder = nil
      hasEnded = true
      return self.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Makes the data folder beside its place, so that a crash leaves nothing half made in it.
  private func initialize(_ folder: PostgresFolder, _ programs: PostgresPrograms) throws(EmbeddedPostgresError) {
    options.progress?("Making a PostgreSQL \(programs.version) database in \(folder.path)")
    let log = try folder.openLog()
    defer { close(log) }
    let new = folder.path + "/data.new"
    if let problem = try ChildProcess.start(["rm", "-rf", new], folder: folder.path, log: log).wait() {
      throw .folder("cannot remove \(new): \(problem)")
    }
    var arguments = [
      programs.initdb, "-D", new, "-U", "moraine", "--auth=trust", "--encoding=UTF8", "--lc-collate=C", "--lc-ctype=C.UTF-8",
      "--lc-messages=C",
    ]
    arguments.append(options.testing ? "--no-sync" : "--data-checksums")
    let initdb = try ChildProcess.start(folder.account.command(arguments, deathSignal: "KILL"), folder: folder.path, log: log)
    if let problem = initdb.wait() { throw .failed("initdb: \(problem)", log: folder.logTail()) }
    guard rename(new, folder.data) == 0 else { throw PostgresFolder.failure("rename", new) }
    options.progress?("The database is made")
  }

  private func arguments(_ folder: PostgresFolder, _ programs: PostgresPrograms) -> [String] {
    var settings = [
      "listen_addresses=", "port=5432", "unix_socket_directories=\(folder.socketFolder)", "unix_socket_permissions=0700",
      "shared_buffers=\(options.sharedBuffersMegabytes)MB", "max_connections=\(options.maxConnections)", "logging_collector=off",
      "log_destination=stderr", "log_min_messages=warning", "log_checkpoints=off", "timezone=UTC", "log_timezone=UTC",
    ]
    settings +=
      options.testing
      ? ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=4GB"]
      : ["fsync=on", "synchronous_commit=on", "full_page_writes=on"]
    return [programs.postgres, "-D", folder.data] + settings.flatMap { ["-c", $0] }
  }

  /// Starts the server and waits until it answers.
  private func launch(_ folder: PostgresFolder, _ programs: PostgresPrograms) throws(EmbeddedPostgresError) {
    let log = try folder.openLog()
    defer { close(log) }
    let child = try ChildProcess.start(
      folder.account.command(arguments(folder, programs), deathSignal: "INT"), folder: folder.path, log: log)
    let isStopping = signal.withLock {
      self.child = child
      return self.isStopping
    }
    if isStopping { child.send(SIGINT) }
    let start = monotonicNanoseconds()
    let address = "host=\(folder.socketFolder) port=5432 user=moraine dbname=postgres connect_timeout=2"
    while PQping(address) != PQPING_OK {
      if let (ending, _) = child.poll() {
        signal.withLock { self.child = nil }
        throw .failed(ending ?? "it ended at once", log: folder.logTail())
      }
      if Duration.nanoseconds(Int64(clamping: monotonicNanoseconds() &- start)) > options.startTimeout {
        child.send(SIGQUIT)
        _ = child.wait()
        signal.withLock { self.child = nil }
        throw .failed("it was not ready within \(options.startTimeout)", log: folder.logTail())
      }
      usleep(4_000)
    }
  }

  /// Waits for the server's end; if it was not asked for, starts it again, at growing intervals.
  private func supervise(_ folder: PostgresFolder, _ programs: PostgresPrograms) {
    var pause = Duration.milliseconds(100)
    while let child = signal.withLock({ child }) ?? restart(folder, programs, after: &pause) {
      let startedAt = monotonicNanoseconds()
      let ending = child.wait()
      let isStopping = signal.withLock {
        self.child = nil
        return self.isStopping
      }
      if isStopping { return }
      if monotonicNanoseconds() &- startedAt > 60_000_000_000 { pause = .milliseconds(100) }
      logger.error("PostgreSQL ended by itself (\(ending ?? "exit code 0")); starting it again", metadata: ["log": "\(folder.logFile)"])
    }
  }

  /// The new server; nil if it was to stop meanwhile.
  private func restart(_ folder: PostgresFolder, _ programs: PostgresPrograms, after pause: inout Duration) -> ChildProcess? {
    while true {
      let isStopping = signal.withLock {
        if !self.isStopping { signal.wait(atMost: pause) }
        return self.isStopping
      }
      if isStopping { return nil }
      pause = min(pause * 2, .seconds(5))
      do {
        try launch(folder, programs)
        return signal.withLock { child }
      } catch {
        logger.error("PostgreSQL does not start again: \(error)")
      }
    }
  }
}
