import Synchronization

/// The events that an operation has left for good: what its caller can ask the log to prove.
package final class EventReceipts: Sendable {
  private let events = Mutex<[(id: AuditEventID, leafHash: [UInt8])]>([])

  /// More than these are not told.
  private static let limit = 16

  package init() {}

  func add(_ event: AuditEvent) {
    events.withLock { if $0.count < Self.limit { $0.append((event.id, event.leafHash)) } }
  }

  /// Of each event its id, a space and its leaf hash in hexadecimal, in their order.
  package var texts: [String] { events.withLock { $0.map { "\($0.id) \($0.leafHash.hexadecimal)" } } }
}
