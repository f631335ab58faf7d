package import Postgres

package enum GrantEntity {}
package typealias GrantID = EntityID<GrantEntity>

/// What may be granted: a permit for everything in the object, by the policy template `grant-…`.
package enum Privilege: String, Sendable, CaseIterable {
  case see, read, write, define, manage
}

/// Somebody as people write it: `user:alice`, `team:risk`, or `alice` alone where only one is called so.
package struct GranteeName: Hashable, Sendable, CustomStringConvertible {
  package static let kinds = ["user", "service", "role", "team"]

  /// `nil` where it was left out.
  package let kind: String?
  package let name: String

  package init(kind: String?, name: String) {
    self.kind = kind
    self.name = name
  }

  package init(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let hasKind = parts.count == 2 && Self.kinds.contains(parts[0])
    self.init(kind: hasKind ? parts[0] : nil, name: hasKind ? parts[1] : text)
  }

  package var description: String { (kind.map { $0 + ":" } ?? "") + name }
}

/// A privilege that was granted, and perhaps taken back.
package struct StoredGrant: Hashable, Sendable {
  package let id: GrantID
  package let grantee: GranteeName
  package let privilege: Privilege
  /// The object by its name of today; `nil` when it is gone.
  package let object: AccessObject?
  /// The row it stands for; `nil` for the catalog.
  let objectID: PostgresUUID?
  /// How the object was called when the privilege was granted.
  package let objectKind: String
  package let objectName: String
  /// The zone that the object is or lies in today.
  let zone: String?
  package let grantedBy: String
  package let grantedAt: PostgresTimestamp
  package let revokedBy: String?
  package let revokedAt: PostgresTimestamp?
}

/// Which grants are wanted; `nil` means all of them.
package struct GrantFilter: Hashable, Sendable {
  package enum Time: Hashable, Sendable {
    case now
    case at(PostgresTimestamp)
    /// All that ever were.
    case ever
  }

  package var grantee: GranteeName?
  package var object: AccessObject?
  package var privilege: Privilege?
  package var time: Time

  package init(grantee: GranteeName? = nil, object: AccessObject? = nil, privilege: Privilege? = nil, time: Time = .now) {
    self.grantee = grantee
    self.object = object
    self.privilege = privilege
    self.time = time
  }

  /// Of the grants `g` alone.
  var timeCondition: SQL {
    switch time {
    case .now: "g.revoked_at IS NULL"
    case .at(let time): "g.granted_at <= \(time) AND (g.revoked_at IS NULL OR g.revoked_at > \(time))"
    case .ever: "true"
    }
  }
}
