package import Postgres
import TransparencyLog

package enum TermEntity {}
package typealias TermID = EntityID<TermEntity>

/// A word of the business and what it means.
package struct Term: Sendable {
  package let id: TermID
  package let name: String
  /// Markdown.
  package let definition: String
  /// `team:name`, `user:name` or `service:name`.
  package let owner: String?
  package let version: Int64
  package let changedBy: String
  package let changedAt: PostgresTimestamp
}

/// A dataset or column that a term stands for.
package struct TermLink: Hashable, Sendable {
  package let object: AccessObject
  /// Of the column; `nil` for the dataset itself.
  package let fieldID: Int32?

  package init(object: AccessObject, fieldID: Int32?) {
    self.object = object
    self.fieldID = fieldID
  }
}

extension CatalogStore {
  private static let termColumns: SQL = "t.id, t.name, t.definition, t.owner, t.version, t.changed_by, t.changed_at"

  private static func term(_ row: PostgresRow) throws -> Term {
    Term(
      id: try row[0], name: try row[1], definition: try row[2], owner: try row[3], version: try row[4], changedBy: try row[5],
      changedAt: try row[6])
  }

  /// Terms by name, without regard to case.
  ///
  /// - Parameter text: what name or definition must contain; empty for all.
  package func terms(containing text: String, _ page: PageRequest, _: Authorization) async throws -> Page<Term> {
    let rows = try await pool.run { connection in
      try connection.query(
        """
        SELECT \(Self.termColumns) FROM terms t
        WHERE lower(t.name) COLLATE "C" > lower(\(page.after ?? "")) COLLATE "C"
          AND (strpos(lower(t.name), lower(\(text))) > 0 OR strpos(lower(t.definition), lower(\(text))) > 0)
        ORDER BY lower(t.name) COLLATE "C" LIMIT \(Int64(page.size + 1))
        """, Self.term)
    }
    return Page(rows, size: page.size, key: \.name, element: { $0 })
  }

  /// - Throws: ``CatalogError/noSuchWord(_:)``
  package func term(_ name: String, _: Authorization) async throws -> Term {
    try await pool.run { connection in try Self.term(name, on: connection, locking: "") }
  }

  private static func term(_ name: String, on connection: PostgresConnection, locking: String) throws -> Term {
    let found = try connection.first(
      "SELECT \(termColumns) FROM terms t WHERE lower(t.name) = lower(\(name)) \(raw: locking)", term)
    guard let found else { throw CatalogError.noSuchWord("There is no term \(name)") }
    return found
  }

  /// All that a term stands for and that is there.
  package func links(of term: Term, limit: Int, _: Authorization) async throws -> [TermLink] {
    try await pool.run { connection in
      try connection.query(
        """
        SELECT g.field_id, \(AccessObject.columns)
        FROM (SELECT 'dataset' AS object_kind, dataset_id AS object_id, field_id FROM term_links WHERE term_id = \(term.id)) g
        \(AccessObject.tables) WHERE d.id IS NOT NULL ORDER BY d.identifier, g.field_id LIMIT \(Int64(limit))
        """
      ) { row in
        let field: Int32 = try row[0]
        return try AccessObject(kind: "dataset", row, at: 1).map { TermLink(object: $0, fieldID: field == 0 ? nil : field) }
      }.compactMap { $0 }
    }
  }

  /// Defines a term, or defines it anew.
  ///
  /// - Throws: ``CatalogError/unprocessable(_:)`` for an owner who is nobody.
  package func define(
    _ name: String, definition: String, owner: GranteeName?, _ authorization: Authorization, answer: @escaping @Sendable (Term) -> [UInt8]
  ) async throws -> Term {
    let context = authorization.context
    return try await untilUnmoved("The term \(name)") {
      let (base, owner) = try await pool.run { connection in
        let base: Term?
        do { base = try Self.term(name, on: connection, locking: "") } catch CatalogError.noSuchWord { base = nil }
        return (base, try owner.map { try Self.answerable($0, on: connection).description })
      }
      let new = Term(
        id: base?.id ?? .new(), name: name, definition: definition, owner: owner ?? base?.owner, version: (base?.version ?? 0) + 1,
        changedBy: context.principal, changedAt: context.time)
      let event = AuditEvent(authorization, before: base?.auditFacts ?? [:], after: new.auditFacts)
      try await commit(Change(authorization, event: event, answer: .json(answer(new)))) { connection in
        let count = try connection.execute(
          base == nil
            ? """
            INSERT INTO terms (id, name, definition, owner, version, changed_by, changed_at)
            VALUES (\(new.id), \(name), \(definition), \(new.owner), \(new.version), \(new.changedBy), \(new.changedAt))
            ON CONFLICT DO NOTHING
            """
            : """
            UPDATE terms SET name = \(name), definition = \(definition), owner = \(new.owner), version = \(new.version),
              changed_by = \(new.changedBy), changed_at = \(new.changedAt)
            WHERE id = \(new.id) AND version = \(new.version - 1)
            """)
        guard count == 1 else { throw VersionMoved() }
      }
      return new
    }
  }

  /// - Throws: ``CatalogError/noSuchWord(_:)``
  package func dropTerm(_ name: String, _ authorization: Authorization) async throws {
    let base = try await term(name, authorization)
    try await commit(Change(authorization, event: AuditEvent(authorization, before: base.auditFacts), answer: .noContent)) { connection in
      let gone = try connection.execute("DELETE FROM terms WHERE id = \(base.id)")
      guard gone == 1 else { throw CatalogError.noSuchWord("There is no term \(name)") }
    }
  }

  /// Links a term to datasets and columns, and ends links; one that is there, or is not, already stays so.
  ///
  /// - Throws: ``CatalogError/noSuchWord(_:)``, and what ``locate`` throws
  package func link(_ term: Term, to added: [TermLink], from removed: [TermLink], _ authorization: Authorization) async throws {
    let context = authorization.context
    let event = AuditEvent(
      authorization, before: ["links": .array(removed.map(\.canonical))], after: ["links": .array(added.map(\.canonical))])
    try await commit(Change(authorization, event: event, answer: .noContent)) { connection in
      _ = try Self.term(term.name, on: connection, locking: "FOR KEY SHARE")
      for link in removed {
        guard let id = try Self.locate(link.object, on: connection, locking: false) else { continue }
        try connection.execute(
          "DELETE FROM term_links WHERE term_id = \(term.id) AND dataset_id = \(id) AND field_id = \(link.fieldID ?? 0)")
      }
      for link in added {
        guard let id = try Self.locate(link.object, on: connection, locking: true) else { continue }
        try connection.execute(
          """
          INSERT INTO term_links (term_id, dataset_id, field_id, linked_by, linked_at)
          VALUES (\(term.id), \(id), \(link.fieldID ?? 0), \(context.principal), \(context.time)) ON CONFLICT DO NOTHING
          """)
      }
    }
  }
}

extension Term {
  fileprivate var auditFacts: [String: CanonicalValue] {
    [
      "name": .string(name), "definition": .string(definition), "owner": owner.map { .string($0) } ?? .null, "version": .int64(version),
    ]
  }
}

extension TermLink {
  fileprivate var canonical: CanonicalValue {
    .object([
      "path": .array(object.path.map { .string($0) }), "kind": .string(object.kindName),
      "field-id": fieldID.map { .int64(Int64($0)) } ?? .null,
    ])
  }
}
