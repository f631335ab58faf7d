package import CatalogStore
import Governance

// What was done by retention.

extension Catalog {
  /// Of each run, its files are counted.
  private static let maximumRuns = 100

  /// Runs, the newest first: of a table for whoever may see it, of all for who reads the audit trail.
  package func listRetentionRuns(
    of path: DatasetPath?, _ page: PageRequest, _ context: OperationContext
  ) async throws -> Page<RetentionRun> {
    let page = PageRequest(after: page.after, size: min(page.size, Self.maximumRuns))
    guard let path else {
      let authorization = try await authorized(
        .readRetention, [PolicyQuestion(.readAudit)], catalog: CatalogResource(.server, ""), context)
      return try await store.retentionRuns(of: nil, page, authorization)
    }
    let asked = try await authorized(.readRetention, [PolicyQuestion(.getMetadata)], path, as: .table, context)
    return try await store.retentionRuns(of: asked.found.version.id, page, asked.authorization)
  }

  /// One run, and how far it is.
  ///
  /// - Throws: ``CatalogError/noSuchWord(_:)``
  package func loadRetentionRun(_ id: RetentionRunID, _ context: OperationContext) async throws -> RetentionRun {
    try await authorizedRun(id, context).run
  }

  /// The files that a run deleted, or is about to delete, by path.
  package func listRetentionFiles(
    of id: RetentionRunID, _ page: PageRequest, _ context: OperationContext
  ) async throws -> Page<DeletedFile> {
    let (run, authorization) = try await authorizedRun(id, context)
    return try await store.retentionFiles(of: run.id, page, authorization)
  }

  /// The run of a table that the caller may see; of one that is gone, for who reads the audit trail.
  private func authorizedRun(
    _ id: RetentionRunID, _ context: OperationContext
  ) async throws -> (run: RetentionRun, authorization: Authorization) {
    let seen = try await authorized(.readRetention, [], catalog: CatalogResource(.server, ""), context)
    let missing = CatalogError.noSuchWord("Retention run does not exist: \(id)")
    let run = try await store.retentionRun(id)
    if let run, let found = try await store.find(run.path), found.version.id == run.dataset {
      let object = try await authorizer.object(found, at: run.path)
      if try authorizer.allows([PolicyQuestion(.getMetadata)], on: object, context) { return (run, seen) }
    }
    let catalog = try await authorizer.object()
    guard let run, try authorizer.allows([PolicyQuestion(.readAudit)], on: catalog, context) else { throw missing }
    return (run, seen)
  }
}
