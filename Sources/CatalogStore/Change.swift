import Postgres

/// What every change leaves behind in its own transaction: its audit event, and, when the request carried a key, its answer.
package struct Change: Sendable {
  package let event: AuditEvent
  let idempotency: IdempotencyKey?
  let answer: RecordedAnswer
  /// Of the access state that allowed it.
  let revision: Int64
  private let receipts: EventReceipts?

  /// - Parameter answer: what the caller is told; evaluated only when it must be kept.
  package init(_ authorization: Authorization, event: AuditEvent, answer: @autoclosure () -> RecordedAnswer) {
    self.event = event
    idempotency = authorization.context.idempotency
    receipts = authorization.context.receipts
    revision = authorization.revision
    self.answer = idempotency == nil ? .noContent : answer()
  }
}

extension Change {
  /// A change that nobody sends again.
  init(recording event: AuditEvent) {
    self.event = event
    idempotency = nil
    receipts = nil
    // Nothing was asked, so nothing can have changed since.
    revision = 0
    answer = .noContent
  }
}

/// An answer kept for a request that may be sent again.
package struct RecordedAnswer: Hashable, Sendable {
  package let status: Int
  /// A JSON body kept as it was sent.
  package let body: [UInt8]?
  /// Instead of a body: the metadata file that the body was made from.
  package let metadataLocation: String?

  package static let noContent = RecordedAnswer(status: 204, body: nil, metadataLocation: nil)
  package static func json(_ body: [UInt8]) -> Self { Self(status: 200, body: body, metadataLocation: nil) }
  package static func metadata(at location: String) -> Self { Self(status: 200, body: nil, metadataLocation: location) }
}

extension Change {
  /// Common table expressions that record this change once `condition`, another expression of the same statement, has a row.
  func expressions(when condition: String) -> SQL {
    var sql: SQL = """
      , audited AS (
        INSERT INTO audit_events (id, occurred_at, canonical, leaf_hash)
        SELECT \(event.id), \(event.time), \(event.canonical), \(event.leafHash) FROM \(raw: condition))
      """
    if let idempotency {
      sql += """
        , remembered AS (
          INSERT INTO idempotency_records (key, principal, warehouse, fingerprint, status, body, metadata_location)
          SELECT \(idempotency.key), \(idempotency.principal), \(idempotency.warehouse), \(idempotency.fingerprint), \(Int16(answer.status)), \(answer.body), \(answer.metadataLocation)
          FROM \(raw: condition))
        """
    }
    return sql
  }

  /// Says that this change is durable.
  func isDone() { receipts?.add(event) }

  /// Records this change in the transaction that `connection` is in.
  func record(on connection: PostgresConnection) throws {
    try connection.execute("WITH this AS (SELECT 1)\(expressions(when: "this")) SELECT 1")
  }
}
