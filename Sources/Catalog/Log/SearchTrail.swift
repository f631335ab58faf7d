package import CatalogStore
import JSON

/// An event of the trail with what its policies say.
package struct ExplainedTrailEvent: Sendable {
  package let event: TrailEvent
  /// The policy set that it was decided by; `nil` where none was asked, or the set is not there.
  package let policySet: Int64?
  /// Reasons of the policies that denied, by their ids.
  package let reasons: [String: String]
}

// Looking into the trail is no event itself: an auditor leaves no marks. To be refused it is one, as every denial.
extension Catalog {
  /// Events that one request gets at most, and actions that it asks for.
  package static let maximumTrailEvents = 1_000
  package static let maximumTrailActions = 10

  private func maySearchTrail(_ context: OperationContext) async throws -> Authorization {
    try await authorized(.searchTrail, [PolicyQuestion(.readAudit)], catalog: CatalogResource(.server, ""), context)
  }

  /// Events that `filter` wants, of those that are indexed: all but the latest moments'.
  package func searchTrail(
    _ filter: TrailFilter, _ cursor: TrailCursor, limit: Int, _ context: OperationContext
  ) async throws -> TrailPage {
    let authorization = try await maySearchTrail(context)
    guard filter.actions.count <= Self.maximumTrailActions else {
      throw CatalogError.badRequest("At most \(Self.maximumTrailActions) actions can be asked for together")
    }
    return try await store.searchTrail(filter, cursor, limit: min(max(limit, 1), Self.maximumTrailEvents), authorization)
  }

  /// One event with all that is known of it.
  ///
  /// - Throws: ``CatalogError/noSuchLogEntry(_:)``
  package func loadAuditEvent(_ id: AuditEventID, _ context: OperationContext) async throws -> ExplainedTrailEvent {
    let authorization = try await maySearchTrail(context)
    guard let event = try await store.trailEvent(id, authorization) else {
      throw CatalogError.noSuchLogEntry("There is no event \(id)")
    }
    // What the row says may be anything: it is shown all the same.
    let record = try? JSONDocument(parsing: event.canonical).root.object()
    let policies = (try? record?.optional("policies")?.array().map { try $0.string() }) ?? []
    let digest = (try? record?.optional("policy-set")?.string()).flatMap { [UInt8](hexadecimal: $0) }
    let found = try await digest.asyncMap { try await store.policyReasons(of: policies, inSetWith: $0, authorization) } ?? nil
    return ExplainedTrailEvent(event: event, policySet: found?.number, reasons: found?.reasons ?? [:])
  }
}
