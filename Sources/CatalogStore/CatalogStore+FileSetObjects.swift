import JSON
package import Postgres
import TransparencyLog

/// Tags of an object that become others.
package struct ObjectTagChange: Hashable, Sendable {
  package let key: String
  /// As they were found.
  package let before: [String: String]
  package let after: [String: String]

  package init(key: String, before: [String: String], after: [String: String]) {
    self.key = key
    self.before = before
    self.after = after
  }
}

extension CatalogStore {
  /// What was there at an index.
  private static func condition(_ dataset: DatasetID, at index: Int64) -> SQL {
    "dataset_id = \(dataset) AND added_in <= \(index) AND (gone_in IS NULL OR gone_in > \(index))"
  }

  private static func object(_ row: PostgresRow) throws -> FileSetObject {
    let tags: PostgresText? = try row[6]
    return FileSetObject(
      key: try row[0], sizeBytes: try row[1], modifiedAtMs: try row[2], etag: try row[3], checksum: try row[4], mediaType: try row[5],
      tags: try tags.map { try storedProperties($0) } ?? [:])
  }

  /// Objects that were there at a finished index, by key.
  ///
  /// - Parameter limit: at most so many.
  package func objects(
    of dataset: DatasetID, at index: Int64, _ filter: ObjectFilter, after: String?, limit: Int, _: Authorization
  ) async throws -> [FileSetObject] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT key, size_bytes, modified_at_ms, etag, checksum, media_type, tags::text FROM file_set_objects
        WHERE \(Self.condition(dataset, at: index)) AND key > \(after ?? "")\(filter.condition) ORDER BY key LIMIT \(Int64(limit))
        """, Self.object)
    }
  }

  /// Those of the keys that were there at a finished index, with their tags.
  package func objectTags(
    _ keys: [String], of dataset: DatasetID, at index: Int64, _: Authorization
  ) async throws -> [PostgresText: [String: String]] {
    try await pool.run { connection in
      let rows = try connection.query(
        "SELECT key, tags::text FROM file_set_objects WHERE \(Self.condition(dataset, at: index)) AND key = ANY(\(keys))"
      ) { row in
        let tags: PostgresText? = try row[1]
        return (try row[0] as PostgresText, try tags.map { try storedProperties($0) } ?? [:])
      }
      return Dictionary(rows) { $1 }
    }
  }

  /// Sets the tags of objects that are there now: as of a finished index, and as an index under way has found them.
  ///
  /// - Returns: `false`, with nothing changed, when somebody else changed one of them first.
  package func setObjectTags(
    _ changes: [ObjectTagChange], of dataset: DatasetID, at index: Int64, _ authorization: Authorization, answer: [UInt8]
  ) async throws -> Bool {
    func tags(_ part: KeyPath<ObjectTagChange, [String: String]>) -> CanonicalValue {
      .array(changes.map { .object(["key": .string($0.key), "tags": .map($0[keyPath: part])]) })
    }
    let event = AuditEvent(authorization, before: ["objects": tags(\.before)], after: ["objects": tags(\.after)])
    func column(_ part: KeyPath<ObjectTagChange, [String: String]>) -> [PostgresText?] {
      changes.map { $0[keyPath: part].isEmpty ? nil : storedText($0[keyPath: part]) }
    }
    let (keys, before, after) = (changes.map(\.key), column(\.before), column(\.after))
    do {
      try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
        let changed = try connection.query(
          """
          UPDATE file_set_objects o SET tags = c.after::jsonb
          FROM unnest(\(keys), \(before), \(after)) AS c (key, before, after)
          WHERE o.dataset_id = \(dataset) AND o.key = c.key COLLATE "C" AND (o.gone_in IS NULL OR o.gone_in > \(index))
            AND o.tags IS NOT DISTINCT FROM c.before::jsonb
          RETURNING o.key
          """
        ) { row in try row[0] as PostgresText }
        guard Set(changed).count == keys.count else { throw VersionMoved() }
      }
      return true
    } catch is VersionMoved {
      return false
    }
  }
}
