package import Postgres

/// The identity of one row of one kind. Two kinds of identity never mix.
package struct EntityID<Entity>: Hashable, Sendable, CustomStringConvertible {
  package let uuid: PostgresUUID

  package init(_ uuid: PostgresUUID) { self.uuid = uuid }

  /// A new identity, ordered by time so that rows made together lie together.
  package static func new() -> Self { Self(.timeOrdered()) }

  package var description: String { uuid.description }
}

package enum WarehouseEntity {}
package enum ZoneEntity {}
package enum NamespaceEntity {}
package enum DatasetEntity {}
package enum AuditEventEntity {}
package enum JobEntity {}
package enum PrincipalEntity {}
package enum ClientSecretEntity {}
package enum ContractEntity {}
package enum QualityResultEntity {}
package enum ContractBreachEntity {}

package typealias WarehouseID = EntityID<WarehouseEntity>
package typealias ZoneID = EntityID<ZoneEntity>
package typealias NamespaceID = EntityID<NamespaceEntity>
package typealias DatasetID = EntityID<DatasetEntity>
package typealias AuditEventID = EntityID<AuditEventEntity>
package typealias JobID = EntityID<JobEntity>
package typealias PrincipalID = EntityID<PrincipalEntity>
package typealias ClientSecretID = EntityID<ClientSecretEntity>
package typealias ContractID = EntityID<ContractEntity>
package typealias ContractBreachID = EntityID<ContractBreachEntity>
package typealias QualityResultID = EntityID<QualityResultEntity>

extension EntityID: PostgresEncodable {
  package static var postgresType: PostgresType { PostgresUUID.postgresType }
  package func encode(into buffer: inout [UInt8]) { uuid.encode(into: &buffer) }
}

extension EntityID: PostgresDecodable {
  package static func decode(_ cell: PostgresCell) throws(PostgresCellMismatch) -> Self { Self(try PostgresUUID.decode(cell)) }
}
