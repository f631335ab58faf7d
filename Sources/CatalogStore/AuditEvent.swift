package import Postgres
package import TransparencyLog

/// A change as the audit trail records it: who did what to which object, and how it stood before and after.
package struct AuditEvent: Sendable {
  package let id: AuditEventID
  /// The RFC 8785 text whose hash the log will hold.
  package let canonical: [UInt8]
  package let leafHash: [UInt8]
  package let time: PostgresTimestamp

  /// - Parameters:
  ///   - before: the parts of the object that change, as they were; empty for something new.
  ///   - after: the same parts afterwards; empty for something dropped.
  package init(_ authorization: Authorization, before: [String: CanonicalValue] = [:], after: [String: CanonicalValue] = [:]) {
    self.init(
      authorization.action, authorization.resource, authorization.context, policySet: authorization.policySet, before: before, after: after)
  }

  /// For what nobody has to be asked about: whoever shows a token may end it.
  init(
    _ action: CatalogAction, _ resource: CatalogResource, _ context: OperationContext, policySet: [UInt8]? = nil,
    before: [String: CanonicalValue] = [:], after: [String: CanonicalValue] = [:]
  ) {
    self.init(
      action.rawValue, resource, context,
      ["decision": .string("allow"), "policy-set": Self.text(policySet), "before": .object(before), "after": .object(after)])
  }

  /// What somebody was given to read, where the zone wants that to be known.
  package init(reading authorization: Authorization, _ facts: [String: CanonicalValue]) {
    self.init(
      authorization.action.rawValue, authorization.resource, authorization.context,
      ["decision": .string("allow"), "policy-set": Self.text(authorization.policySet), "read": .object(facts)])
  }

  /// What policies denied.
  ///
  /// - Parameter isVisible: whether the caller was told; else the object was not there for it.
  init(
    denying action: CatalogAction, _ resource: CatalogResource, _ context: OperationContext, by denial: Denial, isVisible: Bool,
    _ policySet: [UInt8]
  ) {
    self.init(
      action.rawValue, resource, context,
      [
        "decision": .string("deny"), "policy-set": Self.text(policySet), "asked": .string(denial.question.rawValue),
        "policies": .array(denial.policies.map { .string($0) }), "errors": .array(denial.errors.map { .string($0) }),
        "told": .bool(isVisible),
      ])
  }

  /// What something else than policies denied: a rule of a zone, a pin, a legal hold.
  ///
  /// - Parameter reason: what the caller was told.
  package init(refusing action: String, _ resource: CatalogResource, _ context: OperationContext, reason: String) {
    self.init(action, resource, context, ["decision": .string("deny"), "reason": .string(reason), "told": .bool(true)])
  }

  private static func text(_ policySet: [UInt8]?) -> CanonicalValue { policySet.map { .string($0.hexadecimal) } ?? .null }

  private init(_ action: String, _ resource: CatalogResource, _ context: OperationContext, _ facts: [String: CanonicalValue]) {
    id = .new()
    time = context.time
    var members: [String: CanonicalValue] = [
      "version": .int64(2),
      "id": .string(id.description),
      "time-us": .string(String(context.time.microseconds)),
      "principal": .string(context.principal),
      "request-id": .string(context.requestID),
      "action": .string(action),
      "object": .object([
        "kind": .string(resource.kind.rawValue),
        "path": .array(resource.path.split(separator: "\u{1F}").map { .string(String($0)) }),
      ]),
    ]
    members.merge(facts) { $1 }
    canonical = CanonicalValue.object(members).canonicalBytes
    leafHash = LeafHash.of(canonical)
  }
}
