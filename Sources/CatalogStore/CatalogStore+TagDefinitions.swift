package import Postgres
import TransparencyLog

/// A tag that may be used.
package struct TagDefinition: Hashable, Sendable {
  package let key: String
  package let description: String
  /// What it may say, in the order given; `nil` for any text.
  package let values: [String]?
  package let definedBy: String
  package let definedAt: PostgresTimestamp

  package init(key: String, description: String, values: [String]?, definedBy: String, definedAt: PostgresTimestamp) {
    self.key = key
    self.description = description
    self.values = values
    self.definedBy = definedBy
    self.definedAt = definedAt
  }

  /// - Throws: ``CatalogError/badRequest(_:)`` for a value that it may not have.
  package func check(_ value: String) throws {
    if let values, !values.contains(value) {
      throw CatalogError.badRequest("The tag \(key) cannot say \"\(value)\"; it may be \(values.joined(separator: ", "))")
    }
    try Self.checkSize(of: value, key)
  }

  /// - Throws: ``CatalogError/badRequest(_:)`` for a value that no tag may have.
  package static func checkSize(of value: String, _ key: String) throws {
    guard (1...255).contains(value.utf8.count) else {
      throw CatalogError.badRequest("The value of the tag \(key) must be 1 to 255 bytes long")
    }
  }

  /// - Throws: ``CatalogError/badRequest(_:)`` for what cannot name a tag.
  package static func check(key: String) throws {
    let isKey =
      (1...63).contains(key.utf8.count)
      && key.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F }
    guard isKey else {
      throw CatalogError.badRequest("\"\(key)\" is no name for a tag; use 1 to 63 lower-case letters, digits, '-' and '_'")
    }
  }
}

extension CatalogStore {
  private static let tagColumns: SQL = "key, description, allowed_values, defined_by, defined_at"

  private static func definition(_ row: PostgresRow) throws -> TagDefinition {
    TagDefinition(key: try row[0], description: try row[1], values: try row[2], definedBy: try row[3], definedAt: try row[4])
  }

  /// The vocabulary, by key.
  package func tagDefinitions(_ page: PageRequest, _: Authorization) async throws -> Page<TagDefinition> {
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.tagColumns) FROM tag_definitions WHERE key > \(page.after ?? "") ORDER BY key LIMIT \(Int64(page.size + 1))
        """, Self.definition)
    }
    return Page(rows, size: page.size, key: \.key, element: { $0 })
  }

  /// Those of the keys that are defined.
  package func tagDefinitions(of keys: Set<String>, _: Authorization) async throws -> [String: TagDefinition] {
    guard !keys.isEmpty else { return [:] }
    let rows = try await pool.run { connection in
      try connection.query(
        "SELECT \(Self.tagColumns) FROM tag_definitions WHERE key = ANY(\(Array(keys)))", Self.definition)
    }
    return Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0) })
  }

  /// Defines a tag, or defines it anew.
  ///
  /// - Throws: ``CatalogError/unprocessable(_:)`` when a dataset has a value that it could not have any more.
  package func define(_ tag: TagDefinition, _ authorization: Authorization, answer: [UInt8]) async throws {
    let before = try await tagDefinitions(of: [tag.key], authorization)[tag.key]
    let event = AuditEvent(authorization, before: before?.auditFacts ?? [:], after: tag.auditFacts)
    try await commit(Change(authorization, event: event, answer: .json(answer))) { connection in
      if let values = tag.values {
        let used = try Self.use(of: tag.key, on: connection).first { !values.contains($0.value) }
        if let used {
          throw CatalogError.unprocessable(
            "The tag \(tag.key) says \"\(used.value)\" on \(used.dataset); change that first, or allow it")
        }
      }
      try connection.execute(
        """
        INSERT INTO tag_definitions (key, description, allowed_values, defined_by, defined_at)
        VALUES (\(tag.key), \(tag.description), \(tag.values), \(tag.definedBy), \(tag.definedAt))
        ON CONFLICT (key) DO UPDATE SET description = excluded.description, allowed_values = excluded.allowed_values,
          defined_by = excluded.defined_by, defined_at = excluded.defined_at
        """)
    }
  }

  /// - Throws: ``CatalogError/noSuchWord(_:)``, ``CatalogError/unprocessable(_:)`` for one that is in use.
  package func dropTagDefinition(_ key: String, _ authorization: Authorization) async throws {
    guard let tag = try await tagDefinitions(of: [key], authorization)[key] else { throw CatalogError.noSuchWord("There is no tag \(key)") }
    try await commit(Change(authorization, event: AuditEvent(authorization, before: tag.auditFacts), answer: .noContent)) { connection in
      if let used = try Self.use(of: key, on: connection).first {
        throw CatalogError.unprocessable("The tag \(key) is on \(used.dataset); remove it there first")
      }
      try connection.execute("DELETE FROM tag_definitions WHERE key = \(key)")
    }
  }

  /// The values that a tag has, and one dataset for each: of the dataset or of a column.
  private static func use(of key: String, on connection: PostgresConnection) throws -> [(value: String, dataset: String)] {
    try connection.query(
      """
      SELECT value, min(replace(substr(identifier, strpos(identifier, E'\\x1F') + 1), E'\\x1F', '.')) FROM (
        SELECT identifier, tags -> 'own' ->> \(key) AS value FROM datasets WHERE dropped_at IS NULL AND tags IS NOT NULL
        UNION ALL SELECT identifier, field.value ->> \(key) FROM datasets, jsonb_each(tags -> 'fields') field
        WHERE dropped_at IS NULL AND tags ? 'fields') used
      WHERE value IS NOT NULL GROUP BY value ORDER BY value
      """
    ) { row in (value: try row[0], dataset: try row[1]) }
  }
}

extension TagDefinition {
  fileprivate var auditFacts: [String: CanonicalValue] {
    ["description": .string(description), "values": values.map { .array($0.map { .string($0) }) } ?? .null]
  }
}
