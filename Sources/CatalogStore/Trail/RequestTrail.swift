import Synchronization

/// Events of a request that change nothing: what was denied, and reads that a zone wants recorded. They are written before the answer
/// leaves; a change's own event is in the transaction of the change instead.
package final class RequestTrail: Sendable {
  private struct Waiting {
    var reads: [AuditEvent] = []
    var denials: [AuditEvent] = []
  }

  private let waiting = Mutex(Waiting())

  package init() {}

  package func append(read event: AuditEvent) { waiting.withLock { $0.reads.append(event) } }
  package func append(denial event: AuditEvent) { waiting.withLock { $0.denials.append(event) } }

  package var hasDenial: Bool { waiting.withLock { !$0.denials.isEmpty } }

  /// What is to be written; afterwards there is nothing.
  ///
  /// - Parameter isRefused: how the request ended. What was denied on the way to another answer was not what the caller asked for.
  package func take(isRefused: Bool) -> [AuditEvent] {
    waiting.withLock { waiting in
      defer { waiting = Waiting() }
      return waiting.reads + (isRefused ? waiting.denials : [])
    }
  }
}
