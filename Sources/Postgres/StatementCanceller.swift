import CLibPQ
import Synchronization

/// Tells a closure on a pool's thread that its task was cancelled.
final class CancellationFlag: Sendable {
  private let flag = Atomic(false)

  var isCancelled: Bool { flag.load(ordering: .acquiring) }

  func cancel() {
    flag.store(true, ordering: .releasing)
  }
}

/// Cancels what a connection runs, from another thread.
final class StatementCanceller: Sendable {
  private struct Handle: @unchecked Sendable {
    var pointer: OpaquePointer?
  }

  private let handle: Mutex<Handle>

  init(_ connection: OpaquePointer) {
    handle = Mutex(Handle(pointer: PQgetCancel(connection)))
  }

  /// Asks the server, over a connection of its own; blocks until it has heard.
  func cancel() {
    handle.withLock { handle in
      guard let pointer = handle.pointer else { return }
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { message in
        _ = PQcancel(pointer, message.baseAddress, 256)
      }
    }
  }

  func invalidate() {
    handle.withLock { handle in
      if let pointer = handle.pointer { PQfreeCancel(pointer) }
      handle.pointer = nil
    }
  }
}
