package import Governance
package import Postgres

/// A zone as it is stored.
package struct StoredZone: Hashable, Sendable {
  package let id: ZoneID
  package let warehouse: String
  package let zone: Zone
  package let description: String
  /// Its own; `nil` for those of its kind.
  package let ownRules: ZoneRules?
  /// `user:name`, `service:name` or `team:name`; `nil` for nobody.
  package let owner: String?
  /// Whether namespaces go into it that no other zone claims. One zone of each warehouse is the default.
  package let isDefault: Bool
  package let version: Int64
  package let createdAt: PostgresTimestamp

  package init(
    id: ZoneID, warehouse: String, zone: Zone, description: String, ownRules: ZoneRules? = nil, owner: String? = nil, isDefault: Bool,
    version: Int64, createdAt: PostgresTimestamp
  ) {
    self.id = id
    self.warehouse = warehouse
    self.zone = zone
    self.description = description
    self.ownRules = ownRules
    self.owner = owner
    self.isDefault = isDefault
    self.version = version
    self.createdAt = createdAt
  }

  /// What may be done in it.
  package var rules: ZoneRules { ownRules ?? .standard(for: zone.kind) }
}

/// What is to become different about a zone; `nil` stays as it is.
package struct ZoneChange: Hashable, Sendable {
  package var kind: Zone.Kind?
  package var description: String?
  /// The members of its rules that become different, as JSON; `null` for the rules of its kind.
  package var rules: [UInt8]?
  /// There is always a default, so this can only be given, not taken away.
  package var becomesDefault: Bool

  package init(kind: Zone.Kind? = nil, description: String? = nil, rules: [UInt8]? = nil, becomesDefault: Bool = false) {
    self.kind = kind
    self.description = description
    self.rules = rules
    self.becomesDefault = becomesDefault
  }
}
