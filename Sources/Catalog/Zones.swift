package import CatalogStore
package import Governance

// The operations on zones.

extension Catalog {
  /// - Throws: ``CatalogError/noSuchWarehouse(_:)``
  package func listZones(_ warehouse: String, _ page: PageRequest, _ context: OperationContext) async throws -> Page<StoredZone> {
    try await store.zones(of: warehouse, page, authorize(warehouse: warehouse, .listZones, context))
  }

  /// - Throws: ``CatalogError/noSuchZone(_:)``, ``CatalogError/noSuchWarehouse(_:)``
  package func loadZone(_ name: String, in warehouse: String, _ context: OperationContext) async throws -> StoredZone {
    try await store.zone(name, of: warehouse, authorize(zone: name, in: warehouse, .loadZone, context))
  }

  /// - Throws: ``CatalogError/zoneAlreadyExists(_:)``, ``CatalogError/noSuchWarehouse(_:)``, ``CatalogError/badRequest(_:)``
  package func createZone(
    _ zone: Zone, in warehouse: String, description: String, isDefault: Bool, _ context: OperationContext, answer: (StoredZone) -> [UInt8]
  ) async throws -> StoredZone {
    let authorization = try authorize(zone: zone.name, in: warehouse, .createZone, context)
    guard Warehouse.isName(zone.name) else {
      throw CatalogError.badRequest(
        "The zone name \"\(zone.name)\" is not allowed; use 1 to 63 lower-case letters, digits, '-' and '_', starting with a letter or digit"
      )
    }
    try check(description)
    let stored = StoredZone(
      id: .new(), warehouse: warehouse, zone: zone, description: description, isDefault: isDefault, version: 1, createdAt: context.time)
    try await store.createZone(stored, authorization, answer: answer(stored))
    return stored
  }

  /// - Throws: ``CatalogError/noSuchZone(_:)``, ``CatalogError/noSuchWarehouse(_:)``, ``CatalogError/badRequest(_:)``
  package func updateZone(
    _ name: String, in warehouse: String, _ change: ZoneChange, _ context: OperationContext,
    answer: @escaping @Sendable (StoredZone) -> [UInt8]
  ) async throws -> StoredZone {
    let authorization = try authorize(zone: name, in: warehouse, .updateZone, context)
    guard change != ZoneChange() else {
      throw CatalogError.badRequest("Nothing of the zone \(name) is to change; give kind, description or is-default")
    }
    if let description = change.description { try check(description) }
    return try await store.updateZone(name, of: warehouse, change, authorization, answer: answer)
  }

  private func check(_ description: String) throws {
    guard description.utf8.count <= 10_000 else { throw CatalogError.badRequest("The description is longer than 10000 bytes") }
  }
}
