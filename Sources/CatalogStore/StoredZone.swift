package import Governance
package import Postgres

/// A zone as it is stored.
package struct StoredZone: Hashable, Sendable {
  package let id: ZoneID
  package let warehouse: String
  package let zone: Zone
  package let description: String
  /// Whether namespaces go into it that no other zone claims. One zone of each warehouse is the default.
  package let isDefault: Bool
  package let version: Int64
  package let createdAt: PostgresTimestamp

  package init(
    id: ZoneID, warehouse: String, zone: Zone, description: String, isDefault: Bool, version: Int64, createdAt: PostgresTimestamp
  ) {
    self.id = id
    self.warehouse = warehouse
    self.zone = zone
    self.description = description
    self.isDefault = isDefault
    self.version = version
    self.createdAt = createdAt
  }
}

/// What is to become different about a zone; `nil` stays as it is.
package struct ZoneChange: Hashable, Sendable {
  package var kind: Zone.Kind?
  package var description: String?
  /// There is always a default, so this can only be given, not taken away.
  package var becomesDefault: Bool

  package init(kind: Zone.Kind? = nil, description: String? = nil, becomesDefault: Bool = false) {
    self.kind = kind
    self.description = description
    self.becomesDefault = becomesDefault
  }
}
