package import Postgres
import TransparencyLog

/// A point in the history of a dataset's objects that is kept.
package struct FileSetSnapshot: Hashable, Sendable {
  /// The number of the index that it shows.
  package let id: Int64
  package let objects: Int64
  package let sizeBytes: Int64
  /// The RFC 6962 tree hash over the objects' leaves in the order of their keys' bytes: 32 bytes.
  package let root: [UInt8]
  package let frozenAt: PostgresTimestamp
  package let frozenBy: String

  package init(id: Int64, objects: Int64, sizeBytes: Int64, root: [UInt8], frozenAt: PostgresTimestamp, frozenBy: String) {
    self.id = id
    self.objects = objects
    self.sizeBytes = sizeBytes
    self.root = root
    self.frozenAt = frozenAt
    self.frozenBy = frozenBy
  }
}

extension CatalogStore {
  private static let columns: SQL = "snapshot_id, objects, size_bytes, root, frozen_at, frozen_by"

  private static func snapshot(_ row: PostgresRow) throws -> FileSetSnapshot {
    FileSetSnapshot(
      id: try row[0], objects: try row[1], sizeBytes: try row[2], root: try row[3], frozenAt: try row[4], frozenBy: try row[5])
  }

  package func snapshot(_ id: Int64, of dataset: DatasetID, _: Authorization) async throws -> FileSetSnapshot? {
    try await pool.run { connection in
      try connection.first(
        "SELECT \(Self.columns) FROM file_set_snapshots WHERE dataset_id = \(dataset) AND snapshot_id = \(id)", Self.snapshot)
    }
  }

  /// The snapshots of a dataset, by id.
  package func snapshots(of dataset: DatasetID, _ page: PageRequest, _: Authorization) async throws -> Page<FileSetSnapshot> {
    guard let after = Int64(page.after ?? "0") else {
      throw PageRequest.foreignToken
    }
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.columns) FROM file_set_snapshots WHERE dataset_id = \(dataset) AND snapshot_id > \(after)
        ORDER BY snapshot_id LIMIT \(Int64(page.size + 1))
        """, Self.snapshot)
    }
    return Page(rows, size: page.size, key: { String($0.id) }, element: { $0 })
  }

  /// Keeps a point.
  ///
  /// - Returns: `false`, with nothing changed, when it is kept already.
  package func freeze(
    _ snapshot: FileSetSnapshot, of dataset: DatasetID, _ authorization: Authorization, answer: [UInt8]
  ) async throws -> Bool {
    let event = AuditEvent(
      authorization,
      after: [
        "snapshot-id": .int64(snapshot.id), "objects": .int64(snapshot.objects), "size-bytes": .int64(snapshot.sizeBytes),
        "root": .string(snapshot.root.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()),
      ])
    do {
      try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
        let count = try connection.execute(
          """
          INSERT INTO file_set_snapshots (dataset_id, snapshot_id, objects, size_bytes, root, frozen_at, frozen_by)
          VALUES (\(dataset), \(snapshot.id), \(snapshot.objects), \(snapshot.sizeBytes), \(snapshot.root), \(snapshot.frozenAt),
            \(snapshot.frozenBy))
          ON CONFLICT DO NOTHING
          """)
        guard count == 1 else { throw VersionMoved() }
      }
      return true
    } catch is VersionMoved {
      return false
    }
  }
}
