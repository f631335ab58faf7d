import Glibc

/// What the pool's threads share: the queue, and the counts. It outlives the pool until its last thread has ended.
final class PoolCore: @unchecked Sendable {
  let configuration: PostgresConfiguration
  private let signal = Signal()
  private var queue = PoolQueue()
  /// Threads that sleep. The last one to fall asleep is woken first: its connection's caches, here and in the server, are the warmest.
  private var sleepers: [PoolWorker] = []
  private var liveThreads = 0
  private var running = 0
  private var completed: UInt64 = 0
  private var waitedNanoseconds: UInt64 = 0
  private var isClosing = false
  private var closers: [UnsafeContinuation<Void, Never>] = []
  private var cancelling: [PoolJob] = []
  private var hasCancellingThread = false

  init(_ configuration: PostgresConfiguration) {
    self.configuration = configuration
  }

  func start() {
    liveThreads = max(1, configuration.poolSize)
    for number in 0..<liveThreads {
      let worker = PoolWorker(core: self)
      BlockingThread.start(named: "postgres-\(number)") { worker.run() }
    }
  }

  var statistics: PostgresPoolStatistics {
    signal.withLock {
      PostgresPoolStatistics(
        size: max(1, configuration.poolSize), inUse: running, idle: liveThreads - running, waiting: queue.count, completed: completed,
        totalWait: .nanoseconds(Int64(clamping: waitedNanoseconds)))
    }
  }

  /// Queues a job, or returns why not.
  func submit(_ job: PoolJob) -> (any Error)? {
    var sleeper: PoolWorker?
    let refusal: (any Error)? = signal.withLock {
      if isClosing { return PostgresError.shutDown }
      if job.cancellation.isCancelled { return CancellationError() }
      if queue.count >= configuration.queueLimit { return PostgresError.poolExhausted(limit: configuration.queueLimit) }
      job.state = .queued
      job.queuedAt = monotonicNanoseconds()
      queue.append(job)
      sleeper = sleepers.popLast()
      return nil
    }
    sleeper?.wake()
    return refusal
  }

  /// The next job for a thread, which reports its last one done; nil when the pool has closed.
  func next(for worker: PoolWorker, after done: PoolJob?) -> PoolJob? {
    var done = done
    while true {
      let (job, isOver) = signal.withLock {
        if let finished = done.take() {
          finished.state = .finished
          finished.worker = nil
          running -= 1
          completed += 1
        }
        guard let job = queue.popFirst() else {
          if !isClosing { sleepers.append(worker) }
          return (PoolJob?.none, isClosing)
        }
        job.state = .running
        job.worker = worker
        running += 1
        waitedNanoseconds &+= monotonicNanoseconds() &- job.queuedAt
        return (job, false)
      }
      if job != nil || isOver { return job }
      worker.sleep()
    }
  }

  func threadEnded() {
    let closers = signal.withLock {
      liveThreads -= 1
      guard liveThreads == 0 else { return [UnsafeContinuation<Void, Never>]() }
      defer { self.closers = [] }
      return self.closers
    }
    for closer in closers { closer.resume() }
  }

  /// No new jobs; the threads end once the queue is empty.
  func close() {
    let sleepers = signal.withLock {
      isClosing = true
      defer { self.sleepers = [] }
      return self.sleepers
    }
    for sleeper in sleepers { sleeper.wake() }
  }

  func closed() async {
    await withUnsafeContinuation { continuation in
      let isOver = signal.withLock {
        if liveThreads > 0 { closers.append(continuation) }
        return liveThreads == 0
      }
      if isOver { continuation.resume() }
    }
  }
}

extension PoolCore {
  /// Drops a job that waits; has the server cancel the statement of one that runs.
  func cancel(_ job: PoolJob) {
    job.cancellation.cancel()
    let wasQueued = signal.withLock {
      switch job.state {
      case .queued:
        queue.remove(job)
        job.state = .finished
        return true
      case .running:
        cancelling.append(job)
        startCancelling()
        return false
      case .fresh, .finished: return false
      }
    }
    guard wasQueued else { return }
    job.fail(CancellationError())
    job.deliver()
  }

  private func startCancelling() {
    guard !hasCancellingThread else { return }
    hasCancellingThread = true
    BlockingThread.start(named: "postgres-cancel") { self.cancelUntilNoneRuns() }
  }

  /// A cancel request that arrives before its statement does is lost, so it is repeated until the job is done.
  private func cancelUntilNoneRuns() {
    while true {
      let workers: [(PoolWorker, PoolJob)]? = signal.withLock {
        cancelling.removeAll { $0.state != .running }
        if cancelling.isEmpty {
          hasCancellingThread = false
          return nil
        }
        return cancelling.compactMap { job in job.worker.map { ($0, job) } }
      }
      guard let workers else { return }
      for (worker, job) in workers { worker.cancelStatement(of: job) }
      usleep(20_000)
    }
  }
}
