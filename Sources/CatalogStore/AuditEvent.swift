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
    self.init(authorization.action, authorization.resource, authorization.context, before: before, after: after)
  }

  /// For what nobody has to be asked about: whoever shows a token may end it.
  init(
    _ action: CatalogAction, _ resource: CatalogResource, _ context: OperationContext, before: [String: CanonicalValue] = [:],
    after: [String: CanonicalValue] = [:]
  ) {
    id = .new()
    time = context.time
    canonical =
      CanonicalValue.object([
        "version": .int64(1),
        "id": .string(id.description),
        "time-us": .string(String(context.time.microseconds)),
        "principal": .string(context.principal),
        "request-id": .string(context.requestID),
        "action": .string(action.rawValue),
        "decision": .string("allow"),
        "object": .object([
          "kind": .string(resource.kind.rawValue),
          "path": .array(resource.path.split(separator: "\u{1F}").map { .string(String($0)) }),
        ]),
        "before": .object(before),
        "after": .object(after),
      ]).canonicalBytes
    leafHash = LeafHash.of(canonical)
  }
}
