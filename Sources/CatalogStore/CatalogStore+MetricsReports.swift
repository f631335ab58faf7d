import Iceberg
import Postgres

/// A client's scan or commit report, with the parts that lineage will join.
package struct MetricsReport: Sendable {
  package let kind: String
  package let snapshotID: Int64?
  package let engine: String?
  package let applicationID: String?
  /// The report as it was sent.
  package let document: [UInt8]

  package init(kind: String, snapshotID: Int64?, engine: String?, applicationID: String?, document: [UInt8]) {
    self.kind = kind
    self.snapshotID = snapshotID
    self.engine = engine
    self.applicationID = applicationID
    self.document = document
  }
}

extension CatalogStore {
  /// - Throws: ``CatalogError/noSuchTable(_:)``
  package func store(_ report: MetricsReport, for path: DatasetPath, _ authorization: Authorization) async throws {
    let stored = try await pool.run { connection in
      try connection.execute(
        """
        INSERT INTO metrics_reports (id, dataset_id, kind, snapshot_id, principal, engine, application_id, document)
        SELECT \(PostgresUUID.timeOrdered()), id, \(report.kind), \(report.snapshotID), \(authorization.context.principal),
          \(report.engine), \(report.applicationID), \(PostgresText(report.document))
        FROM datasets WHERE identifier = \(path.text) AND kind = 'table' AND dropped_at IS NULL
        """)
    }
    guard stored == 1 else { throw CatalogError.missing(.table, path.identifier) }
  }
}
