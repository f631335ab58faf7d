package import Postgres

/// What somebody does for an object beside owning it.
package enum Responsibility: String, Sendable, CaseIterable {
  /// Says what it means and how sensitive it is.
  case steward
  /// Keeps it running.
  case technicalContact = "technical-contact"
}

/// Who answers for an object.
package struct Ownership: Sendable {
  package let object: AccessObject
  /// `user:name`, `service:name` or `team:name`; `nil` where it belongs to the owner of what it lies in.
  package let ownOwner: String?
  /// Its own owner, or that of what it lies in.
  package let owner: String?
  /// In the order in which they were named.
  package let responsible: [Responsibility: [String]]
  /// The offer that waits for an answer.
  package let transfer: OwnershipTransfer?
}

/// What is to become different about who answers for an object.
package struct OwnershipChange: Hashable, Sendable {
  package enum Owner: Hashable, Sendable {
    case same
    /// That of what it lies in.
    case inherited
    case given(GranteeName)
  }

  package var owner = Owner.same
  package var added: [Responsibility: [GranteeName]] = [:]
  package var ended: [Responsibility: [GranteeName]] = [:]

  package init() {}
}

package enum OwnershipTransferEntity {}
package typealias OwnershipTransferID = EntityID<OwnershipTransferEntity>

/// An object that is offered to somebody.
package struct OwnershipTransfer: Sendable {
  package enum Answer: String, Sendable, CaseIterable {
    case accepted, declined, withdrawn
  }

  package let id: OwnershipTransferID
  /// The object by its name of today; `nil` when it is gone.
  package let object: AccessObject?
  /// Its name when it was offered.
  package let objectName: String
  /// Who owned it when it was offered.
  package let owner: String?
  package let recipient: GranteeName
  package let message: String
  package let askedBy: String
  package let askedAt: PostgresTimestamp
  package let answer: Answer?
  package let answeredBy: String?
  package let answeredAt: PostgresTimestamp?
  package let reason: String?
}

/// Which transfers are wanted.
package struct OwnershipTransferFilter: Sendable {
  package var object: AccessObject?
  /// Those that this caller asked for, or may answer with its teams, as `user:name` and `team:name`; `nil` for everybody's.
  package var concerned: (caller: String, names: [String])?
  /// Also those that were answered.
  package var includesAnswered = false

  package init() {}
}

/// Something that somebody answers for, or should.
package struct OwnedObject: Sendable {
  package let object: AccessObject
  /// `owner`, or a responsibility.
  package let role: String
  package let owner: String?

  /// Where a list that ended with it goes on.
  let key: String
}
