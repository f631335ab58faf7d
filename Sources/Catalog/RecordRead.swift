package import CatalogStore
import Governance
import TransparencyLog

extension Catalog {
  /// Has a read written down before it is answered, where the zone's rules want that: every read, or those of what a regulated model was
  /// trained on.
  func recordRead(_ found: FoundDataset, at metadataLocation: String, _ authorization: Authorization) async throws {
    guard authorization.context.caller.authority != .server else { return }
    var zone = authorizer.rememberedZone(found)
    if zone == nil { zone = try await authorizer.object(found, at: DatasetPath(storedText: authorization.resource.path)).zone }
    guard let zone, zone.rules.recordsRead(ofRegulated: !found.facts.pinned.isEmpty) else { return }
    authorization.context.trail.append(
      read: AuditEvent(
        reading: authorization,
        [
          "dataset-id": .string(found.version.id.description), "version": .int64(found.version.version),
          "metadata-location": .string(metadataLocation),
        ]))
  }

  /// Writes what a request leaves behind that changed nothing. Nobody is answered before.
  package func record(_ trail: RequestTrail, isRefused: Bool) async throws { try await store.record(trail.take(isRefused: isRefused)) }
}
