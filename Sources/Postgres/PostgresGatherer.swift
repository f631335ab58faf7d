/// Loads values by key, gathering concurrent loads into one statement, on a connection and a thread of its own.
///
///     callers   a b c          d e f g h             i
///     thread    [ query a  ]   [ query b c d ] …     a batch is whatever arrived while the last one ran
///
/// There is no timer: a lone load goes at once, a crowd travels together. A batch that met a dead connection is run again on a new
/// one, unless it may have changed something. A load cannot be cancelled; the statement timeout and the patience bound it.
package final class PostgresGatherer<Key: Sendable & Hashable, Value: Sendable>: Sendable {
  private let core: GathererCore<Key, Value>

  /// `body` answers for distinct keys, `batchSize` at most; a key it leaves out has no value.
  package init(
    _ configuration: PostgresConfiguration, name: String = "gatherer", batchSize: Int = 256,
    body: @escaping @Sendable (PostgresConnection, [Key]) throws -> [Key: Value]
  ) {
    let core = GathererCore(configuration, batchSize: max(1, batchSize), body: body)
    self.core = core
    BlockingThread.start(named: name) { core.run() }
  }

  deinit {
    core.close()
  }

  /// The key's value at a moment between this call and its return.
  package func load(_ key: Key) async throws -> Value? {
    try await withUnsafeThrowingContinuation { core.submit(key, $0) }
  }

  package var statistics: PostgresGathererStatistics { core.statistics }

  /// Finishes the loads that wait, refuses later ones, and closes the connection.
  package func shutdown() async {
    core.close()
    await core.closed()
  }
}

/// Counts since the start.
package struct PostgresGathererStatistics: Sendable {
  package var loads: UInt64
  package var batches: UInt64
  package var waiting: Int
}

/// What callers and the thread share.
private final class GathererCore<Key: Sendable & Hashable, Value: Sendable>: @unchecked Sendable {
  private typealias Waiter = (key: Key, continuation: UnsafeContinuation<Value?, any Error>)

  private let configuration: PostgresConfiguration
  private let batchSize: Int
  private let body: @Sendable (PostgresConnection, [Key]) throws -> [Key: Value]
  private let signal = Signal()
  private var waiting: [Waiter] = []
  private var isAsleep = false
  private var isClosing = false
  private var hasEnded = false
  private var closers: [UnsafeContinuation<Void, Never>] = []
  private var loads: UInt64 = 0
  private var batches: UInt64 = 0
  /// Only the thread touches it.
  private var connection: PostgresConnection?

  private static var maxRetries: Int { 2 }

  init(
    _ configuration: PostgresConfiguration, batchSize: Int, body: @escaping @Sendable (PostgresConnection, [Key]) throws -> [Key: Value]
  ) {
    self.configuration = configuration
    self.batchSize = batchSize
    self.body = body
  }

  var statistics: PostgresGathererStatistics {
    signal.withLock { PostgresGathererStatistics(loads: loads, batches: batches, waiting: waiting.count) }
  }

  func submit(_ key: Key, _ continuation: UnsafeContinuation<Value?, any Error>) {
    let refusal: PostgresError? = signal.withLock {
      if isClosing { return .shutDown }
      if waiting.count >= configuration.queueLimit { return .poolExhausted(limit: configuration.queueLimit) }
      waiting.append((key, continuation))
      // Whoever finds the thread asleep wakes it; the others only leave their key.
      if isAsleep {
        isAsleep = false
        signal.wakeOne()
      }
      return nil
    }
    if let refusal { continuation.resume(throwing: refusal) }
  }

  func run() {
    var batch: [Waiter] = []
    while takeBatch(&batch) {
      let outcome = Result { try answer(batch) }
      switch outcome {
      case .success(let values): for waiter in batch { waiter.continuation.resume(returning: values[waiter.key]) }
      case .failure(let error): for waiter in batch { waiter.continuation.resume(throwing: error) }
      }
    }
    connection?.close()
    let closers = signal.withLock {
      hasEnded = true
      return self.closers
    }
    for closer in closers { closer.resume() }
  }

  /// Everything that waits, up to the batch size; false when closed and empty.
  private func takeBatch(_ batch: inout [Waiter]) -> Bool {
    batch.removeAll(keepingCapacity: true)
    return signal.withLock {
      while waiting.isEmpty {
        if isClosing { return false }
        isAsleep = true
        signal.wait()
      }
      isAsleep = false
      if waiting.count <= batchSize {
        swap(&waiting, &batch)
      } else {
        batch.append(contentsOf: waiting.prefix(batchSize))
        waiting.removeFirst(batchSize)
      }
      loads += UInt64(batch.count)
      batches += 1
      return true
    }
  }

  private func answer(_ batch: [Waiter]) throws -> [Key: Value] {
    var seen = Set<Key>(minimumCapacity: batch.count)
    var keys: [Key] = []
    keys.reserveCapacity(batch.count)
    for waiter in batch where seen.insert(waiter.key).inserted { keys.append(waiter.key) }
    let start = monotonicNanoseconds()
    var retries = 0
    while true {
      let connection = try connected(since: start)
      defer { connection.tidyUp() }
      do {
        return try body(connection, keys)
      } catch let error as PostgresError where connection.isDead && !error.outcomeUnknown && retries < Self.maxRetries {
        retries += 1
      }
    }
  }

  private func connected(since start: UInt64) throws -> PostgresConnection {
    connection?.noticeHangup()
    if let connection, !connection.isDead { return connection }
    let connection = try PostgresConnection.connectPatiently(configuration, since: start) { false }
    self.connection = connection
    return connection
  }

  func close() {
    signal.withLock {
      isClosing = true
      signal.wakeOne()
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
