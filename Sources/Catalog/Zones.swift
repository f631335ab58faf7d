package import CatalogStore
package import Governance
import JSON

// The operations on zones.

extension Catalog {
  /// - Throws: ``CatalogError/noSuchWarehouse(_:)``
  package func listZones(_ warehouse: String, _ page: PageRequest, _ context: OperationContext) async throws -> Page<StoredZone> {
    let authorization = try await authorized(.listZones, [PolicyQuestion(.list)], warehouse: warehouse, context)
    let found = try await store.zones(of: warehouse, page, authorization)
    return Page(elements: try await authorizer.visible(found.elements, context), next: found.next)
  }

  /// - Throws: ``CatalogError/noSuchZone(_:)``, ``CatalogError/noSuchWarehouse(_:)``
  package func loadZone(_ name: String, in warehouse: String, _ context: OperationContext) async throws -> StoredZone {
    try await store.zone(name, of: warehouse, authorized(.loadZone, [PolicyQuestion(.list)], zone: name, in: warehouse, context))
  }

  /// - Throws: ``CatalogError/zoneAlreadyExists(_:)``, ``CatalogError/noSuchWarehouse(_:)``, ``CatalogError/badRequest(_:)``
  package func createZone(
    _ zone: Zone, in warehouse: String, description: String, rules: [UInt8]? = nil, isDefault: Bool, _ context: OperationContext,
    answer: (StoredZone) -> [UInt8]
  ) async throws -> StoredZone {
    let authorization = try await authorized(
      .createZone, [PolicyQuestion(.createZone)], warehouse: warehouse, as: CatalogResource(.zone, "\(warehouse)\u{1F}\(zone.name)"),
      context)
    guard Warehouse.isName(zone.name) else {
      throw CatalogError.badRequest(
        "The zone name \"\(zone.name)\" is not allowed; use 1 to 63 lower-case letters, digits, '-' and '_', starting with a letter or digit"
      )
    }
    try check(description)
    let stored = StoredZone(
      id: .new(), warehouse: warehouse, zone: zone, description: description,
      ownRules: try rules.map { try ZoneRules.standard(for: zone.kind).changed(by: JSONDocument(parsing: $0).root) },
      owner: OwnerName.creator(context.caller), isDefault: isDefault, version: 1, createdAt: context.time)
    try await store.createZone(stored, authorization, answer: answer(stored))
    return stored
  }

  /// - Throws: ``CatalogError/noSuchZone(_:)``, ``CatalogError/noSuchWarehouse(_:)``, ``CatalogError/badRequest(_:)``
  package func updateZone(
    _ name: String, in warehouse: String, _ change: ZoneChange, _ context: OperationContext,
    answer: @escaping @Sendable (StoredZone) -> [UInt8]
  ) async throws -> StoredZone {
    let authorization = try await authorized(.updateZone, [PolicyQuestion(.updateZone)], zone: name, in: warehouse, context)
    guard change != ZoneChange() else {
      throw CatalogError.badRequest("Nothing of the zone \(name) is to change; give kind, description, rules or is-default")
    }
    if let description = change.description { try check(description) }
    return try await store.updateZone(name, of: warehouse, change, authorization, answer: answer)
  }

  private func check(_ description: String) throws {
    guard description.utf8.count <= 10_000 else { throw CatalogError.badRequest("The description is longer than 10000 bytes") }
  }
}
