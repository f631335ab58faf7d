/// A closure on its way to a connection. Its state belongs to the pool's lock.
class PoolJob: @unchecked Sendable {
  enum State {
    case fresh
    case queued
    case running
    case finished
  }

  let cancellation = CancellationFlag()
  var state = State.fresh
  var queuedAt: UInt64 = 0
  /// Where it runs, for its cancellation.
  var worker: PoolWorker?

  /// Runs the closure and keeps what came of it; `deliver` hands that to the waiting task.
  func run(_ connection: PostgresConnection) {}

  func fail(_ error: any Error) {}

  func deliver() {}

  /// The error kept, if there is one.
  var error: (any Error)? { nil }
}

final class PoolJobReturning<T: Sendable>: PoolJob, @unchecked Sendable {
  private let body: @Sendable (PostgresConnection) throws -> T
  private var outcome: Result<T, any Error>?
  var continuation: UnsafeContinuation<T, any Error>?

  init(_ body: @escaping @Sendable (PostgresConnection) throws -> T) {
    self.body = body
  }

  override func run(_ connection: PostgresConnection) {
    outcome = Result { try body(connection) }
  }

  override func fail(_ error: any Error) {
    outcome = .failure(error)
  }

  override var error: (any Error)? {
    if case .failure(let error) = outcome { error } else { nil }
  }

  override func deliver() {
    guard let continuation, let outcome else { return }
    self.continuation = nil
    continuation.resume(with: outcome)
  }
}

/// First in, first out, without the cost of an array's removeFirst.
struct PoolQueue {
  private var jobs: [PoolJob?] = []
  private var head = 0
  private(set) var count = 0

  mutating func append(_ job: PoolJob) {
    jobs.append(job)
    count += 1
  }

  mutating func popFirst() -> PoolJob? {
    while head < jobs.count {
      defer { head += 1 }
      guard let job = jobs[head] else { continue }
      jobs[head] = nil
      count -= 1
      if head > 1024, head * 2 > jobs.count {
        jobs.removeFirst(head)
        head = 0
      }
      return job
    }
    jobs.removeAll(keepingCapacity: true)
    head = 0
    return nil
  }

  mutating func remove(_ job: PoolJob) {
    guard let index = jobs.lastIndex(where: { $0 === job }) else { return }
    jobs[index] = nil
    count -= 1
  }
}
