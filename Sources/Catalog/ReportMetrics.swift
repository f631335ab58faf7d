package import CatalogStore
package import Postgres

extension Catalog {
  /// Keeps a client's report of a scan or a commit.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``
  package func reportMetrics(_ report: MetricsReport, of path: DatasetPath, _ context: OperationContext) async throws {
    let asked = try await authorized(.reportMetrics, [PolicyQuestion(.getMetadata)], path, as: .table, context)
    // Asked now: what a report says of a scan is only believed of those whom the catalog would have let in.
    let couldRead = try authorizer.allows([PolicyQuestion(.readData)], on: asked.object, context)
    try await store.store(report, couldRead: couldRead, for: path, asked.authorization)
  }

  private static let useDays: Int64 = 90

  /// Who read and wrote a table in the last 90 days, as engines reported it; whoever did last comes first.
  ///
  /// - Throws: ``CatalogError/noSuchTable(_:)``
  package func loadTableUse(of path: DatasetPath, _ context: OperationContext) async throws -> (since: PostgresTimestamp, use: [TableUse]) {
    let asked = try await authorized(.readUse, [PolicyQuestion(.getMetadata)], path, as: .table, context)
    let since = PostgresTimestamp(microseconds: context.time.microseconds - Self.useDays * 86_400_000_000)
    return (since, try await store.use(of: asked.found.version.id, since: since, asked.authorization))
  }
}
