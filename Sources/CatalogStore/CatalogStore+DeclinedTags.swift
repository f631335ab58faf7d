import Postgres
import TransparencyLog

/// A tag that something could have.
package struct SuggestedTag: Hashable, Sendable {
  /// Nested ones with dots; `nil` for the dataset itself.
  package let column: String?
  package let key: String
  package let value: String

  package init(column: String?, key: String, value: String) {
    self.column = column
    self.key = key
    self.value = value
  }
}

extension CatalogStore {
  /// What somebody said no to.
  package func declinedTags(of dataset: DatasetID, _: Authorization) async throws -> Set<SuggestedTag> {
    let rows = try await pool.run { connection in
      try connection.query("SELECT column_name, key, value FROM declined_tags WHERE dataset_id = \(dataset)") { row in
        let column: String = try row[0]
        return SuggestedTag(column: column.isEmpty ? nil : column, key: try row[1], value: try row[2])
      }
    }
    return Set(rows)
  }

  package func declineTag(_ tag: SuggestedTag, of dataset: DatasetID, reason: String, _ authorization: Authorization) async throws {
    let context = authorization.context
    let event = AuditEvent(
      authorization,
      after: [
        "column": tag.column.map { .string($0) } ?? .null, "key": .string(tag.key), "value": .string(tag.value), "reason": .string(reason),
      ])
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      try connection.execute(
        """
        INSERT INTO declined_tags (dataset_id, column_name, key, value, reason, declined_by, declined_at)
        VALUES (\(dataset), \(tag.column ?? ""), \(tag.key), \(tag.value), \(reason), \(context.principal), \(context.time))
        ON CONFLICT (dataset_id, column_name, key, value) DO UPDATE SET reason = excluded.reason, declined_by = excluded.declined_by,
          declined_at = excluded.declined_at
        """)
    }
  }
}
