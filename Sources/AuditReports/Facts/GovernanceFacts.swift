import TransparencyLog

/// The rules that were in force when the version was trained.
package struct GovernanceFacts: Hashable, Sendable {
  /// The moment that is meant by training time; `nil` when nobody said.
  package var atMs: Int64?
  /// SHA-256 of the policy set, in hexadecimal digits.
  package var policySetSHA256: String?
  package var policies: [PolicyInForce] = []
  package var classifications: [Classification] = []
  package var grants: [Grant] = []

  package init() {}

  var canonical: CanonicalValue {
    .members([
      "at-ms": .number(atMs), "policy-set-sha256": .text(policySetSHA256), "policies": .array(policies.map(\.canonical)),
      "classifications": .array(classifications.map(\.canonical)), "grants": .array(grants.map(\.canonical)),
    ])
  }
}

package struct PolicyInForce: Hashable, Sendable {
  package var id: String
  /// The Cedar text.
  package var text: String
  package var sinceMs: Int64?
  package var event: String?

  package init(id: String, text: String, sinceMs: Int64? = nil, event: String? = nil) {
    self.id = id
    self.text = text
    self.sinceMs = sinceMs
    self.event = event
  }

  var canonical: CanonicalValue {
    .members(["id": .string(id), "text": .string(text), "since-ms": .number(sinceMs), "event": .text(event)])
  }
}

/// A tag of a dataset or of one of its columns.
package struct Classification: Hashable, Sendable {
  package var dataset: String
  package var column: String?
  package var tag: String
  package var value: String

  package init(dataset: String, column: String? = nil, tag: String, value: String) {
    self.dataset = dataset
    self.column = column
    self.tag = tag
    self.value = value
  }

  var canonical: CanonicalValue {
    .members(["dataset": .string(dataset), "column": .text(column), "tag": .string(tag), "value": .string(value)])
  }
}

package struct Grant: Hashable, Sendable {
  package var object: String
  /// Such as `role:reader` or `readData`.
  package var right: String
  package var grantee: String
  package var grantedBy: String
  package var grantedAtMs: Int64
  package var endsAtMs: Int64?
  package var event: String?

  package init(
    object: String, right: String, grantee: String, grantedBy: String, grantedAtMs: Int64, endsAtMs: Int64? = nil, event: String? = nil
  ) {
    self.object = object
    self.right = right
    self.grantee = grantee
    self.grantedBy = grantedBy
    self.grantedAtMs = grantedAtMs
    self.endsAtMs = endsAtMs
    self.event = event
  }

  var canonical: CanonicalValue {
    .members([
      "object": .string(object), "right": .string(right), "grantee": .string(grantee), "granted-by": .string(grantedBy),
      "granted-at-ms": .int64(grantedAtMs), "ends-at-ms": .number(endsAtMs), "event": .text(event),
    ])
  }
}

/// What somebody could do at training time, and by what.
package struct AccessRight: Hashable, Sendable {
  package var principal: String
  package var dataset: String
  package var action: String
  /// The team, role, grant or policy that it came through, such as `team:risk` or `policy:risk-reads-curated`.
  package var through: String

  package init(principal: String, dataset: String, action: String, through: String) {
    self.principal = principal
    self.dataset = dataset
    self.action = action
    self.through = through
  }

  var canonical: CanonicalValue {
    .members([
      "principal": .string(principal), "dataset": .string(dataset), "action": .string(action), "through": .string(through),
    ])
  }
}

/// What somebody did with a dataset.
package struct DataUse: Hashable, Sendable {
  package var principal: String
  package var dataset: String
  package var action: String
  package var count: Int64
  package var lastAtMs: Int64
  package var event: String?

  package init(principal: String, dataset: String, action: String, count: Int64, lastAtMs: Int64, event: String? = nil) {
    self.principal = principal
    self.dataset = dataset
    self.action = action
    self.count = count
    self.lastAtMs = lastAtMs
    self.event = event
  }

  var canonical: CanonicalValue {
    .members([
      "principal": .string(principal), "dataset": .string(dataset), "action": .string(action), "count": .int64(count),
      "last-at-ms": .int64(lastAtMs), "event": .text(event),
    ])
  }
}
