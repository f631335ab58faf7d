import Iceberg
package import Postgres

/// A client's scan or commit report, with the parts that lineage will join.
package struct MetricsReport: Sendable {
  package let kind: String
  package let snapshotID: Int64?
  package let engine: String?
  package let applicationID: String?
  /// Runs that it names beside the application.
  package let runIDs: [String]
  /// What a scan asked for; `nil` for all rows, and for all columns.
  package let rowFilter: String?
  package let columns: [String]?
  /// The report as it was sent.
  package let document: [UInt8]

  package init(
    kind: String, snapshotID: Int64?, engine: String?, applicationID: String?, runIDs: [String] = [], rowFilter: String? = nil,
    columns: [String]? = nil, document: [UInt8]
  ) {
    self.runIDs = runIDs
    self.rowFilter = rowFilter
    self.columns = columns
    self.kind = kind
    self.snapshotID = snapshotID
    self.engine = engine
    self.applicationID = applicationID
    self.document = document
  }
}

extension CatalogStore {
  /// - Parameter couldRead: whether its sender may read the table.
  /// - Throws: ``CatalogError/noSuchTable(_:)``
  package func store(
    _ report: MetricsReport, couldRead: Bool, for path: DatasetPath, _ authorization: Authorization
  ) async throws {
    let stored = try await pool.run { connection in
      try connection.execute(
        """
        INSERT INTO metrics_reports (id, dataset_id, kind, snapshot_id, principal, engine, application_id, could_read,
          row_filter, columns, run_ids, document)
        SELECT \(PostgresUUID.timeOrdered()), id, \(report.kind), \(report.snapshotID), \(authorization.context.principal),
          \(report.engine), \(report.applicationID), \(couldRead), \(report.rowFilter), \(report.columns),
          \(report.runIDs.isEmpty ? nil : report.runIDs), \(PostgresText(report.document))
        FROM datasets WHERE identifier = \(path.text) AND kind = 'table' AND dropped_at IS NULL
        """)
    }
    guard stored == 1 else { throw CatalogError.missing(.table, path.identifier) }
  }
}

/// What one principal did with one engine, as reports tell.
package struct TableUse: Sendable {
  package let principal: String
  package let engine: String?
  /// `scan-report` or `commit-report`.
  package let kind: String
  package let reports: Int64
  package let firstAt: PostgresTimestamp
  package let lastAt: PostgresTimestamp
  package let lastSnapshotID: Int64?
}

extension CatalogStore {
  /// Who read and wrote a table since a time, whoever did last first; the thousand latest.
  package func use(of table: DatasetID, since time: PostgresTimestamp, _: Authorization) async throws -> [TableUse] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT principal, engine, kind, count(*), min(received_at), max(received_at),
          (array_agg(snapshot_id ORDER BY received_at DESC))[1]
        FROM metrics_reports WHERE dataset_id = \(table) AND received_at >= \(time)
        GROUP BY principal, engine, kind ORDER BY max(received_at) DESC LIMIT 1000
        """
      ) { row in
        TableUse(
          principal: try row[0], engine: try row[1], kind: try row[2], reports: try row[3], firstAt: try row[4], lastAt: try row[5],
          lastSnapshotID: try row[6])
      }
    }
  }
}
