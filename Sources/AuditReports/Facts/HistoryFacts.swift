import TransparencyLog

/// What a check of quality or of a contract said of a snapshot.
package struct CheckResult: Hashable, Sendable {
  package enum Outcome: String, Hashable, Sendable, CaseIterable { case passed, failed, warned }

  package var dataset: String
  package var snapshotID: Int64?
  package var check: String
  package var outcome: Outcome
  package var details: String
  package var atMs: Int64
  package var event: String?

  package init(
    dataset: String, snapshotID: Int64?, check: String, outcome: Outcome, details: String = "", atMs: Int64, event: String? = nil
  ) {
    self.dataset = dataset
    self.snapshotID = snapshotID
    self.check = check
    self.outcome = outcome
    self.details = details
    self.atMs = atMs
    self.event = event
  }

  var canonical: CanonicalValue {
    .members([
      "dataset": .string(dataset), "snapshot-id": .text(snapshotID.map { String($0) }), "check": .string(check),
      "outcome": .string(outcome.rawValue), "details": .string(details), "at-ms": .int64(atMs), "event": .text(event),
    ])
  }
}

/// How long something is kept, what forbids to delete it, or what was deleted of it.
package struct RetentionFact: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case rule, hold
    /// A person's data was erased.
    case erasure
    /// Snapshots or datasets were deleted by a rule or by hand.
    case deletion
  }

  package var kind: Kind
  package var object: String
  package var text: String
  package var by: String
  package var atMs: Int64
  package var untilMs: Int64?
  package var event: String?

  package init(kind: Kind, object: String, text: String, by: String, atMs: Int64, untilMs: Int64? = nil, event: String? = nil) {
    self.kind = kind
    self.object = object
    self.text = text
    self.by = by
    self.atMs = atMs
    self.untilMs = untilMs
    self.event = event
  }

  var canonical: CanonicalValue {
    .members([
      "kind": .string(kind.rawValue), "object": .string(object), "text": .string(text), "by": .string(by), "at-ms": .int64(atMs),
      "until-ms": .number(untilMs), "event": .text(event),
    ])
  }
}

package struct TimelineEntry: Hashable, Sendable {
  package var atMs: Int64
  package var by: String
  package var text: String
  package var event: String?

  package init(atMs: Int64, by: String, text: String, event: String? = nil) {
    self.atMs = atMs
    self.by = by
    self.text = text
    self.event = event
  }

  var canonical: CanonicalValue {
    .members(["at-ms": .int64(atMs), "by": .string(by), "text": .string(text), "event": .text(event)])
  }
}
