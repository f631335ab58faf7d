package import Postgres

/// Who asks, in which request, and when. Every operation takes one.
package struct OperationContext: Sendable {
  package let caller: Caller
  /// Unique per request, returned as `X-Request-Id` and written into logs and audit events.
  package let requestID: String
  package let time: PostgresTimestamp
  /// Set when the request carried an `Idempotency-Key`.
  package let idempotency: IdempotencyKey?
  /// How the client can be let at a table's files.
  package let delegations: Set<AccessDelegation>
  /// What is written before the answer leaves; of the server's own work nothing is.
  package let trail: RequestTrail
  /// Set where somebody is to be told which events the operation left.
  package let receipts: EventReceipts?

  package init(
    _ caller: Caller, requestID: String, time: PostgresTimestamp = .now(), idempotency: IdempotencyKey? = nil,
    delegations: Set<AccessDelegation> = [], trail: RequestTrail = RequestTrail(), receipts: EventReceipts? = nil
  ) {
    self.trail = trail
    self.receipts = receipts
    self.caller = caller
    self.requestID = requestID
    self.time = time
    self.idempotency = idempotency
    self.delegations = delegations
  }

  /// The caller's name.
  package var principal: String { caller.name }
}

/// A request's `Idempotency-Key` and what it was sent with, so that a key reused for something else is noticed.
package struct IdempotencyKey: Hashable, Sendable {
  package let key: PostgresUUID
  /// Whose key it is, and where: the same key of another caller is another one.
  package let principal: String
  package let warehouse: String
  /// SHA-256 over method, path and body: 32 bytes.
  package let fingerprint: [UInt8]

  package init(key: PostgresUUID, principal: String, warehouse: String, fingerprint: [UInt8]) {
    self.key = key
    self.principal = principal
    self.warehouse = warehouse
    self.fingerprint = fingerprint
  }
}
