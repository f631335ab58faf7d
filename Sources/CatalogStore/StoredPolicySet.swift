package import Governance
package import Postgres

/// A policy set as it was applied. It never changes.
package struct StoredPolicySet: Hashable, Sendable {
  package let number: Int64
  /// Over what the policies say: 32 bytes.
  package let hash: [UInt8]
  package let author: String
  package let comment: String
  package let appliedAt: PostgresTimestamp
}

/// Which policy set is meant.
package enum PolicySetChoice: Hashable, Sendable {
  case number(Int64)
  /// The one in force.
  case current
  /// The one that was in force then.
  case at(PostgresTimestamp)
}

/// What applying a policy set did, or would do.
package struct PolicySetApplication: Sendable {
  /// What is in force afterwards.
  package let set: StoredPolicySet
  /// `nil` before the first one.
  package let base: StoredPolicySet?
  package let difference: PolicyDifference

  /// Whether anything changes.
  package var isNew: Bool { self.set.number != base?.number }
}
