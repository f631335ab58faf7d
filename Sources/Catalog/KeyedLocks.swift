import Synchronization

/// Lets one task at a time work under a key; the others wait in the order they came.
///
/// Commits to one table through one server take turns here, so that they do not write files only to lose the swap.
/// It is a courtesy, not a safeguard: other servers know nothing of it, and Postgres decides.
final class KeyedLocks: Sendable {
  private let waiting = Mutex<[String: [CheckedContinuation<Void, Never>]]>([:])

  func withLock<T: Sendable>(_ key: String, _ body: () async throws -> T) async throws -> T {
    await withCheckedContinuation { continuation in
      let isFree = waiting.withLock { waiting in
        guard waiting[key] == nil else {
          waiting[key]?.append(continuation)
          return false
        }
        waiting[key] = []
        return true
      }
      if isFree { continuation.resume() }
    }
    defer { release(key) }
    return try await body()
  }

  private func release(_ key: String) {
    let next = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
      guard var queue = waiting[key], !queue.isEmpty else {
        waiting[key] = nil
        return nil
      }
      let next = queue.removeFirst()
      waiting[key] = queue
      return next
    }
    next?.resume()
  }
}
