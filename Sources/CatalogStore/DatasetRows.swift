import Governance
package import Iceberg
import Postgres

/// The rows that one change of a dataset adds and removes beside its head: none of them grows with the dataset's history.
package struct HistoryRows: Sendable {
  package var addedSnapshots: [Snapshot] = []
  package var removedSnapshotIDs: [Int64] = []
  /// So many of the oldest entries of the snapshot log go.
  package var removedLogEntries = 0
  package var addedLogEntries: [SnapshotLogEntry] = []
  /// Clauses of a contract that the change breaks and that only warns.
  package var breaches: [ContractBreach] = []

  package init() {}
}

extension HistoryRows {
  /// Common table expressions that store these rows for the dataset that `swapped`, an earlier expression, returns as `id`.
  ///
  /// - Parameter version: the version that this change makes.
  func expressions(version: Int64) -> SQL {
    var sql: SQL = ""
    if !addedSnapshots.isEmpty {
      sql += """
        , added AS (
          INSERT INTO snapshots (dataset_id, snapshot_id, added_in, place, parent_id, sequence_number, timestamp_ms, operation, schema_id,
            manifest_list, document)
          SELECT swapped.id, s.id, \(version), s.place, s.parent, s.sequence, s.at, s.operation, s.schema, s.list, s.document
          FROM swapped, unnest(\(addedSnapshots.map(\.id)), \(addedSnapshots.map(\.parentID)), \(addedSnapshots.map(\.sequenceNumber)),
            \(addedSnapshots.map(\.timestampMs)), \(addedSnapshots.map(\.operation)), \(addedSnapshots.map { $0.schemaID.map(Int64.init) }),
            \(addedSnapshots.map(\.manifestList)), \(addedSnapshots.map { PostgresText(Array($0.text)) })) WITH ORDINALITY
            AS s (id, parent, sequence, at, operation, schema, list, document, place))
        """
    }
    if !removedSnapshotIDs.isEmpty {
      sql += """
        , removed AS (DELETE FROM snapshots USING swapped WHERE dataset_id = swapped.id AND snapshot_id = ANY(\(removedSnapshotIDs)))
        """
    }
    if removedLogEntries > 0 {
      sql += """
        , forgotten AS (
          DELETE FROM snapshot_log USING swapped WHERE dataset_id = swapped.id AND (added_in, place) IN (
            SELECT added_in, place FROM snapshot_log WHERE dataset_id = swapped.id ORDER BY added_in, place LIMIT \(Int64(removedLogEntries))))
        """
    }
    if !addedLogEntries.isEmpty {
      sql += """
        , logged AS (
          INSERT INTO snapshot_log (dataset_id, added_in, place, timestamp_ms, snapshot_id)
          SELECT swapped.id, \(version), e.place, e.at, e.snapshot
          FROM swapped, unnest(\(addedLogEntries.map(\.timestampMs)), \(addedLogEntries.map(\.snapshotID))) WITH ORDINALITY
            AS e (at, snapshot, place))
        """
    }
    if let first = breaches.first {
      sql += """
        , breached AS (
          INSERT INTO contract_breaches (id, dataset_id, contract_id, version, snapshot_id, clause, promised, found, remedy, principal,
            occurred_at)
          SELECT b.id, swapped.id, \(first.contract), \(version), b.snapshot, b.clause, b.promised, b.found, b.remedy, \(first.principal),
            \(first.time)
          FROM swapped, unnest(\(breaches.map(\.id.uuid)), \(breaches.map(\.violation.snapshotID)), \(breaches.map(\.violation.clause)),
            \(breaches.map(\.violation.promised)), \(breaches.map(\.violation.found)), \(breaches.map(\.violation.remedy)))
            AS b (id, snapshot, clause, promised, found, remedy))
        """
    }
    return sql
  }
}
