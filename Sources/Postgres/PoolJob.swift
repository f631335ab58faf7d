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
